"""Keeps the live sessions open: opens, rotates and reopens them, or pauses one after a refusal and says why."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final, Never

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.tail.live.account_sessions import AccountSessions
from tui.feed.tail.live.live_session import SessionScope, SessionUpdate
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import Backoff
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.live_sessions")

_PROVEN: Final = 2
"""The number of updates that prove a session. One that ends sooner, as moto's do, is reopened with back-off."""


class Sessions:
    """Keeps a live session open for every group of the plan."""

    def __init__(
        self,
        aws: Aws,
        progress: FeedProgress,
        account: AccountSessions,
        *,
        timing: Timing,
        clock: Clock,
        chance: random.Random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`account` opens the sessions, within its limit.

        `pause` waits for some seconds, or less if the user wants a retry.
        """
        self._aws = aws
        self._progress = progress
        self._account = account
        self._timing = timing
        self._clock = clock
        self._chance = chance
        self._pause = pause
        self._numbers = count(1)

    def wanted(self) -> list[SessionScope]:
        """Return the sessions required by the plan and the load; see `SessionPlan`."""
        plan = self._progress.plan
        if plan is None or self._progress.live_is_over:
            return []
        return self._progress.session_plan.scopes(list(plan.groups.values()), roots=plan.roots)

    async def keep_reviewing(self) -> Never:
        """Adapt the sessions to the load periodically, until cancelled."""
        while True:
            await asyncio.sleep(self._timing.review_every)
            await self._progress.review_sessions(spare=self._account.free)

    async def run(self, scope: SessionScope) -> Never:
        """Keep one session open until cancelled, which happens when it is no longer wanted.

        Raises FeedError when access to the account is lost.
        """
        backoff = Backoff(self._timing.retry_min, self._timing.retry_max, self._chance)
        self._progress.sessions.add(scope)
        try:
            while True:
                wait = await self._run_once(scope, backoff)
                await self._progress.publish()
                await self._pause(wait)
        finally:
            self._progress.sessions.remove(scope)

    async def _run_once(self, scope: SessionScope, backoff: Backoff) -> float:
        """Run one session to its end; return the seconds to wait before the next."""
        session, updates = next(self._numbers), 0

        async def deliver(update: SessionUpdate) -> None:
            nonlocal updates
            updates += not update.started
            if updates == _PROVEN:
                backoff.reset()
            await self._progress.take_update(scope, session, update)

        error = FeedError(f"Live Tail of {scope} ends as soon as it begins.", ErrorKind.BROKEN)
        rotate_after = self._timing.rotate_after * (0.95 + 0.05 * self._chance.random())
        try:
            async with asyncio.timeout(rotate_after) as rotation:
                await self._account.tail(self._aws, scope, deliver, silence_limit=self._timing.session_silence_limit)
        except TimeoutError:
            if not rotation.expired():
                raise
            log.info("live session %d of %s rotated", session, scope)
            self._note_end(scope)
            return 0.0
        except FeedError as raised:
            error = raised
        log.info("live session %d of %s ended after %d updates: %s", session, scope, updates, error.kind)
        self._note_end(scope)
        if error.kind.ends_session:
            raise error
        if error.kind.is_permanent or error.kind is ErrorKind.LIMIT:
            return self._after_refusal(scope, error)
        if updates < _PROVEN and backoff.failures > 0:
            # Report only the second failure in a row: a single reconnect is normal.
            self._progress.sessions.fail(scope, error)
        return backoff.next()

    def _note_end(self, scope: SessionScope) -> None:
        self._progress.sessions.note_end(scope)
        self._progress.note_gap([group.name for group in scope.groups])

    def _after_refusal(self, scope: SessionScope, error: FeedError) -> float:
        """Record why there is no session; return the seconds until it is retried."""
        if len(scope.groups) > 1 and error.kind is not ErrorKind.LIMIT:
            self._progress.session_plan.set_apart(group.name for group in scope.groups)
            self._progress.sessions_changed.set()
        reason = f"{error.message} Polling every {self._timing.poll_every:.0f} s instead."
        self._progress.sessions.fail(scope, FeedError(reason, error.kind))
        # A missing group may be created and another user's session may end: both sooner than a policy changes.
        is_brief = error.kind in (ErrorKind.MISSING, ErrorKind.LIMIT)
        return self._timing.retry_max if is_brief else self._timing.live_again_every
