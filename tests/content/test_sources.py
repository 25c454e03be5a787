"""If the logs and EC2 differ, both are quoted with their times."""

from tests.factories import IP, NOON, VPN, bgp, fleet_of, ike
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.tunnel.sources import ec2_beside_the_logs
from tui.content.wording import clock_notation
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts

MINUTE = 60_000
SHAKING = ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND", at=170)
CAME_UP = [SHAKING, ike("established", "EE", at=180)]
FELL = [ike("standing", "EE", at=0), ike("gone", "DD", at=180)]
CONNECTING = "AWS-side peer BGP session state has changed from Connect to Active with neighbor 169.254.50.85"
OPENED = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
DOWN = Telemetry(False, "IPSEC IS UP", since=NOON + MINUTE)
UP = Telemetry(True, "2 BGP ROUTES", since=NOON + MINUTE)


def snapshot(
    events: list[RawEvent], telemetry: Telemetry | None, *, minutes: float = 60, static: bool = False
) -> TunnelSnapshot:
    now = NOON + round(minutes * MINUTE)
    fleet = fleet_of(events)
    facts = TunnelFacts(IP, telemetry=telemetry)
    fleet.learn(Inventory((ConnectionFacts(VPN, static_routes_only=static, tunnels=(facts,)),)))
    fleet.apply((), watermark=now)
    (tunnel,) = fleet.tunnels
    return TunnelSnapshot.of(tunnel, fleet, diagnoses=(), now=now)


def statements(
    events: list[RawEvent], telemetry: Telemetry | None, *, minutes: float = 60, static: bool = False
) -> str:
    subject = snapshot(events, telemetry, minutes=minutes, static=static)
    return ec2_beside_the_logs(subject, moment=clock_notation(now=subject.at, utc=True))


def test_both_sides_are_told_with_their_times_and_what_bgp_did() -> None:
    assert statements([*CAME_UP, bgp(CONNECTING, "DOWN", at=200)], DOWN) == (
        "logs: phase 2 established 12:03:00; EC2: DOWN since 12:01:00, IPSEC IS UP; BGP never opened"
    )


def test_a_session_that_was_open_says_since_when_it_is_not() -> None:
    events = [*CAME_UP, bgp(OPENED, at=190), bgp(LOST, "DOWN", at=300)]
    assert statements(events, DOWN).endswith("; BGP idle, not up since 12:05:00")


def test_a_session_that_goes_round_is_not_up_since_it_was_lost_and_no_news_to_ec2() -> None:
    rounds = [bgp(CONNECTING, "DOWN", at=at) for at in range(310, 3_600, 30)]
    text = statements([*CAME_UP, bgp(OPENED, at=190), bgp(LOST, "DOWN", at=300), *rounds], UP)
    assert text.endswith("; BGP active, not up since 12:05:00")


def test_a_log_that_begins_with_bgp_on_its_way_does_not_say_that_it_never_opened() -> None:
    text = statements([ike("standing", "EE", at=0), bgp(CONNECTING, "DOWN", at=60)], DOWN)
    assert text.endswith("; BGP active, not up since 12:01:00 or earlier")
    late = statements([*CAME_UP, bgp(CONNECTING, "DOWN", at=900)], DOWN)
    assert late.endswith("; BGP active, not up since 12:15:00 or earlier")


def test_where_both_say_up_nothing_is_text() -> None:
    assert statements(CAME_UP, UP) == ""


def test_where_both_say_down_nothing_is_text() -> None:
    assert statements(FELL, Telemetry(False, "IPSEC IS DOWN", since=NOON + MINUTE)) == ""


def test_where_ec2_says_nothing_nothing_is_text() -> None:
    assert statements(CAME_UP, None) == ""


def test_where_the_logs_say_nothing_nothing_is_text() -> None:
    assert statements([], DOWN) == ""


def test_a_fall_that_ec2_has_not_noticed_is_statements() -> None:
    assert statements(FELL, UP) == "logs: phase 1 down, not up since 12:03:00; EC2: UP since 12:01:00, 2 BGP ROUTES"


def test_the_layer_that_is_missing_is_named() -> None:
    fell = [*FELL, ike("half", "ED", at=200)]
    assert statements(fell, UP).startswith("logs: phase 2 down, not up since 12:03:00;")


def test_a_change_of_the_last_minutes_says_that_ec2_is_behind() -> None:
    assert statements(FELL, UP, minutes=6).endswith("; EC2 is minutes behind")


def test_a_change_of_bgp_is_a_change_too() -> None:
    events = [*CAME_UP, bgp(OPENED, at=190), bgp(LOST, "DOWN", at=900)]
    assert statements(events, UP, minutes=16).endswith("; EC2 is minutes behind")


def test_an_older_change_does_not_excuse_ec2() -> None:
    assert "behind" not in (statements(FELL, UP, minutes=9))


def test_bgp_down_beside_ec2_up_is_a_disagreement_where_routes_are_dynamic() -> None:
    events = [*CAME_UP, bgp(OPENED, at=190), bgp(LOST, "DOWN", at=300)]
    assert "BGP idle, not up since 12:05:00" in (statements(events, UP))
    assert statements(events, UP, static=True) == ""


def test_a_beginning_that_was_not_seen_is_not_given_as_the_beginning() -> None:
    assert statements([ike("standing", "EE", at=180)], DOWN).startswith(
        "logs: phase 2 established 12:03:00 or earlier;"
    )


def test_an_older_day_is_named() -> None:
    assert "21 Nov" in (statements(CAME_UP, Telemetry(False, since=NOON - 50 * 60 * MINUTE)))


def test_a_rekey_does_not_look_like_a_change() -> None:
    rekeyed = [*CAME_UP, ike("rekey", "ER", at=3_500), ike("established", "EE", at=3_501)]
    assert "behind" not in (statements(rekeyed, DOWN))
