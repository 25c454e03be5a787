"""Scenarios, read from `scripts/*.toml`.

A file holds `summary`, `seed`, `[[connections]]` (each with its `tunnels`; `count` makes several alike) and `steps`:

    { at = "-2h", tunnel = "hq/1", play = "ike_up_v2" }
    { at = "-10m", every = "10s", until = "45s", tunnel = ["hq/*", "osaka/2"], play = "dpd_cycle" }
    { at = "-20m", tunnel = "hq/1", change = { telemetry = ["DOWN", "IPSEC IS DOWN"], replaced = true } }

A file of several accounts and regions holds `[[sites]]`; each has the keys above plus its name, account and region.

Optional are `groups` (log groups that differ from the default), `policies` (for log delivery) and `trail` (CloudTrail
events). A connection's `path` names what is missing from the way back to it. Days until certificates end and
maintenance is applied count from the start.

Times are relative to the start of the play; earlier ones are history. `tunnel` is a connection's name and the tunnel's
number, or a glob. `play` names one burst or several, which follow each other. `change` is what EC2 reports from then on
(see `Ec2Change`). With `every` a step recurs until `until`, or for ever; `jitter` is the share by which each interval
varies, `spread` the time over which the tunnels of one step are scattered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from tui.demo.scenarios.bursts import bursts
from tui.demo.scenarios.scenario import Scenario, ScenarioSite, ScenarioTunnel, Step
from tui.demo.scenarios.scenario_tables import (
    READERS,
    ConnectionTable,
    ScenarioTable,
    SiteTable,
    StepTable,
    TrailTable,
    TunnelTable,
)
from tui.demo.server.account import Account
from tui.demo.server.vpn import CustomerGateway, LogDelivery, TrailEvent, VpnConnection, VpnRoute, VpnTunnel
from tui.domain.knowledge.schema import SchemaError, build, parse_toml
from tui.domain.times import DAY

DEFAULT: Final = "cutover"
IKE_GROUP: Final = "/aws/vendedlogs/vpn/ike"
BGP_GROUP: Final = "/aws/vendedlogs/vpn/bgp"
DELIVERED_GROUP: Final = "/vpn/delivered"
_CERTIFICATES: Final = "arn:aws:acm:eu-west-1:123456789012:certificate"
_DELIVERED_FIELDS: Final = (
    "event_timestamp",
    "dpd_enabled",
    "nat_t_detected",
    "ike_phase1_state",
    "ike_phase2_state",
    "details",
)


class UnknownScenario(ValueError):  # noqa: N818 - the name states the problem
    """No scenario has that name; the text lists the existing ones."""


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A scenario's name and a one-line description."""

    name: str
    summary: str


def scenarios() -> tuple[ScenarioSummary, ...]:
    """Return every scenario, the default first."""
    summaries = [ScenarioSummary(name, str(_read(file)["summary"])) for name, file in _files().items()]
    return tuple(sorted(summaries, key=lambda scenario: (scenario.name != DEFAULT, scenario.name)))


def load_scenario(name: str) -> Scenario:
    """Return the scenario of that name; raises UnknownScenario if there is none."""
    file = _files().get(name)
    if file is None:
        known = ", ".join(scenario.name for scenario in scenarios())
        raise UnknownScenario(f"There is no scenario named {name!r}. There are: {known}.")
    return read_scenario(name, _read(file))


def read_scenario(name: str, data: Mapping[str, Any]) -> Scenario:
    """Return the scenario that `data` describes; raises `SchemaError`, which names the entry that cannot be played."""
    if "sites" in data:
        return _of_sites(name, data)
    entry = f"scenario {name}"
    multiplied = [copy for template in data.get("connections", ()) for copy in _multiplied(template)]
    table = build(ScenarioTable, {**data, "connections": multiplied}, entry=entry, readers=READERS)
    connections = [(_connection(described), described) for described in table.connections]
    tunnels = [tunnel for connection, described in connections for tunnel in _scenario_tunnels(connection, described)]
    try:
        return Scenario(
            name=name,
            summary=table.summary,
            seed=table.seed,
            connections=tuple(connection for connection, _ in connections),
            customer_gateways=tuple(map(_customer_gateway, table.connections)),
            deliveries=tuple(delivery for described in table.connections for delivery in _deliveries(described)),
            tunnels=tuple(tunnels),
            steps=tuple(_step(step, tunnels) for step in table.steps),
            telemetry_lag=table.telemetry_lag,
            groups=table.groups,
            policies=table.policies,
            trail=tuple(_trail_event(event, tunnels) for event in table.trail),
        )
    except ValueError as error:
        raise SchemaError(f"{entry}: {error}") from None


def _of_sites(name: str, data: Mapping[str, Any]) -> Scenario:
    """Return a scenario of several accounts and regions; each of its `sites` is a scenario of its own."""
    own = {field.name for field in fields(SiteTable)}
    sites = []
    for number, site in enumerate(data["sites"]):
        entry = f"scenario {name}, site {site.get('name', number + 1)}"
        table = build(SiteTable, {key: site[key] for key in site if key in own}, entry=entry, readers=READERS)
        played = {"summary": data["summary"], "seed": number} | {key: site[key] for key in site if key not in own}
        sites.append(
            ScenarioSite(
                table.name,
                Account(table.region, table.account, table.role),
                read_scenario(f"{name}/{table.name}", played),
                external_id=table.external_id,
                shares_logs=table.shares_logs,
                is_denied=table.denied,
            )
        )
    return replace(sites[0].scenario, name=name, sites=tuple(sites))


@cache
def _files() -> dict[str, Traversable]:
    folder = resources.files(__package__).joinpath("scripts")
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}


def _read(file: Traversable) -> dict[str, Any]:
    return parse_toml(file.read_text(encoding="utf-8"), file=file.name)


def _multiplied(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entry itself, or, if it has a `count`, one copy for each number from 1 on.

    In its strings `{number}` is replaced by the number; `{high}` and `{low}` number the inside networks, each a /30, 64
    of which fit in a /24.
    """
    if "count" not in entry:
        return [entry]

    def filled(value: Any, number: int) -> Any:
        if isinstance(value, str):
            return value.format(number=number, high=number // 64, low=4 * (number % 64))
        if isinstance(value, list):
            return [filled(item, number) for item in value]
        if isinstance(value, dict):
            return {key: filled(item, number) for key, item in value.items()}
        return value

    template = {key: value for key, value in entry.items() if key != "count"}
    return [filled(template, number) for number in range(1, entry["count"] + 1)]


def _connection(table: ConnectionTable) -> VpnConnection:
    return VpnConnection(
        id=table.id,
        name=table.name,
        customer_gateway=table.customer_gateway,
        transit_gateway=table.transit_gateway,
        vpn_gateway=table.vpn_gateway,
        core_network=table.core_network,
        static_routes_only=table.static,
        accelerated=table.accelerated,
        announced=() if table.static else table.routes,
        path=table.path,
        routes=_static_routes(table) if table.static else (),
        tunnels=tuple(_tunnel(tunnel, table, is_described=True) for tunnel in table.tunnels),
    )


def _static_routes(table: ConnectionTable) -> tuple[VpnRoute, ...]:
    return *map(VpnRoute, table.routes), *(VpnRoute(prefix, "pending") for prefix in table.pending_routes)


def _customer_gateway(table: ConnectionTable) -> CustomerGateway:
    days = table.certificate_days
    return CustomerGateway(
        table.customer_gateway,
        table.customer_ip,
        table.asn,
        certificate=f"{_CERTIFICATES}/{table.customer_gateway}" if days is not None else None,
        certificate_ends=days * DAY if days is not None else None,
    )


def _scenario_tunnels(connection: VpnConnection, table: ConnectionTable) -> list[ScenarioTunnel]:
    return [
        ScenarioTunnel(
            label=f"{connection.name}/{number}",
            connection=connection,
            tunnel=_tunnel(tunnel, table, is_described=False),
            asn=table.asn,
            routes=table.routes,
            nat=tunnel.nat,
            falls_at_once=tunnel.falls_at_once,
        )
        for number, tunnel in enumerate(table.tunnels, start=1)
    ]


def _tunnel(table: TunnelTable, connection: ConnectionTable, *, is_described: bool) -> VpnTunnel:
    """Return a tunnel as EC2 describes it, or with the log groups that really receive its records."""
    is_delivered = connection.delivery is not None
    if is_described and is_delivered:
        ike_group = bgp_group = None
    else:
        default = "" if is_delivered or connection.static else BGP_GROUP
        ike_group = DELIVERED_GROUP if is_delivered else _group(table.ike_group, connection.ike_group, IKE_GROUP)
        bgp_group = _group(table.bgp_group, connection.bgp_group, default)
    return VpnTunnel(
        outside_ip=table.outside_ip,
        inside_cidr=table.inside_cidr,
        ike_group=ike_group,
        bgp_group=bgp_group,
        ike_version=table.ike_version,
        options=table.options,
        pending_maintenance=table.maintenance_days * DAY if table.maintenance_days is not None else None,
        ike_format=table.ike_format,
        dh_group=table.dh_group,
        traffic=(table.traffic[0], table.traffic[1]) if table.traffic else None,
    )


def _group(of_tunnel: str | None, of_connection: str | None, default: str) -> str | None:
    """Return the group that receives a log; an empty name in the file turns the log off."""
    return next(name for name in (of_tunnel, of_connection, default) if name is not None) or None


def _trail_event(table: TrailTable, tunnels: Sequence[ScenarioTunnel]) -> TrailEvent:
    tunnel = next((tunnel for tunnel in tunnels if tunnel.label == table.tunnel), None)
    if tunnel is None:
        raise ValueError(f"no tunnel is named {table.tunnel}")
    return TrailEvent(
        round(table.at * 1000),
        table.call,
        table.user,
        tunnel.connection.id,
        tunnel.tunnel.outside_ip,
        source_ip=table.source_ip,
        parameters=table.parameters,
        by_aws=table.by_aws,
    )


def _deliveries(table: ConnectionTable) -> list[LogDelivery]:
    """Return the delivery of a connection's IKE log, if it has one."""
    if table.delivery is None:
        return []
    return [LogDelivery(table.id, "CONNECTION_LOGS", DELIVERED_GROUP, "plain", _DELIVERED_FIELDS, table.delivery)]


def _step(table: StepTable, tunnels: Sequence[ScenarioTunnel]) -> Step:
    labels = tuple(tunnel.label for tunnel in tunnels if any(fnmatchcase(tunnel.label, glob) for glob in table.tunnel))
    if not labels:
        raise ValueError(f"no tunnel is named {' or '.join(table.tunnel)}")
    if unknown := [name for name in table.play if name not in bursts()]:
        raise ValueError(f"no burst is named {unknown[0]}")
    return Step(
        at=table.at,
        tunnels=labels,
        bursts=tuple(bursts()[name] for name in table.play),
        change=table.change,
        every=table.every,
        until=table.until,
        jitter=table.jitter,
        spread=table.spread,
    )
