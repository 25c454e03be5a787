"""What the checkup has found out, as values. A field that is None was not found out; `Trial` says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.domain.trail import TrailChange

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
    `failure` is why it was refused. `record_took` is how long a page of FilterLogEvents took, None where it failed.
    `host` is the one that sessions are opened at, `proxy` the one on the way to it, empty without; `service_host` the
    one that everything else of CloudWatch Logs is asked at; `past_proxy` are the hosts that go past a proxy by now, as
    `no_proxy` lists them.
    """

    group: str
    started_after: int | None = None
    beat_after: int | None = None
    failure: Failure | None = None
    record_took: int | None = None
    host: str = ""
    service_host: str = ""
    proxy: str = ""
    past_proxy: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A route to a connection, in a route table of a transit gateway or a VPC; `is_blackhole`: it leads nowhere."""

    prefix: str
    table: str
    is_blackhole: bool = False


@dataclass(frozen=True, slots=True)
class TransitPath:
    """The way back from a transit gateway to a connection.

    `association` is the route table that the attachment is associated with, empty for none; `propagations` are the
    tables that it propagates into. `tables` are those of the gateway, the default one first; None where they belong to
    another account, as `owner`.
    """

    attachment: str
    gateway: str
    state: str
    association: str = ""
    propagations: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    tables: tuple[str, ...] | None = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class VpcTable:
    """A route table of a VPC. `propagates`: routes of the VPN gateway are propagated into it."""

    id: str
    vpc: str
    is_main: bool = False
    propagates: bool = False


@dataclass(frozen=True, slots=True)
class VpcPath:
    """The way back from the VPCs of a VPN gateway: those that it is attached to, their tables, the routes to it."""

    gateway: str
    vpcs: tuple[str, ...] = ()
    tables: tuple[VpcTable, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of one tunnel over the last full periods: from the customer (in) and to the customer (out)."""

    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class TrafficFacts:
    """The traffic of tunnels, by connection and outside address, from `start` to `end`, ms; without those unknown."""

    start: int
    end: int
    tunnels: Mapping[tuple[str, str], Traffic] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """What CloudTrail tells of the time since `start`, ms; newest first."""

    start: int
    changes: tuple[TrailChange, ...] = ()


@dataclass(frozen=True, slots=True)
class TmuxFacts:
    """What tmux does with what is drawn: its own options, and what it knows of the terminal that it runs in."""

    version: str
    clipboard: str = ""
    """`set-clipboard`: on, external or off. Only with `on` may a program set the clipboard."""
    escape_time: int | None = None
    """ms that a press of esc waits for more."""
    has_rgb: bool = False
    """Whether it passes on 24-bit colours."""


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """The terminal that the checkup was started in. `colours` is 0, 16, 256 or 2**24."""

    columns: int
    rows: int
    term: str
    colours: int
    is_utf8: bool
    wants_no_colour: bool = False
    """NO_COLOR is set."""
    tmux: TmuxFacts | None = None
    is_screen: bool = False
    """GNU screen."""


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
    transit: Mapping[str, TransitPath] | None = None
    """By the connection's id."""
    vpcs: Mapping[str, VpcPath] | None = None
    """By the VPN gateway's id."""
    traffic: TrafficFacts | None = None
    trail: TrailFacts | None = None
    certificates: Mapping[str, int] = field(default_factory=dict)
    """When (ms) the certificates of customer gateways end, by their ARNs."""
    untried: tuple[str, ...] = ()
    """Actions of the program that there was nothing to try on."""
    terminal: TerminalFacts | None = None
    """None where the output goes elsewhere."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the program and what it stands on, by name."""
    skew: int | None = None
    """How far AWS's clock is ahead of this machine's, ms, to the second."""

    def failure(self, action: str) -> Failure | None:
        """Return why an action failed, None where it succeeded or was not tried."""
        return next((trial.failure for trial in self.trials if trial.action == action), None)
