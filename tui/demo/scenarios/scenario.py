"""What a scenario is made of, as values: the connections in it, and the steps in which something happens to them."""

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
    """One tunnel of a scenario, with what its simulator needs to know beside what EC2 tells.

    `tunnel` has the log groups that its records go to, also where a delivery writes them and EC2 tells of none.
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
    """A log group of the account, also one that nothing is written to; `exists` is false for one that was deleted.

    With 0 `retention_days` it keeps its events for ever. Where AWS may not write, nothing `arrives`.
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
    """What EC2 says of a tunnel or its connection from some moment on, without a line in any log. None: as before.

    `telemetry` is a status and its message. `replaced` says that AWS replaced the endpoint at that moment, and `falls`
    that the tunnel is down from then on.
    """

    state: str | None = None
    telemetry: tuple[str, str] | None = None
    options: Mapping[str, TunnelOption] = field(default_factory=dict)
    provisioning: str | None = None
    provisioning_reason: str | None = None
    replaced: bool = False
    falls: bool = False

    def applied_to(self, connection: VpnConnection, outside_ip: str, *, at: int) -> VpnConnection:
        """Return the connection as EC2 describes it after the change at `at`, ms."""
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
    """A change, bursts, or one and then the other, over some tunnels; seconds from the start of the play.

    It recurs every so often where `every` is set.
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
    """An account in a region, the name that a user would give it, and what is played there.

    The first site of a scenario is the account that watches. Others are reached by the role of their account; their
    logs can be read from the first one, too, where they are shared.
    """

    name: str
    account: Account
    scenario: "Scenario"
    external_id: str = ""
    shares_logs: bool = False
    is_denied: bool = False
    """Whether the policy of an organization denies everything in the region."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A play: who is in it, and what happens to them in order of time."""

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
    """What was changed before the start; `at` is in ms from it."""

    sites: "tuple[ScenarioSite, ...]" = ()
    """What is played in each account and region, where there are several; the first of them is what this one is."""

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The names of the log groups that its tunnels write to."""
        groups = (group for each in self.tunnels for group in (each.tunnel.ike_group, each.tunnel.bgp_group))
        gone = {group.name for group in self.groups if not group.exists}
        return tuple(name for name in dict.fromkeys(filter(None, groups)) if name not in gone)
