"""The look-back of a run with Logs Insights: one pass finds the lines that change states, then those around them.

The result is what FilterLogEvents would have returned, minus the routine of tunnels that are up: the resulting states,
outages and causes are the same.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.knowledge.catalogue_file import load
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.insights import queries
from tui.feed.insights.closeups import HELD, Closeup, Closeups
from tui.feed.insights.engine import MOST_GROUPS, MOST_ROWS, STARTS, Engine, Scanned, Window
from tui.feed.insights.rows import Row
from tui.feed.insights.windows import AT_ONCE, slices
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.record.backfill import Backfill
from tui.feed.tail.record.group_progress import GroupProgress
from tui.feed.tail.record.page_order import Page
from tui.feed.tail.record.stream_list import list_streams

log = logging.getLogger("tunnelwatch.feed.insights.look_back")

_FIRST_LINES: Final = 3600
"""The seconds within which every tunnel that is up usually logs something: a phase 2 SA lives an hour at most."""
_STREAMS: Final = 100
"""The maximum number of streams in one FilterLogEvents call."""
_CUT: Final = "One second of {group} holds more than the {limit} lines that a query returns; some are missing."

Progress = Callable[[float, Scanned], None]
"""Called with the share of the look-back read so far, 0 to 1, and the amount scanned for it."""


@dataclass(frozen=True, slots=True)
class InsightsOptions:
    """Limits and timing of the queries. Tests set the pauses and the limit of rows."""

    most_bytes: int | None = None
    limit: int = MOST_ROWS
    first_pause: float = 0.2
    longest_pause: float = 5.0
    starts: int = STARTS


class InsightsLookBack:
    """Reads the groups of a plan; `scanned` is the amount scanned so far."""

    def __init__(
        self,
        options: InsightsOptions | None = None,
        *,
        scanned: Scanned | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._options = options or InsightsOptions()
        self.scanned = scanned or Scanned()
        self._report = progress or (lambda done, scanned: None)

    def __repr__(self) -> str:
        return f"InsightsLookBack({self.scanned})"

    async def read(self, aws: Aws, progress: FeedProgress, backfill: Backfill, budget: TokenBucket) -> None:
        """Read all groups of the plan, as many per query as allowed, then the last lines of quiet tunnels.

        A group that cannot be read gets the error.
        """
        groups = list(progress.groups.values())
        for number in range(0, len(groups), MOST_GROUPS):
            await self._read_together(groups[number : number + MOST_GROUPS], aws, progress, backfill, budget)

    async def _read_together(
        self, groups: Sequence[GroupProgress], aws: Aws, progress: FeedProgress, backfill: Backfill, budget: TokenBucket
    ) -> None:
        reads = {group.name: backfill.start_read(group) for group in groups}
        try:
            until = next(iter(reads.values())).server_began
            await self._read_lines(groups, aws, progress, backfill, budget, until=until)
            for group in groups:
                await backfill.conclude(group, reads[group.name])
        except FeedError as error:
            if len(groups) == 1 or not error.kind.is_permanent:
                for group in groups:
                    await backfill.record_failure(group, error)
                return
            # One of them cannot be read or does not exist: the others must not suffer.
            for group in groups:
                await self._read_together([group], aws, progress, backfill, budget)

    async def _read_lines(
        self,
        groups: Sequence[GroupProgress],
        aws: Aws,
        progress: FeedProgress,
        backfill: Backfill,
        budget: TokenBucket,
        *,
        until: int,
    ) -> None:
        options = self._options
        engine = Engine(
            aws,
            [group.log_group for group in groups],
            budget=budget,
            scanned=self.scanned,
            most_bytes=options.most_bytes,
            first_pause=options.first_pause,
            longest_pause=options.longest_pause,
            tries=options.starts,
        )
        plan = progress.plan or Plan()
        streams = await chosen_streams(aws, [group.log_group for group in groups], plan, budget)
        if streams is not None and not streams:
            return
        reading = _Reading(engine, streams, progress, backfill, {group.name: group for group in groups}, options.limit)
        whole = Window(progress.since // 1000, until // 1000 + 1)
        await reading.run(whole, lambda done: self._report(done, self.scanned))


class _Reading:
    """One pass over the lines of some groups."""

    def __init__(
        self,
        engine: Engine,
        streams: frozenset[str] | None,
        progress: FeedProgress,
        backfill: Backfill,
        groups: dict[str, GroupProgress],
        limit: int,
    ) -> None:
        self._engine = engine
        self._streams = streams
        self._progress = progress
        self._backfill = backfill
        self._groups = groups
        self._limit = limit
        self._closeups = Closeups(load())
        self._held: list[Row] = []
        self._settled = 0
        self._unreadable: set[str] = set()
        """The groups whose record cannot be read: their closeups come from Insights, too."""

    async def run(self, whole: Window, report: Callable[[float], None]) -> None:
        """Read the window, publish its lines in order of time, and report the progress."""
        self._settled = whole.start
        beginning = Window(whole.start, min(whole.end, whole.start + _FIRST_LINES))
        firsts = await self._ask(queries.first_lines, self._streams, beginning)
        ask = partial(self._ask, queries.informative_lines, self._streams)
        async with aclosing(slices(whole, ask, limit=self._limit)) as pieces:
            async for piece in pieces:
                end = piece.window.end * 1000
                rows = _merged([row for row in firsts if row.at < end], piece.rows)
                firsts = [row for row in firsts if row.at >= end]
                if piece.is_cut:
                    self._note_cut()
                self._closeups.note(rows)
                self._closeups.note_silence(piece.window.end)
                self._held += rows
                await self._settle(piece.window.end - HELD)
                report((piece.window.end - whole.start) / max(1, whole.length))
        self._closeups.note_silence(whole.end, is_end=True)
        await self._settle(whole.end)

    async def _ask(
        self,
        query: Callable[[frozenset[str] | None, int], str],
        streams: frozenset[str] | None,
        window: Window,
    ) -> list[Row]:
        rows = await self._engine.rows(query(streams, self._limit), window, limit=self._limit)
        return [row for row in rows if row.group in self._groups]

    def _note_cut(self) -> None:
        for group in self._groups.values():
            group.set_access_notice(_CUT.format(group=group.log_group, limit=self._limit))

    async def _settle(self, until: int) -> None:
        """Publish what is known until a time (s), with its closeups."""
        window = Window(self._settled, until)
        if window.length <= 0:
            return
        rows = [row for row in self._held if row.at < until * 1000]
        self._held = [row for row in self._held if row.at >= until * 1000]
        self._settled = until
        closeups = self._closeups.within(window)
        slots = asyncio.Semaphore(AT_ONCE)
        reads = [asyncio.create_task(self._read_whole(closeup, slots)) for closeup in closeups]
        try:  # not a TaskGroup, which would wrap the one error in a group
            whole = await asyncio.gather(*reads)
        finally:
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)
        left = [row for row in rows if not any(closeup.covers(row) for closeup in closeups)]
        await self._publish(_merged(left, chain.from_iterable(whole)))

    async def _read_whole(self, closeup: Closeup, slots: asyncio.Semaphore) -> list[Row]:
        rows: list[Row] = []
        async with slots:
            for group, streams in closeup.streams_by_group.items():
                for number in range(0, len(streams), _STREAMS):
                    rows += await self._read_streams(group, streams[number : number + _STREAMS], closeup.window)
        return [row for row in rows if closeup.covers(row)]

    async def _read_streams(self, group: str, streams: Sequence[str], window: Window) -> list[Row]:
        """Return all lines of some streams from the record, or from Insights if the record cannot be read."""
        since, until = window.start * 1000, window.end * 1000 - 1
        if group not in self._unreadable:
            try:
                lines = await self._backfill.read_between(self._groups[group], since, until, streams)
                return [Row(group, line) for line in lines]
            except FeedError as error:
                if not error.kind.is_permanent:
                    raise
                log.info("%s: closeups come from Insights: %s", group, error.kind)
                self._unreadable.add(group)
        rows: list[Row] = []
        ask = partial(self._ask, queries.all_lines, frozenset(streams))
        async with aclosing(slices(window, ask, limit=self._limit)) as pieces:
            async for piece in pieces:
                rows += piece.rows
        return rows

    async def _publish(self, rows: Iterable[Row]) -> None:
        lines = {name: list[LogEvent]() for name in self._groups}
        for row in rows:
            if row.at >= self._progress.since:
                lines[row.group].append(row.line)
        for name, events in lines.items():
            await self._progress.take_page(self._groups[name], Page(events))
            self._progress.forget(name, self._settled * 1000, late_since=self._settled * 1000)


def _merged(first: Iterable[Row], second: Iterable[Row]) -> list[Row]:
    """Return the rows of both in order of time without duplicates; rows of the same millisecond keep their order."""
    rows = {(row.group, row.line.id): row for row in chain(first, second)}
    return sorted(rows.values(), key=lambda row: row.at)


async def chosen_streams(
    aws: Aws, groups: Sequence[LogGroup], plan: Plan, budget: TokenBucket
) -> frozenset[str] | None:
    """Return the streams of the selected tunnels, to which queries are narrowed; None for all streams.

    The result may be empty: then there is nothing to query.
    """
    if not plan.chosen.selectors:
        return None
    streams: set[str] = set()
    for group in groups:
        try:
            listed, is_complete = await list_streams(aws, group, budget, prefix=plan.prefix(group.name) or "vpn-")
        except FeedError as error:
            if error.kind in (ErrorKind.MISSING, ErrorKind.CREDENTIALS, ErrorKind.EXPIRED):
                raise
            log.info("%s: its streams are not listed: %s", group, error.kind)
            return None
        if not is_complete:
            return None
        streams.update(stream.name for stream in listed if plan.chosen.admits(stream.name))
    return frozenset(streams) if not streams or queries.can_be_listed(streams) else None
