"""What EC2 says exists: connections, their tunnels, where they log. Secrets never get this far."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Telemetry:
    """VgwTelemetry: EC2's own view of a tunnel, minutes behind. `since` is LastStatusChange in ms."""

    is_up: bool
    message: str = ""
    since: int | None = None
    accepted_routes: int = 0


@dataclass(frozen=True, slots=True)
class TunnelFacts:
    """One tunnel as EC2 describes it. `ike_group` and `bgp_group` are log group names, None where that log is off."""

    outside_ip: str
    ike_group: str | None = None
    bgp_group: str | None = None
    telemetry: Telemetry | None = None
    configured: dict[str, str] = field(default_factory=dict)
    """The tunnel options, key by key as EC2 names them, values joined for reading; never the pre-shared key."""
    negotiated: dict[str, str] = field(default_factory=dict)
    """What the two ends agreed on (GetActiveVpnTunnelStatus): IKE version, algorithms and DH groups of each phase."""
    replaced_at: int | None = None
    """When AWS last replaced the tunnel's endpoint (LastMaintenanceApplied), ms."""
    maintenance: str = ""
    """Maintenance that is pending, in words; empty where none is."""


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """One VPN connection as EC2 describes it; `name` is its Name tag, `left_out` counts the tunnels not chosen."""

    id: str
    name: str = ""
    state: str = ""
    category: str = ""
    gateway: str = ""
    customer_gateway: str = ""
    static_routes_only: bool = False
    tunnels: tuple[TunnelFacts, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Inventory:
    """All connections that were found; `complete` when the ones not in it are gone."""

    connections: tuple[ConnectionFacts, ...] = ()
    complete: bool = True
