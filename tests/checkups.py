"""An account in which all is well, and for each finding of `doctor` what has to be wrong in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.factories import IP, NOON, OTHER_IP, VPN
from tui.domain.checkup.facts import Caller, Examination, GroupFacts, StreamFacts
from tui.domain.events import Log
from tui.domain.inventory import ConnectionFacts, Inventory, LogDelivery, Telemetry, TunnelFacts
from tui.domain.times import DAY, HOUR, MINUTE

IKE: Final = "/aws/vendedlogs/vpn/ike"
BGP: Final = "/aws/vendedlogs/vpn/bgp"
UP: Final = Telemetry(True, "4 BGP ROUTES", NOON - DAY, 4)
DOWN: Final = Telemetry(False, "IPSEC IS DOWN", NOON - DAY, 0)
BOTH: Final = (IP, OTHER_IP)


def arn(group: str) -> str:
    return f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"


def well() -> Examination:
    """Return what is found out of one connection, with BGP over a transit gateway, of which all is well."""
    tunnels = tuple(TunnelFacts(ip, IKE, BGP, "json", UP, configured={"IkeVersions": "ikev2"}) for ip in BOTH)
    connection = ConnectionFacts(VPN, "hq", gateway="tgw-0f1e2d3c4b5a69788", gateway_kind="tgw", tunnels=tunnels)
    return Examination(
        at=NOON,
        caller=Caller("123456789012", "arn:aws:iam::123456789012:user/demo", "eu-west-1", "prod"),
        inventory=Inventory((connection,)),
        groups={
            name: GroupFacts(name, arn(name), exists=True, log_class="STANDARD", retention_days=90)
            for name in (IKE, BGP)
        },
        streams={(VPN, ip, log): StreamFacts(exists=True, newest_at=NOON - MINUTE) for ip in BOTH for log in Log},
        policies=(),
    )


Change = Callable[[Examination], Examination]


def with_connection(**changes: Any) -> Change:
    """Return the change of the connection's own fields."""

    def changed(examined: Examination) -> Examination:
        assert examined.inventory
        (connection,) = examined.inventory.connections
        return replace(examined, inventory=Inventory((replace(connection, **changes),)))

    return changed


def with_tunnels(*ips: str, **changes: Any) -> Change:
    """Return the change of fields of these tunnels, of both where none is named."""

    def changed(examined: Examination) -> Examination:
        assert examined.inventory
        (connection,) = examined.inventory.connections
        tunnels = tuple(
            replace(tunnel, **changes) if tunnel.outside_ip in (ips or BOTH) else tunnel
            for tunnel in connection.tunnels
        )
        return with_connection(tunnels=tunnels)(examined)

    return changed


def with_group(name: str, **changes: Any) -> Change:
    return lambda examined: replace(
        examined, groups={**examined.groups, name: replace(examined.groups[name], **changes)}
    )


def with_stream(log: Log, **changes: Any) -> Change:
    """Return the change of what is known of the first tunnel's log."""
    key = VPN, IP, log
    return lambda examined: replace(
        examined, streams={**examined.streams, key: replace(examined.streams[key], **changes)}
    )


def both(*changes: Change) -> Change:
    def changed(examined: Examination) -> Examination:
        for change in changes:
            examined = change(examined)
        return examined

    return changed


DELIVERED = with_connection(deliveries=(LogDelivery(Log.IKE, IKE),))

WRONG: Final[Mapping[str, Change]] = {
    "logging_off": with_tunnels(IP, ike_group=None),
    "logging_by_delivery": DELIVERED,
    "bgp_logging_off": with_tunnels(IP, bgp_group=None),
    "bgp_delivery_missing": both(DELIVERED, with_tunnels(bgp_group=None)),
    "bgp_logging_useless": with_connection(static_routes_only=True),
    "logging_differs": with_tunnels(IP, ike_group="/vpn/other"),
    "log_format_text": with_tunnels(IP, ike_format="text"),
    "stream_missing": with_stream(Log.IKE, exists=False, newest_at=None),
    "bgp_stream_missing": with_stream(Log.BGP, exists=False, newest_at=None),
    "stream_unknown": with_stream(Log.IKE, exists=None, newest_at=None),
    "stream_unread": with_stream(Log.IKE, newest_at=None),
    "log_stale": with_stream(Log.IKE, newest_at=NOON - 4 * HOUR),
    "log_silent": both(with_stream(Log.IKE, newest_at=NOON - 4 * HOUR), with_tunnels(IP, telemetry=DOWN)),
    "log_group_missing": with_group(IKE, exists=False),
    "log_group_unknown": with_group(IKE, exists=None),
    "log_group_class": with_group(IKE, log_class="INFREQUENT_ACCESS"),
    "retention_endless": with_group(IKE, retention_days=None),
    "retention_short": with_group(IKE, retention_days=1),
    "log_group_encrypted": with_group(IKE, kms_key="arn:aws:kms:eu-west-1:123456789012:key/1"),
}
"""What makes each finding appear in an account that is well."""

RIGHT: Final[Mapping[str, Change]] = {
    "log_arrives": lambda examined: replace(examined, streams={}),
}
"""What makes each finding go away that tells that all is well."""
