"""Clocks: one that stands still until told to move, and the machine's."""

from tests.factories import NOON
from tui.domain.clock import ManualClock, SystemClock


def test_a_manual_clock_stands_still_and_moves_both_times_together() -> None:
    clock = ManualClock(NOON)
    assert (clock.now(), clock.monotonic()) == (NOON, 0.0)
    clock.advance(1.5)
    assert (clock.now(), clock.monotonic()) == (NOON + 1_500, 1.5)


def test_the_machines_wall_time_is_in_milliseconds_and_its_monotonic_time_never_falls() -> None:
    clock = SystemClock()
    begun = clock.monotonic()
    assert clock.now() > 1_600_000_000_000  # September 2020
    assert clock.monotonic() >= begun
