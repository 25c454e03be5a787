"""The window of the next rekey follows from the options and from the line that set the SA up, or there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import IP, NOON, VPN, fleet_of, ike
from tui.domain.acceptance.rekey import Rekey, next_rekeys, rekeyed_at
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.state.tunnel import Tunnel

FIRST, SECOND = (
    f"AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b{n}: outbound SPI: 0x0d1e2f3{n}: traffic"
    for n in (1, 2)
)
REMOVED = "AWS tunnel received DELETE for Phase 2 SA with SPI: 0x0d1e2f32"
CAME_UP = [ike("dial", "DD", at=-5), ike("x", "ND", at=-1), ike("x", "ED", at=0), ike(FIRST, "EE", at=0)]
DEFAULTS = {"StartupAction": "add"}


def tunnel_of(events: list[RawEvent], options: dict[str, str] | None = None, **negotiated: str) -> Tunnel:
    fleet = fleet_of(events)
    facts = TunnelFacts(IP, configured=DEFAULTS if options is None else options, negotiated=negotiated)
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(facts,)),)))
    return fleet.tunnels[0]


def ahead(tunnel: Tunnel, *, at: float = 60, accelerated: bool = False) -> dict[int, Rekey]:
    connection = ConnectionFacts(VPN, accelerated=accelerated)
    return {rekey.phase: rekey for rekey in next_rekeys(tunnel, connection, now=NOON + round(at * 1000))}


def seconds(at: int | None) -> float | None:
    return None if at is None else (at - NOON) / 1000


def window(rekey: Rekey) -> tuple[float | None, ...]:
    return seconds(rekey.opens), seconds(rekey.closes), seconds(rekey.expires)


def test_awss_defaults_give_the_last_minutes_before_the_margin() -> None:
    rekeys = ahead(tunnel_of(CAME_UP))
    assert window(rekeys[2]) == (3060, 3330, 3600)
    assert window(rekeys[1]) == (28_260, 28_530, 28_800)


def test_the_options_of_the_tunnel_count() -> None:
    options = {"Phase2LifetimeSeconds": "1800", "RekeyMarginTimeSeconds": "100", "RekeyFuzzPercentage": "50"}
    assert window(ahead(tunnel_of(CAME_UP, options))[2]) == (1650, 1700, 1800)


def test_without_a_fuzz_the_window_is_an_instant() -> None:
    assert window(ahead(tunnel_of(CAME_UP, {"RekeyFuzzPercentage": "0"}))[2])[:2] == (3330, 3330)


def test_a_rekey_begins_the_lifetime_anew() -> None:
    tunnel = tunnel_of([*CAME_UP, ike(SECOND, "EE", at=3100)])
    assert window(ahead(tunnel, at=3200)[2]) == (6160, 6430, 6700)
    assert rekeyed_at(tunnel) == NOON + 3_100_000


def test_a_set_up_is_no_rekey() -> None:
    assert rekeyed_at(tunnel_of(CAME_UP)) is None
    assert rekeyed_at(tunnel_of([*CAME_UP, ike("x", "DD", at=100), ike(SECOND, "EE", at=200)])) is None


def test_a_rekey_with_which_the_look_back_begins_is_told_from_a_set_up() -> None:
    rekey = [ike("AWS tunnel is sending request (id=4) for CREATE_CHILD_SA", "ER"), ike(SECOND, "ER")]
    assert rekeyed_at(tunnel_of(rekey)) == NOON
    assert rekeyed_at(tunnel_of([ike("x", "ED"), ike(SECOND, "EE")])) is None
    assert rekeyed_at(tunnel_of([ike(SECOND, "EE")])) is None


def test_a_pair_that_the_device_deletes_at_once_was_no_rekey() -> None:
    tunnel = tunnel_of([*CAME_UP, ike(SECOND, "EE", at=3100), ike(REMOVED, "EE", at=3110)])
    assert rekeyed_at(tunnel) is None
    assert window(ahead(tunnel, at=3200)[2])[0] == 3060


def test_a_rekey_of_phase_1_by_either_end_begins_its_lifetime_anew() -> None:
    by_aws = [ike("x", "RE", at=20_000), ike("x", "EE", at=20_000)]
    by_device = [
        ike("AWS tunnel processed request (id=3) for CREATE_CHILD_SA", "EE", at=20_000),
        ike("AWS tunnel received DELETE for IKE_SA from CGW", "EE", at=20_000),
    ]
    for events in (by_aws, by_device):
        tunnel = tunnel_of([*CAME_UP, *events], None, IkeVersion="ikev2")
        assert seconds(ahead(tunnel, at=20_100)[1].established_at) == 20_000


def test_after_a_rekey_of_ikev1_nobody_knows_the_age_of_phase_1() -> None:
    events = [
        ike("AWS tunnel processed request (id=0) for Main Mode", "EE", at=20_000),
        ike("AWS tunnel received DELETE for IKE_SA from CGW", "EE", at=20_500),
    ]
    assert 1 not in ahead(tunnel_of([*CAME_UP, *events], None, IkeVersion="ikev1"), at=20_600)


def test_what_came_up_before_the_look_back_has_no_countdown() -> None:
    assert ahead(tunnel_of([ike("AWS tunnel is sending DPD request")])) == {}


@pytest.mark.parametrize("options", [{}, {"Phase2LifetimeSeconds": "soon"}, {"RekeyMarginTimeSeconds": "1, 2"}])
def test_what_the_options_do_not_tell_is_not_guessed(options: dict[str, str]) -> None:
    assert 2 not in ahead(tunnel_of(CAME_UP, options))


def test_without_ec2_there_is_no_countdown() -> None:
    (tunnel,) = fleet_of(CAME_UP).tunnels
    assert next_rekeys(tunnel, None, now=NOON) == ()


def test_a_tunnel_that_is_down_has_no_countdown() -> None:
    assert ahead(tunnel_of([*CAME_UP, ike("x", "DD", at=30)])) == {}


def test_an_sa_that_should_have_ended_has_no_countdown() -> None:
    assert set(ahead(tunnel_of(CAME_UP), at=3601)) == {1}


def test_on_an_accelerated_connection_aws_starts_no_rekey() -> None:
    assert window(ahead(tunnel_of(CAME_UP), accelerated=True)[2]) == (None, None, 3600)


@given(st.integers(900, 28_800), st.integers(60, 20_000), st.integers(0, 100))
def test_a_window_lies_in_the_life_of_its_sa(lifetime: int, margin: int, fuzz: int) -> None:
    options = {
        "Phase2LifetimeSeconds": str(lifetime),
        "RekeyMarginTimeSeconds": str(margin),
        "RekeyFuzzPercentage": str(fuzz),
    }
    rekey = ahead(tunnel_of(CAME_UP, options), at=0)[2]
    assert rekey.opens is not None
    assert rekey.closes is not None
    assert rekey.established_at <= rekey.opens <= rekey.closes <= rekey.expires
