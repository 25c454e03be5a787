"""What a history forgets: routine first, and never what a diagnosis rests on while there is any room."""

import gc
import tracemalloc
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.domain.histories import HISTORIES, Written
from tests.factories import IP, NOON, fleet_of, ike, tunnel_of
from tui.domain.catalogue_file import load
from tui.domain.diagnosis.diagnose import diagnose
from tui.domain.events import RawEvent
from tui.domain.fleet import Fleet
from tui.domain.forgetting import trim
from tui.domain.memory import RETAINED, Memory
from tui.domain.tunnel import Health

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
DPD = "AWS tunnel is sending DPD request"
DEAD = "AWS tunnel DPD timed out after 3 retransmits"
GIANT = "x" * 262_144

# --- one history

LONG = [written for written in HISTORIES.values() if len(written.rows) >= 20]
TWO_TROUBLES_IN_THE_SAME_WORDS = {"bgp_open_refused_then_tcp_179"}


def verdicts(written: Written, fleet: Fleet) -> list[tuple[str, int, bool]]:
    return [(each.code, each.since, each.certain) for each in written.diagnosed(fleet)[:1]]


@pytest.mark.parametrize("written", LONG, ids=lambda written: written.name)
def test_half_of_a_history_tells_the_same_cause_since_the_same_time(written: Written) -> None:
    whole, half = written.fleet(load()), written.fleet(load())
    for tunnel in half.tunnels:
        trim(tunnel.history, max(24, tunnel.history.weight // 2))
    if written.name not in TWO_TROUBLES_IN_THE_SAME_WORDS:
        assert verdicts(written, half) == verdicts(written, whole)


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


def test_what_was_dropped_is_counted() -> None:
    tunnel = tunnel_of(ike(DPD, at=10 * step) for step in range(100))
    trim(tunnel.history, 20)
    assert (tunnel.history.seen, tunnel.history.dropped) == (100, 100 - len(tunnel.history))
    assert len(tunnel.history) <= 20


def test_the_newest_lines_stay_as_they_are_as_long_as_there_is_older_routine() -> None:
    tunnel = tunnel_of(ike(DPD, at=10 * step) for step in range(300))
    trim(tunnel.history, 200)
    assert [entry.at for entry in tunnel.history][-190:] == [NOON + 10_000 * step for step in range(110, 300)]


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


def test_an_older_page_that_comes_late_still_tells_since_when_the_trouble_lasts() -> None:
    live = list(key_refused(range(360, 400)))
    fleet = fleet_of(live)
    tunnel = fleet.tunnels[0]
    trim(tunnel.history, 30)
    fleet.apply([ike(DPD, at=-60), ike(DEAD, "DD", at=-30), *key_refused(range(360))])
    assert (tunnel.state.is_up.value, tunnel.state.is_up.at) == (False, NOON - 30_000)


# --- the fleet


def busy(tunnels: int, rounds: int, message: str = "") -> Iterator[list[RawEvent]]:
    """Rounds in which each tunnel logs lines that nobody can fold."""
    for turn in range(rounds):
        yield [
            ike(f"{turn} of trouble{message}", "DD", at=turn, ip=f"10.{number >> 8}.{number & 255}.1")
            for number in range(tunnels)
        ]


def test_two_thousand_tunnels_in_trouble_hold_no_more_than_a_fleet_may() -> None:
    fleet = fleet_of()
    tracemalloc.start()
    try:
        for batch in busy(2_000, 15):
            fleet.apply(batch)
        batch.clear()
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(len(tunnel.history) for tunnel in fleet.tunnels) <= RETAINED
    assert fleet.held <= RETAINED
    assert held < 20_000_000


def test_giant_lines_in_each_of_many_tunnels_are_bounded_too() -> None:
    fleet = fleet_of(retained=300)
    for batch in busy(100, 5, GIANT):
        fleet.apply(batch)
    assert sum(len(entry.raw.message) for tunnel in fleet.tunnels for entry in tunnel.history) <= 300 * 1_024
    assert all(tunnel.health is Health.DOWN and len(tunnel.history) for tunnel in fleet.tunnels)


def test_whoever_was_told_of_a_giant_line_has_it_whole_though_it_is_cut_in_memory() -> None:
    fleet = fleet_of(retained=3)
    applied = fleet.apply([ike(GIANT)])
    assert GIANT in applied.noted[0].entry.raw.message
    assert fleet.tunnels[0].history.weight <= 3


@pytest.mark.parametrize("tunnels", [50, 2_000])
def test_room_is_made_for_many_events_at_once(tunnels: int) -> None:
    fleet = fleet_of(retained=1_000)
    held, times = 0, 0
    for batch in busy(tunnels, 8_000 // tunnels):
        for raw in batch:
            fleet.apply([raw])
            times += fleet.held < held
            held = fleet.held
    assert 1 <= times <= 8_000 // 200


def test_memory_is_not_full_again_at_once_where_each_of_too_many_tunnels_keeps_one_line() -> None:
    memory = Memory(10)
    histories = [tunnel_of([ike("x", ip=f"10.0.0.{number}")]).history for number in range(40)]
    for history in histories:
        memory.grow(history, history.weight)
    assert memory.is_full
    memory.make_room(histories)
    for history in histories[:10]:
        memory.grow(history, 1)
        assert not memory.is_full
