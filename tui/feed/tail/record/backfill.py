"""Reads with FilterLogEvents: first the look-back, then repeatedly whatever is new, late or was missed."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final, Never

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import missing
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.record.event_pages import NEWEST_FIRST_SINCE, read_pages
from tui.feed.tail.record.group_progress import GroupProgress, LookBack, Read
from tui.feed.tail.record.last_known import LastKnownEvents, LastLines
from tui.feed.tail.record.page_order import Page
from tui.feed.tail.record.windows import read_windows, windows
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.backfill")

_FIRST_PAGES: Final = 3
"""The newest-first pages per group, read before the rest of the look-back is read in order."""
_FIRST_LINES: Final = 1_000
_LINES_A_TUNNEL: Final = 20
"""The lines per tunnel of a first look: a whole page would take a megabyte, and 0.1 s to process."""
_MOST_LINES: Final = 10_000
"""The most lines on a page."""
_FIRST_EMPTY_PAGES: Final = 30
"""The empty pages after which the newest-first look is abandoned: reading in order finds the same events."""
_LATE_PAGES: Final = 25  # 10 s of FilterLogEvents calls
_SKEW_MS: Final = 2_000  # the Date header has whole seconds


@dataclass(slots=True)
class _Newest:
    """The result of the newest pages: from `edge` (ms) on everything is read, and a page spans about `page_span` ms.

    `edge` is None if the server has not proved that it sorts. `kept` are pages still to be passed on, oldest first.
    """

    edge: int | None = None
    page_span: float = 0.0
    kept: list[Page] = field(default_factory=list)
    _pages: int = 0
    _until: int = 0

    def note(self, page: Page) -> None:
        self._pages += 1
        self._until = max(self._until, page.lines[-1].at)
        self.edge = page.lines[0].at
        self.page_span = (self._until - self.edge) / self._pages


class Backfill:
    """Reads the groups of the plan with FilterLogEvents, all within one budget of calls.

    `lookup_budget` is for calls that list streams or read single ones, which AWS counts separately.
    """

    def __init__(
        self,
        aws: Aws,
        progress: FeedProgress,
        budget: TokenBucket,
        lookup_budget: TokenBucket,
        *,
        timing: Timing,
        clock: Clock,
        chance: random.Random,
        last_lines: LastLines | None = None,
    ) -> None:
        self._aws = aws
        self._progress = progress
        self._budget = budget
        self._timing = timing
        self._clock = clock
        self._chance = chance
        self._last_known = LastKnownEvents(
            aws,
            progress,
            lambda group, since, until: self._pages(group, since, until=until, newest_first=True, ahead=False),
            filter_budget=budget,
            lookup_budget=lookup_budget,
            last_lines=last_lines,
        )

    async def run(self, name: str) -> Never:
        """Read one group repeatedly until cancelled, which happens when it is no longer watched.

        Raises FeedError when access to the account is lost; any other failure is recorded and the read repeated.
        """
        group, timing = self._progress.groups[name], self._timing
        backoff = Backoff(timing.read_retry_min, timing.retry_max, self._chance)
        deep_at = late_at = 0.0
        while True:
            began = self._clock.monotonic()
            try:
                if group.state.read_until is None:
                    await self.catch_up(group, first_pages=_FIRST_PAGES)
                    deep_at = self._clock.monotonic() + self._deep_read_every(group)
                    late_at = self._clock.monotonic() + timing.late_read_every
                else:
                    read = self._start_read(group, deep=began >= deep_at)
                    await self._read_since(group, read)
                    if read.is_deep:
                        deep_at = began + self._deep_read_every(group)
                        await self._last_known.read_more(group)
                    if began >= late_at:
                        await self._read_late(group)
                        late_at = began + timing.late_read_every
            except FeedError as error:
                wait = await self._after_failure(group, error, backoff)
            else:
                backoff.reset()
                wait = min(self._interval(group), deep_at - self._clock.monotonic())
            await self._progress.publish()
            await self._rest(group, wait, since=began)

    def _interval(self, group: GroupProgress) -> float:
        """Return the seconds until the next read, depending on how much of the group arrives live."""
        if not self._progress.is_streamed(group.log_group):
            return self._timing.poll_every
        if self._progress.session_plan.is_filtered(group.name):
            return self._timing.filtered_read_every
        return self._timing.busy_read_every if self._is_busy(group) else self._timing.deep_read_every

    def _deep_read_every(self, group: GroupProgress) -> float:
        return self._timing.busy_deep_read_every if self._is_busy(group) else self._timing.deep_read_every

    def _deep_overlap(self, group: GroupProgress) -> float:
        return self._timing.busy_deep_overlap if self._is_busy(group) else self._timing.deep_overlap

    def _is_busy(self, group: GroupProgress) -> bool:
        return self._progress.session_plan.rate(group.name) > self._timing.busy_rate

    async def _after_failure(self, group: GroupProgress, error: FeedError, backoff: Backoff) -> float:
        """Record the failure and return the seconds to wait; raise it if no group can be read without new access."""
        if error.kind.ends_session:
            raise error
        await self.record_failure(group, error)
        return self._timing.deep_read_every if error.kind.is_permanent else backoff.next()

    async def _rest(self, group: GroupProgress, wait: float, *, since: float) -> None:
        try:
            async with asyncio.timeout(max(wait, 0.0)):
                await group.wait_for_request()
        except TimeoutError:
            pass
        least = self._timing.least_gap if group.is_urgent else self._timing.poll_every
        await asyncio.sleep(since + least - self._clock.monotonic())

    async def record_failure(self, group: GroupProgress, error: FeedError) -> None:
        """Record why the group was not read. Without EC2 its tunnels are listed by stream name."""
        group.fail(await self._with_similar_groups(group, error))
        plan = self._progress.plan
        if error.kind is ErrorKind.DENIED and plan is not None and plan.inventory is None and not group.listed_tunnels:
            try:
                await self._last_known.list_tunnels(group)
            except FeedError as another:
                log.info("%s: its streams were not listed: %s", group.log_group, another.kind)

    async def _with_similar_groups(self, group: GroupProgress, error: FeedError) -> FeedError:
        """Return the error; if the group does not exist, it lists the groups with similar names."""
        if error.kind is not ErrorKind.MISSING:
            return error
        try:
            return await missing(self._aws, group.name)
        except FeedError:
            return error

    async def catch_up(self, group: GroupProgress, *, first_pages: int = 0, newest_last: bool = False) -> None:
        """Read the look-back in order, and the last lines of tunnels that are quiet in it.

        First read up to `first_pages` pages of the newest events, so that the states appear early. If these contain
        something of every tunnel, no more is read newest-first. They show how much a page holds, so the rest is read in
        several concurrent windows. With `newest_last` they are passed on after the rest, for a consumer that waits for
        everything anyway. After a failure, the next call continues from there.
        """
        read, newest, look_back = self.start_read(group), _Newest(), group.look_back
        if look_back is None or look_back.is_first_look:
            newest = await self._read_newest(group, first_pages, read, keep=newest_last)
            look_back = group.look_back
        read = look_back.read if look_back is not None else read
        is_cut = False
        try:
            if look_back is None or look_back.since <= look_back.until:
                is_cut = await self._read_rest(group, read, look_back)
        finally:
            for page in newest.kept:
                await self._progress.take_page(group, page)
        await self.conclude(group, read, is_cut=is_cut)

    async def look_first(self, group: GroupProgress) -> None:
        """Read a few of the newest lines, so that the states appear early; `catch_up` continues from there.

        Raises FeedError.
        """
        read, since = self.start_read(group), self._progress.since
        if since < NEWEST_FIRST_SINCE:
            return
        plan = self._progress.plan
        limit = max(_FIRST_LINES, _LINES_A_TUNNEL * len(group.expected_tunnels(plan.inventory if plan else None)))
        async with aclosing(self._pages(group, since, newest_first=True, ahead=False, limit=limit)) as pages:
            async for page in pages:
                await self._progress.take_page(group, page)
                if page.is_last and not page.is_cut:
                    group.keep_look_back(LookBack(read, since, since - 1))
                elif page.lines and not page.newest_first:
                    return  # it is unknown what is left
                elif page.lines:
                    group.keep_look_back(LookBack(read, since, page.lines[0].at, is_first_look=True))
                    return

    def start_read(self, group: GroupProgress) -> Read:
        """Return the read of a look-back that begins now."""
        return self._start_read(group, deep=True)

    async def conclude(self, group: GroupProgress, read: Read, *, is_cut: bool = False) -> None:
        """Read the last lines of tunnels that were quiet in the look-back, and record that it has been read."""
        await self._last_known.read(group)
        self._finish(group, read, is_cut=is_cut)
        log.info("%s: look-back read, %d streams", group.log_group, group.stream_count)

    async def _read_rest(self, group: GroupProgress, read: Read, left: LookBack | None) -> bool:
        """Read the rest of the look-back, None for all of it; return whether the reading was cut before its end."""
        if left is None:
            reading = self._pages(group, self._progress.since)
        elif not left.page_span:
            reading = self._pages(group, left.since, until=left.until)
        else:
            spans = windows(left.since, left.until, page=left.page_span, most=self._timing.windows)
            # The windows are read concurrently; reading further ahead in each would only take memory.
            reading = read_windows(spans, lambda span: self._pages(group, span[0], until=span[1], ahead=False))
        is_cut = False
        async with aclosing(reading) as pages:
            async for page in pages:
                await self._progress.take_page(group, page)
                is_cut = page.is_cut
                self._note_page(group, read, page, left)
        return is_cut

    def _note_page(self, group: GroupProgress, read: Read, page: Page, left: LookBack | None) -> None:
        """Record how far the look-back has been read, for a retry, and forget most of it.

        If the newest pages have `left` nothing, the server has not proved that it sorts; some emulators send one stream
        after another. Older events may then still arrive: a retry starts again, and as much is remembered as there is
        room for.
        """
        if not page.lines:
            return
        last = page.lines[-1].at
        if left is not None and not page.newest_first:
            group.keep_look_back(replace(left, since=last, page_span=0.0))
        # Otherwise a look-back of a million events would be remembered completely.
        before = min(last, read.server_began - _ms(self._deep_overlap(group)))
        late_since = read.server_began - _ms(self._timing.late_limit) if left is not None else 0
        self._progress.forget(group.name, before, late_since=late_since)

    async def _read_newest(self, group: GroupProgress, most: int, read: Read, *, keep: bool) -> "_Newest":
        """Read up to `most` of the newest pages, after those of a first look, and record what they leave.

        With `keep`, the caller must pass them on.
        """
        newest, count, since, first = _Newest(), 0, self._progress.since, group.look_back
        if not most or since < NEWEST_FIRST_SINCE:
            return newest
        read, until = (read, None) if first is None else (first.read, first.until)
        async with aclosing(self._pages(group, since, until=until, newest_first=True, ahead=False)) as pages:
            async for page in pages:
                if keep and page.newest_first:
                    newest.kept.insert(0, page)
                else:
                    await self._progress.take_page(group, page)
                count += page.newest_first
                if page.newest_first and page.lines:
                    newest.note(page)
                inventory = self._progress.plan.inventory if self._progress.plan else None
                is_enough = count >= most or group.has_heard_every_tunnel(inventory)
                if page.is_cut or (is_enough and page.newest_first and page.lines and not page.is_last):
                    if newest.edge is not None:
                        group.keep_look_back(LookBack(read, since, newest.edge, newest.page_span))
                    return newest
        group.keep_look_back(LookBack(read, since, since - 1))
        return newest

    async def read_between(
        self, group: GroupProgress, since: int, until: int, streams: Sequence[str]
    ) -> list[LogEvent]:
        """Return all events of at most 100 streams between two times (ms, inclusive), in order, without publishing.

        Raises FeedError.
        """
        lines: list[LogEvent] = []
        reading = read_pages(
            self._aws,
            group.log_group,
            budget=self._budget,
            page_limit=self._page_limit(group),
            since=since,
            until=until,
            streams=streams,
        )
        async with aclosing(reading) as pages:
            async for page in pages:
                lines += page.lines
        return lines

    def _start_read(self, group: GroupProgress, *, deep: bool) -> Read:
        now = self._clock.now()
        return group.start_read(now=now, server_now=self._to_server_time(now), deep=deep)

    async def _read_since(self, group: GroupProgress, read: Read) -> None:
        """Read what arrived since the last read of the same depth, with some overlap."""
        is_cut = False
        # With pages fetched ahead a busy fleet holds twice as much, and gains nothing: the quota sets the pace.
        async with aclosing(self._pages(group, self._read_from(group, read), ahead=False)) as pages:
            async for page in pages:
                await self._progress.take_page(group, page)
                is_cut = page.is_cut
        self._finish(group, read, is_cut=is_cut)

    def _read_from(self, group: GroupProgress, read: Read) -> int:
        if read.is_deep:
            last, overlap = group.state.deep_read_until, self._deep_overlap(group)
        else:
            last, overlap = group.state.read_until, self._timing.quick_overlap
        # If the clock was set back, the last read seems to lie in the future.
        return min(last if last is not None else read.server_began, read.server_began) - _ms(overlap)

    def _finish(self, group: GroupProgress, read: Read, *, is_cut: bool) -> None:
        if is_cut:
            group.mark_incomplete(pages=self._page_limit(group), since=self._progress.since)
            return
        group.complete(read)
        if read.is_deep:
            self._forget(group, read.server_began - _ms(self._deep_overlap(group)), now=read.server_began)

    def _page_limit(self, group: GroupProgress) -> int:
        return self._timing.empty_pages * group.page_factor

    def _forget(self, group: GroupProgress, before: int, *, now: int) -> None:
        self._progress.forget(group.name, before, late_since=now - _ms(self._timing.late_limit))

    async def _read_late(self, group: GroupProgress) -> None:
        """Reread what is remembered from before the last deep read, which only goes back a few minutes."""
        until = (group.state.deep_read_until or 0) - _ms(self._deep_overlap(group))
        since, count = self._progress.remembered_since(group.name), 0
        if since > until:
            return
        async with aclosing(self._pages(group, since, until=until, ahead=False)) as pages:
            async for page in pages:
                await self._progress.take_page(group, page)
                count += 1
                if count >= _LATE_PAGES:
                    break
        log.info("%s: looked for late events in %d pages", group.log_group, count)

    def _to_server_time(self, at: int) -> int:
        """Convert a local time (ms) to server time if the server is behind: a range must not begin in its future."""
        return at + (self._aws.skew if self._aws.skew < -_SKEW_MS else 0)

    def _pages(
        self,
        group: GroupProgress,
        since: int,
        *,
        until: int | None = None,
        newest_first: bool = False,
        ahead: bool = True,
        limit: int | None = None,
    ) -> AsyncGenerator[Page, None]:
        plan = self._progress.plan
        return read_pages(
            self._aws,
            group.log_group,
            budget=self._budget,
            page_limit=_FIRST_EMPTY_PAGES if newest_first else self._page_limit(group),
            since=since,
            until=until,
            newest_first=newest_first,
            ahead=ahead,
            limit=limit if limit is not None and limit < _MOST_LINES else None,
            prefix=plan.prefix(group.name) if plan else "",
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
