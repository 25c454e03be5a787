"""The facts gathered by the checkup. A field that is None could not be determined; `Trial` says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.domain.trail import TrailChange

StreamKey = tuple[str, str, Log]
"""The owner of a log: a connection's id, a tunnel's outside address, IKE or BGP."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: the kind of error and one line for the user."""

    kind: ErrorKind
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """An API action that was tried, by its IAM name.

    `is_needed`: nothing works without it. `watches`: watching uses it, not only the checkup. `brings` is what it
    provides, such as "the tunnels' events". A trial without a failure succeeded.
    """

    action: str
    is_needed: bool = False
    watches: bool = True
    brings: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: GetCallerIdentity's answer, and the region and profile in use."""

    account: str = ""
    arn: str = ""
    region: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A log group to which a tunnel writes. `exists` is None if the lookup failed.

    `log_class` is CloudWatch Logs' name (STANDARD, INFREQUENT_ACCESS, DELIVERY); `retention_days` None means for ever.
    """

    name: str
    arn: str
    exists: bool | None = None
    log_class: str = ""
    retention_days: int | None = None
    kms_key: str = ""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """The log of one tunnel: whether its stream exists, and the time (ms) of its newest event, None if unknown."""

    exists: bool | None = None
    newest_at: int | None = None


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A resource policy of CloudWatch Logs: its name and its JSON document."""

    name: str
    document: str


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """A Live Tail session opened for the check; times in ms.

    `started_after` and `beat_after` are the delays of its first frame and first update, None if none arrived; `failure`
    is why it was refused. `record_took` is the duration of one page of FilterLogEvents, None if it failed. `host` is
    the host of the session, `proxy` the proxy on the way to it, empty if there is none; `service_host` is the host of
    all other CloudWatch Logs calls; `past_proxy` lists the hosts that already bypass a proxy, as in `no_proxy`.
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
    """A route to a connection in a route table of a transit gateway or VPC; `is_blackhole`: it leads nowhere."""

    prefix: str
    table: str
    is_blackhole: bool = False


@dataclass(frozen=True, slots=True)
class TransitPath:
    """The way back from a transit gateway to a connection.

    `association` is the route table associated with the attachment, empty if none; `propagations` are the tables into
    which it propagates. `tables` are the gateway's tables, the default first; None if they belong to another account,
    `owner`.
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
    """A route table of a VPC. `propagates`: the VPN gateway's routes are propagated into it."""

    id: str
    vpc: str
    is_main: bool = False
    propagates: bool = False


@dataclass(frozen=True, slots=True)
class VpcPath:
    """The way back from the VPCs of a VPN gateway: the attached VPCs, their tables, and the routes to it."""

    gateway: str
    vpcs: tuple[str, ...] = ()
    tables: tuple[VpcTable, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """The bytes of one tunnel over the last full periods: from the customer (in) and to the customer (out)."""

    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class TrafficFacts:
    """The traffic of tunnels by connection and outside address, from `start` to `end` (ms), without unknown ones."""

    start: int
    end: int
    tunnels: Mapping[tuple[str, str], Traffic] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailFacts:
    """The changes recorded by CloudTrail since `start` (ms), newest first."""

    start: int
    changes: tuple[TrailChange, ...] = ()


@dataclass(frozen=True, slots=True)
class TmuxFacts:
    """How tmux handles the output: its own options, and what it knows of the outer terminal."""

    version: str
    clipboard: str = ""
    """`set-clipboard`: on, external or off. Only `on` lets a program set the clipboard."""
    escape_time: int | None = None
    """How long esc waits for further keys, ms."""
    has_rgb: bool = False
    """Whether it passes 24-bit colours on."""


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """The terminal in which the checkup was started. `colours` is 0, 16, 256 or 2**24."""

    columns: int
    rows: int
    term: str
    colours: int
    is_utf8: bool
    wants_no_colour: bool = False
    """Whether NO_COLOR is set."""
    tmux: TmuxFacts | None = None
    is_screen: bool = False
    """Whether it is GNU screen."""


@dataclass(frozen=True, slots=True)
class Examination:
    """All facts gathered at `at`, ms."""

    at: int
    caller: Caller = Caller()
    trials: tuple[Trial, ...] = ()
    inventory: Inventory | None = None
    unmatched: str = ""
    """One line for the user if a selector matched nothing."""
    groups: Mapping[str, GroupFacts] = field(default_factory=dict)
    streams: Mapping[StreamKey, StreamFacts] = field(default_factory=dict)
    policies: tuple[ResourcePolicy, ...] | None = None
    may: Mapping[str, bool] | None = None
    """Whether the caller's policies allow each action needed to turn logging on, by IAM name."""
    live: LiveFacts | None = None
    transit: Mapping[str, TransitPath] | None = None
    """By connection id."""
    vpcs: Mapping[str, VpcPath] | None = None
    """By VPN gateway id."""
    traffic: TrafficFacts | None = None
    trail: TrailFacts | None = None
    certificates: Mapping[str, int] = field(default_factory=dict)
    """When the certificates of customer gateways expire (ms), by ARN."""
    untried: tuple[str, ...] = ()
    """The program's actions for which there was nothing to try."""
    terminal: TerminalFacts | None = None
    """None if the output does not go to a terminal."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The versions of the program and of its foundations, by name."""
    skew: int | None = None
    """How far AWS's clock is ahead of this machine's, in ms with a resolution of a second."""

    def failure(self, action: str) -> Failure | None:
        """Return why an action failed, None if it succeeded or was not tried."""
        return next((trial.failure for trial in self.trials if trial.action == action), None)
