"""The tunnels' events from AWS, complete and without repetition, despite failing sessions, networks and credentials."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final, NoReturn, Protocol

from tui.domain.clock import Clock, SystemClock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws, Heard, connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.meter import LiveLimit, Meter
from tui.feed.aws.sessions.helper_outputs import HELPER_OUTPUTS, HelperOutputs
from tui.feed.aws.target import AwsTarget
from tui.feed.heap import keep_heap_small
from tui.feed.inventory.plan import Plan, Surveyor, keep_surveying
from tui.feed.inventory.trail import Trail
from tui.feed.inventory.tunnel_status import Details
from tui.feed.mode import Mode
from tui.feed.source import Batch
from tui.feed.tail.first_look import look_first
from tui.feed.tail.interruptions import watch_clocks, watch_heartbeats
from tui.feed.tail.live.live_limit import watch_live_limit
from tui.feed.tail.live.live_sessions import Sessions
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.publisher import Publisher
from tui.feed.tail.quotas import AccountQuotas, Quotas
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.record.backfill import Backfill
from tui.feed.tail.record.group_progress import GroupProgress
from tui.feed.tail.record.last_known import LastLines
from tui.feed.tail.retries import Retries
from tui.feed.tail.supervise import supervise
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.tailer")

_HOUR_MS: Final = 3_600_000
_MOST_DETAILED: Final = 40
"""The maximum number of tunnels about which EC2 is asked individually."""
_FEW: Final = 40
_FEW_AT_ONCE: Final = 8
"""The number of tunnels up to which it is asked about all, even healthy ones: following, and in a single read."""


class LookBackReader(Protocol):
    """An alternative to reading the look-back page by page with FilterLogEvents."""

    async def read(self, aws: Aws, progress: FeedProgress, backfill: Backfill, budget: TokenBucket) -> None:
        """Read all groups of the plan; a group that cannot be read gets the error. `budget` is for lookups."""


class Tailer:
    """A source that follows VPN tunnels in CloudWatch Logs.

    FilterLogEvents determines the events and their order; Live Tail only shows them sooner. While it follows, a failure
    is a `FeedState` on a batch and ends with its cause. With `follow=False` the source reads the look-back once and
    ends.
    """

    def __init__(
        self,
        target: AwsTarget,
        *,
        selectors: Sequence[str] = (),
        log_groups: Sequence[str] = (),
        mode: Mode = Mode.AUTO,
        since: int | None = None,
        follow: bool = True,
        details: bool = True,
        trail: bool = False,
        clock: Clock | None = None,
        timing: Timing | None = None,
        seed: int | None = None,
        source: str = "",
        heard: Heard | None = None,
        live_limit: LiveLimit | None = None,
        asks_ec2: bool = False,
        look_back: LookBackReader | None = None,
        quotas: Quotas | None = None,
        last_lines: LastLines | None = None,
    ) -> None:
        """`since` (ms since the epoch) is the start of the look-back, by default an hour ago.

        With `details` EC2 is also asked about single tunnels, if there are many only about those in trouble: two calls
        per tunnel. With `trail` CloudTrail is asked who changed something when a tunnel fell or changed. `source`
        distinguishes the batches of several sources. `heard` receives AWS's answers except events. `live_limit` limits
        the use of Live Tail, after which the groups are polled. With `asks_ec2` EC2 lists the connections even if log
        groups are given. `look_back` replaces FilterLogEvents for reading with `follow=False`. `quotas` are shared with
        other sources; by default, the source uses its account's alone. `last_lines` may find the last lines of many
        silent streams at once.
        """
        self._target = target
        self._selectors = tuple(selectors)
        self._log_groups = tuple(log_groups)
        self._asks_ec2 = asks_ec2
        self._mode = mode
        self._since = since
        self._follow = follow
        self._most_detailed = _MOST_DETAILED if details else 0
        self._asks_trail = trail
        self._clock = clock or SystemClock()
        self._timing = timing or Timing()
        self._chance = random.Random(seed)  # noqa: S311 - jitter, not secrets
        self._of_connections: AccountQuotas | None = None
        self._quotas = quotas or Quotas(self._clock, self._timing, chance=self._chance)
        self._source = source
        self._heard = heard
        self._meter = Meter(self._clock)
        self._live_limit = live_limit
        if live_limit is not None:
            live_limit.add(self._meter)
        self._look_back = look_back
        self._last_lines = last_lines
        self._retries = Retries()

    def __repr__(self) -> str:
        return f"Tailer({self._target.description}, {self._mode})"

    def retry(self) -> None:
        """Retry at once whatever failed: access to the account, the survey, the reads, the live sessions."""
        self._retries.now()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches; closing the iterator (`aclosing`) closes all sessions at AWS.

        With `follow=False` raises FeedError if nothing can be read. While following it raises no AWS error.
        """
        outbox = Outbox(limit=self._timing.most_waiting)
        progress = self._new_progress(outbox)
        surveyor = Surveyor(
            selectors=self._selectors,
            log_groups=self._log_groups,
            asks_ec2=self._asks_ec2,
            wants_arns=self._follow and self._mode is not Mode.POLL,
        )
        work = self._keep_following(progress, surveyor) if self._follow else self._read_once(progress, surveyor)
        # No TaskGroup around the yield: it would turn the closing of the generator into an exception group.
        working = asyncio.create_task(work)
        try:
            while True:
                taking = asyncio.create_task(outbox.take())
                try:
                    await asyncio.wait({working, taking}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    taking.cancel()  # no effect if it is done
                if not taking.done():
                    break
                yield replace(taking.result(), usage=self._meter.usage)
            if not outbox.is_empty:  # added just before the work ended
                yield replace(await outbox.take(), usage=self._meter.usage)
            await working
        finally:
            working.cancel()
            await asyncio.wait([working])
            if not working.cancelled() and (error := working.exception()):
                log.info("the feed ended with %s", type(error).__name__)

    def _connect(self, *, in_threads: bool = False) -> AbstractAsyncContextManager[Aws]:
        return connect(
            self._target,
            clock=self._clock,
            in_threads=in_threads,
            services=("logs",) if self._log_groups else ("logs", "ec2"),  # EC2 is not called if the groups are named
            deadline=self._timing.call_deadline,
            heard=self._heard,
            meter=self._meter,
        )

    def _new_progress(self, outbox: Outbox) -> FeedProgress:
        since = self._since if self._since is not None else self._clock.now() - _HOUR_MS
        return FeedProgress(
            Publisher(outbox, source=self._source),
            self._clock,
            details=self._new_details(),
            trail=self._new_trail(since),
            since=since,
            asked=self._mode if self._follow else Mode.POLL,
            source=self._source,
            timing=self._timing,
        )

    def _new_details(self) -> Details:
        return Details(
            self._clock,
            most=self._most_detailed,
            few=_FEW if self._follow else _FEW_AT_ONCE,
            every=self._timing.details_every,
            pace=self._pace_details,
        )

    def _new_trail(self, since: int) -> Trail:
        return Trail(self._clock, since=since, pace=self._pace_trail, asks=self._asks_trail)

    async def _pace_details(self) -> None:
        if self._of_connections is not None:
            await self._of_connections.details.take()

    async def _pace_trail(self) -> None:
        if self._of_connections is not None:
            await self._of_connections.trail.take()

    async def _read_once(self, progress: FeedProgress, surveyor: Surveyor) -> None:
        """Read the look-back of every group; raise FeedError if none can be read."""
        async with self._connect(in_threads=True) as aws:
            progress.set_region(aws.target.region)
            await progress.publish()  # as in the first look
            account = await self._identify(aws)
            await progress.adopt(await surveyor.survey(aws))
            backfill = self._backfill(aws, progress, account)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._ask_once(aws, progress))
                tasks.create_task(self._look_up(aws, progress))
                if self._look_back is not None:
                    tasks.create_task(self._look_back.read(aws, progress, backfill, account.lookups))
                else:
                    for group in progress.groups.values():
                        tasks.create_task(_try_to_catch_up(backfill, group))
            errors = [group.state.error for group in progress.groups.values()]
            if errors and (first := errors[0]) is not None and None not in errors:
                raise first
            if progress.unmatched and progress.plan and progress.plan.inventory is None:
                raise FeedError(progress.unmatched, ErrorKind.SELECTOR)
            await progress.publish()

    async def _ask_once(self, aws: Aws, progress: FeedProgress) -> None:
        if progress.plan and progress.plan.inventory:
            await progress.details.ask_all(aws, progress.plan.inventory)
            await progress.take_details()

    async def _keep_following(self, progress: FeedProgress, surveyor: Surveyor) -> NoReturn:
        """Follow until cancelled, with a new connection to AWS whenever access is lost.

        The first connection is botocore's in threads and takes one look: aiobotocore, which is needed to follow, takes
        0.3 s more to load, by which time the first states are on the screen.
        """
        keep_heap_small()
        backoff = Backoff(self._timing.access_retry_min, self._timing.retry_max, self._chance)
        is_first, plan, outputs = True, None, HelperOutputs()
        HELPER_OUTPUTS.set(outputs)
        while True:
            lost: FeedError | None = None
            read_until = progress.read_until
            try:
                async with self._connect(in_threads=is_first) as aws:
                    progress.set_region(aws.target.region)
                    # In its own task: before Python 3.11.3, a task whose TaskGroup ended with an error stays half
                    # cancelled, and a timeout in it ends it. Debian 12 has 3.11.2.
                    if is_first:
                        plan = await asyncio.create_task(self._look_first(aws, progress, surveyor))
                    else:
                        await asyncio.create_task(self._watch(aws, progress, surveyor, plan))
            except* FeedError as group:
                lost = _first_in(group)
            was_first, is_first = is_first, False
            if was_first and lost is None:
                await asyncio.sleep(self._timing.first_states_pause)
                continue
            plan = None
            outputs.clear()
            if lost is not None:
                log.info("no access: %s (%s)", lost.kind, lost.detail)
                if progress.read_until > read_until:  # pauses grow only while consecutive connections are useless
                    backoff.reset()
            wait = backoff.next()
            if lost is not None:
                await progress.lose(lost, retry_at=self._clock.now() + round(wait * 1000))
            await self._retries.pause(wait)
            await progress.note_try()

    async def _look_first(self, aws: Aws, progress: FeedProgress, surveyor: Surveyor) -> Plan | None:
        await progress.publish()  # a consumer can load while the answers are on their way
        backfill = self._backfill(aws, progress, await self._identify(aws))
        return await look_first(aws, progress, surveyor, backfill, within=self._timing.first_look_within)

    async def _watch(self, aws: Aws, progress: FeedProgress, surveyor: Surveyor, plan: Plan | None) -> None:
        """Follow with one connection until it loses access, which raises a group of FeedErrors.

        `plan` is one that was just adopted.
        """
        timing, clock = self._timing, self._clock
        account = await self._identify(aws)
        backfill = self._backfill(aws, progress, account)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                keep_surveying(
                    aws,
                    surveyor,
                    progress.adopt,
                    every=timing.discover_every,
                    soon=timing.poll_every,
                    pause=self._retries.pause,
                    plan=plan,
                )
            )
            tasks.create_task(supervise(lambda: list(progress.groups), backfill.run, progress.groups_changed))
            tasks.create_task(self._keep_asking(aws, progress))
            tasks.create_task(self._keep_looking_up(aws, progress))
            tasks.create_task(self._read_when_wanted(progress))
            if self._mode is not Mode.POLL:
                self._follow_live(tasks, aws, progress, account)
            tasks.create_task(watch_clocks(progress, timing, clock))
            tasks.create_task(watch_heartbeats(progress, timing, clock))

    def _follow_live(self, tasks: asyncio.TaskGroup, aws: Aws, progress: FeedProgress, account: AccountQuotas) -> None:
        """Start the tasks that keep the live sessions."""
        # With `--source live` nothing replaces a refused session, so it is retried sooner.
        again = self._timing.retry_max if self._mode is Mode.LIVE else self._timing.live_again_every
        sessions = Sessions(
            aws,
            progress,
            account.live,
            timing=replace(self._timing, live_again_every=again),
            clock=self._clock,
            chance=self._chance,
            pause=self._retries.pause,
        )
        tasks.create_task(supervise(sessions.wanted, sessions.run, progress.sessions_changed))
        tasks.create_task(sessions.keep_reviewing())
        if self._live_limit is not None:
            tasks.create_task(watch_live_limit(progress, self._live_limit, self._timing))

    async def _read_when_wanted(self, progress: FeedProgress) -> NoReturn:
        """Read every group whenever the user wants a retry."""
        while True:
            await self._retries.wanted()
            progress.note_gap(progress.groups)

    async def _keep_asking(self, aws: Aws, progress: FeedProgress) -> NoReturn:
        """Make the due calls to EC2, one after the other, after every survey."""
        while True:
            progress.surveyed.clear()
            inventory = progress.plan.inventory if progress.plan else None
            if inventory is not None:
                progress.details.forget_all_but(inventory)
                for ask in progress.details.due(inventory):
                    await ask(aws)
                    await progress.take_details()
            await progress.surveyed.wait()

    async def _keep_looking_up(self, aws: Aws, progress: FeedProgress) -> NoReturn:
        """Ask CloudTrail who changed something, whenever something changed or fell."""
        while True:
            await self._look_up(aws, progress)
            await asyncio.sleep(self._timing.trail_look_every)

    async def _look_up(self, aws: Aws, progress: FeedProgress) -> None:
        if progress.inventory is not None and await progress.trail.ask(aws, progress.inventory):
            await progress.take_details()

    async def _identify(self, aws: Aws) -> AccountQuotas:
        """Return the quotas of the account that reads the logs; those of the connections' account pace calls to EC2."""
        self._of_connections = await self._quotas.of_connections(aws)
        return await self._quotas.of(aws)

    def _backfill(self, aws: Aws, progress: FeedProgress, account: AccountQuotas) -> Backfill:
        return Backfill(
            aws,
            progress,
            account.record,
            account.lookups,
            timing=self._timing,
            clock=self._clock,
            chance=self._chance,
            last_lines=self._last_lines,
        )


async def _try_to_catch_up(backfill: Backfill, group: GroupProgress) -> None:
    try:
        await backfill.catch_up(group, first_pages=1, newest_last=True)
    except FeedError as error:
        await backfill.record_failure(group, error)


def _first_in(group: BaseExceptionGroup[FeedError]) -> FeedError:
    for error in group.exceptions:
        return _first_in(error) if isinstance(error, BaseExceptionGroup) else error
    return FeedError("The connection to AWS was lost.", ErrorKind.UNREACHABLE)
