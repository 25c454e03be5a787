"""A history drops routine first, and evidence of a diagnosis only if there is no room at all."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.histories import HISTORIES, Written
from tests.factories import IP, NOON, bgp, fleet_of, ike, route, tunnel_of
from tui.domain.diagnosis.diagnose import diagnose
from tui.domain.events import Log, RawEvent
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.forgetting import trim
from tui.domain.state.tunnel_state import Health, State

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
DPD = "AWS tunnel is sending DPD request"
DEAD = "AWS tunnel DPD timed out after 3 retransmits"
SESSION = "AWS-side peer BGP session state has changed from {} to {} with neighbor 169.254.50.85"
SA = "AWS tunnel Phase 2 SA is established with inbound SPI: 0x11111111: outbound SPI: 0xaaaaaaaa: traffic sel"
SAID = [
    *(
        (text, states)
        for text in (DPD, "unheard of", KEY, "AWS tunnel processed request (id=4) for CREATE_CHILD_SA")
        for states in ("EE", "ND", "DD", "ER", None)
    ),
    (DEAD, "EE"),
    (DEAD, "DD"),
    (SA, "EN"),
    ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa", "EE"),
    ("AWS tunnel received DELETE for IKE_SA from CGW", "EE"),
    ("10.0.0.0/16", "ADVERTISED"),
    ("10.1.0.0/16", "ADVERTISED"),
    ("10.0.0.0/16", "WITHDRAWN"),
    (SESSION.format("Established", "Idle"), "DOWN"),
    (SESSION.format("Idle", "Connect"), "DOWN"),
    (SESSION.format("OpenConfirm", "Established"), "UP"),
]

# What several outages have in common can only be told while all lines of all of them are here.
BY_COMPARISON = {"flapping_each_hour"}
LONG = [written for written in HISTORIES.values() if len(written.rows) >= 20 and written.name not in BY_COMPARISON]


def leading(written: Written, fleet: Fleet) -> list[tuple[str, int, bool]]:
    return [(each.code, each.since, each.certain) for each in written.diagnosed(fleet)[:1]]


@pytest.mark.parametrize("written", LONG, ids=lambda written: written.name)
def test_a_part_of_a_history_tells_the_same_cause_since_the_same_time(written: Written) -> None:
    whole = leading(written, written.fleet(load()))
    for share in (2, 4, 10):
        part = written.fleet(load())
        for tunnel in part.tunnels:
            trim(tunnel.history, max(24, tunnel.history.weight // share))
        assert leading(written, part) == whole, f"a {share}th"


def key_refused(seconds: range) -> Iterator[RawEvent]:
    """A device that dials with a wrong key every ten seconds."""
    for second in seconds:
        yield ike("AWS tunnel processed request (id=1) for IKE_AUTH", "ND", at=10 * second)
        yield ike(KEY, "ND", at=10 * second, rank=1)
        yield ike("AWS tunnel is sending AUTHENTICATION_FAILED as the response", "DD", at=10 * second, rank=2)


@pytest.mark.parametrize("retained", [30, 300])
def test_a_cause_is_as_old_as_its_first_line_after_a_day_of_it(retained: int) -> None:
    fleet = fleet_of([ike(DPD, at=-60), ike(DEAD, "DD", at=-30)], retained=retained)
    day = key_refused(range(8_640))
    while batch := list(islice(day, 500)):
        fleet.apply(batch)
    tunnel = fleet.tunnels[0]
    cause, *_ = diagnose(tunnel, now=NOON + 86_430_000, catalogue=load())
    assert (cause.code, cause.since) == ("psk_mismatch", NOON)
    assert tunnel.history.weight <= retained


def test_the_falls_of_a_day_stay_with_their_causes_beside_any_amount_of_routine() -> None:
    fleet = fleet_of(retained=400)
    for hour in range(24):
        fleet.apply(ike(DPD, at=hour * 3600 + 10 * step) for step in range(350))
        fleet.apply([ike(DEAD, "DD", at=hour * 3600 + 3520), ike("x", "ND", at=hour * 3600 + 3550)])
    history = fleet.tunnels[0].history
    assert [entry.at for entry in history if entry.event.message == DEAD] == [
        NOON + (hour * 3600 + 3520) * 1000 for hour in range(24)
    ]


def test_each_outage_of_a_day_keeps_its_two_ends_and_its_first_and_last_warning() -> None:
    def outage(start: int) -> Iterator[RawEvent]:
        yield ike(DEAD, "DD", at=start)
        for step in range(40):
            yield ike(f"{start + step} is unheard of", "DD", at=start + 10 * step + 1)
            yield ike(KEY, "DD", at=start + 10 * step + 2)
        yield ike("back again", "EE", at=start + 500)

    starts = range(0, 86_400, 7_200)
    tunnel = tunnel_of([ike(DPD, at=-60), *(raw for start in starts for raw in outage(start))])
    trim(tunnel.history, 90)
    kept = {(entry.event.message, (entry.at - NOON) // 1000) for entry in tunnel.history}
    for start in starts:
        assert {(DEAD, start), (KEY, start + 2), (KEY, start + 392), ("back again", start + 500)} <= kept


def test_what_was_dropped_is_counted() -> None:
    tunnel = tunnel_of(ike(DPD, at=10 * step) for step in range(100))
    trim(tunnel.history, 20)
    assert (tunnel.history.seen, tunnel.history.dropped) == (100, 100 - len(tunnel.history))
    assert len(tunnel.history) <= 20


def test_the_newest_lines_stay_as_they_are_as_long_as_there_is_older_routine() -> None:
    tunnel = tunnel_of(ike(DPD, at=10 * step) for step in range(300))
    trim(tunnel.history, 200)
    assert [entry.at for entry in tunnel.history][-190:] == [NOON + 10_000 * step for step in range(110, 300)]


def test_steps_of_an_exchange_stay_beside_news_and_go_otherwise() -> None:
    step = "AWS tunnel processed response (id=5) for INFORMATIONAL"
    news = [ike("unheard of", at=350), ike(step, at=350)]
    tunnel = tunnel_of(
        [*(ike(step, at=7 * number) for number in range(50)), *news, *(ike(DPD, at=at) for at in range(400, 460))]
    )
    trim(tunnel.history, 60)
    kept = {(entry.at - NOON) // 1_000 for entry in tunnel.history if entry.event.message == step}
    assert kept == {0, 350}


def test_packets_without_an_answer_are_no_routine() -> None:
    packet = f"sending packet: from {IP} [UDP 500] to cgw-1 [UDP 500] (464 bytes)"
    tunnel = tunnel_of([ike("x", "DD"), *(ike(packet, "DD", at=30 * step) for step in range(1, 200))])
    trim(tunnel.history, 40)
    (cause,) = diagnose(tunnel, now=NOON + 6_000_000, catalogue=load())
    assert (cause.code, cause.since) == ("peer_unreachable", NOON + 30_000)


@pytest.mark.parametrize("goal", [50, 10])
def test_a_late_fall_among_forgotten_routine_lasts_no_longer_than_the_routine_was_apart(goal: int) -> None:
    fleet = fleet_of(ike(DPD, "EE", at=10 * step) for step in range(360))
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, goal)
    fleet.apply([ike(DEAD, "DD", at=1_003)])
    fell, came = tunnel.state.transitions[-2:]
    assert (fell.at, fell.after, came.after) == (NOON + 1_003_000, Health.DOWN, Health.UP)
    assert came.at - fell.at <= 10_000


def test_late_events_among_forgotten_routine_each_end_where_the_next_line_was() -> None:
    fleet = fleet_of(ike(DPD, "EE", at=10 * step) for step in range(360))
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 10)
    fleet.apply([ike(DEAD, "DD", at=1_003)])
    fleet.apply([ike(DEAD, "DD", at=1_007), ike(DEAD, "DD", at=2_001)])
    came = [change.at for change in tunnel.state.transitions if change.after is Health.UP]
    assert len(tunnel.state.falls) == 2
    assert came[1] <= NOON + 1_017_000
    assert came[2] <= NOON + 2_011_000


def test_an_older_page_that_comes_late_still_tells_since_when_the_tunnel_is_up() -> None:
    fleet = fleet_of(ike(DPD, at=10 * step) for step in range(100))
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 5)
    fleet.apply([ike(DPD, at=-60)])
    state = tunnel.state
    assert {since.at for since in (state.health, state.is_up, state.phase1, state.phase2)} == {NOON - 60_000}


def test_an_older_page_leaves_one_state_to_the_lines_among_forgotten_routine_and_not_one_each() -> None:
    fleet = fleet_of([ike(DPD if number % 8 else "unheard of", at=number) for number in range(60, 220)])
    (tunnel,) = fleet.tunnels
    trim(tunnel.history, 90)
    fleet.apply([ike(DPD, at=number) for number in range(60)])
    assert sum(entry.gap is not None for entry in tunnel.history) > 8
    assert len({id(entry.state) for entry in tunnel.history}) == 2  # before and after the first gap


def test_an_older_page_that_comes_late_still_tells_since_when_bgp_is_down() -> None:
    steps = [("Idle", "Connect"), ("Connect", "Active"), ("Active", "Idle")]
    fleet = fleet_of(bgp(SESSION.format(*steps[step % 3]), "DOWN", at=20 * step) for step in range(300))
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 20)
    fleet.apply([bgp(SESSION.format("Established", "Idle"), "DOWN", at=-20)])
    assert (tunnel.state.bgp.is_established.at, tunnel.state.bgp.falls) == (NOON - 20_000, (NOON - 20_000,))


def test_a_late_fall_of_bgp_among_forgotten_steps_leaves_the_session_as_it_was() -> None:
    lost = bgp(SESSION.format("Established", "Idle"), "DOWN")
    steps = [("Idle", "Connect"), ("Connect", "Active"), ("Active", "Idle")]
    rounds = [bgp(SESSION.format(*steps[step % 3]), "DOWN", at=20 * (step + 1)) for step in range(300)]
    fleet = fleet_of([lost, *rounds])
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 20)
    fleet.apply([bgp(SESSION.format("OpenConfirm", "Established"), "UP", at=3_001)])
    assert tunnel.state.bgp.is_up is False
    fleet.apply([bgp(SESSION.format("Established", "Idle"), "DOWN", at=-60)])
    assert tunnel.state.bgp.is_up is False


def test_forgetting_twice_is_as_good_as_once() -> None:
    fleet = fleet_of(ike(DPD, "EE", at=7 * step + (60 if step > 20 else 0)) for step in range(200))
    tunnel = fleet.tunnels[0]
    for goal in (180, 150, 100, 20):
        trim(tunnel.history, goal)
    fleet.apply([ike(DEAD, "DD", at=303)])
    fell, came = tunnel.state.transitions[-2:]
    assert came.at - fell.at == 67_000


def test_routine_that_was_forgotten_still_counts_when_the_line_before_it_moves() -> None:
    news = ike("unheard of", "EE", at=400, serial=900)
    fleet = fleet_of([*(ike(DPD, "EE", at=10 * step + 1, serial=step + 1) for step in range(200)), news])
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 20)
    fleet.apply([], moved=[replace(news, ingested_at=news.ingested_at - 1)])
    fleet.apply([ike(DEAD, "DD", at=1_003)])
    fell, came = tunnel.state.transitions[-2:]
    assert came.at - fell.at <= 10_000


def test_a_line_that_moves_leaves_what_was_forgotten_where_it_was() -> None:
    news = ike("unheard of", "EE", at=400, serial=900, rank=9)
    fleet = fleet_of([*(ike(DPD, "EE", at=10 * step, serial=step + 1) for step in range(200)), news])
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 20)
    fleet.apply([], moved=[replace(news, ingested_at=news.ingested_at - 2_000)])
    fleet.apply([ike(DEAD, "DD", at=203)])
    fleet.apply([ike(DEAD, "DD", at=503)])
    assert [change.at for change in tunnel.state.transitions if change.after is Health.UP] == [
        NOON,
        NOON + 213_000,
        NOON + 513_000,
    ]


def flapping(seconds: range) -> Iterator[RawEvent]:
    return (ike(f"{second} unknown", ["EE", "DD"][second % 20 >= 10], at=second) for second in seconds)


def test_an_event_older_than_all_that_is_left_is_counted_and_changes_nothing() -> None:
    fleet = fleet_of(flapping(range(205)))
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 4)
    before = tunnel.state
    fleet.apply([ike("older still", "EE", at=-5)])
    assert (tunnel.state, tunnel.history.dropped) == (before, 206 - len(tunnel.history))


@st.composite
def lines(draw: st.DrawFn) -> list[RawEvent]:
    """Hours of a tunnel that is well or not, in which lines repeat themselves for a while."""
    events: list[RawEvent] = []
    at = 0
    for _ in range(draw(st.integers(1, 6))):
        said = draw(st.lists(st.sampled_from(SAID), min_size=1, max_size=4))
        for _ in range(draw(st.integers(1, 12))):
            at += draw(st.sampled_from([1, 5, 10, 60]))
            events += [made(text, states, at, rank) for rank, (text, states) in enumerate(said)]
    return events


def made(text: str, states: str | None, at: int, rank: int) -> RawEvent:
    if states in ("ADVERTISED", "WITHDRAWN"):
        return route(states, text, at=at)
    return bgp(text, states, at=at) if states in ("UP", "DOWN") else ike(text, states, at=at, rank=rank)


def gist(state: State) -> tuple[object, ...]:
    return (state.phase1.value, state.phase2.value, state.health.value, state.is_up, state.falls, state.sas, state.bgp)


@settings(deadline=None, max_examples=200)
@given(lines(), st.lists(st.integers(1, 60), min_size=1, max_size=3))
def test_a_line_that_comes_late_and_changes_nothing_leaves_all_states_after_what_was_dropped(
    events: list[RawEvent], goals: list[int]
) -> None:
    fleet = fleet_of(events)
    tunnel = fleet.tunnels[0]
    for goal in goals:
        trim(tunnel.history, goal)
    before = [(entry.raw, gist(entry.state)) for entry in tunnel.history]
    late = RawEvent(events[0].stream, NOON - 1, NOON, "a bare line that nobody knows")
    fleet.apply([late])
    assert [(entry.raw, gist(entry.state)) for entry in tunnel.history if entry.raw is not late] == before
    assert gist(tunnel.state) == before[-1][1]


def test_the_ends_of_each_outage_of_bgp_stay() -> None:
    ways = [("Established", "Idle", "DOWN"), ("OpenConfirm", "Established", "UP")]
    events = [ike("unknown", at=-5)]
    for step in range(20):
        events.append(bgp(SESSION.format(*ways[step % 2]), ways[step % 2][2], at=100 * step))
        events += [ike(f"{step} {line} unknown", at=100 * step + line) for line in range(1, 50)]
    tunnel = tunnel_of(events)
    trim(tunnel.history, 60)
    kept = [(entry.at - NOON) // 1000 for entry in tunnel.history if entry.log is Log.BGP]
    assert kept == [100 * step for step in range(20)]


def test_a_tunnel_alone_does_not_take_all_that_a_fleet_may_hold() -> None:
    fleet = fleet_of(ike(f"{second} unknown", "DD", at=second) for second in range(6_000))
    assert 1_000 < len(fleet.tunnels[0].history) <= 2_000


def test_the_first_and_the_last_warning_of_an_outage_stay_when_it_is_over() -> None:
    events = [
        ike(DPD, at=-60),
        ike(DEAD, "DD", at=-30),
        *key_refused(range(50)),
        ike("AWS tunnel Phase 2 SA is established with inbound SPI: 0x1: outbound SPI: 0x2: traffic sel", at=600),
        *(ike(f"{step} unknown", at=700 + 10 * step) for step in range(300)),
    ]
    tunnel = tunnel_of(events)
    trim(tunnel.history, 40)
    refused = [(entry.at - NOON) // 1000 for entry in tunnel.history if entry.event.message == KEY]
    assert (refused[0], refused[-1]) == (0, 490)


def test_an_older_page_that_comes_late_still_tells_since_when_the_trouble_lasts() -> None:
    live = list(key_refused(range(360, 400)))
    fleet = fleet_of(live)
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 30)
    fleet.apply([ike(DPD, at=-60), ike(DEAD, "DD", at=-30), *key_refused(range(360))])
    assert (tunnel.state.is_up.value, tunnel.state.is_up.at) == (False, NOON - 30_000)
