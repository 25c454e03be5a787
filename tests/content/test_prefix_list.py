"""The list made from what is announced reads back unchanged, and says where it may be incomplete."""

import pytest

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike, route
from tui.content.acceptance.prefix_list import prefix_list
from tui.domain.acceptance.expected_prefixes import read_prefixes
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts

OPENED = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"


def announced(ip: str, *prefixes: str) -> list[RawEvent]:
    change = bgp(OPENED, at=-60, ip=ip)
    return [ike("x", ip=ip, at=-90), change, *(route("ADVERTISED", prefix, at=-50, ip=ip) for prefix in prefixes)]


def written(*events: RawEvent, static: bool = False, name: str = "hq") -> tuple[str, int]:
    fleet = fleet_of(events)
    facts = (TunnelFacts(IP), TunnelFacts(OTHER_IP))
    fleet.learn(Inventory((ConnectionFacts(VPN, name=name, static_routes_only=static, tunnels=facts),)))
    return prefix_list(fleet.connections, now=NOON)


@pytest.mark.parametrize("other", [("10.10.0.0/16", "10.11.0.0/16"), ("10.10.0.0/16",)])
def test_a_list_reads_back_as_what_was_announced(other: tuple[str, ...]) -> None:
    text, number = written(*announced(IP, "10.10.0.0/16", "10.11.0.0/16"), *announced(OTHER_IP, *other))
    expected = read_prefixes(text)
    assert expected.over(VPN, "hq", IP) == {"10.10.0.0/16", "10.11.0.0/16"}
    assert expected.over(VPN, "hq", OTHER_IP) == set(other)
    assert number == (2 if len(other) == 2 else 3)
    assert f"[{VPN}]" in text or f"[{VPN} {IP}]" in text


def test_a_session_from_before_the_look_back_is_remarked_on() -> None:
    end = "AWS-side peer sent an End-of-RIB message to neighbor 169.254.50.85"
    text, _ = written(bgp(end, at=-60), route("ADVERTISED", "10.10.0.0/16", at=-50))
    assert f"# {IP}: its session began before the look-back" in text
    assert f"# {OTHER_IP}: BGP was not established." in text


def test_a_static_connection_has_nothing_to_expect() -> None:
    text, number = written(ike("x"), static=True)
    assert "# hq has no BGP." in text
    assert number == 0


def test_a_name_stays_in_its_comment() -> None:
    text, _ = written(*announced(IP, "10.10.0.0/16"), *announced(OTHER_IP, "10.10.0.0/16"), name="hq\n0.0.0.0/0")
    assert read_prefixes(text).over(VPN, "", IP) == {"10.10.0.0/16"}
