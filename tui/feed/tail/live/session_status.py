"""Which live sessions are wanted, which of them stream, and why the others do not."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live.live_session import SessionScope


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """A wanted session: it streams, has failed with `error`, or has not begun."""

    is_streaming: bool = False
    error: FeedError | None = None


class SessionStatuses:
    """The status of every wanted session, and when each streaming one last sent something."""

    def __init__(self) -> None:
        self._statuses: dict[SessionScope, SessionStatus] = {}
        self._heard_at: dict[SessionScope, float] = {}

    def __repr__(self) -> str:
        return f"SessionStatuses({len(self._heard_at)} of {len(self._statuses)} heard)"

    @property
    def all(self) -> tuple[SessionStatus, ...]:
        """The status of each session."""
        return tuple(self._statuses.values())

    def is_streamed(self, group: LogGroup) -> bool:
        """Whether live sessions currently cover all of the group's streams."""
        streaming = [status.is_streaming for scope, status in self._statuses.items() if group in scope.groups]
        return bool(streaming) and all(streaming)

    def heard_at(self, group: LogGroup) -> float | None:
        """Return up to when (seconds, monotonic) sessions covered the whole group; None if one is silent."""
        times = [self._heard_at.get(scope) for scope in self._statuses if group in scope.groups]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    @property
    def is_limited(self) -> bool:
        """Whether AWS refuses a session because the account's limit is reached."""
        return any(status.error and status.error.kind is ErrorKind.LIMIT for status in self._statuses.values())

    def add(self, scope: SessionScope) -> None:
        """Record that a session is wanted."""
        self._statuses[scope] = SessionStatus()

    def remove(self, scope: SessionScope) -> None:
        """Record that a session is no longer wanted."""
        self._statuses.pop(scope, None)
        self._heard_at.pop(scope, None)

    def clear(self) -> None:
        """Record that no session is possible at present."""
        self._statuses.clear()
        self._heard_at.clear()

    def note_update(self, scope: SessionScope, *, at: float, started: bool) -> None:
        """Record an update at `at` (seconds on the monotonic clock); the first of a session proves that it streams."""
        self._heard_at[scope] = at
        if started:
            self._statuses[scope] = SessionStatus(is_streaming=True)

    def note_end(self, scope: SessionScope) -> None:
        """Record that a session ended. Its status stays until `fail`: a single reconnect is normal."""
        self._heard_at.pop(scope, None)

    def fail(self, scope: SessionScope, error: FeedError) -> None:
        """Record why a session does not stream."""
        self._statuses[scope] = SessionStatus(error=error)

    def take_silent(self, *, before: float) -> Iterable[SessionScope]:
        """Return the sessions silent since `before` (seconds, monotonic), each only once until it sends again."""
        silent = [scope for scope, at in self._heard_at.items() if at < before]
        for scope in silent:
            del self._heard_at[scope]
        return silent
