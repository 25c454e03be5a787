"""What the details are about: one tunnel as it stood at an instant."""

from dataclasses import dataclass

from tui.content.board import Key, telling
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.diagnosis.disagreement import disagreement
from tui.domain.fleet import Connection, Tunnel
from tui.domain.history import Entry
from tui.domain.inventory import ConnectionFacts, TunnelFacts
from tui.domain.tunnel import Health, State


@dataclass(frozen=True, slots=True)
class TunnelSnapshot:
    """A tunnel at the instant `at`, ms: a pause holds it while the tunnel itself goes on.

    `telling` is the line that tells most of a tunnel that is not up and has no diagnosis; `disagreement` says where the
    logs and EC2 differ.
    """

    tunnel: Tunnel
    at: int
    state: State
    facts: TunnelFacts | None
    connection: ConnectionFacts | None
    diagnoses: tuple[Diagnosis, ...]
    telling: Entry | None
    disagreement: str | None
    unknown: int

    @classmethod
    def of(
        cls, tunnel: Tunnel, connection: Connection | None, *, diagnoses: tuple[Diagnosis, ...], now: int, utc: bool
    ) -> "TunnelSnapshot":
        """Return the tunnel as it stands."""
        facts = connection.facts if connection else None
        is_unexplained = not diagnoses and tunnel.health is not Health.UP
        static = facts is not None and facts.static_routes_only
        return cls(
            tunnel=tunnel,
            at=now,
            state=tunnel.state,
            facts=tunnel.facts,
            connection=facts,
            diagnoses=diagnoses,
            telling=telling(tunnel) if is_unexplained else None,
            disagreement=disagreement(tunnel, now=now, utc=utc, static=static),
            unknown=tunnel.unknown,
        )

    @property
    def key(self) -> Key:
        """The tunnel's identity."""
        return self.tunnel.connection, self.tunnel.outside_ip

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
    def bgp_explains_ec2(self) -> bool:
        """Whether EC2 says DOWN for a reason that the logs tell, too: IKE stands and BGP does not."""
        telemetry = self.facts.telemetry if self.facts else None
        is_lame = self.state.health.value is Health.UP and self.state.bgp.is_up is False
        return is_lame and telemetry is not None and not telemetry.is_up

    @property
    def is_static(self) -> bool:
        """Whether EC2 says that the connection has static routes only."""
        return self.connection is not None and self.connection.static_routes_only
