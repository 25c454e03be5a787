"""The parts of a scenario as values: its connections, and the steps in which something happens to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tui.demo.scenarios.bursts import Burst
from tui.demo.server.account import Account
from tui.demo.server.vpn import (
    CustomerGateway,
    LogDelivery,
    TrailEvent,
    TunnelOption,
    VpnConnection,
    VpnTelemetry,
    VpnTunnel,
)


@dataclass(frozen=True, slots=True)
class ScenarioTunnel:
    """One tunnel of a scenario, with what its simulator needs beyond EC2's description.

    `tunnel` names the log groups that receive its records, even if a log delivery writes them and EC2 reports none.
    """

    label: str
    connection: VpnConnection
    tunnel: VpnTunnel
    asn: int
    routes: tuple[str, ...]
    nat: bool
    falls_at_once: bool


@dataclass(frozen=True, slots=True)
class ScenarioGroup:
    """A log group of the account, perhaps one without records; `exists` is false if it was deleted.

    `retention_days` 0 keeps events for ever. `arrives` is false if AWS is not allowed to write to it.
    """

    name: str
    log_class: str = "STANDARD"
    retention_days: int = 90
    kms_key: str | None = None
    exists: bool = True
    arrives: bool = True


@dataclass(frozen=True, slots=True)
class ScenarioPolicy:
    """A resource policy that allows log delivery to `resources`, padded to `size` characters."""

    name: str
    resources: tuple[str, ...]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Ec2Change:
    """A change in what EC2 reports of a tunnel or its connection, without a log record. None leaves a field as it was.

    `telemetry` is a status and its message. `replaced` marks the moment at which AWS replaced the endpoint; `falls`
    takes the tunnel down from then on.
    """

    state: str | None = None
    telemetry: tuple[str, str] | None = None
    options: Mapping[str, TunnelOption] = field(default_factory=dict)
    provisioning: str | None = None
    provisioning_reason: str | None = None
    replaced: bool = False
    falls: bool = False

    def applied_to(self, connection: VpnConnection, outside_ip: str, *, at: int) -> VpnConnection:
        """Return the connection as EC2 describes it after the change at `at` (ms)."""
        tunnel = connection.tunnel(outside_ip)
        if self.telemetry is not None:
            status, message = self.telemetry
            tunnel = replace(tunnel, telemetry=VpnTelemetry(status, message, at))
        if self.provisioning is not None:
            tunnel = replace(tunnel, provisioning=self.provisioning, provisioning_reason=self.provisioning_reason)
        if self.replaced:
            tunnel = replace(tunnel, last_maintenance=at)
        tunnel = replace(tunnel, options={**tunnel.options, **self.options})
        return replace(connection.with_tunnel(tunnel), state=self.state or connection.state)


@dataclass(frozen=True, slots=True)
class Step:
    """A change, a series of bursts, or a change followed by bursts, applied to some tunnels.

    Times are in seconds from the start of the play. The step recurs if `every` is set.
    """

    at: float
    tunnels: tuple[str, ...]
    bursts: tuple[Burst, ...] = ()
    change: Ec2Change | None = None
    every: float | None = None
    until: float | None = None
    jitter: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class ScenarioSite:
    """One account in one region, the name a user would give it, and the scenario played there.

    The first site of a scenario is the account that watches. The others are reached by a role in their account; if they
    share their logs, the first site can read those, too.
    """

    name: str
    account: Account
    scenario: "Scenario"
    external_id: str = ""
    shares_logs: bool = False
    is_denied: bool = False
    """Whether an organization's policy denies everything in the region."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A play: its connections, and what happens to them in order of time."""

    name: str
    summary: str
    seed: int
    connections: tuple[VpnConnection, ...]
    customer_gateways: tuple[CustomerGateway, ...]
    deliveries: tuple[LogDelivery, ...]
    tunnels: tuple[ScenarioTunnel, ...]
    steps: tuple[Step, ...]
    telemetry_lag: float
    groups: tuple[ScenarioGroup, ...] = ()
    policies: tuple[ScenarioPolicy, ...] = ()
    trail: tuple[TrailEvent, ...] = ()
    """The changes made before the start; `at` is in ms relative to it."""

    sites: "tuple[ScenarioSite, ...]" = ()
    """The scenario of each account and region if there are several; the first is this scenario itself."""

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The names of the log groups to which its tunnels write."""
        groups = (group for played in self.tunnels for group in (played.tunnel.ike_group, played.tunnel.bgp_group))
        deleted = {group.name for group in self.groups if not group.exists}
        return tuple(name for name in dict.fromkeys(filter(None, groups)) if name not in deleted)
