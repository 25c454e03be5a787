"""What the checkup has found out, as values. A field that is None was not found out; `Trial` says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory

StreamKey = tuple[str, str, Log]
"""Whose log: a connection's id, a tunnel's outside address, IKE or BGP."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: its kind, and one line for the reader."""

    kind: ErrorKind
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """An API action that was tried, by its IAM name.

    `is_needed`: nothing works without it. `watches`: watching calls it, and not the checkup alone. `brings` is what it
    tells, as in "the tunnels' events". A trial without a failure succeeded.
    """

    action: str
    is_needed: bool = False
    watches: bool = True
    brings: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: GetCallerIdentity's answer, and the region and profile in force."""

    account: str = ""
    arn: str = ""
    region: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A log group that a tunnel writes to. `exists` is None where it could not be looked up.

    `log_class` as CloudWatch Logs names it (STANDARD, INFREQUENT_ACCESS, DELIVERY); `retention_days` None: for ever.
    """

    name: str
    arn: str
    exists: bool | None = None
    log_class: str = ""
    retention_days: int | None = None
    kms_key: str = ""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """The log of one tunnel: whether its stream exists, and when (ms) its newest event happened, None if not known."""

    exists: bool | None = None
    newest_at: int | None = None


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A resource policy of CloudWatch Logs: its name and its document, JSON."""

    name: str
    document: str


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """A Live Tail session that was opened for the check, all in ms.

    `started_after` and `beat_after` are how long its first frame and its first update took, None where none came;
    `failure` is why it was refused. `record_took` is how long a page of FilterLogEvents took.
    """

    group: str
    started_after: int | None = None
    beat_after: int | None = None
    failure: Failure | None = None
    record_took: int | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found out at `at`, ms."""

    at: int
    caller: Caller = Caller()
    trials: tuple[Trial, ...] = ()
    inventory: Inventory | None = None
    unmatched: str = ""
    """One line where a selector matched nothing."""
    groups: Mapping[str, GroupFacts] = field(default_factory=dict)
    streams: Mapping[StreamKey, StreamFacts] = field(default_factory=dict)
    policies: tuple[ResourcePolicy, ...] | None = None
    may: Mapping[str, bool] | None = None
    """Of the actions that turning logging on needs, by IAM name: whether the caller's policies allow each."""
    live: LiveFacts | None = None
    untried: tuple[str, ...] = ()
    """Actions of the program that there was nothing to try on."""
    skew: int | None = None
    """How far AWS's clock is ahead of this machine's, ms, to the second."""

    def failure(self, action: str) -> Failure | None:
        """Return why an action failed, None where it succeeded or was not tried."""
        return next((trial.failure for trial in self.trials if trial.action == action), None)
