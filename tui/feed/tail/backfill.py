"""The record read: the look-back at the start, then again and again what is new, late, or was missed."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, Never

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws, trace
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import missing
from tui.feed.tail.event_pages import NEWEST_FIRST_SINCE, read_pages
from tui.feed.tail.last_known import LastKnownEvents, are_all_heard
from tui.feed.tail.page_order import Page
from tui.feed.tail.progress import FeedProgress, GroupProgress
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.timing import Timing

_FIRST_PAGES: Final = 3
"""Newest-first pages a group, before the rest of the look-back is read in order."""
_MOST_PATIENT: Final = 16
"""Times the timing's empty pages: half an hour of the budget of calls."""
_LATE_PAGES: Final = 25  # 10 s of the budget of calls
_REMEMBERED: Final = 60_000
"""Events beyond the overlap, of all groups: 14 MB where many share a second as in IKE logs, 27 MB where none does."""
_SKEW_MS: Final = 2_000  # the Date of an answer has whole seconds


class Backfill:
    """Reads the groups of a progress's plan with FilterLogEvents."""

    def __init__(
        self,
        aws: Aws,
        progress: FeedProgress,
        budget: TokenBucket,
        *,
        timing: Timing,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._aws = aws
        self._progress = progress
        self._budget = budget
        self._timing = timing
        self._clock = clock
        self._chance = chance
        self._recaller = LastKnownEvents(
            aws,
            progress,
            lambda reading, since, until: self._pages(reading, since, until=until, newest_first=True, ahead=False),
        )

    async def run(self, name: str) -> Never:
        """Read one group for as long as it is watched; never returns. Raises FeedError when access is lost."""
        reading, timing = self._progress.readings[name], self._timing
        backoff = Backoff(timing.retry_soonest * 5, timing.retry_latest, self._chance)
        deep_at = late_at = 0.0
        while True:
            began = self._clock.monotonic()
            reading.wake.clear()
            reading.has_unconfirmed_lines = False
            try:
                if reading.read_until is None:
                    await self.catch_up(reading, first_pages=_FIRST_PAGES)
                    deep_at = self._clock.monotonic() + timing.deep_read_every
                    late_at = self._clock.monotonic() + timing.late_read_every
                else:
                    deep = reading.wants_depth or began >= deep_at
                    reading.wants_depth = False
                    await self._read_since(reading, deep=deep)
                    deep_at = began + timing.deep_read_every if deep else deep_at
                    if began >= late_at:
                        await self._look_for_late(reading)
                        late_at = began + timing.late_read_every
            except FeedError as error:
                if error.trouble in (ErrorKind.CREDENTIALS, ErrorKind.SETTINGS):
                    raise
                reading.trouble = await self.look_around(reading, error)
                reading.wants_depth = True
                wait = (
                    timing.deep_read_every if error.trouble in (ErrorKind.DENIED, ErrorKind.MISSING) else backoff.next()
                )
            else:
                reading.trouble = None
                backoff.reset()
                polls = not self._progress.streams_live(reading.group)
                wait = min(timing.poll_every if polls else timing.deep_read_every, deep_at - self._clock.monotonic())
            await self._progress.publish()
            await self._rest(reading, wait, since=began)

    async def _rest(self, reading: GroupProgress, wait: float, *, since: float) -> None:
        try:
            async with asyncio.timeout(max(wait, 0.0)):
                await reading.wake.wait()
        except TimeoutError:
            pass
        # A doubtful line is one that is on the screen already: it can wait for the next poll.
        hurried = not reading.is_whole or not reading.has_unconfirmed_lines
        spare = (self._timing.least_gap if hurried else self._timing.poll_every) - (self._clock.monotonic() - since)
        if spare > 0:
            await asyncio.sleep(spare)

    async def look_around(self, reading: GroupProgress, error: FeedError) -> FeedError:
        """Return the error, and if the group was not found, with the groups that are named like it."""
        if error.trouble is not ErrorKind.MISSING:
            return error
        try:
            return await missing(self._aws, reading.group.name)
        except FeedError:
            return error

    async def catch_up(self, reading: GroupProgress, *, first_pages: int = 0) -> None:
        """Read the look-back in order; before that, up to `first_pages` of the newest events.

        So states appear early. The newest events end early where every tunnel was heard.
        """
        progress, holes, began = self._progress, reading.gaps_seen, self._clock.now()
        is_done, is_whole, edge = False, True, None
        if first_pages and progress.since >= NEWEST_FIRST_SINCE:
            is_done, edge = await self._read_newest(reading, first_pages)
        if not is_done:
            async with aclosing(self._pages(reading, progress.since, until=edge)) as found:
                async for page in found:
                    await progress.take_page(reading, page)
                    is_whole = not page.is_cut
                    if page.lines and edge is not None:
                        # Without this a million old events would be remembered.
                        safe = self._to_server_time(began) - round(self._timing.deep_overlap * 1000)
                        self._forget(reading, min(page.lines[-1].at, safe), now=self._to_server_time(began))
        await self._recaller.recall(reading)
        self._finish(reading, began, holes, deep=True, is_whole=is_whole)
        trace.info("%s: look-back read, %d streams", reading.group, len(reading.streams))

    async def _read_newest(self, reading: GroupProgress, most: int) -> tuple[bool, int | None]:
        """Read the newest pages; return whether that was all, and else the instant from which on all was read."""
        pages, edge = 0, None
        async with aclosing(self._pages(reading, self._progress.since, newest_first=True, ahead=False)) as found:
            async for page in found:
                await self._progress.take_page(reading, page)
                pages += page.newest_first
                if page.newest_first and page.lines:
                    edge = page.lines[0].at
                enough = pages >= most or are_all_heard(self._progress, reading)
                if page.is_cut or (enough and page.newest_first and page.lines and not page.is_last):
                    return False, edge
        return True, None

    async def _read_since(self, reading: GroupProgress, *, deep: bool) -> None:
        progress, holes, began = self._progress, reading.gaps_seen, self._clock.now()
        since, is_whole = self._since(reading, self._to_server_time(began), deep=deep), True
        async with aclosing(self._pages(reading, since)) as found:
            async for page in found:
                await progress.take_page(reading, page)
                is_whole = not page.is_cut
        self._finish(reading, began, holes, deep=deep, is_whole=is_whole)

    def _since(self, reading: GroupProgress, began: int, *, deep: bool) -> int:
        last, back = (
            (reading.deep_read_until, self._timing.deep_overlap)
            if deep
            else (reading.read_until, self._timing.quick_overlap)
        )
        # After the clock was set back, the last read seems to lie in the future.
        return min(last if last is not None else began, began) - round(back * 1000)

    def _finish(self, reading: GroupProgress, began: int, holes: int, *, deep: bool, is_whole: bool) -> None:
        if is_whole:
            self._complete(reading, began, holes, deep=deep)
        else:
            self._mark_incomplete(reading)

    def _mark_incomplete(self, reading: GroupProgress) -> None:
        """Take note that a read found no end: it counts for the start, and has to be made again."""
        pages = reading.page_limit or self._timing.empty_pages
        reading.incomplete_notice = (
            f"{pages} pages of {reading.group} in a row brought nothing new, and there are more: events may be missing."
        )
        reading.page_limit = min(2 * pages, _MOST_PATIENT * self._timing.empty_pages)
        reading.wants_depth = True
        if reading.read_until is None:
            reading.read_until = reading.deep_read_until = self._progress.since

    def _complete(self, reading: GroupProgress, began: int, holes: int, *, deep: bool) -> None:
        reading.incomplete_notice, reading.page_limit = "", 0
        reading.complete_until = max(reading.complete_until or 0, began)
        reading.gaps_filled = holes
        reading.read_until = self._to_server_time(began)
        if deep:
            reading.deep_read_until = reading.read_until
            self._forget(reading, self._since(reading, reading.read_until, deep=True), now=reading.read_until)

    def _forget(self, reading: GroupProgress, before: int, *, now: int) -> None:
        """Forget what came before an instant, but for as much of the time that late events may come in as has room."""
        merge, name = self._progress.merge, reading.group.name
        crowded = merge.since(name, _REMEMBERED // max(1, len(self._progress.readings)))
        merge.forget(name, min(before, max(now - round(self._timing.late_limit * 1000), crowded)))

    async def _look_for_late(self, reading: GroupProgress) -> None:
        """Read again what is remembered from before the overlap: a deep read does not find what came in later."""
        name, pages = reading.group.name, 0
        until = self._since(reading, reading.deep_read_until or 0, deep=True)
        if (since := self._progress.merge.horizon(name)) > until:
            return
        async with aclosing(self._pages(reading, since, until=until)) as found:
            async for page in found:
                await self._progress.take_page(reading, page)
                pages += 1
                if pages >= _LATE_PAGES:
                    break
        trace.info("%s: looked for late events in %d pages", reading.group, pages)

    def _to_server_time(self, at: int) -> int:
        """Return an instant of our clock as AWS's tells it, where AWS's is behind: there, ours is still to come."""
        return at + (self._aws.skew if self._aws.skew < -_SKEW_MS else 0)

    def _pages(
        self,
        reading: GroupProgress,
        since: int,
        *,
        until: int | None = None,
        newest_first: bool = False,
        ahead: bool = True,
    ) -> AsyncGenerator[Page, None]:
        plan = self._progress.plan
        return read_pages(
            self._aws,
            reading.group,
            budget=self._budget,
            # The newest events are a first look: who finds none soon reads in order.
            page_limit=_FIRST_PAGES * 10 if newest_first else reading.page_limit or self._timing.empty_pages,
            since=since,
            until=until,
            newest_first=newest_first,
            ahead=ahead,
            prefix=plan.prefix(reading.group.name) if plan else "",
        )
