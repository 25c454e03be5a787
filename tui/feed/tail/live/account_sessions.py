"""The Live Tail sessions of one account in one region, which all sites that read by it share."""

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
    """Opens sessions, as many as the account is to have at once. Linked log groups of several sites share some."""

    def __init__(self, starts: TokenBucket, timing: Timing) -> None:
        """`starts` paces StartLiveTail."""
        self._starts = starts
        self._joint = JointSessions(self._open, lambda: self.free > 0, timing)
        self._taken = 0

    def __repr__(self) -> str:
        return f"AccountSessions({self._taken} of {MOST_SESSIONS})"

    @property
    def free(self) -> int:
        """How many more sessions may be opened."""
        return MOST_SESSIONS - self._taken

    async def tail(self, aws: Aws, scope: SessionScope, deliver: Deliver, *, silence_limit: float) -> None:
        """Pass every update for a scope to `deliver`, and return when its session ends; see `live_session.tail`.

        Raises FeedError as that does, and of the kind LIMIT where there is no session to be had.
        """
        if self._joint.takes(scope):
            await self._joint.tail(aws, scope, deliver, silence_limit)
        else:
            await self._open(aws, scope, deliver, silence_limit)

    async def _open(
        self, aws: Aws, scope: SessionScope, deliver: Deliver, silence_limit: float, key_of: KeyOf = group_name
    ) -> None:
        with self._place():
            await self._starts.take()
            await tail(aws, scope, deliver, silence_limit=silence_limit, key_of=key_of)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Hold one of the sessions. Raises FeedError where all are taken."""
        if not self.free:
            raise FeedError(_NONE_LEFT, ErrorKind.LIMIT)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
