"""The record read: the look-back at the start, then again and again what is new, late, or was missed."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, Never

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import missing
from tui.feed.tail.event_pages import NEWEST_FIRST_SINCE, read_pages
from tui.feed.tail.last_known import LastKnownEvents, are_all_heard
from tui.feed.tail.page_order import Page
from tui.feed.tail.progress import FeedProgress, GroupProgress
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.backfill")

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
            lambda group, since, until: self._pages(group, since, until=until, newest_first=True, ahead=False),
        )

    async def run(self, name: str) -> Never:
        """Read one group for as long as it is watched; never returns. Raises FeedError when access is lost."""
        group, timing = self._progress.groups[name], self._timing
        backoff = Backoff(timing.retry_soonest * 5, timing.retry_latest, self._chance)
        deep_at = late_at = 0.0
        while True:
            began = self._clock.monotonic()
            group.wake.clear()
            group.has_unconfirmed_lines = False
            try:
                if group.read_until is None:
                    await self.catch_up(group, first_pages=_FIRST_PAGES)
                    deep_at = self._clock.monotonic() + timing.deep_read_every
                    late_at = self._clock.monotonic() + timing.late_read_every
                else:
                    deep = group.wants_depth or began >= deep_at
                    group.wants_depth = False
                    await self._read_since(group, deep=deep)
                    deep_at = began + timing.deep_read_every if deep else deep_at
                    if began >= late_at:
                        await self._look_for_late(group)
                        late_at = began + timing.late_read_every
            except FeedError as error:
                if error.kind.ends_session:
                    raise
                group.trouble = await self.look_around(group, error)
                group.wants_depth = True
                wait = timing.deep_read_every if error.kind.is_permanent else backoff.next()
            else:
                group.trouble = None
                backoff.reset()
                polls = not self._progress.streams_live(group.log_group)
                wait = min(timing.poll_every if polls else timing.deep_read_every, deep_at - self._clock.monotonic())
            await self._progress.publish()
            await self._rest(group, wait, since=began)

    async def _rest(self, group: GroupProgress, wait: float, *, since: float) -> None:
        try:
            async with asyncio.timeout(max(wait, 0.0)):
                await group.wake.wait()
        except TimeoutError:
            pass
        # A doubtful line is one that is on the screen already: it can wait for the next poll.
        hurried = not group.is_whole or not group.has_unconfirmed_lines
        spare = (self._timing.least_gap if hurried else self._timing.poll_every) - (self._clock.monotonic() - since)
        if spare > 0:
            await asyncio.sleep(spare)

    async def look_around(self, group: GroupProgress, error: FeedError) -> FeedError:
        """Return the error, and if the group was not found, with the groups that are named like it."""
        if error.kind is not ErrorKind.MISSING:
            return error
        try:
            return await missing(self._aws, group.log_group.name)
        except FeedError:
            return error

    async def catch_up(self, group: GroupProgress, *, first_pages: int = 0) -> None:
        """Read the look-back in order; before that, up to `first_pages` of the newest events.

        So states appear early. The newest events end early where every tunnel was heard.
        """
        progress, holes, began = self._progress, group.gaps_seen, self._clock.now()
        is_done, is_whole, edge = False, True, None
        if first_pages and progress.since >= NEWEST_FIRST_SINCE:
            is_done, edge = await self._read_newest(group, first_pages)
        if not is_done:
            async with aclosing(self._pages(group, progress.since, until=edge)) as found:
                async for page in found:
                    await progress.take_page(group, page)
                    is_whole = not page.is_cut
                    if page.lines and edge is not None:
                        # Without this a million old events would be remembered.
                        safe = self._to_server_time(began) - round(self._timing.deep_overlap * 1000)
                        self._forget(group, min(page.lines[-1].at, safe), now=self._to_server_time(began))
        await self._recaller.recall(group)
        self._finish(group, began, holes, deep=True, is_whole=is_whole)
        log.info("%s: look-back read, %d streams", group.log_group, len(group.streams))

    async def _read_newest(self, group: GroupProgress, most: int) -> tuple[bool, int | None]:
        """Read the newest pages; return whether that was all, and else the instant from which on all was read."""
        pages, edge = 0, None
        async with aclosing(self._pages(group, self._progress.since, newest_first=True, ahead=False)) as found:
            async for page in found:
                await self._progress.take_page(group, page)
                pages += page.newest_first
                if page.newest_first and page.lines:
                    edge = page.lines[0].at
                enough = pages >= most or are_all_heard(self._progress, group)
                if page.is_cut or (enough and page.newest_first and page.lines and not page.is_last):
                    return False, edge
        return True, None

    async def _read_since(self, group: GroupProgress, *, deep: bool) -> None:
        progress, holes, began = self._progress, group.gaps_seen, self._clock.now()
        since, is_whole = self._since(group, self._to_server_time(began), deep=deep), True
        async with aclosing(self._pages(group, since)) as found:
            async for page in found:
                await progress.take_page(group, page)
                is_whole = not page.is_cut
        self._finish(group, began, holes, deep=deep, is_whole=is_whole)

    def _since(self, group: GroupProgress, began: int, *, deep: bool) -> int:
        last, back = (
            (group.deep_read_until, self._timing.deep_overlap)
            if deep
            else (group.read_until, self._timing.quick_overlap)
        )
        # After the clock was set back, the last read seems to lie in the future.
        return min(last if last is not None else began, began) - round(back * 1000)

    def _finish(self, group: GroupProgress, began: int, holes: int, *, deep: bool, is_whole: bool) -> None:
        if is_whole:
            self._complete(group, began, holes, deep=deep)
        else:
            self._mark_incomplete(group)

    def _mark_incomplete(self, group: GroupProgress) -> None:
        """Take note that a read found no end: it counts for the start, and has to be made again."""
        pages = group.page_limit or self._timing.empty_pages
        group.incomplete_notice = f"Stopped after {pages} empty pages of {group.log_group}; events may be missing."
        group.page_limit = min(2 * pages, _MOST_PATIENT * self._timing.empty_pages)
        group.wants_depth = True
        if group.read_until is None:
            group.read_until = group.deep_read_until = self._progress.since

    def _complete(self, group: GroupProgress, began: int, holes: int, *, deep: bool) -> None:
        group.incomplete_notice, group.page_limit = "", 0
        group.complete_until = max(group.complete_until or 0, began)
        group.gaps_filled = holes
        group.read_until = self._to_server_time(began)
        if deep:
            group.deep_read_until = group.read_until
            self._forget(group, self._since(group, group.read_until, deep=True), now=group.read_until)

    def _forget(self, group: GroupProgress, before: int, *, now: int) -> None:
        """Forget what came before an instant, but for as much of the time that late events may come in as has room."""
        merge, name = self._progress.merge, group.log_group.name
        crowded = merge.since(name, _REMEMBERED // max(1, len(self._progress.groups)))
        merge.forget(name, min(before, max(now - round(self._timing.late_limit * 1000), crowded)))

    async def _look_for_late(self, group: GroupProgress) -> None:
        """Read again what is remembered from before the overlap: a deep read does not find what came in later."""
        name, pages = group.log_group.name, 0
        until = self._since(group, group.deep_read_until or 0, deep=True)
        if (since := self._progress.merge.horizon(name)) > until:
            return
        async with aclosing(self._pages(group, since, until=until)) as found:
            async for page in found:
                await self._progress.take_page(group, page)
                pages += 1
                if pages >= _LATE_PAGES:
                    break
        log.info("%s: looked for late events in %d pages", group.log_group, pages)

    def _to_server_time(self, at: int) -> int:
        """Return an instant of our clock as AWS's tells it, where AWS's is behind: there, ours is still to come."""
        return at + (self._aws.skew if self._aws.skew < -_SKEW_MS else 0)

    def _pages(
        self,
        group: GroupProgress,
        since: int,
        *,
        until: int | None = None,
        newest_first: bool = False,
        ahead: bool = True,
    ) -> AsyncGenerator[Page, None]:
        plan = self._progress.plan
        return read_pages(
            self._aws,
            group.log_group,
            budget=self._budget,
            # The newest events are a first look: who finds none soon reads in order.
            page_limit=_FIRST_PAGES * 10 if newest_first else group.page_limit or self._timing.empty_pages,
            since=since,
            until=until,
            newest_first=newest_first,
            ahead=ahead,
            prefix=plan.prefix(group.log_group.name) if plan else "",
        )
