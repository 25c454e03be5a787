"""The one place that reads the clock."""

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for display, monotonic time for waiting."""

    def now(self) -> int:
        """Return the wall time, ms since the epoch."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, unaffected by clock steps."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is moved; for tests and for replaying."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> int:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks on by `seconds`."""
        self._now += round(seconds * 1000)
        self._monotonic += seconds
