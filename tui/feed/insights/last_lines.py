"""Finds out which of many silent streams are up with two Logs Insights queries, if that costs next to nothing."""

import logging
from collections.abc import Sequence
from math import inf
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.times import DAY, HOUR
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.insights.cost import described_group, share, usd
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.record.stream_list import LogStream

log = logging.getLogger("tunnelwatch.feed.insights.last_lines")

LEAST: Final = 50
"""The number of silent streams that justifies the seconds of a query: FilterLogEvents reads a hundred at once."""
DEFAULT_USD: Final = 0.03
_QUERIES: Final = 2
_SPANS: Final = (30 * DAY, 7 * DAY, DAY, 6 * HOUR)
"""How far back a query goes: the longest affordable span, and no further than the streams do."""


class InsightsLastLines:
    """Queries the last line of each given stream; `most_usd` limits the cost in a run over all its sites."""

    def __init__(self, most_usd: float = DEFAULT_USD, *, first_pause: float = 0.2) -> None:
        """The first check for completion is after `first_pause` seconds, later ones after growing pauses."""
        self._usd_left = most_usd
        self._first_pause = first_pause
        self._refused: set[AwsTarget] = set()
        self._too_dear: dict[LogGroup, float] = {}

    def __repr__(self) -> str:
        return f"InsightsLastLines(${self._usd_left:g} left)"

    def price(self, group: LogGroup) -> float | None:
        """Return the minimum price (US dollars) of querying a group, if that was too much."""
        return self._too_dear.get(group)

    async def ask(
        self, aws: Aws, group: LogGroup, streams: Sequence[LogStream], *, before: int, budget: TokenBucket
    ) -> dict[str, LogEvent]:
        """Return the last line before `before` (ms) of each stream that is certainly up.

        Empty if the streams are few, if a query would cost too much, or if AWS refuses it. Raises FeedError if the next
        call would fail, too.
        """
        if len(streams) < LEAST or aws.target in self._refused or not self._usd_left:
            return {}
        try:
            start, price = await self._start(aws, group, streams, before)
            if start is None:
                return {}
            self._usd_left -= price  # reserved at once: other sites may ask meanwhile
            return await self._lines(aws, group, streams, start, before, budget)
        except FeedError as error:
            if error.kind.affects_every_call:
                raise
            log.info("%s: the silent streams are read one by one: %s", group, error.kind)
            if error.kind is ErrorKind.DENIED:
                self._refused.add(aws.target)
            return {}

    async def _start(
        self, aws: Aws, group: LogGroup, streams: Sequence[LogStream], before: int
    ) -> tuple[int | None, float]:
        """Return the start (ms) of the longest affordable query and its price; the start is None if there is none."""
        oldest = min((stream.last_event_at for stream in streams if stream.last_event_at is not None), default=before)
        described = await described_group(aws, group)
        for span in _SPANS:
            start = max(before - span, min(oldest, before - HOUR))
            size = share(described, since=start, until=before) if described is not None else None
            price = _QUERIES * usd(size, aws.target.region or "") if size is not None else inf
            if price <= self._usd_left:
                return start, price
        log.info("%s: to ask for the silent streams would cost more than $%g", group, self._usd_left)
        if price < inf:
            self._too_dear[group] = price
        return None, 0.0

    async def _lines(
        self, aws: Aws, group: LogGroup, streams: Sequence[LogStream], start: int, before: int, budget: TokenBucket
    ) -> dict[str, LogEvent]:
        from tui.feed.insights import queries  # 15 ms, paid only by a run with many silent streams
        from tui.feed.insights.engine import MOST_ROWS, Engine, Scanned, Window

        scanned = Scanned()
        engine = Engine(aws, [group], budget=budget, scanned=scanned, first_pause=self._first_pause, tries=1)
        names = frozenset(stream.name for stream in streams)
        window = Window(start // 1000, before // 1000 + 1)

        async def last(*, up: bool) -> dict[str, LogEvent]:
            rows = await engine.rows(queries.last_lines(names, MOST_ROWS, up=up), window, limit=MOST_ROWS)
            return {row.line.stream: row.line for row in rows if row.line.stream in names and row.at < before}

        try:
            down, lines = await last(up=False), await last(up=True)
        finally:
            if scanned.queries:
                price = usd(scanned.bytes, aws.target.region or "")
                aws.meter.note_queries(scanned.queries, scanned.bytes, price)
        return {
            stream: line
            for stream, line in lines.items()
            if queries.is_up(line.message) and (stream not in down or down[stream].at < line.at)
        }
