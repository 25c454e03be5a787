"""Counts what a run uses of AWS, and enforces the limit on Live Tail minutes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tui.domain.clock import Clock
from tui.domain.usage import Usage

MINUTE: Final = 60.0


class LiveLimit:
    """The minutes of Live Tail that a run may use, over all its meters: those of several accounts share it."""

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self._meters: list[Meter] = []

    def __repr__(self) -> str:
        return f"LiveLimit({self.minutes:g} min)"

    def add(self, meter: "Meter") -> None:
        """Include this meter's sessions."""
        self._meters.append(meter)

    @property
    def left(self) -> float:
        """The seconds left, 0 once the limit is reached."""
        return max(0.0, self.minutes * MINUTE - sum(meter.live_seconds for meter in self._meters))

    @property
    def sessions(self) -> int:
        """The number of sessions currently using it up."""
        return sum(meter.sessions for meter in self._meters)


class Meter:
    """Counts the calls of one run and the time its Live Tail sessions are open."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: Counter[str] = Counter()
        self._queries, self._scanned, self._usd = 0, 0, 0.0
        self._ended = 0.0
        self._open: dict[object, float] = {}

    def __repr__(self) -> str:
        return f"Meter({self.usage})"

    def count(self, action: str) -> None:
        """Count a call."""
        self._calls[action] += 1

    def note_queries(self, count: int, scanned: int, usd: float) -> None:
        """Count Logs Insights queries, the bytes they scanned, and their approximate cost in US dollars."""
        self._queries += count
        self._scanned += scanned
        self._usd += usd

    @contextmanager
    def live_session(self) -> Iterator[None]:
        """Count the duration of this block as an open session."""
        session = object()
        self._open[session] = self._clock.monotonic()
        try:
            yield
        finally:
            self._ended += self._clock.monotonic() - self._open.pop(session)

    @property
    def live_seconds(self) -> float:
        """The total time of all sessions, in seconds."""
        now = self._clock.monotonic()
        return self._ended + sum(now - began for began in self._open.values())

    @property
    def sessions(self) -> int:
        """The number of open sessions."""
        return len(self._open)

    @property
    def usage(self) -> Usage:
        """The usage so far."""
        calls = tuple(sorted(self._calls.items()))
        return Usage(int(self.live_seconds), self.sessions, calls, self._queries, self._scanned, self._usd)
