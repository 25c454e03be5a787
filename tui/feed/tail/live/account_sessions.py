"""The Live Tail sessions of one account in one region, shared by all sites that use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.tail.live.joint_sessions import JointSessions
from tui.feed.tail.live.live_session import Deliver, KeyOf, SessionScope, group_name, tail
from tui.feed.tail.live.session_plan import MOST_SESSIONS
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.timing import Timing

_NONE_LEFT: Final = (
    f"The {MOST_SESSIONS} Live Tail sessions that are used of an account in a region are all taken by other sites."
)


class AccountSessions:
    """Opens sessions up to the account's limit. Linked log groups of several sites share sessions."""

    def __init__(self, starts: TokenBucket, timing: Timing) -> None:
        """`starts` paces StartLiveTail."""
        self._starts = starts
        self._joint = JointSessions(self._open, lambda: self.free > 0, timing)
        self._taken = 0

    def __repr__(self) -> str:
        return f"AccountSessions({self._taken} of {MOST_SESSIONS})"

    @property
    def free(self) -> int:
        """The number of sessions that may still be opened."""
        return MOST_SESSIONS - self._taken

    async def tail(self, aws: Aws, scope: SessionScope, deliver: Deliver, *, silence_limit: float) -> None:
        """Pass every update for a scope to `deliver`, and return when its session ends; see `live_session.tail`.

        Raises FeedError as that does, and of kind LIMIT if no session is available.
        """
        if self._joint.takes(scope):
            await self._joint.tail(aws, scope, deliver, silence_limit)
        else:
            await self._open(aws, scope, deliver, silence_limit)

    async def _open(
        self, aws: Aws, scope: SessionScope, deliver: Deliver, silence_limit: float, key_of: KeyOf = group_name
    ) -> None:
        with self._slot():
            await self._starts.take()
            await tail(aws, scope, deliver, silence_limit=silence_limit, key_of=key_of)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """Occupy one of the sessions. Raises FeedError if all are taken."""
        if not self.free:
            raise FeedError(_NONE_LEFT, ErrorKind.LIMIT)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
