"""A report as values: the tunnels in a span of time, their outages, and the changes and notes meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tui.content.past.known_changes import KnownChange
from tui.domain.connection_name import ConnectionName
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.diagnosis.unrouted import Unrouted
from tui.domain.judgement.judgement import Judgement
from tui.domain.judgement.verdict import Verdict
from tui.domain.past.availability import Availability, Redundancy
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.conditions import Stretch
from tui.domain.past.outages import Outage
from tui.domain.state.marks import Mark

_MOST_CALM: Final = 3
"""Number of uneventful connections up to which each has a part of its own."""


@dataclass(frozen=True, slots=True)
class TunnelReport:
    """One tunnel: its conditions over the whole span, the outages that touch it, and its state at the end."""

    outside_ip: str
    judgement: Judgement
    course: tuple[Stretch, ...] = ()
    outages: tuple[Outage, ...] = ()
    diagnosis: Diagnosis | None = None
    """What is wrong at the end of the span."""
    unrouted: Unrouted | None = None
    """Why AWS certainly sends nothing into a tunnel that carries traffic at the end of the span."""
    flaps: tuple[int, ...] = ()
    """When its log shows it go down within the span, ms; unlike an outage, a flap needs a tunnel that was up before."""
    bgp_losses: tuple[int, ...] = ()
    """When, within the span, it lost BGP while it stayed up; ms."""

    @property
    def availability(self) -> Availability:
        """The time spent in each condition."""
        return Availability.of(self.course)

    def down_since(self, at: int) -> int | None:
        """Return the beginning, ms, of the outage that an instant lies in; None if there is none."""
        covering = (outage for outage in self.outages if outage.start < at and (outage.end is None or outage.end > at))
        return next((outage.start for outage in covering), None)


@dataclass(frozen=True, slots=True)
class ConnectionReport(ConnectionName):
    """One VPN connection: its redundancy over time, and its tunnels."""

    verdict: Verdict = Verdict.UNKNOWN
    """The verdict at the end of the span."""
    redundancy: tuple[Redundancy, ...] = ()
    tunnels: tuple[TunnelReport, ...] = ()

    @property
    def is_unrouted(self) -> bool:
        """Whether AWS sends nothing into any tunnel that carries traffic at the end of the span."""
        carrying = [tunnel for tunnel in self.tunnels if tunnel.judgement.carries]
        return bool(carrying) and all(tunnel.unrouted is not None for tunnel in carrying)

    @property
    def is_calm(self) -> bool:
        """Whether every tunnel is known to have carried traffic all the time, and still does."""
        return bool(self.tunnels) and not any(
            tunnel.outages
            or tunnel.unrouted
            or tunnel.diagnosis
            or tunnel.availability.carrying < tunnel.availability.span
            for tunnel in self.tunnels
        )

    @property
    def interruptions(self) -> tuple[Redundancy, ...]:
        """The times when every tunnel is known to have carried nothing."""
        return self.times(Verdict.DOWN)

    def times(self, verdict: Verdict) -> tuple[Redundancy, ...]:
        """Return the times of this redundancy."""
        return tuple(time for time in self.redundancy if time.verdict is verdict)

    def may_have_begun_earlier(self, time: Redundancy) -> bool:
        """Return whether the time right before is unknown and no tunnel was seen to fall at that moment."""
        falls = (outage for tunnel in self.tunnels for outage in tunnel.outages if outage.start_exact)
        if any(fall.start == time.start for fall in falls):
            return False
        return any(other.end == time.start and other.verdict is Verdict.UNKNOWN for other in self.redundancy)

    @property
    def interrupted_since(self) -> int | None:
        """The beginning, ms, of an interruption that lasts at the start of the span; None if there is none."""
        first = self.redundancy[0] if self.redundancy else None
        if first is None or first.verdict is not Verdict.DOWN:
            return None
        begins = [tunnel.down_since(first.start) for tunnel in self.tunnels]
        return max((begin for begin in begins if begin is not None), default=None) if None not in begins else None

    def length(self, verdict: Verdict) -> int:
        """Return the total time, ms, of this redundancy."""
        return sum(time.length for time in self.times(verdict))


@dataclass(frozen=True, slots=True)
class Report:
    """What happened from `since` to `until`, ms and whole seconds; `made_at` is when it was requested.

    `place` names region and account; `notices` say what could not be read.
    """

    made_at: int
    since: int
    until: int
    place: str = ""
    connections: tuple[ConnectionReport, ...] = ()
    changes: tuple[KnownChange, ...] = ()
    marks: tuple[Mark, ...] = ()
    notices: tuple[str, ...] = ()
    common_falls: tuple[CommonFall, ...] = ()
    """The common falls within the span, the oldest first."""

    def common_fall_of(self, connection: ConnectionReport, outage: Outage) -> CommonFall | None:
        """Return the common fall that an outage of a connection was part of."""
        return next(
            (
                fall
                for fall in self.common_falls
                if connection.id in fall.connections and fall.start <= outage.start <= fall.end
            ),
            None,
        )

    @property
    def calm(self) -> tuple[ConnectionReport, ...]:
        """The uneventful connections that share one line, if there are many."""
        calm = tuple(connection for connection in self.connections if connection.is_calm)
        return calm if len(calm) > _MOST_CALM else ()

    @property
    def detailed(self) -> tuple[ConnectionReport, ...]:
        """The connections with a part of their own."""
        folds = bool(self.calm)
        return tuple(connection for connection in self.connections if not (folds and connection.is_calm))

    @property
    def span(self) -> int:
        """The length of the report's time, ms."""
        return self.until - self.since

    @property
    def tunnels(self) -> Iterator[tuple[ConnectionReport, TunnelReport]]:
        """Yield all tunnels, each with its connection."""
        return ((connection, tunnel) for connection in self.connections for tunnel in connection.tunnels)
