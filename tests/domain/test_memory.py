"""A fleet holds a bounded amount of history, however many its tunnels and however long their lines."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.factories import fleet_of, ike, tunnel_of
from tui.domain.events import RawEvent
from tui.domain.state.memory import RETAINED, Memory
from tui.domain.state.tunnel_state import Health

GIANT = "x" * 262_144


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
        for batch in busy(2_000, 12):  # a fifth more than may be held: to trace each allocation takes long
            fleet.apply(batch)
        batch.clear()
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(len(tunnel.history) for tunnel in fleet.tunnels) <= RETAINED
    assert fleet.held <= RETAINED
    assert held < 13_000_000  # 11.8 MB in a new process; caches that other tests have filled make it a little more


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
            assert held <= max(1_000, 2 * tunnels)
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


def test_making_room_where_there_is_enough_forgets_nothing() -> None:
    memory = Memory(100)
    history = tunnel_of(ike(f"{second} unknown", at=second) for second in range(50)).history
    memory.grow(history, history.weight)
    memory.make_room([history])
    assert (history.dropped, memory.weight, memory.is_full) == (0, 50, False)
