"""The rows of the board as values: a tunnel, and a connection with its tunnels."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tui.content.wording import age_of
from tui.domain.diagnosis.unrouted import Unrouted
from tui.domain.events import Phase
from tui.domain.judgement.doubt import Doubt
from tui.domain.judgement.verdict import Verdict
from tui.domain.knowledge.rule import Severity
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Key
from tui.domain.state.tunnel_state import Health


class TunnelState(NamedTuple):
    """The values by which tunnels are counted. One that `is_at_risk` carries traffic but is in trouble."""

    health: Health
    carries: bool | None
    is_quiet: bool
    is_at_risk: bool


@dataclass(frozen=True, slots=True)
class TunnelRow:
    """One tunnel on the board. `since` is the start of the trouble, or of the time without any.

    It holds no age, so it stays the same while nothing happens. `flaps` counts how often the tunnel, or BGP over it,
    went down in the last hour; `flaps_are_partial` if less than that hour was read. `silent_since` (ms) is set if the
    tunnel is unusually silent. `carries`: whether traffic can pass, None if unknown. `bgp_is_up` is None if no BGP log
    was seen. `severity` is that of the cause.
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
    """Why AWS certainly sends nothing into a tunnel that carries traffic."""

    def age(self, now: int) -> str:
        """Return the age of `since` at `now`, ms; empty if it is unknown."""
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
        """Whether the row says that the tunnel is quiet instead of up."""
        return self.silent_since is not None and self.health is Health.UP and self.carries is not False

    @property
    def state(self) -> TunnelState:
        """The values by which the tunnel is counted."""
        return TunnelState(self.health, self.carries, self.is_quiet, self.is_unsteady and self.silent_since is None)

    @property
    def is_unsteady(self) -> bool:
        """Whether the tunnel carries traffic but needs attention."""
        return (self._warns or self.silent_since is not None) and self.carries is True

    @property
    def _warns(self) -> bool:
        return self.severity is not None and self.severity.rank >= Severity.WARNING.rank


@dataclass(frozen=True)
class ConnectionRow:
    """One connection with its tunnels. `remark` is EC2's state of the connection, unless that is `available`.

    `site` is the config file's site, else the part before a `/` in the name; empty if there is neither. `up` counts the
    tunnels that are up by IKE, `carrying` those through which traffic can pass. Values needed often are computed once.
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
        """The standing under which the connection is counted; a redundant one in trouble counts as at risk.

        The redundancy of a connection that is only partly watched is unknown.
        """
        if self.verdict is Verdict.DOWN:
            return Verdict.DOWN
        if self.is_troubled or self.unrouted:
            return Verdict.AT_RISK
        return Verdict.UNKNOWN if self.verdict is Verdict.AT_RISK else self.verdict

    @cached_property
    def changed_at(self) -> int | None:
        """When one of its tunnels last changed, ms; None if unknown."""
        return max((row.since.at for row in self.tunnels if row.since.at is not None), default=None)

    @property
    def is_uncertain(self) -> bool:
        """Whether one of its tunnels is silent or in doubt, so that the next line may change the row."""
        return any(row.silent_since is not None or row.doubt is not None for row in self.tunnels)

    @cached_property
    def tunnel_states(self) -> tuple[TunnelState, ...]:
        """The values by which its tunnels are counted."""
        return tuple(row.state for row in self.tunnels)

    @cached_property
    def longest_address(self) -> int:
        """How long the longest outside address of its tunnels is."""
        return max((len(row.key[1]) for row in self.tunnels), default=0)

    @property
    def up_without_bgp(self) -> int:
        """The number of tunnels that are up but carry nothing, because BGP is down."""
        return sum(1 for row in self.tunnels if row.health is Health.UP and row.carries is False)

    @property
    def unknown(self) -> int:
        """The number of tunnels for which neither the logs nor EC2 say whether they carry traffic."""
        return sum(1 for row in self.tunnels if row.carries is None)

    @property
    def unrouted(self) -> int:
        """The number of tunnels that carry traffic but into which AWS sends nothing."""
        return sum(1 for row in self.tunnels if row.unrouted is not None)

    @property
    def unsteady(self) -> int:
        """The number of tunnels that carry traffic but are in trouble: they keep falling, or soon will."""
        return sum(1 for row in self.tunnels if row.is_unsteady)

    @cached_property
    def troubled(self) -> tuple[TunnelRow, ...]:
        """The tunnels that need attention."""
        return tuple(row for row in self.tunnels if row.is_troubled)

    @cached_property
    def stands(self) -> bool:
        """Whether traffic can pass through a tunnel of it, and through none it cannot."""
        return self.carrying > 0 and all(row.carries is not False for row in self.tunnels)

    @cached_property
    def is_troubled(self) -> bool:
        """Whether the connection or one of its tunnels needs attention."""
        is_at_risk = self.verdict is Verdict.AT_RISK and not self.left_out
        return self.verdict is Verdict.DOWN or is_at_risk or bool(self.troubled)
