"""Which VPN connections EC2 knows, and where they log. The one door through which EC2's answers come in.

DescribeVpnConnections answers with pre-shared keys and a configuration full of them. Only named fields are copied out
here; the answer itself goes no further.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.inventory.log_groups import LogGroup, dicts_in, read_group

Structure = Mapping[str, Any]

_GONE: Final = frozenset({"deleted", "deleting"})
_CONFIGURED: Final = (
    "TunnelInsideCidr",
    "TunnelInsideIpv6Cidr",
    "IkeVersions",
    "StartupAction",
    "DpdTimeoutAction",
    "DpdTimeoutSeconds",
    "Phase1LifetimeSeconds",
    "Phase2LifetimeSeconds",
    "RekeyMarginTimeSeconds",
    "RekeyFuzzPercentage",
    "ReplayWindowSize",
    "Phase1EncryptionAlgorithms",
    "Phase2EncryptionAlgorithms",
    "Phase1IntegrityAlgorithms",
    "Phase2IntegrityAlgorithms",
    "Phase1DHGroupNumbers",
    "Phase2DHGroupNumbers",
    "EnableTunnelLifecycleControl",
)
"""The tunnel options that are copied. PreSharedKey is not among them."""


class Discovered(NamedTuple):
    """What EC2 says exists, and the log groups that it names, with their ARNs."""

    inventory: Inventory
    groups: dict[str, LogGroup]


async def discover(aws: Aws) -> Discovered:
    """Return the account's VPN connections in the region; raises FeedError."""
    answer = await aws.call("ec2:DescribeVpnConnections", "VPN connections")
    groups: dict[str, LogGroup] = {}
    connections = [read_connection(each, groups) for each in dicts_in(answer, "VpnConnections")]
    known = sorted((each for each in connections if each), key=lambda connection: connection.id)
    return Discovered(Inventory(tuple(known)), groups)


def read_connection(answer: Structure, groups: dict[str, LogGroup]) -> ConnectionFacts | None:
    """Return one connection of an answer, of whatever shape, and add the groups it names; None for one that is gone."""
    connection, state = _text(answer, "VpnConnectionId").lower(), _text(answer, "State").lower()
    if not connection or state in _GONE:
        return None
    options = _inside(answer, "Options")
    telemetry = {_text(each, "OutsideIpAddress"): _telemetry(each) for each in dicts_in(answer, "VgwTelemetry")}
    tunnels = {
        outside: TunnelFacts(
            outside,
            ike_group=_group(each, "LogEnabled", "LogGroupArn", groups),
            bgp_group=_group(each, "BgpLogEnabled", "BgpLogGroupArn", groups),
            telemetry=telemetry.get(outside),
            configured=_configured(each),
        )
        for each in dicts_in(options, "TunnelOptions")
        if (outside := _text(each, "OutsideIpAddress"))
    }
    for outside, seen in telemetry.items():
        if outside and outside not in tunnels:
            tunnels[outside] = TunnelFacts(outside, telemetry=seen)
    gateways = (_text(answer, key) for key in ("TransitGatewayId", "VpnGatewayId", "CoreNetworkArn"))
    return ConnectionFacts(
        connection,
        name=next((_text(tag, "Value") for tag in dicts_in(answer, "Tags") if tag.get("Key") == "Name"), ""),
        state=state,
        category=_text(answer, "Category"),
        gateway=next(filter(None, gateways), ""),
        customer_gateway=_text(answer, "CustomerGatewayId"),
        static_routes_only=options.get("StaticRoutesOnly") is True,
        tunnels=tuple(tunnels.values()),
    )


def read_instant(value: object) -> int | None:
    """Return an instant of EC2's, ms, or None for one that cannot be and for the epoch, which stands for never."""
    try:
        seconds = value.timestamp() if isinstance(value, datetime) else 0
    except (ValueError, OverflowError, OSError):  # such as the year 1 without a zone
        return None
    return round(seconds * 1000) if seconds > 0 else None


def _telemetry(answer: Structure) -> Telemetry:
    changed, routes = answer.get("LastStatusChange"), answer.get("AcceptedRouteCount")
    return Telemetry(
        is_up=_text(answer, "Status").upper() == "UP",
        message=_text(answer, "StatusMessage"),
        since=read_instant(changed),
        accepted_routes=routes if isinstance(routes, int) else 0,
    )


def _group(tunnel: Structure, enabled: str, arn: str, groups: dict[str, LogGroup]) -> str | None:
    log = _inside(_inside(tunnel, "LogOptions"), "CloudWatchLogOptions")
    named = log.get(arn)
    if log.get(enabled) is not True or not isinstance(named, str) or not named:
        return None
    group = read_group(named)
    return groups.setdefault(group.name, group).name


def _configured(tunnel: Structure) -> dict[str, str]:
    read = ((key, _values(tunnel[key])) for key in _CONFIGURED if key in tunnel)
    return {key: value for key, value in read if value}


def _values(value: object) -> str:
    """Return an option as text: a list of `{"Value": …}` as its values, joined."""
    if isinstance(value, list):
        parts = [str(each.get("Value", "")) for each in value if isinstance(each, Mapping)]
        return clean(", ".join(filter(None, parts)))
    return clean(str(value)) if isinstance(value, str | int) else ""


def _inside(answer: Structure, key: str) -> Structure:
    value = answer.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(answer: Structure, key: str) -> str:
    value = answer.get(key)
    return clean(value).strip() if isinstance(value, str) else ""
