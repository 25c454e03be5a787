"""The commands that mend a finding, as calls of the API with real names and addresses."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tui.content.doctor.aws_command import AwsCommand
from tui.domain.checkup.finding import Finding

RETENTION_DAYS: Final = 90
INTERRUPTS: Final = (
    "It interrupts this tunnel for up to several minutes. Change one tunnel at a time, and wait until it carries "
    "traffic again before the other one"
)


def fixes(finding: Finding) -> tuple[AwsCommand, ...]:
    """Return the commands that mend a finding, in their order; none where there is nothing to run."""
    mending = _FIXES.get(finding.code)
    return mending(finding) if mending else ()


def interruption(finding: Finding) -> str:
    """Return what changing a tunnel's options does to traffic, with the other tunnel's state now."""
    sibling = finding.values.get("sibling")
    if not sibling:
        return f"{INTERRUPTS}. It has no other tunnel."
    return f"{INTERRUPTS}. Now, by EC2: {sibling}."


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
        interrupts=interruption(finding),
    )


def create_group(name: str) -> tuple[AwsCommand, ...]:
    """Return the calls that make a log group which forgets its events after a while."""
    return AwsCommand("logs", "CreateLogGroup", {"logGroupName": name}), set_retention(name)


def set_retention(name: str) -> AwsCommand:
    """Return the call that has a log group forget its events after a while."""
    return AwsCommand("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": RETENTION_DAYS})


def log_options(arn: str, *, ike: bool = True, bgp: bool = False) -> dict[str, object]:
    """Return the tunnel option that turns logs on, to a group by its ARN."""
    options: dict[str, object] = {}
    if ike:
        options |= {"LogEnabled": True, "LogGroupArn": arn, "LogOutputFormat": "json"}
    if bgp:
        options |= {"BgpLogEnabled": True, "BgpLogGroupArn": arn, "BgpLogOutputFormat": "json"}
    return {"CloudWatchLogOptions": options}


def _turn_logging_on(finding: Finding) -> tuple[AwsCommand, ...]:
    values = finding.values
    options = log_options(values["arn"], bgp=bool(values["bgp"]))
    made = create_group(values["group"]) if values["create"] else ()
    return *made, modify_tunnel(finding, LogOptions=options)


def _turn_bgp_logging_on(finding: Finding) -> tuple[AwsCommand, ...]:
    return (modify_tunnel(finding, LogOptions=log_options(finding.values["arn"], ike=False, bgp=True)),)


def _grant(finding: Finding) -> tuple[AwsCommand, ...]:
    """Return the call that allows the caller what it is denied, where an inline policy of its own can."""
    actions = finding.values.get("actions") or finding.values["action"]
    names = actions.split(", ")
    document = _statement(names)
    suffix = names[0].replace(":", "-") if len(names) == 1 else "turn-logging-on"
    policy = {"PolicyName": f"tunnelwatch-{suffix}", "PolicyDocument": document}
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


_FIXES: Final[Mapping[str, Callable[[Finding], tuple[AwsCommand, ...]]]] = {
    "logging_off": _turn_logging_on,
    "bgp_logging_off": _turn_bgp_logging_on,
    "access_denied": _grant,
    "look_denied": _grant,
    "may_not_turn_logging_on": _grant,
    "delivery_not_allowed": _allow_delivery,
    "log_group_missing": lambda finding: create_group(finding.values["group"]),
    "retention_endless": lambda finding: (set_retention(finding.values["group"]),),
    "retention_short": lambda finding: (set_retention(finding.values["group"]),),
}
