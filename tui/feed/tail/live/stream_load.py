"""Measures the events per second of each stream of a log group."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tui.domain.events import RawEvent


class StreamLoad:
    """Counts the events of each stream in spans of `span` seconds, of which two are kept.

    An event counts at its ingestion time, since Live Tail must show it then. Each must be counted once, from whichever
    source delivered it first.
    """

    def __init__(self, span: float) -> None:
        self._span = round(span * 1000)
        self._number = 0
        self._newest: Counter[str] = Counter()
        self._before: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"StreamLoad({self._newest.total()} in the newest span, {self._before.total()} before)"

    def note(self, events: Iterable[RawEvent]) -> None:
        """Count new events."""
        for event in events:
            number = event.ingested_at // self._span
            if number > self._number:
                self._begin(number)
            if number == self._number:
                self._newest[event.stream] += 1
            elif number == self._number - 1:
                self._before[event.stream] += 1

    def _begin(self, number: int) -> None:
        self._before = self._newest if number == self._number + 1 else Counter()
        self._newest = Counter()
        self._number = number

    def rates(self, now: int) -> Mapping[str, float]:
        """Return the events per second of each active stream, averaged over one to two spans until `now` (ms).

        Events not yet read with FilterLogEvents are not included.
        """
        seconds = self._seconds(now)
        return {stream: times / seconds for stream, times in (self._before + self._newest).items()}

    def total(self, now: int) -> float:
        """Return the events per second of all streams over the same time."""
        return (self._before.total() + self._newest.total()) / self._seconds(now)

    def _seconds(self, now: int) -> float:
        """Return the duration of the two spans so far; a new span is begun when one is over."""
        number = now // self._span
        if number > self._number:
            self._begin(number)
        return (now - (self._number - 1) * self._span) / 1000
