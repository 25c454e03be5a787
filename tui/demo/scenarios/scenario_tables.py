"""The tables of a scenario file, one class each; the docstring of `scenario_file` explains the keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NewType

from tui.demo.scenarios.scenario import Ec2Change, ScenarioGroup, ScenarioPolicy
from tui.demo.server.vpn import Path, TunnelOption
from tui.domain.knowledge.schema import Readers
from tui.domain.times import parse_span

Seconds = NewType("Seconds", float)
"""A time relative to the start of the play, or a span: `45s`, `-2h10m`."""
Names = NewType("Names", tuple[str, ...])
"""One name, or a list of names."""
Verbatim = NewType("Verbatim", str)
"""A text taken as it is; it may be empty or blank."""
_POLICIES: Final = (ScenarioPolicy("AWSLogDeliveryWrite20150319", ("/aws/vendedlogs/*",)),)
"""The policy that AWS creates when the logs of the first tunnel are turned on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelTable:
    """One tunnel. An empty group turns its log off; in `maintenance_days` days AWS replaces the endpoint."""

    outside_ip: str
    inside_cidr: str
    nat: bool = False
    ike_version: str = "ikev2"
    falls_at_once: bool = False
    options: Mapping[str, TunnelOption] = field(default_factory=dict)
    ike_group: Verbatim | None = None
    bgp_group: Verbatim | None = None
    ike_format: str = "json"
    maintenance_days: int | None = None
    dh_group: int = 20
    traffic: tuple[int, ...] = (2_400_000, 1_900_000)
    """Bytes per minute in and out; empty if CloudWatch has no metrics of the tunnel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTable:
    """One connection. If a log delivery writes its IKE log, `delivery` is the delimiter of the plain lines."""

    id: str
    name: str
    customer_gateway: str
    tunnels: tuple[TunnelTable, ...]
    customer_ip: str | None = None
    transit_gateway: str | None = None
    vpn_gateway: str | None = None
    core_network: str | None = None
    static: bool = False
    asn: int = 65_010
    routes: tuple[str, ...] = ()
    pending_routes: tuple[str, ...] = ()
    delivery: Verbatim | None = None
    ike_group: Verbatim | None = None
    bgp_group: Verbatim | None = None
    path: Path = field(default_factory=Path)
    certificate_days: int | None = None
    accelerated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTable:
    """What happens to some tunnels at some time; `play` names bursts."""

    at: Seconds
    tunnel: Names
    play: Names = Names(())
    change: Ec2Change | None = None
    every: Seconds | None = None
    until: Seconds | None = None
    jitter: float = 0.0
    spread: Seconds = Seconds(0.0)

    def __post_init__(self) -> None:
        if not self.play and self.change is None:
            raise ValueError("nothing happens: give `play` or `change`")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailTable:
    """A call about one tunnel that CloudTrail recorded."""

    at: Seconds
    call: str
    user: str
    tunnel: str
    source_ip: str = "192.0.2.200"
    parameters: Mapping[str, object] = field(default_factory=dict)
    by_aws: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTable:
    """One of several accounts and regions. `role` is the name of the role that reaches it, empty for the first.

    The other keys of its table are those of a scenario.
    """

    name: str
    account: str
    region: str
    role: str = ""
    external_id: str = ""
    shares_logs: bool = False
    denied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTable:
    """A whole file, or the scenario of one of its sites."""

    summary: str
    connections: tuple[ConnectionTable, ...]
    steps: tuple[StepTable, ...]
    seed: int = 1
    telemetry_lag: Seconds = Seconds(15.0)
    groups: tuple[ScenarioGroup, ...] = ()
    policies: tuple[ScenarioPolicy, ...] = _POLICIES
    trail: tuple[TrailTable, ...] = ()


def _seconds(value: object) -> Seconds:
    text = _verbatim(value)
    sign = -1 if text.startswith("-") else 1
    return Seconds(sign * parse_span(text.removeprefix("-")) / 1000)


def _names(value: object) -> Names:
    return Names(tuple(map(_verbatim, value if isinstance(value, list) else [value])))


def _verbatim(value: object) -> Verbatim:
    if not isinstance(value, str):
        raise TypeError("must be a text")
    return Verbatim(value)


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("must be a table")
    return value


def _options(value: object) -> Mapping[str, object]:
    """Return tunnel options as the store holds them: TOML's lists become tuples."""
    return {name: tuple(item) if isinstance(item, list) else item for name, item in _table(value).items()}


READERS: Final[Readers] = {
    Seconds: _seconds,
    Names: _names,
    Verbatim: _verbatim,
    Mapping[str, TunnelOption]: _options,
    Mapping[str, object]: _table,
}
