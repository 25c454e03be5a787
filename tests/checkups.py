"""An account in which all is well, and for each finding of `doctor` the change that causes it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.factories import IP, NOON, OTHER_IP, VPN
from tui.domain.checkup.delivery import document_for, statement_for
from tui.domain.checkup.facts import (
    Caller,
    Examination,
    Failure,
    GroupFacts,
    LiveFacts,
    ResourcePolicy,
    Route,
    StreamFacts,
    TerminalFacts,
    TmuxFacts,
    Traffic,
    TrafficFacts,
    TrailFacts,
    TransitPath,
    Trial,
    VpcPath,
    VpcTable,
)
from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import (
    ConnectionFacts,
    CustomerGateway,
    Inventory,
    LogDelivery,
    StaticRoute,
    Telemetry,
    TunnelFacts,
)
from tui.domain.times import DAY, HOUR, MINUTE
from tui.domain.trail import TrailChange

IKE: Final = "/aws/vendedlogs/vpn/ike"
BGP: Final = "/aws/vendedlogs/vpn/bgp"
UP: Final = Telemetry(True, "4 BGP ROUTES", NOON - DAY, 4)
DOWN: Final = Telemetry(False, "IPSEC IS DOWN", NOON - DAY, 0)
TGW: Final = "tgw-0f1e2d3c4b5a69788"
VGW: Final = "vgw-0f1e2d3c4b5a69788"
ATTACHMENT: Final = "tgw-attach-0a1b2c3d4e5f60718"
TABLE: Final = "tgw-rtb-0f1e2d3c4b5a69788"
ROUTE: Final = Route("10.10.0.0/16", TABLE)
CERTIFICATE: Final = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
OPTIONS: Final = {
    "IkeVersions": "ikev2",
    "StartupAction": "start",
    "DpdTimeoutAction": "restart",
    **{f"Phase{phase}EncryptionAlgorithms": "AES256" for phase in (1, 2)},
    **{f"Phase{phase}IntegrityAlgorithms": "SHA2-256" for phase in (1, 2)},
    **{f"Phase{phase}DHGroupNumbers": "20" for phase in (1, 2)},
}
AGREED: Final = {
    **{f"Phase{phase}EncryptionAlgorithm": "AES256" for phase in (1, 2)},
    **{f"Phase{phase}IntegrityAlgorithm": "SHA2-256" for phase in (1, 2)},
    **{f"Phase{phase}DHGroup": "20" for phase in (1, 2)},
}
BOTH: Final = (IP, OTHER_IP)


Change = Callable[[Examination], Examination]


def arn(group: str) -> str:
    return f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"


def well() -> Examination:
    """Return the facts of a connection with BGP over a transit gateway, for which all is well."""
    tunnels = tuple(TunnelFacts(ip, IKE, BGP, "json", UP, configured=OPTIONS) for ip in BOTH)
    connection = ConnectionFacts(
        VPN,
        "hq",
        gateway=TGW,
        gateway_kind="tgw",
        customer_gateway=CustomerGateway("cgw-0a1b2c3d4e5f67890", "192.0.2.7", 65_010, CERTIFICATE),
        tunnels=tunnels,
    )
    return Examination(
        at=NOON,
        caller=Caller("123456789012", "arn:aws:iam::123456789012:user/demo", "eu-west-1", "prod"),
        inventory=Inventory((connection,)),
        groups={
            name: GroupFacts(name, arn(name), exists=True, log_class="STANDARD", retention_days=90)
            for name in (IKE, BGP)
        },
        streams={(VPN, ip, log): StreamFacts(exists=True, newest_at=NOON - MINUTE) for ip in BOTH for log in Log},
        policies=(ResourcePolicy("AWSLogDeliveryWrite20150319", document_for(arn(IKE))),),
        trials=(trial("logs:FilterLogEvents", is_needed=True), trial("ec2:DescribeVpnConnections")),
        may={"ec2:ModifyVpnTunnelOptions": True, "logs:PutResourcePolicy": True},
        live=LiveFacts(IKE, started_after=120, beat_after=1_100, record_took=80),
        skew=1_000,
        transit={VPN: TransitPath(ATTACHMENT, TGW, "available", TABLE, (TABLE,), (ROUTE,), (TABLE,), "123456789012")},
        vpcs={},
        traffic=TrafficFacts(NOON - 20 * MINUTE, NOON - 5 * MINUTE, {(VPN, ip): Traffic(10**7, 10**7) for ip in BOTH}),
        trail=TrailFacts(NOON - DAY),
        terminal=TerminalFacts(120, 40, "xterm-256color", 256, is_utf8=True),
        versions={"tunnelwatch": "0.1.0"},
        certificates={CERTIFICATE: NOON + 300 * DAY},
    )


def trial(action: str, failure: Failure | None = None, *, is_needed: bool = False, watches: bool = True) -> Trial:
    return Trial(action, is_needed, watches, "what it brings", failure)


def failing(
    kind: ErrorKind, action: str = "logs:StartLiveTail", message: str = "No.", *, watches: bool = True
) -> Change:
    """Return the change that makes an action fail."""
    return lambda examined: replace(
        examined, trials=(*examined.trials, trial(action, Failure(kind, message), watches=watches))
    )


def with_live(**changes: Any) -> Change:
    return lambda examined: replace(examined, live=replace(examined.live or LiveFacts(IKE), **changes))


def with_facts(**changes: Any) -> Change:
    """Return the change of facts other than the connections."""
    return lambda examined: replace(examined, **changes)


def policy_of(size: int, *resources: str) -> ResourcePolicy:
    """Return the policy that AWS adds log groups to, with this many characters."""
    statement = statement_for(arn("/vpn/none")) | {"Resource": list(resources)}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return ResourcePolicy("AWSLogDeliveryWrite20150319", document.ljust(size))


def with_connection(**changes: Any) -> Change:
    """Return the change of the connection's own fields."""

    def changed(examined: Examination) -> Examination:
        assert examined.inventory
        (connection,) = examined.inventory.connections
        return replace(examined, inventory=Inventory((replace(connection, **changes),)))

    return changed


def with_tunnels(*ips: str, **changes: Any) -> Change:
    """Return the change of fields of these tunnels, of both if none is named."""

    def changed(examined: Examination) -> Examination:
        assert examined.inventory
        (connection,) = examined.inventory.connections
        tunnels = tuple(
            replace(tunnel, **changes) if tunnel.outside_ip in (ips or BOTH) else tunnel
            for tunnel in connection.tunnels
        )
        return with_connection(tunnels=tunnels)(examined)

    return changed


def tunnels_of(examined: Examination) -> tuple[TunnelFacts, ...]:
    """Return the tunnels of the one connection."""
    assert examined.inventory
    (connection,) = examined.inventory.connections
    return connection.tunnels


def with_group(name: str, **changes: Any) -> Change:
    return lambda examined: replace(
        examined, groups={**examined.groups, name: replace(examined.groups[name], **changes)}
    )


def with_stream(log: Log, **changes: Any) -> Change:
    """Return the change of the facts about the first tunnel's log."""
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

PLAIN: Final = "/vpn/plain"
NOTHING_ARRIVED: Final = with_facts(streams={})


def with_options(**options: str) -> Change:
    """Return the change of options of both tunnels."""
    return with_tunnels(configured=OPTIONS | options)


def with_transit(**changes: Any) -> Change:
    """Return the change of the return path from the transit gateway."""
    return lambda examined: replace(examined, transit={VPN: replace((examined.transit or {})[VPN], **changes)})


def with_vpc(path: VpcPath, **changes: Any) -> Change:
    """Return the change that ends the connection in a VPN gateway."""
    return both(with_connection(gateway=VGW, gateway_kind="vgw", **changes), with_facts(vpcs={VGW: path}))


def with_traffic(*tunnels: tuple[int, int]) -> Change:
    """Return the change of bytes in and out of the first tunnel, and of the second."""
    counted = {(VPN, ip): Traffic(*sizes) for ip, sizes in zip(BOTH, tunnels, strict=False)}
    return lambda examined: replace(examined, traffic=TrafficFacts(NOON - 20 * MINUTE, NOON - 5 * MINUTE, counted))


def with_terminal(**changes: Any) -> Change:
    return lambda examined: replace(
        examined, terminal=replace(examined.terminal or TerminalFacts(80, 24, "", 0, is_utf8=True), **changes)
    )


TMUX: Final = TmuxFacts("3.3a", "on", 20, has_rgb=True)
REPLACED: Final = TrailChange(NOON - HOUR, "ReplaceVpnTunnel", "ops", connection=VPN)

LIVE_HOSTS: Final = {"host": "stream-logs.eu-west-1.amazonaws.com", "service_host": "logs.eu-west-1.amazonaws.com"}

WRONG: Final[Mapping[str, Change]] = {
    "no_connections": with_facts(inventory=Inventory()),
    "logging_off": with_tunnels(IP, ike_group=None),
    "logging_by_delivery": DELIVERED,
    "bgp_logging_off": with_tunnels(IP, bgp_group=None),
    "bgp_delivery_missing": both(DELIVERED, with_tunnels(bgp_group=None)),
    "bgp_logging_useless": with_connection(static_routes_only=True),
    "logging_differs": with_tunnels(IP, ike_group="/vpn/other"),
    "log_format_text": with_tunnels(IP, ike_format="text"),
    "stream_missing": with_stream(Log.IKE, exists=False, newest_at=None),
    "stream_never_began": both(with_stream(Log.IKE, exists=False, newest_at=None), with_tunnels(IP, telemetry=DOWN)),
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
    "access_denied": failing(ErrorKind.DENIED),
    "look_denied": failing(ErrorKind.DENIED, "iam:SimulatePrincipalPolicy", watches=False),
    "access_failed": failing(ErrorKind.UNREACHABLE),
    "access_untried": with_facts(untried=("logs:StartLiveTail",)),
    "identity_unknown": with_facts(caller=Caller()),
    "selector_unmatched": with_facts(unmatched="No VPN connection matches nowhere."),
    "delivery_not_allowed": both(with_facts(policies=()), NOTHING_ARRIVED),
    "resource_policy_full": both(
        with_facts(policies=(policy_of(5_100),)), with_tunnels(ike_group=PLAIN), NOTHING_ARRIVED
    ),
    "resource_policies_used_up": both(
        with_facts(policies=tuple(ResourcePolicy(str(number), "{}") for number in range(10))), NOTHING_ARRIVED
    ),
    "resource_policy_nearly_full": with_facts(policies=(policy_of(4_800, f"{arn(IKE)}:*"),)),
    "group_name_plain": with_tunnels(ike_group=PLAIN),
    "may_not_turn_logging_on": with_facts(may={"ec2:ModifyVpnTunnelOptions": False}),
    "live_refused": with_live(failure=Failure(ErrorKind.LIMIT, "All sessions are in use.")),
    "live_silent": with_live(beat_after=None),
    "live_held_by_proxy": with_live(failure=Failure(ErrorKind.REFUSED, "403"), **LIVE_HOSTS, proxy="proxy:3128"),
    "live_host_out_of_reach": with_live(failure=Failure(ErrorKind.UNREACHABLE, "No route."), **LIVE_HOSTS),
    "record_slow": with_live(record_took=4_000),
    "clock_off": with_facts(skew=-90_000),
    "aws_never_dials": with_options(StartupAction="add", DpdTimeoutAction="clear"),
    "start_with_ikev1": with_options(IkeVersions="ikev1"),
    "start_without_address": with_connection(customer_gateway=CustomerGateway("cgw-0a1b2c3d4e5f67890", asn=65_010)),
    "dpd_without_action": with_options(DpdTimeoutAction="none"),
    "rekeys_at_once": with_options(Phase2LifetimeSeconds="900", RekeyMarginTimeSeconds="450"),
    "algorithms_default": with_tunnels(
        configured={"IkeVersions": "ikev2", "StartupAction": "start"}, negotiated=AGREED
    ),
    "algorithms_weak": with_options(Phase2DHGroupNumbers="2, 14"),
    "agreed_on_weak": with_tunnels(negotiated=AGREED | {"Phase1IntegrityAlgorithm": "SHA1"}),
    "maintenance_unknown": with_tunnels(IP, provisioning="available"),
    "maintenance_pending": with_tunnels(IP, maintenance_pending=True, maintenance_forced_at=NOON + DAY),
    "one_tunnel": lambda examined: with_connection(tunnels=tunnels_of(examined)[:1])(examined),
    "one_tunnel_up": with_tunnels(IP, telemetry=DOWN),
    "tunnels_differ": with_tunnels(IP, configured=OPTIONS | {"DpdTimeoutAction": "clear"}),
    "accelerated": with_connection(accelerated=True),
    "certificate_ends": with_facts(certificates={CERTIFICATE: NOON + 10 * DAY}),
    "segment_size": with_tunnels(negotiated=AGREED),
    "path_unknown": with_facts(transit=None),
    "path_in_core_network": with_connection(gateway_kind="cloudwan"),
    "path_of_another_account": with_transit(tables=None, owner="210987654321"),
    "attachment_not_available": with_transit(state="failing"),
    "attachment_not_associated": with_transit(association=""),
    "not_propagated_to_transit": with_transit(propagations=(), routes=()),
    "no_transit_route": both(with_connection(static_routes_only=True), with_transit(routes=())),
    "transit_routes_missing": with_transit(routes=()),
    "blackhole_routes": with_transit(routes=(Route("10.10.0.0/16", TABLE, is_blackhole=True),)),
    "gateway_detached": with_vpc(VpcPath(VGW)),
    "not_propagated_to_vpc": with_vpc(VpcPath(VGW, ("vpc-1",), (VpcTable("rtb-1", "vpc-1"),))),
    "table_without_route": with_vpc(
        VpcPath(VGW, ("vpc-1",), (VpcTable("rtb-1", "vpc-1", propagates=True), VpcTable("rtb-2", "vpc-1")))
    ),
    "static_routes_missing": with_vpc(VpcPath(VGW, ("vpc-1",)), static_routes_only=True),
    "static_routes_pending": with_vpc(
        VpcPath(VGW, ("vpc-1",)), static_routes_only=True, routes=(StaticRoute("10.0.0.0/8", "pending"),)
    ),
    "traffic_asymmetric": with_traffic((10**7, 0), (0, 10**7)),
    "traffic_in_only": with_traffic((10**7, 900), (0, 0)),
    "traffic_out_only": with_traffic((900, 10**7), (0, 0)),
    "traffic_none": with_traffic((900, 900), (0, 0)),
    "traffic_down": both(with_tunnels(telemetry=DOWN), with_traffic((900, 900), (0, 0))),
    "traffic_unknown": with_traffic(),
    "changed": with_facts(
        trail=TrailFacts(NOON - DAY, (TrailChange(NOON - HOUR, "ReplaceVpnTunnel", "ops", connection=VPN),))
    ),
    "terminal_cannot_draw": with_terminal(term="dumb"),
    "terminal_too_small": with_terminal(rows=12),
    "terminal_small": with_terminal(columns=72),
    "terminal_without_utf8": with_terminal(is_utf8=False),
    "terminal_few_colours": with_terminal(colours=16),
    "screen_without_clipboard": with_terminal(is_screen=True),
    "tmux_keeps_clipboard": with_terminal(tmux=replace(TMUX, clipboard="external")),
    "tmux_without_rgb": with_terminal(tmux=replace(TMUX, has_rgb=False), colours=1 << 24),
    "tmux_holds_escape": with_terminal(tmux=replace(TMUX, escape_time=500)),
    "log_group_encrypted": with_group(IKE, kms_key="arn:aws:kms:eu-west-1:123456789012:key/1"),
}
"""What makes each finding appear in an account that is well."""

RIGHT: Final[Mapping[str, Change]] = {
    "terminal_fits": with_terminal(is_utf8=False),
    "versions": with_facts(versions={}),
    "path_whole": with_transit(routes=()),
    "traffic_flows": with_traffic((900, 900)),
    "nothing_changed": with_facts(trail=None),
    "certificate_lasts": with_facts(certificates={}),
    "log_arrives": NOTHING_ARRIVED,
    "identity": with_facts(caller=Caller()),
    "access_complete": failing(ErrorKind.DENIED),
    "delivery_allowed": both(with_facts(policies=()), NOTHING_ARRIVED),
    "resource_policy_room": with_facts(policies=()),
    "may_turn_logging_on": with_facts(may=None),
    "live_works": with_live(beat_after=None),
    "record_quick": with_live(record_took=4_000),
    "clock_right": with_facts(skew=6_000),
}
"""What makes each finding go away that tells that all is well."""
