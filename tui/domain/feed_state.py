"""The state of the feed, as a value: how events arrive, what prevents it, what could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class ErrorKind(StrEnum):
    """The kind of an AWS error, by how the feed reacts to it."""

    CREDENTIALS = "credentials"
    """Missing or not accepted. They may become valid, so a new session is tried repeatedly."""
    EXPIRED = "expired"
    """Credentials or a sign-in that have expired; retried in the same way."""
    SETTINGS = "settings"
    """A profile, region, file or variable that cannot be used."""
    SELECTOR = "selector"
    """The selection matches nothing."""
    DENIED = "denied"
    MISSING = "missing"
    LIMIT = "limit"
    """All Live Tail sessions of the account are in use."""
    UNSUPPORTED = "unsupported"
    """The log group's class does not support Live Tail."""
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    SERVER = "server"
    """AWS, or something in its place, answered with an error or something unreadable."""
    BROKEN = "broken"
    """A stream that broke off or was corrupted."""
    REFUSED = "refused"
    """Any other refusal by AWS."""

    @property
    def ends_session(self) -> bool:
        """Whether no call of the session can succeed, so that a new one must be created."""
        return self in (ErrorKind.CREDENTIALS, ErrorKind.EXPIRED, ErrorKind.SETTINGS)

    @property
    def affects_every_call(self) -> bool:
        """Whether the next call, whatever it is, would fail in the same way."""
        return self.ends_session or self is ErrorKind.UNREACHABLE

    @property
    def is_permanent(self) -> bool:
        """Whether waiting does not help: somebody must change something at AWS."""
        return self in (ErrorKind.DENIED, ErrorKind.MISSING, ErrorKind.UNSUPPORTED, ErrorKind.REFUSED)

    @property
    def is_passing(self) -> bool:
        """Whether the same call usually succeeds a little later."""
        return self in (ErrorKind.THROTTLED, ErrorKind.SERVER, ErrorKind.BROKEN, ErrorKind.LIMIT)


class FeedMode(StrEnum):
    """How events currently arrive."""

    STARTING = "starting"
    LIVE = "live"
    POLLING = "polling"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class BusyGroup:
    """A log group with more events than one Live Tail session shows.

    `sessions` share it by stream name. If AWS sends only a sample, it has done so since `sampled_since`, ms. With
    `is_filtered` the sessions leave out routine lines, which then arrive with the reads.
    """

    group: str
    sessions: int = 1
    sampled_since: int | None = None
    is_filtered: bool = False


@dataclass(frozen=True, slots=True)
class FeedState:
    """The state of the feed, as a value.

    `reason` is one plain line for the user if the mode is not the requested one: what was tried, what went wrong, what
    to do next. `notices` are standing remarks that do not stop the feed (EC2 denied, one group missing). `region` is
    the one in use, even if the AWS settings chose it; empty until known. `trouble` is the kind of error that keeps the
    feed offline.
    """

    mode: FeedMode = FeedMode.STARTING
    reason: str = ""
    notices: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    trouble: ErrorKind | None = None
    unread: tuple[str, ...] = ()
    """The log groups never read, because access is denied or every attempt failed."""
    since: int | None = None
    """The start of the look-back, ms."""
    retry_at: int | None = None
    """When access, if lost, is tried again, ms."""
    failing: tuple[str, ...] = ()
    """The log groups whose last read failed and that no live session covers: what is known of them is old."""
    ec2_failed: bool = False
    """Whether EC2 answered before but not the last time: what it reported is old."""
    unmatched: tuple[str, ...] = ()
    """The selectors that match nothing that EC2 lists."""
    remarks: tuple[str, ...] = ()
    """Gaps in knowledge that do not affect the watch itself; shown only on the page about the feed."""
    busy: tuple[BusyGroup, ...] = ()
    """The log groups with too many events for one Live Tail session."""

    def has_read(self, log_group: str | None) -> bool:
        """Return whether this log group may be read, as far as is known."""
        return log_group not in self.unread


_WORST_FIRST: Final = (FeedMode.OFFLINE, FeedMode.STARTING, FeedMode.POLLING, FeedMode.LIVE)


def combine(states: Mapping[str, FeedState]) -> FeedState:
    """Return the state of several named feeds as one: mode and reason of the worst, remarks of all.

    The reasons of the others become remarks.
    """
    if len(states) <= 1:
        return next(iter(states.values()), FeedState())
    named = {name: _named(name, state) for name, state in states.items()}
    worst = min(named.values(), key=lambda state: _WORST_FIRST.index(state.mode))
    return FeedState(
        worst.mode,
        worst.reason,
        tuple(remark for state in named.values() for remark in _remarks(state, worst)),
        ", ".join(dict.fromkeys(state.account for state in named.values() if state.account)),
        ", ".join(dict.fromkeys(state.region for state in named.values() if state.region)),
        worst.trouble,
        tuple(dict.fromkeys(group for state in named.values() for group in state.unread)),
        max((state.since for state in named.values() if state.since is not None), default=None),
        worst.retry_at,
        tuple(dict.fromkeys(group for state in named.values() for group in state.failing)),
        any(state.ec2_failed for state in named.values()),
        tuple(text for text in worst.unmatched if all(text in state.unmatched for state in named.values())),
        tuple(remark for state in named.values() for remark in state.remarks),
        tuple(group for state in named.values() for group in state.busy),
    )


def selected_feeds(states: Mapping[str, FeedState]) -> Mapping[str, FeedState]:
    """Return the feeds at which something was selected, as a selector may match at only one of them; all if none is."""
    return {name: state for name, state in states.items() if state.trouble is not ErrorKind.SELECTOR} or states


def _remarks(state: FeedState, worst: FeedState) -> tuple[str, ...]:
    return state.notices if state is worst or not state.reason else (state.reason, *state.notices)


def _named(name: str, state: FeedState) -> FeedState:
    reason = f"{name}: {state.reason}" if state.reason else ""
    notices, remarks = (tuple(f"{name}: {text}" for text in texts) for texts in (state.notices, state.remarks))
    return replace(state, reason=reason, notices=notices, remarks=remarks)
