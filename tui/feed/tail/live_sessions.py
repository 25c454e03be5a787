"""The live sessions: opened, kept, rotated, opened again; or given up for a while, with the reason."""

import asyncio
import logging
import random
from itertools import count
from typing import Final, Never

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live_session import SessionScope, SessionUpdate, tail
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import Backoff
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.live_sessions")

_GROUPS: Final = 10
_PREFIXES: Final = 100
_PROVEN: Final = 2
"""Updates after which a session is taken to work; one that ends sooner (moto's do) is not reopened at full tilt."""


class Sessions:
    """Keeps Live Tail open for every group of a progress's plan."""

    def __init__(
        self, aws: Aws, progress: FeedProgress, *, timing: Timing, clock: Clock, chance: random.Random
    ) -> None:
        self._aws = aws
        self._progress = progress
        self._timing = timing
        self._clock = clock
        self._chance = chance
        self._numbers = count(1)
        self._apart: set[str] = set()

    def wanted(self) -> list[SessionScope]:
        """Return the sessions that the plan needs: ten groups each, one alone with the chosen streams' prefixes.

        Groups with which a session was refused stand apart, each in a session of its own: one bad group of ten would
        otherwise cost the other nine their live view.
        """
        plan = self._progress.plan
        if plan is None:
            return []
        groups = list(plan.groups.values())
        if len(groups) == 1:
            chosen = plan.inventory.connections if plan.chosen.selectors and plan.inventory else ()
            prefixes = tuple(each.id for each in chosen)
            return [SessionScope(tuple(groups), prefixes if len(prefixes) <= _PREFIXES else ())]
        together = [group for group in groups if group.name not in self._apart]
        chunks = [tuple(together[start : start + _GROUPS]) for start in range(0, len(together), _GROUPS)]
        chunks += [(group,) for group in groups if group.name in self._apart]
        return [SessionScope(chunk) for chunk in chunks]

    async def run(self, scope: SessionScope) -> Never:
        """Keep one session for as long as it is wanted; never returns. Raises FeedError when access is lost."""
        backoff = Backoff(self._timing.retry_soonest, self._timing.retry_latest, self._chance)
        self._progress.live[scope] = False
        try:
            while True:
                wait = await self._once(scope, backoff)
                await self._progress.publish()
                await asyncio.sleep(wait)
        finally:
            self._progress.live.pop(scope, None)
            self._progress.heard.pop(scope, None)

    async def _once(self, scope: SessionScope, backoff: Backoff) -> float:
        """Run one session to its end; return the seconds to wait before the next."""
        session, updates = next(self._numbers), 0

        async def deliver(update: SessionUpdate) -> None:
            nonlocal updates
            updates += not update.started
            if updates == _PROVEN:
                backoff.reset()
            await self._progress.take_update(scope, session, update)

        trouble = FeedError(f"Live Tail of {scope} ends as soon as it begins.", ErrorKind.BROKEN)
        rotates = self._timing.rotate_after * (0.95 + 0.05 * self._chance.random())
        try:
            async with asyncio.timeout(rotates) as rotation:
                await tail(self._aws, scope, deliver, silence_limit=self._timing.session_silence_limit)
        except TimeoutError:
            if not rotation.expired():
                raise
            log.info("live session %d of %s rotated", session, scope)
            self._note_end(scope)
            return 0.0
        except FeedError as error:
            trouble = error
        log.info("live session %d of %s ended after %d updates: %s", session, scope, updates, trouble.kind)
        self._note_end(scope)
        return self._after(scope, trouble, backoff, worked=updates >= _PROVEN)

    def _note_end(self, scope: SessionScope) -> None:
        self._progress.heard.pop(scope, None)
        for group in scope.groups:
            if group.name in self._progress.groups:
                self._progress.groups[group.name].note_hole()

    def _after(self, scope: SessionScope, trouble: FeedError, backoff: Backoff, *, worked: bool) -> float:
        if trouble.kind.ends_session:
            raise trouble
        if trouble.kind.is_permanent or trouble.kind is ErrorKind.LIMIT:
            if len(scope.groups) > 1 and trouble.kind is not ErrorKind.LIMIT:
                self._set_apart(scope.groups)
            # A group may be made again, someone else's session may end: both sooner than a policy changes.
            passing = trouble.kind in (ErrorKind.MISSING, ErrorKind.LIMIT)
            again = self._timing.retry_latest if passing else self._timing.live_again_every
            self._progress.live[scope] = FeedError(
                f"{trouble.message} Polling every {self._timing.poll_every:.0f} s instead.", trouble.kind
            )
            return again
        if not worked and backoff.failures > 0:
            # One cut is not worth a word: the next session is there in a moment. A second says that something is wrong.
            self._progress.live[scope] = trouble
        return backoff.next()

    def _set_apart(self, groups: tuple[LogGroup, ...]) -> None:
        self._apart.update(group.name for group in groups)
        self._progress.replanned.set()
