"""The rows of the board as values: what it says of a tunnel, and of a connection with its tunnels."""

from dataclasses import dataclass
from functools import cached_property

from tui.content.wording import age_of
from tui.domain.diagnosis.unrouted import Unrouted
from tui.domain.events import Phase
from tui.domain.judgement.doubt import Doubt
from tui.domain.knowledge.rule import Severity
from tui.domain.state.fleet import Key, Verdict
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Health


@dataclass(frozen=True, slots=True)
class TunnelRow:
    """One tunnel, as the board shows it. `since` tells from when the trouble, or the time without any, counts.

    It holds no age, so that it stays the same while nothing happens. `flaps` counts how often it, or BGP over it, went
    down in the last hour; `flaps_are_partial` where less than that hour was read. `silent_since` (ms) is set where it
    has been silent against its habit.
    `carries`: whether traffic can pass, None if unknown. `bgp_is_up` is None where no BGP log was seen. `severity` is
    the cause's.
    """

    key: Key
    since: Since[bool | None]
    health: Health
    carries: bool | None
    doubt: Doubt | None
    phase1: Phase
    phase2: Phase
    bgp: str
    bgp_is_up: bool | None
    dpd: bool | None
    nat_t: bool | None
    flaps: int
    cause: str | None
    severity: Severity | None
    silent_since: int | None = None
    flaps_are_partial: bool = False
    unrouted: Unrouted | None = None
    """Why AWS certainly sends nothing into a tunnel that carries."""

    def age(self, now: int) -> str:
        """Return how old that is at `now`, ms; empty where it is not known."""
        return age_of(self.since, now)

    @property
    def is_troubled(self) -> bool:
        """Whether the tunnel needs attention."""
        return (
            self._warns
            or self.silent_since is not None
            or self.health in (Health.DOWN, Health.NEGOTIATING)
            or self.carries is False
        )

    @property
    def is_quiet(self) -> bool:
        """Whether the row says that the tunnel is quiet, instead of that it is up."""
        return self.silent_since is not None and self.health is Health.UP and self.carries is not False

    @property
    def is_unsteady(self) -> bool:
        """Whether the tunnel carries traffic and needs attention all the same."""
        return (self._warns or self.silent_since is not None) and self.carries is True

    @property
    def _warns(self) -> bool:
        return self.severity is not None and self.severity.rank >= Severity.WARNING.rank


@dataclass(frozen=True)
class ConnectionRow:
    """One connection with its tunnels. `remark` is EC2's state of the connection, unless that is `available`.

    `site` is the one that it belongs to: that of the config, else what stands before a `/` in its name; empty for none.
    `up` counts the tunnels that are up by IKE, `carrying` those through which traffic can pass. What is asked for
    again and again is worked out once.
    """

    id: str
    name: str
    verdict: Verdict
    up: int
    carrying: int
    total: int
    left_out: int
    remark: str
    tunnels: tuple[TunnelRow, ...]
    site: str = ""

    @cached_property
    def standing(self) -> Verdict:
        """The verdict under which the connection is counted: at risk is also what is redundant and in trouble.

        Of one that is watched in part it is not known whether it is redundant.
        """
        if self.verdict is Verdict.DOWN:
            return Verdict.DOWN
        if self.is_troubled or self.unrouted:
            return Verdict.AT_RISK
        return Verdict.UNKNOWN if self.verdict is Verdict.AT_RISK else self.verdict

    @cached_property
    def changed_at(self) -> int | None:
        """When a tunnel of it last changed, ms; None where that is not known."""
        return max((row.since.at for row in self.tunnels if row.since.at is not None), default=None)

    @property
    def is_uncertain(self) -> bool:
        """Whether a tunnel of it is silent or in doubt, so that the next line may change what is said of it."""
        return any(row.silent_since is not None or row.doubt is not None for row in self.tunnels)

    @property
    def up_without_bgp(self) -> int:
        """How many tunnels are up and carry nothing, because BGP is down."""
        return sum(1 for row in self.tunnels if row.health is Health.UP and row.carries is False)

    @property
    def unknown(self) -> int:
        """How many tunnels there are of which neither the logs nor EC2 say whether they carry traffic."""
        return sum(1 for row in self.tunnels if row.carries is None)

    @property
    def unrouted(self) -> int:
        """How many tunnels carry traffic, and AWS sends nothing into them."""
        return sum(1 for row in self.tunnels if row.unrouted is not None)

    @property
    def unsteady(self) -> int:
        """How many tunnels carry traffic and are in trouble all the same: they keep falling, or soon will."""
        return sum(1 for row in self.tunnels if row.is_unsteady)

    @cached_property
    def is_troubled(self) -> bool:
        """Whether the connection, or a tunnel of it, needs attention."""
        is_at_risk = self.verdict is Verdict.AT_RISK and not self.left_out
        return self.verdict is Verdict.DOWN or is_at_risk or any(row.is_troubled for row in self.tunnels)
