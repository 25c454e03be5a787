"""The commands that fix a finding: API calls with real names and addresses, and settings of tmux."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tui.content.doctor.aws_command import AwsCommand, Command, Parameter, ShellCommand
from tui.domain.checkup.finding import Finding
from tui.domain.checkup.tunnel_options import is_weak

RETENTION_DAYS: Final = 90
NOT_NOW: Final = "Not now: no other tunnel is known to carry traffic, so this would cut the connection."
INTERRUPTS: Final = (
    "It interrupts this tunnel for up to several minutes. Change one tunnel at a time, and wait until it carries "
    "traffic again before the other one."
)


def fixes(finding: Finding) -> tuple[Command, ...]:
    """Return the commands that fix a finding, in order; empty if there is nothing to run."""
    mending = _FIXES.get(finding.code)
    return mending(finding) if mending else ()


def meanwhile(finding: Finding) -> str:
    """Return what the other tunnel of the finding's connection does now."""
    sibling = finding.values.get("sibling")
    return f"The other tunnel now, by EC2: {sibling}." if sibling else "The connection has no other tunnel."


def is_outage(finding: Finding) -> bool:
    """Whether interrupting the finding's tunnel now stops all traffic: it is up, and no other one is known to be."""
    return finding.values.get("own") != "DOWN" and not finding.values.get("sibling", "").endswith(" UP")


def modify_tunnel(finding: Finding, **options: object) -> AwsCommand:
    """Return the call that changes options of the finding's tunnel."""
    return AwsCommand(
        "ec2",
        "ModifyVpnTunnelOptions",
        {
            "VpnConnectionId": finding.connection,
            "VpnTunnelOutsideIpAddress": finding.outside_ip,
            "TunnelOptions": options,
        },
        interrupts=INTERRUPTS,
        meanwhile=meanwhile(finding),
        is_outage=is_outage(finding),
    )


def create_group(name: str) -> tuple[AwsCommand, ...]:
    """Return the calls that create a log group with a limited retention."""
    return AwsCommand("logs", "CreateLogGroup", {"logGroupName": name}), set_retention(name)


def set_retention(name: str) -> AwsCommand:
    """Return the call that limits a log group's retention."""
    return AwsCommand("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": RETENTION_DAYS})


def log_options(*, ike: str = "", bgp: str = "") -> dict[str, object]:
    """Return the tunnel option that turns logs on, each to a group's ARN; a log without a group is not changed."""
    options: dict[str, object] = {}
    if ike:
        options |= {"LogEnabled": True, "LogGroupArn": ike, "LogOutputFormat": "json"}
    if bgp:
        options |= {"BgpLogEnabled": True, "BgpLogGroupArn": bgp, "BgpLogOutputFormat": "json"}
    return {"CloudWatchLogOptions": options}


def _turn_logging_on(finding: Finding) -> tuple[AwsCommand, ...]:
    values = finding.values
    options = log_options(ike=values["arn"], bgp=values["bgp_arn"])
    made = create_group(values["group"]) if values["create"] else ()
    return *made, modify_tunnel(finding, LogOptions=options)


def _turn_bgp_logging_on(finding: Finding) -> tuple[AwsCommand, ...]:
    return (modify_tunnel(finding, LogOptions=log_options(bgp=finding.values["arn"])),)


def _grant(finding: Finding) -> tuple[AwsCommand, ...]:
    """Return the call that grants the caller what it is denied, if an inline policy can do so."""
    actions = finding.values.get("actions") or finding.values["action"]
    names = actions.split(", ")
    document = _statement(names)
    suffix = names[0].replace(":", "-") if len(names) == 1 else "turn-logging-on"
    policy: dict[str, Parameter] = {"PolicyName": f"tunnelwatch-{suffix}", "PolicyDocument": document}
    if role := finding.values.get("role"):
        return (AwsCommand("iam", "PutRolePolicy", {"RoleName": role, **policy}),)
    if user := finding.values.get("user"):
        return (AwsCommand("iam", "PutUserPolicy", {"UserName": user, **policy}),)
    return ()


def _statement(actions: list[str]) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def _allow_delivery(finding: Finding) -> tuple[AwsCommand, ...]:
    policy = {"policyName": "VpnLogDelivery", "policyDocument": finding.values["document"]}
    return (AwsCommand("logs", "PutResourcePolicy", policy),)


def _let_aws_dial(finding: Finding) -> tuple[AwsCommand, ...]:
    """Return the call that makes AWS restart the tunnel, and dial if it has IKEv2 and the device's address."""
    dials = bool(finding.values["address"] and finding.values["v2"])
    start: dict[str, object] = {"StartupAction": "start"} if dials else {}
    return (modify_tunnel(finding, DPDTimeoutAction="restart", **start),)


def _allow_what_is_used(finding: Finding) -> tuple[AwsCommand, ...]:
    """Return the call that allows only what the two ends agreed on; weak or unknown values are left unchanged."""
    agreed: dict[str, object] = {
        option: [{"Value": int(value) if option.endswith("Numbers") else value}]
        for name, option in _OPTIONS_BY_AGREED.items()
        if (value := finding.values.get(name)) and not is_weak(name, value)
    }
    return (modify_tunnel(finding, **agreed),) if agreed else ()


_OPTIONS_BY_AGREED: Final = {
    f"Phase{phase}{name}": f"Phase{phase}{option}"
    for phase in (1, 2)
    for name, option in (
        ("EncryptionAlgorithm", "EncryptionAlgorithms"),
        ("IntegrityAlgorithm", "IntegrityAlgorithms"),
        ("DHGroup", "DHGroupNumbers"),
    )
}
"""The tunnel option for each value that GetActiveVpnTunnelStatus reports."""


def _maintain(finding: Finding) -> tuple[AwsCommand, ...]:
    replacing: dict[str, Parameter] = {
        "VpnConnectionId": finding.connection,
        "VpnTunnelOutsideIpAddress": finding.outside_ip,
        "ApplyPendingMaintenance": True,
    }
    return (
        AwsCommand(
            "ec2",
            "ReplaceVpnTunnel",
            replacing,
            interrupts=INTERRUPTS,
            meanwhile=meanwhile(finding),
            is_outage=is_outage(finding),
        ),
    )


def _in_transit_table(operation: str) -> Callable[[Finding], tuple[AwsCommand, ...]]:
    """Return the function that makes the call to put an attachment into its gateway's route table, if it has one."""

    def made(finding: Finding) -> tuple[AwsCommand, ...]:
        table = finding.values["table"]
        named = {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": finding.values["attachment"]}
        return (AwsCommand("ec2", operation, named),) if table else ()

    return made


def _propagate_to_vpc(finding: Finding) -> tuple[AwsCommand, ...]:
    named = {"GatewayId": finding.values["gateway"], "RouteTableId": finding.values["table"]}
    return (AwsCommand("ec2", "EnableVgwRoutePropagation", named),) if finding.values["table"] else ()


def _set_in_tmux(*words: str) -> Callable[[Finding], tuple[Command, ...]]:
    """Return the function that makes the command to set an option of the running tmux server."""
    return lambda finding: (ShellCommand(("tmux", "set-option", *words)),)


def _go_past_proxy(finding: Finding) -> tuple[ShellCommand, ...]:
    """Return the command that exempts CloudWatch Logs from a proxy, including the host with Live Tail's prefix."""
    host = finding.values["service_host"].partition(":")[0]
    hosts = ",".join(filter(None, (finding.values["past"], host)))
    return (ShellCommand(("export", f"no_proxy={hosts}")),)  # if both are set, botocore prefers the lower-case one


_FIXES: Final[Mapping[str, Callable[[Finding], tuple[Command, ...]]]] = {
    "logging_off": _turn_logging_on,
    "bgp_logging_off": _turn_bgp_logging_on,
    "aws_never_dials": _let_aws_dial,
    "start_with_ikev1": lambda finding: (modify_tunnel(finding, IKEVersions=[{"Value": "ikev2"}]),),
    "dpd_without_action": lambda finding: (modify_tunnel(finding, DPDTimeoutAction="restart"),),
    "algorithms_default": _allow_what_is_used,
    "maintenance_pending": _maintain,
    "attachment_not_associated": _in_transit_table("AssociateTransitGatewayRouteTable"),
    "not_propagated_to_transit": _in_transit_table("EnableTransitGatewayRouteTablePropagation"),
    "not_propagated_to_vpc": _propagate_to_vpc,
    "live_held_by_proxy": _go_past_proxy,
    "live_host_out_of_reach": lambda finding: (ShellCommand(("tunnelwatch", "--source", "poll")),),
    "tmux_keeps_clipboard": _set_in_tmux("-s", "set-clipboard", "on"),
    "tmux_without_rgb": _set_in_tmux("-as", "terminal-features", ",*:RGB"),
    "tmux_holds_escape": _set_in_tmux("-s", "escape-time", "20"),
    "access_denied": _grant,
    "look_denied": _grant,
    "may_not_turn_logging_on": _grant,
    "delivery_not_allowed": _allow_delivery,
    "log_group_missing": lambda finding: create_group(finding.values["group"]),
    "retention_endless": lambda finding: (set_retention(finding.values["group"]),),
    "retention_short": lambda finding: (set_retention(finding.values["group"]),),
}
