"""Parses EC2's answers into values. Everything known from EC2 passes through here.

DescribeVpnConnections returns pre-shared keys and a device configuration full of them. Only named fields are copied;
the answer itself goes no further. An answer may have any shape: unreadable parts are left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from sys import intern
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tui.domain.inventory import SEPARATOR, ConnectionFacts, CustomerGateway, StaticRoute, Telemetry, TunnelFacts
from tui.domain.text import clean
from tui.feed.inventory.log_groups import LogGroup, dicts_in, read_group

Structure = Mapping[str, Any]

_GONE: Final = frozenset({"deleted", "deleting"})
_GATEWAYS: Final = {"TransitGatewayId": "tgw", "VpnGatewayId": "vgw", "CoreNetworkArn": "cloudwan"}
_CONNECTION_OPTIONS: Final = (
    "LocalIpv4NetworkCidr",
    "RemoteIpv4NetworkCidr",
    "LocalIpv6NetworkCidr",
    "RemoteIpv6NetworkCidr",
    "OutsideIpAddressType",
    "TunnelInsideIpVersion",
    "TunnelBandwidth",
)
_TUNNEL_OPTIONS: Final = (
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
_NEGOTIATED: Final = (
    "IkeVersion",
    "Phase1EncryptionAlgorithm",
    "Phase1IntegrityAlgorithm",
    "Phase1DHGroup",
    "Phase2EncryptionAlgorithm",
    "Phase2IntegrityAlgorithm",
    "Phase2DHGroup",
)
"""The keys of `TunnelFacts.negotiated`, which are those of `configured` in the singular."""
_UP: Final = {"UP": True, "DOWN": False}


class Status(NamedTuple):
    """The result of GetActiveVpnTunnelStatus; the fields are those of `TunnelFacts`."""

    negotiated: dict[str, str]
    provisioning: str = ""
    provisioning_reason: str = ""


class Replacement(NamedTuple):
    """The result of GetVpnTunnelReplacementStatus; the fields are those of `TunnelFacts`."""

    replaced_at: int | None = None
    maintenance_pending: bool = False
    maintenance_forced_at: int | None = None


def read_connection(
    answer: Structure, groups: dict[str, LogGroup], earlier: Mapping[str, ConnectionFacts] = MappingProxyType({})
) -> ConnectionFacts | None:
    """Return one connection of an answer and add its log groups to `groups`; None for one that is gone.

    `earlier` holds previously read connections by id: what the answer omits is unchanged.
    """
    connection, state = read_text(answer, "VpnConnectionId").lower(), read_text(answer, "State").lower()
    if not connection or state in _GONE:
        return None
    options = _structure(answer, "Options")
    gateway_key = next((key for key in _GATEWAYS if read_text(answer, key)), "")
    facts = ConnectionFacts(
        connection,
        name=next((read_text(tag, "Value") for tag in dicts_in(answer, "Tags") if tag.get("Key") == "Name"), ""),
        state=state,
        gateway=read_text(answer, gateway_key),
        gateway_kind=_GATEWAYS.get(gateway_key, ""),
        customer_gateway=CustomerGateway(read_text(answer, "CustomerGatewayId")),
        static_routes_only=options.get("StaticRoutesOnly") is True,
        routes=tuple(
            StaticRoute(prefix, read_text(route, "State").lower())
            for route in dicts_in(answer, "Routes")
            if (prefix := read_text(route, "DestinationCidrBlock"))
        ),
        accelerated=options.get("EnableAcceleration") is True,
        options=_values_of(options, _CONNECTION_OPTIONS),
        key_secret=read_text(answer, "PreSharedKeyArn"),
        tunnels=_tunnels(answer, options, groups),
    )
    known = earlier.get(connection)
    return facts if known is None else _completed(facts, known, answer)


def read_customer_gateway(answer: Structure) -> CustomerGateway:
    """Return one customer gateway of an answer. An ASN above 2,147,483,647 has a separate field."""
    asn = read_text(answer, "BgpAsnExtended") or read_text(answer, "BgpAsn")
    return CustomerGateway(
        read_text(answer, "CustomerGatewayId"),
        ip=read_text(answer, "IpAddress"),
        asn=int(asn) if asn.isascii() and asn.isdecimal() and len(asn) <= 10 else None,
        certificate=read_text(answer, "CertificateArn"),
        device=read_text(answer, "DeviceName"),
    )


def read_status(answer: Structure) -> Status:
    """Return what both ends negotiated, by EC2's own keys, and the provisioning status."""
    status = _structure(answer, "ActiveVpnTunnelStatus")
    return Status(
        _values_of(status, _NEGOTIATED),
        read_text(status, "ProvisioningStatus").lower(),
        read_text(status, "ProvisioningStatusReason"),
    )


def read_replacement(answer: Structure) -> Replacement:
    """Return when the endpoint was last replaced and whether another replacement is pending."""
    details = _structure(answer, "MaintenanceDetails")
    if str(details.get("PendingMaintenance", "")).strip().lower() != "true":
        return Replacement(read_instant(details.get("LastMaintenanceApplied")))
    return Replacement(
        read_instant(details.get("LastMaintenanceApplied")),
        maintenance_pending=True,
        maintenance_forced_at=read_instant(details.get("MaintenanceAutoAppliedAfter")),
    )


def read_instant(value: object) -> int | None:
    """Return a time from EC2 in ms; None for an impossible one and for the epoch, which means never."""
    try:
        seconds = value.timestamp() if isinstance(value, datetime) else 0
    except (ValueError, OverflowError, OSError):  # for example the year 1 without a zone
        return None
    return round(seconds * 1000) if seconds > 0 else None


def _completed(facts: ConnectionFacts, known: ConnectionFacts, answer: Structure) -> ConnectionFacts:
    """Return the connection with everything that the answer omits as it was before."""
    options = _structure(answer, "Options")
    with_log_options = {
        read_text(tunnel, "OutsideIpAddress"): "LogOptions" in tunnel for tunnel in dicts_in(options, "TunnelOptions")
    }
    with_telemetry = {read_text(seen, "OutsideIpAddress") for seen in dicts_in(answer, "VgwTelemetry")}
    earlier = {tunnel.outside_ip: tunnel for tunnel in known.tunnels}

    def completed(tunnel: TunnelFacts) -> TunnelFacts:
        before = earlier.get(tunnel.outside_ip)
        if before is None:
            return tunnel
        if tunnel.outside_ip not in with_log_options:
            tunnel = replace(tunnel, configured=before.configured)
        if not with_log_options.get(tunnel.outside_ip):
            logs = {name: getattr(before, name) for name in ("ike_group", "bgp_group", "ike_format")}
            tunnel = replace(tunnel, **logs)
        if tunnel.outside_ip not in with_telemetry:
            tunnel = replace(tunnel, telemetry=before.telemetry)
        return tunnel

    tunnels = {tunnel.outside_ip: completed(tunnel) for tunnel in facts.tunnels}
    if tunnels.keys() < earlier.keys():  # a subset: a tunnel does not leave a connection by itself
        tunnels = {outside_ip: tunnels.get(outside_ip, before) for outside_ip, before in earlier.items()}
    facts = replace(facts, tunnels=tuple(tunnels.values()))
    if "Routes" not in answer:
        facts = replace(facts, routes=known.routes)
    if options:
        return facts
    return replace(
        facts,
        name=facts.name or known.name,
        gateway=facts.gateway or known.gateway,
        gateway_kind=facts.gateway_kind or known.gateway_kind,
        customer_gateway=facts.customer_gateway if facts.customer_gateway.id else known.customer_gateway,
        static_routes_only=known.static_routes_only,
        accelerated=known.accelerated,
        options=known.options,
        key_secret=facts.key_secret or known.key_secret,
    )


def _tunnels(answer: Structure, options: Structure, groups: dict[str, LogGroup]) -> tuple[TunnelFacts, ...]:
    telemetry = {read_text(seen, "OutsideIpAddress"): _telemetry(seen) for seen in dicts_in(answer, "VgwTelemetry")}
    tunnels = {
        outside_ip: TunnelFacts(
            outside_ip,
            ike_group=_group(tunnel, "LogEnabled", "LogGroupArn", groups),
            bgp_group=_group(tunnel, "BgpLogEnabled", "BgpLogGroupArn", groups),
            ike_format=read_text(_log_options(tunnel), "LogOutputFormat").lower(),
            telemetry=telemetry.get(outside_ip),
            configured=_values_of(tunnel, _TUNNEL_OPTIONS),
        )
        for tunnel in dicts_in(options, "TunnelOptions")
        if (outside_ip := read_text(tunnel, "OutsideIpAddress"))
    }
    for outside_ip, seen in telemetry.items():
        if outside_ip and outside_ip not in tunnels:
            tunnels[outside_ip] = TunnelFacts(outside_ip, telemetry=seen)
    return tuple(tunnels.values())


def _telemetry(answer: Structure) -> Telemetry | None:
    """Return EC2's view of a tunnel; None if the status is neither UP nor DOWN, and so unknown."""
    is_up, routes = _UP.get(read_text(answer, "Status").upper()), answer.get("AcceptedRouteCount")
    if is_up is None:
        return None
    return Telemetry(
        is_up,
        message=read_text(answer, "StatusMessage"),
        since=read_instant(answer.get("LastStatusChange")),
        accepted_routes=routes if isinstance(routes, int) and not isinstance(routes, bool) else None,
    )


def _group(tunnel: Structure, enabled: str, arn: str, groups: dict[str, LogGroup]) -> str | None:
    log = _log_options(tunnel)
    named = log.get(arn)
    if log.get(enabled) is not True or not isinstance(named, str) or not named:
        return None
    group = read_group(named)
    return groups.setdefault(group.name, group).name


def _log_options(tunnel: Structure) -> Structure:
    return _structure(_structure(tunnel, "LogOptions"), "CloudWatchLogOptions")


def _values_of(answer: Structure, keys: Iterable[str]) -> dict[str, str]:
    read = ((key, _joined(answer.get(key))) for key in keys)
    # Most tunnels have the same options: interned, those of 2,000 take 2 MB less.
    return {key: intern(value) for key, value in read if value}


def _joined(value: object) -> str:
    """Return an option as text; the values of a list of `{"Value": …}` are joined."""
    if isinstance(value, list):
        parts = [str(part.get("Value", "")) for part in value if isinstance(part, Mapping)]
        return clean(SEPARATOR.join(filter(None, parts)))
    return clean(str(value)) if isinstance(value, str | int) else ""


def _structure(answer: Structure, key: str) -> Structure:
    value = answer.get(key)
    return value if isinstance(value, Mapping) else {}


def read_text(answer: Structure, key: str) -> str:
    """Return a sanitised text field of an answer; empty if it is missing or not a text."""
    value = answer.get(key)
    return clean(value).strip() if isinstance(value, str) else ""
