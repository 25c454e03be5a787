"""The subject of the details: one tunnel as of an instant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.content.assessment import judging, standing
from tui.content.board.verdicts import condition_words
from tui.content.most_telling import most_telling
from tui.content.wording import Moment, since
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.inventory import ConnectionFacts, TunnelFacts
from tui.domain.judgement.judgement import Judgement
from tui.domain.knowledge.addresses import Addresses, addresses_of
from tui.domain.past.outages import Outage
from tui.domain.state.fleet import Fleet
from tui.domain.state.history import Entry, History
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Key, Tunnel
from tui.domain.state.tunnel_state import Health, State


@dataclass(frozen=True, slots=True)
class TunnelSnapshot:
    """A tunnel as of the instant `at`, ms, which a pause holds while the tunnel itself goes on.

    `known_until` is how far the feed had read by then. `most_telling` is the event that best explains a tunnel that is
    not up and has no diagnosis.
    """

    tunnel: Tunnel
    at: int
    known_until: int
    state: State
    judgement: Judgement
    facts: TunnelFacts | None
    connection: ConnectionFacts | None
    diagnoses: tuple[Diagnosis, ...]
    most_telling: Entry | None
    unknown: int
    outages: tuple[Outage, ...] = ()
    """The times without traffic up to that instant, oldest first."""
    marks: tuple[Mark, ...] = ()
    """The user's notes up to that instant, oldest first."""

    @classmethod
    def of(
        cls,
        tunnel: Tunnel,
        fleet: Fleet,
        *,
        diagnoses: tuple[Diagnosis, ...],
        now: int,
        outages: tuple[Outage, ...] = (),
    ) -> "TunnelSnapshot":
        """Return a tunnel of the fleet as of `now` (ms)."""
        connection = fleet.connection(tunnel.connection)
        is_unexplained = not diagnoses and tunnel.health is not Health.UP
        return cls(
            tunnel=tunnel,
            at=now,
            known_until=fleet.known_until(now),
            state=tunnel.state,
            judgement=judging(fleet, now=now)(tunnel),
            facts=tunnel.facts,
            connection=connection.facts if connection else None,
            diagnoses=diagnoses,
            most_telling=most_telling(tunnel) if is_unexplained else None,
            unknown=tunnel.unknown,
            outages=outages,
            marks=tuple(mark for mark in fleet.marks if mark.at <= now),
        )

    def with_outages(self, outages: Sequence[Outage]) -> "TunnelSnapshot":
        """Return the snapshot with the outages as known at its instant: one that ended later is shown as continuing."""
        until = self.at if self.judgement.carries else self.at - 1  # one millisecond may also contain the end
        known = (
            replace(outage, end=None) if outage.end is not None and outage.end > until else outage
            for outage in outages
            if outage.start <= self.at
        )
        return replace(self, outages=tuple(known))

    @property
    def key(self) -> Key:
        """The tunnel's identity."""
        return self.tunnel.connection, self.tunnel.outside_ip

    @property
    def history(self) -> History:
        """The tunnel's events up to that instant."""
        return self.tunnel.history.before(self.at + 1)

    @property
    def addresses(self) -> Addresses:
        """The tunnel's addresses, as far as EC2 knows them."""
        return addresses_of(self.outside_ip, self.facts, self.connection)

    @property
    def outside_ip(self) -> str:
        """The tunnel's address at AWS."""
        return self.tunnel.outside_ip

    @property
    def name(self) -> str:
        """The connection's name and id."""
        name = self.connection.name if self.connection else ""
        return f"{name}  {self.tunnel.connection}".strip()

    @property
    def label(self) -> str:
        """The connection's name, or its id, and the tunnel's address."""
        name = (self.connection.name if self.connection else "") or self.tunnel.connection
        return f"{name} {self.outside_ip}".strip()

    def condition(self, moment: Moment) -> str:
        """Return the state in words and since when: `no BGP since 12:04:31`, `up since 12:04:31 or earlier`."""
        _, word, _ = condition_words(self.judgement.health, self.judgement.carries)
        return word + since(standing(self.state, self.judgement), moment)

    @property
    def is_up_without_bgp(self) -> bool:
        """Whether IKE is up and BGP is not, so that no traffic passes."""
        return self.judgement.health is Health.UP and self.judgement.carries is False

    @property
    def is_static(self) -> bool:
        """Whether EC2 says that the connection has static routes only."""
        return self.connection is not None and self.connection.static_routes_only
