"""How late CloudWatch delivers: the time from an event to its ingestion, measured on arriving events."""

from collections.abc import Iterable
from typing import Final

from tui.domain.events import RawEvent
from tui.domain.times import MINUTE

_REMEMBERED: Final = 15
"""The minutes of ingestion considered; earlier delays say little about the present."""


class Delivery:
    """The longest delay in each of the last minutes; bounded in memory."""

    def __init__(self) -> None:
        self._longest: dict[int, int] = {}

    def note(self, events: Iterable[RawEvent]) -> None:
        """Measure events that have arrived."""
        for event in events:
            minute = event.ingested_at // MINUTE
            delay = event.ingested_at - event.at
            if delay > self._longest.get(minute, -1):
                self._longest[minute] = delay
        if len(self._longest) > _REMEMBERED:
            self._longest = {minute: self._longest[minute] for minute in sorted(self._longest)[-_REMEMBERED:]}

    def longest(self, *, now: int) -> int | None:
        """Return the longest delay (ms) of events ingested within 15 minutes before `now`; None if there were none."""
        first = now // MINUTE - _REMEMBERED
        return max((delay for minute, delay in self._longest.items() if minute > first), default=None)
