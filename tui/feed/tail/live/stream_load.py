"""How many events a second each stream of a log group brings."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tui.domain.events import RawEvent


class StreamLoad:
    """Counts the events of each stream, in spans of `span` seconds, of which two are kept.

    An event counts in the second in which CloudWatch took it in, since that is when Live Tail has to show it. Each must
    be noted once, from whichever source it came first.
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
        """Return the events a second of each stream that had any, as an average over one to two spans until `now`, ms.

        What is still to be read with FilterLogEvents is not in it.
        """
        seconds = self._seconds(now)
        return {stream: times / seconds for stream, times in (self._before + self._newest).items()}

    def total(self, now: int) -> float:
        """Return the events a second of all streams, over the same time."""
        return (self._before.total() + self._newest.total()) / self._seconds(now)

    def _seconds(self, now: int) -> float:
        """Return how long the two spans have lasted; a span that is over is followed by the next."""
        number = now // self._span
        if number > self._number:
            self._begin(number)
        return (now - (self._number - 1) * self._span) / 1000
