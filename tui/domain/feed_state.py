"""The truth about the feed, as a value: how events reach us, what keeps them away, what could not be read."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorKind(StrEnum):
    """What kind of trouble, by what the feed does about it."""

    CREDENTIALS = "credentials"
    """Absent, expired, not accepted: a new session is made again and again, for they may come back."""
    SETTINGS = "settings"
    """No such profile, no region."""
    SELECTOR = "selector"
    """Nothing that exists was named."""
    DENIED = "denied"
    MISSING = "missing"
    LIMIT = "limit"
    """All Live Tail sessions of the account are taken."""
    UNSUPPORTED = "unsupported"
    """The log group's class knows no Live Tail."""
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    SERVER = "server"
    BROKEN = "broken"
    """A stream that ended in the middle, or came damaged."""
    REFUSED = "refused"
    """Anything else that AWS said no to."""


class FeedMode(StrEnum):
    """How events reach us at present."""

    STARTING = "starting"
    LIVE = "live"
    POLLING = "polling"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class FeedState:
    """The truth about the feed, as a value.

    `reason` is one plain line for the reader where the mode is not what was asked for: what was tried, what went
    wrong, what to do next. `notices` are standing remarks that do not stop the feed (EC2 denied, one group missing).
    `region` is the one that is asked, also where the AWS settings chose it; empty until that is known. `trouble` is
    what kind of trouble keeps the feed offline.
    """

    mode: FeedMode = FeedMode.STARTING
    reason: str = ""
    notices: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    trouble: ErrorKind | None = None
    unread: tuple[str, ...] = ()
    """The log groups whose record may not be read, whatever Live Tail brings of them."""

    def has_read(self, log_group: str | None) -> bool:
        """Return whether the record of this log group may be read, as far as is known."""
        return log_group not in self.unread
