"""The tunnels' events from AWS, gap-free and once each, whatever sessions, networks and credentials do."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final

from tui.domain.clock import Clock, SystemClock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws, connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.plan import Surveyor, keep_surveying
from tui.feed.inventory.tunnel_status import Details
from tui.feed.mode import Mode
from tui.feed.source import Batch
from tui.feed.tail.backfill import Backfill
from tui.feed.tail.live_sessions import Sessions
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.supervise import supervise
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.tailer")

_HOUR_MS: Final = 3_600_000
_DETAILED: Final = 40
_DETAILED_ONCE: Final = 8
"""The most tunnels that EC2 is asked about one by one: while following, and in a single read."""


class Tailer:
    """A source that follows VPN tunnels in CloudWatch Logs.

    Nothing is lost and nothing comes twice: FilterLogEvents is the record, Live Tail only lowers latency. While it
    follows, trouble is a `FeedState` on a batch, and ends by itself when its cause does. With `follow=False` it reads
    the look-back once and ends; there trouble is a FeedError.
    """

    def __init__(
        self,
        where: AwsTarget,
        *,
        selectors: Sequence[str] = (),
        log_groups: Sequence[str] = (),
        mode: Mode = Mode.AUTO,
        since: int | None = None,
        follow: bool = True,
        details: bool = True,
        clock: Clock | None = None,
        timing: Timing | None = None,
        seed: int | None = None,
    ) -> None:
        """`since` is where the look-back begins, ms since the epoch; an hour ago unless told.

        With `details` EC2 is asked about each of a few tunnels, too: two calls a tunnel.
        """
        self._where = where
        self._selectors = tuple(selectors)
        self._log_groups = tuple(log_groups)
        self._mode = mode
        self._since = since
        self._follow = follow
        self._detailed = (_DETAILED if follow else _DETAILED_ONCE) if details else 0
        self._clock = clock or SystemClock()
        self._timing = timing or Timing()
        self._chance = random.Random(seed)  # noqa: S311 - jitter, not secrets

    def __repr__(self) -> str:
        return f"Tailer({self._where.description}, {self._mode})"

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches; close the iterator (`aclosing`) and all sessions are closed at AWS.

        Raises FeedError with `follow=False` only.
        """
        outbox = Outbox()
        since = self._since if self._since is not None else self._clock.now() - _HOUR_MS
        details = Details(self._clock, most=self._detailed, every=self._timing.details_every)
        asked = self._mode if self._follow else Mode.POLL
        progress = FeedProgress(outbox, self._clock, details=details, since=since, asked=asked)
        surveyor = Surveyor(
            selectors=self._selectors,
            log_groups=self._log_groups,
            wants_arns=self._follow and self._mode is not Mode.POLL,
        )
        work = self._keep_following(progress, surveyor) if self._follow else self._read_once(progress, surveyor)
        # A task of its own, not a TaskGroup around the yield: closing the generator would come out of it as a group.
        working = asyncio.create_task(work)
        taking: asyncio.Task[Batch] | None = None
        try:
            while True:
                taking = asyncio.create_task(outbox.take())
                await asyncio.wait({working, taking}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    break
                yield taking.result()
            await working
        finally:
            for task in filter(None, (working, taking)):
                task.cancel()
            await asyncio.wait(filter(None, (working, taking)))

    async def _read_once(self, progress: FeedProgress, surveyor: Surveyor) -> None:
        async with connect(self._where, clock=self._clock, blocks=True) as aws:
            progress.region = aws.target.region or ""
            await progress.adopt(await surveyor.survey(aws))
            backfill = self._backfill(aws, progress)
            groups = list(progress.groups.values())
            tries = [backfill.catch_up(group) for group in groups]
            asked, *outcomes = await asyncio.gather(self._ask_once(aws, progress), *tries, return_exceptions=True)
            if isinstance(asked, BaseException):
                raise asked
            for group, outcome in zip(groups, outcomes, strict=True):
                if isinstance(outcome, FeedError):
                    group.trouble = await backfill.look_around(group, outcome)
                elif isinstance(outcome, BaseException):
                    raise outcome
            troubles = [group.trouble for group in groups if group.trouble]
            if troubles and len(troubles) == len(groups):
                raise troubles[0]
            if progress.mismatch and progress.plan and progress.plan.inventory is None:
                raise FeedError(progress.mismatch, ErrorKind.SELECTOR)
            await progress.publish()

    async def _ask_once(self, aws: Aws, progress: FeedProgress) -> None:
        if progress.plan and progress.plan.inventory:
            await progress.details.ask_all(aws, progress.plan.inventory)
            await progress.take_details()

    async def _keep_following(self, progress: FeedProgress, surveyor: Surveyor) -> None:
        backoff = Backoff(self._timing.retry_soonest * 5, self._timing.retry_latest, self._chance)
        while True:
            lost: FeedError | None = None
            read_until = _read_to(progress)
            try:
                async with connect(self._where, clock=self._clock) as aws:
                    progress.region = aws.target.region or ""
                    await self._watch(aws, progress, surveyor)
            except* FeedError as group:
                lost = _first(group)
            if lost is not None:
                log.info("no access: %s (%s)", lost.kind, lost.detail)
                if (
                    _read_to(progress) > read_until
                ):  # this session was of use; one after another that is not, waits longer
                    backoff.reset()
                await progress.lose(lost)
            await asyncio.sleep(backoff.next())

    async def _watch(self, aws: Aws, progress: FeedProgress, surveyor: Surveyor) -> None:
        """SessionScope with one set of credentials, for as long as they serve; never returns."""
        timing = self._timing
        backfill = self._backfill(aws, progress)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                keep_surveying(aws, surveyor, progress.adopt, every=timing.discover_every, soon=timing.poll_every)
            )
            tasks.create_task(supervise(lambda: list(progress.groups), backfill.run, progress.regrouped))
            tasks.create_task(self._keep_asking(aws, progress))
            if self._mode is not Mode.POLL:
                # Who asked for nothing but live has it tried again and again where it is refused.
                again = timing.retry_latest if self._mode is Mode.LIVE else timing.live_again_every
                timing = replace(timing, live_again_every=again)
                sessions = Sessions(aws, progress, timing=timing, clock=self._clock, chance=self._chance)
                tasks.create_task(supervise(sessions.wanted, sessions.run, progress.replanned))
            tasks.create_task(self._watch_clocks(progress))

    async def _keep_asking(self, aws: Aws, progress: FeedProgress) -> None:
        """Ask EC2 about the tunnels that are due, one after the other, whenever the survey was made."""
        while True:
            progress.surveyed.clear()
            inventory = progress.plan.inventory if progress.plan else None
            if inventory is not None:
                progress.details.forget_all_but(inventory)
                for ask in progress.details.due(inventory):
                    await ask(aws)
                    await progress.take_details()
            await progress.surveyed.wait()

    def _backfill(self, aws: Aws, progress: FeedProgress) -> Backfill:
        timing = self._timing
        backoff = Backoff(timing.retry_soonest * 2, timing.retry_latest / 2, self._chance)
        budget = TokenBucket(self._clock, rate=timing.calls_per_second, burst=timing.burst, backoff=backoff)
        return Backfill(aws, progress, budget, timing=timing, clock=self._clock, chance=self._chance)

    async def _watch_clocks(self, progress: FeedProgress) -> None:
        """Have the record read where the machine slept, the clock was set, or a session missed its heartbeat."""
        clock, timing = self._clock, self._timing
        while True:
            wall, steady = clock.now(), clock.monotonic()
            await asyncio.sleep(timing.tick)
            passed = clock.monotonic() - steady
            step = (clock.now() - wall) / 1000 - passed
            if passed > timing.tick + timing.heartbeat_gap or abs(step) > timing.heartbeat_gap:
                log.info("we were away: %.1f s passed, the clock stepped by %.1f s", passed, step)
                for group in progress.groups.values():
                    group.note_hole(deep=True)
            for scope, heard in list(progress.heard.items()):
                if clock.monotonic() - heard > timing.heartbeat_gap:
                    log.info("%s: no update for %.1f s", scope, clock.monotonic() - heard)
                    progress.heard.pop(scope)
                    for log_group in scope.groups:
                        if log_group.name in progress.groups:
                            progress.groups[log_group.name].note_hole()


def _read_to(progress: FeedProgress) -> int:
    return max((group.read_until or 0 for group in progress.groups.values()), default=0)


def _first(group: BaseExceptionGroup[FeedError]) -> FeedError:
    for each in group.exceptions:
        return _first(each) if isinstance(each, BaseExceptionGroup) else each
    return FeedError("The connection to AWS was lost.", ErrorKind.UNREACHABLE)
