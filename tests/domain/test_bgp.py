"""The BGP session over a tunnel follows its log: steps, losses, routes."""

from itertools import pairwise

import pytest

from tests.factories import NOON, bgp, route, tunnel_of
from tui.domain.state.tunnel_state import Health

PEER = "neighbor 169.254.50.85"
NEIGHBOR = f"with {PEER}"


def changed(before: str, after: str) -> str:
    return f"AWS-side peer BGP session state has changed from {before} to {after} {NEIGHBOR}"


def test_bgp_session_is_told_by_its_changes() -> None:
    state = tunnel_of([bgp(changed("OpenConfirm", "Established"), "UP", at=5)]).state
    assert state.bgp.is_up is True
    assert (state.bgp.session, state.bgp.is_established.at) == ("established", NOON + 5000)
    assert state.health.value is Health.UNKNOWN


def test_an_open_sent_is_down_and_keeps_the_step() -> None:
    events = [
        bgp(changed("Connect", "OpenSent"), "DOWN"),
        bgp("AWS-side peer sent an OPEN message to neighbor 169.254.50.85 - version 4", "DOWN", at=1),
    ]
    assert tunnel_of(events).state.bgp.session == "opensent"


def test_an_outage_of_bgp_is_as_old_as_its_beginning_however_often_it_goes_round() -> None:
    steps = ["Established", "Idle", "Connect", "Active", "Idle", "Connect", "Active"]
    rounds = [bgp(changed(*step), "DOWN", at=20 * index) for index, step in enumerate(pairwise(steps))]
    stands = tunnel_of(rounds).state.bgp.is_established
    assert (stands.value, stands.at, stands.seen) == (False, NOON, True)
    assert not tunnel_of(rounds[1:]).state.bgp.is_established.seen


def test_a_session_whose_hold_timer_ended_just_before_the_line_of_its_loss_was_seen_to_fall() -> None:
    expired = bgp("AWS-side peer sent a Hold Timer Expired notification to neighbor 169.254.50.85", "DOWN", at=4)
    first = tunnel_of([expired, bgp(changed("Established", "Idle"), "DOWN", at=5)]).state.bgp
    assert (first.is_established.at, first.is_established.seen, len(first.falls)) == (NOON + 4_000, True, 1)
    later = tunnel_of([expired, bgp(changed("Established", "Idle"), "DOWN", at=60)]).state.bgp
    assert not later.is_established.seen  # what fell then is another session, whose beginning was not logged


@pytest.mark.parametrize(
    "line",
    [
        f"AWS-side peer is initiating a connection (via Connect) to {PEER}",
        f"AWS-side peer sent an OPEN message to {PEER} - version 4, AS 64512, holdtime 30, router-id 192.0.2.1",
        f"AWS-side peer received an OPEN message from {PEER} - version 4, AS 65010, holdtime 30, router-id 192.0.2.1",
        f"AWS-side peer sent a notification 6/7 (Cease/Connection Collision Resolution) to {PEER}",
        f"AWS-side peer received notification 6/7 (Cease/Connection Collision Resolution) from {PEER}",
    ],
)
def test_a_second_connection_leaves_the_session_as_it_is(line: str) -> None:
    up = bgp(changed("OpenConfirm", "Established"))
    assert tunnel_of([up, bgp(line, "DOWN", at=5)]).state.bgp.is_up is True
    assert tunnel_of([bgp(line, "DOWN", at=5)]).state.bgp.is_up is None


def test_a_record_of_a_session_that_goes_on_leaves_its_withdrawn_routes() -> None:
    up, withdrawn = bgp(changed("OpenConfirm", "Established"), "UP"), route("WITHDRAWN", "10.1.0.0/16", at=10)
    assert tunnel_of([up, withdrawn, bgp("A message", "UP", at=20)]).state.bgp.withdrawn == ("10.1.0.0/16",)
    anew = [bgp(changed("Established", "Idle"), "DOWN", at=20), bgp(changed("OpenConfirm", "Established"), "UP", at=30)]
    assert tunnel_of([up, withdrawn, *anew]).state.bgp.withdrawn == ()


def test_routes_are_counted_withdrawn_and_denied() -> None:
    events = [
        bgp(changed("OpenConfirm", "Established")),
        route("ADVERTISED", "10.0.0.0/16", at=1),
        route("ADVERTISED", "10.1.0.0/16", at=1),
        route("ADVERTISED", "10.2.0.0/16", at=1, details="DENIED due to: as-path contains our own AS"),
        route("WITHDRAWN", "10.1.0.0/16", at=2),
    ]
    state = tunnel_of(events).state.bgp
    assert [prefix for prefix, _ in state.prefixes] == ["10.0.0.0/16"]
    assert state.withdrawn == ("10.1.0.0/16",)
    assert state.denied == (("10.2.0.0/16", "DENIED due to: as-path contains our own AS", NOON + 1000),)


def test_a_route_is_refused_since_its_first_refusal() -> None:
    refused = [route("UPDATED", "10.0.0.0/16", at=at, details="DENIED due to: martian") for at in (5, 60)]
    mended = route("UPDATED", "10.0.0.0/16", at=30)
    assert [each.at for each in tunnel_of(refused).state.bgp.denied] == [NOON + 5_000]
    assert [each.at for each in tunnel_of([refused[0], mended, refused[1]]).state.bgp.denied] == [NOON + 60_000]


def test_a_lost_session_forgets_its_routes() -> None:
    events = [
        bgp(changed("OpenConfirm", "Established")),
        route("ADVERTISED", "10.0.0.0/16", at=1),
        bgp(changed("Established", "Idle"), "DOWN", at=2),
    ]
    assert not tunnel_of(events).state.bgp.prefixes


def test_a_session_remembers_its_last_falls_and_refusals_and_no_more() -> None:
    turns = [("Established", "Idle", "DOWN"), ("OpenConfirm", "Established", "UP")]
    session = [bgp(changed(*turns[turn % 2][:2]), turns[turn % 2][2], at=10 * turn) for turn in range(400)]
    ways = [("WITHDRAWN", None), ("UPDATED", "DENIED due to: martian")]
    routes = [route(ways[n % 2][0], f"10.{n}.0.0/16", at=4_000 + n, details=ways[n % 2][1]) for n in range(200)]
    state = tunnel_of([*session, *routes]).state.bgp
    assert [len(state.falls), len(state.losses), len(state.withdrawn), len(state.denied)] == [64, 64, 64, 64]


def test_only_what_the_peer_sent_over_an_established_session_proves_that_it_is_alive() -> None:
    session = [
        bgp(changed("OpenConfirm", "Established"), at=0),
        bgp(f"AWS-side peer sent update {NEIGHBOR}", at=60),
    ]
    assert tunnel_of(session).state.bgp.alive_at == NOON
    session.append(bgp(f"AWS-side peer received update {NEIGHBOR}", at=120))
    assert tunnel_of(session).state.bgp.alive_at == NOON + 120_000
    session.append(bgp(f"AWS-side peer received OPEN message {NEIGHBOR}", "DOWN", at=180))
    assert tunnel_of(session).state.bgp.alive_at == NOON + 120_000
