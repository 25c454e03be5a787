"""The changes on AWS's side while we watched."""

from dataclasses import replace

from tests.factories import IP, OTHER_IP, VPN
from tui.domain.inventory import (
    ConnectionFacts,
    CustomerGateway,
    Inventory,
    OptionChange,
    StaticRoute,
    Telemetry,
    TunnelFacts,
)
from tui.domain.past.option_changes import changes, remember_changes

OPTIONS = {"IkeVersions": "ikev2", "Phase2DHGroupNumbers": "14, 20"}
TUNNEL = TunnelFacts(IP, ike_group="/vpn", configured=OPTIONS, provisioning="available")
FACTS = ConnectionFacts(
    VPN,
    state="available",
    customer_gateway=CustomerGateway("cgw-1"),
    routes=(StaticRoute("10.0.0.0/8", "available"),),
    key_secret="arn:aws:secretsmanager:eu-west-1:123456789012:secret:a",
    tunnels=(TUNNEL, TunnelFacts(OTHER_IP, configured=OPTIONS, provisioning="available")),
)


def of_tunnel(changed: TunnelFacts) -> list[tuple[str, str, str, str]]:
    """Return what is told when the first tunnel becomes this one."""
    return of_connection(replace(FACTS, tunnels=(changed, FACTS.tunnels[1])))


def of_connection(changed: ConnectionFacts) -> list[tuple[str, str, str, str]]:
    return told(changes(FACTS, changed, at=5))


def told(found: tuple[OptionChange, ...]) -> list[tuple[str, str, str, str]]:
    assert all(change.at == 5 for change in found)
    return [(change.outside_ip, change.option, change.before, change.after) for change in found]


def test_an_option_of_one_tunnel_is_told_with_both_values() -> None:
    changed = OPTIONS | {"Phase2DHGroupNumbers": "20"}
    assert of_tunnel(replace(TUNNEL, configured=changed)) == [(IP, "Phase2DHGroupNumbers", "14, 20", "20")]


def test_logging_that_is_turned_off_and_an_endpoint_that_is_replaced_are_changes() -> None:
    assert of_tunnel(replace(TUNNEL, ike_group=None)) == [(IP, "LogGroupArn", "/vpn", "")]
    assert of_tunnel(replace(TUNNEL, replaced_at=7_000)) == [(IP, "LastMaintenanceApplied", "", "7000")]
    assert of_tunnel(replace(TUNNEL, provisioning="pending")) == [(IP, "ProvisioningStatus", "available", "pending")]


def test_state_routes_key_and_gateway_are_changes_of_the_whole_connection() -> None:
    routes = (*FACTS.routes, StaticRoute("10.9.0.0/16", "pending"))
    assert of_connection(replace(FACTS, state="modifying")) == [("", "State", "available", "modifying")]
    assert of_connection(replace(FACTS, routes=routes)) == [
        ("", "Routes", "10.0.0.0/8", "10.0.0.0/8, 10.9.0.0/16 (pending)")
    ]
    assert of_connection(replace(FACTS, key_secret="")) == [("", "PreSharedKeyArn", FACTS.key_secret, "")]
    assert of_connection(replace(FACTS, customer_gateway=CustomerGateway("cgw-2"))) == [
        ("", "CustomerGatewayId", "cgw-1", "cgw-2")
    ]


def test_what_only_one_answer_knows_is_no_change() -> None:
    assert of_tunnel(replace(TUNNEL, configured={})) == []
    assert of_tunnel(replace(TUNNEL, provisioning="", replaced_at=None)) == []
    assert of_connection(replace(FACTS, state="")) == []
    assert of_connection(replace(FACTS, tunnels=(*FACTS.tunnels, TunnelFacts("203.0.113.99")))) == []
    never_asked = replace(FACTS, tunnels=(replace(TUNNEL, provisioning=""),))
    assert changes(never_asked, replace(FACTS, tunnels=(replace(TUNNEL, replaced_at=7_000),)), at=5) == ()


def test_telemetry_and_the_name_are_no_changes() -> None:
    assert of_tunnel(replace(TUNNEL, telemetry=Telemetry(True))) == []
    assert of_connection(replace(FACTS, name="osaka")) == []


def test_changes_stay_with_their_tunnel_in_order_of_time() -> None:
    modifying = replace(FACTS, state="modifying")
    changed = replace(TUNNEL, configured=OPTIONS | {"IkeVersions": "ikev1, ikev2"})
    done = replace(FACTS, tunnels=(changed, FACTS.tunnels[1]))
    latest = Inventory((FACTS,))
    for at, facts in enumerate((FACTS, modifying, done, done), start=1):
        latest = remember_changes(latest, Inventory((facts,)), at=at)
    first, second = latest.connections[0].tunnels
    assert [(change.at, change.option) for change in first.changes] == [(2, "State"), (3, "State"), (3, "IkeVersions")]
    assert [(change.at, change.option) for change in second.changes] == [(2, "State"), (3, "State")]


def test_a_connection_that_is_edited_without_end_is_remembered_in_part() -> None:
    latest = Inventory((FACTS,))
    for at in range(200):
        state = "modifying" if at % 2 else "available"
        latest = remember_changes(latest, Inventory((replace(FACTS, state=state),)), at=at)
    assert [change.at for change in latest.connections[0].tunnels[0].changes] == list(range(150, 200))
