"""Scenarios read from `scripts/*.toml`.

A file holds `summary`, `seed`, `[[connections]]` (each with its `tunnels`, or `count` to make many alike) and `steps`:

    { at = "-2h", tunnel = "hq/1", play = "ike_up_v2" }
    { at = "-10m", every = "10s", until = "45s", tunnel = ["hq/*", "osaka/2"], play = "dpd_cycle" }
    { at = "-20m", tunnel = "hq/1", change = { telemetry = ["DOWN", "IPSEC IS DOWN"], replaced = true } }

Beside them it may hold `groups` (log groups that are otherwise than usual), `policies` (of log delivery) and `trail`
(what CloudTrail tells). A connection's `path` says what of the way back to it is missing. Days of certificates and of
pending maintenance count from the start, as do times.

Times count from the start of the play: what lies before it is history. `tunnel` is a connection's name and the tunnel's
number, or a glob. `play` is one burst or several; those of one step follow each other. `change` is what EC2 says from
then on: see `Ec2Change`. With `every` a step recurs, until `until` or for ever; `jitter` is the share by which each
wait differs, `spread` the time over which the tunnels of one step are scattered.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from tui.demo.scenarios.bursts import bursts
from tui.demo.scenarios.scenario import (
    Ec2Change,
    Scenario,
    ScenarioGroup,
    ScenarioPolicy,
    ScenarioTunnel,
    Step,
)
from tui.demo.server.vpn import CustomerGateway, LogDelivery, Path, TrailEvent, VpnConnection, VpnRoute, VpnTunnel
from tui.domain.times import DAY, parse_span

DEFAULT: Final = "cutover"
IKE_GROUP: Final = "/aws/vendedlogs/vpn/ike"
BGP_GROUP: Final = "/aws/vendedlogs/vpn/bgp"
DELIVERED_GROUP: Final = "/vpn/delivered"
_CONNECTION_FIELDS: Final = frozenset(
    {
        "id",
        "name",
        "customer_gateway",
        "customer_ip",
        "transit_gateway",
        "vpn_gateway",
        "static",
        "asn",
        "routes",
        "delivery",
        "tunnels",
        "count",
        "ike_group",
        "bgp_group",
        "path",
        "certificate_days",
        "accelerated",
        "core_network",
        "pending_routes",
    }
)
_TUNNEL_FIELDS: Final = frozenset(
    {
        "outside_ip",
        "inside_cidr",
        "nat",
        "ike_version",
        "falls_at_once",
        "options",
        "ike_group",
        "bgp_group",
        "ike_format",
        "maintenance_days",
        "dh_group",
        "traffic",
    }
)
_PATH_FIELDS: Final = frozenset(field.name for field in fields(Path))
_TRAIL_FIELDS: Final = frozenset({"at", "call", "user", "source_ip", "tunnel", "parameters", "by_aws"})
_GROUP_FIELDS: Final = frozenset(field.name for field in fields(ScenarioGroup))
_POLICY_FIELDS: Final = frozenset(field.name for field in fields(ScenarioPolicy))
_POLICIES: Final = ({"name": "AWSLogDeliveryWrite20150319", "resources": ["/aws/vendedlogs/*"]},)
"""What AWS makes itself when the logs of the first tunnel are turned on."""
_TRAFFIC: Final = (2_400_000, 1_900_000)
_CERTIFICATES: Final = "arn:aws:acm:eu-west-1:123456789012:certificate"
_STEP_FIELDS: Final = frozenset({"at", "tunnel", "play", "change", "every", "until", "jitter", "spread"})
_CHANGE_FIELDS: Final = frozenset(field.name for field in fields(Ec2Change))
_DELIVERED_FIELDS: Final = (
    "event_timestamp",
    "dpd_enabled",
    "nat_t_detected",
    "ike_phase1_state",
    "ike_phase2_state",
    "details",
)


class UnknownScenario(ValueError):  # noqa: N818 - the name says what is the matter
    """There is no scenario of that name; the text lists those that exist."""


class ScenarioError(ValueError):
    """A scenario file that cannot be played: which one, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A scenario's name and what it shows, in one line."""

    name: str
    summary: str


def scenarios() -> tuple[ScenarioSummary, ...]:
    """Return every scenario, the default first."""
    summaries = [ScenarioSummary(name, str(_read(file)["summary"])) for name, file in _files().items()]
    return tuple(sorted(summaries, key=lambda scenario: (scenario.name != DEFAULT, scenario.name)))


def load_scenario(name: str) -> Scenario:
    """Return the scenario of that name; UnknownScenario where there is none."""
    file = _files().get(name)
    if file is None:
        known = ", ".join(scenario.name for scenario in scenarios())
        raise UnknownScenario(f"There is no scenario named {name!r}. There are: {known}.")
    return read_scenario(name, _read(file))


def read_scenario(name: str, data: Mapping[str, Any]) -> Scenario:
    """Return the scenario that `data` describes; ScenarioError where it cannot be played."""
    try:
        return _scenario(name, data)
    except (KeyError, TypeError, ValueError) as error:
        raise ScenarioError(f"scenario {name}: {error}") from error


@cache
def _files() -> dict[str, Traversable]:
    folder = resources.files(__package__).joinpath("scripts")
    return {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}


def _read(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _scenario(name: str, data: Mapping[str, Any]) -> Scenario:
    connections: list[VpnConnection] = []
    gateways: list[CustomerGateway] = []
    deliveries: list[LogDelivery] = []
    tunnels: list[ScenarioTunnel] = []
    for template in data["connections"]:
        _check_fields(template, _CONNECTION_FIELDS)
        for entry in _multiplied(template):
            connection = _connection(entry)
            connections.append(connection)
            gateways.append(_customer_gateway(entry))
            deliveries += _deliveries(entry)
            tunnels += _scenario_tunnels(connection, entry)
    labels = [tunnel.label for tunnel in tunnels]
    return Scenario(
        name=name,
        summary=data["summary"],
        seed=int(data.get("seed", 1)),
        connections=tuple(connections),
        customer_gateways=tuple(gateways),
        deliveries=tuple(deliveries),
        tunnels=tuple(tunnels),
        steps=tuple(_step(entry, labels) for entry in data["steps"]),
        telemetry_lag=_seconds(data.get("telemetry_lag", "15s")),
        groups=tuple(ScenarioGroup(**_checked(entry, _GROUP_FIELDS)) for entry in data.get("groups", ())),
        policies=tuple(map(_policy, data.get("policies", _POLICIES))),
        trail=tuple(_trail_event(entry, tunnels) for entry in data.get("trail", ())),
    )


def _multiplied(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return an entry as it is, or, where it has a `count`, one for each number from 1 on.

    In its texts `{number}` stands for the number; `{high}` and `{low}` count the inside networks of a /30 each, of
    which 64 have room in one /24.
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

    return [filled(entry, number) for number in range(1, entry["count"] + 1)]


def _connection(entry: Mapping[str, Any]) -> VpnConnection:
    is_static = bool(entry.get("static", False))
    return VpnConnection(
        id=entry["id"],
        name=entry["name"],
        customer_gateway=entry["customer_gateway"],
        transit_gateway=entry.get("transit_gateway"),
        vpn_gateway=entry.get("vpn_gateway"),
        core_network=entry.get("core_network"),
        static_routes_only=is_static,
        accelerated=bool(entry.get("accelerated", False)),
        announced=() if is_static else tuple(entry.get("routes", ())),
        path=Path(**_options(_checked(entry.get("path", {}), _PATH_FIELDS))),
        routes=_static_routes(entry) if is_static else (),
        tunnels=tuple(_tunnel(tunnel, entry, is_described=True) for tunnel in entry["tunnels"]),
    )


def _static_routes(entry: Mapping[str, Any]) -> tuple[VpnRoute, ...]:
    pending = (VpnRoute(prefix, "pending") for prefix in entry.get("pending_routes", ()))
    return *map(VpnRoute, entry.get("routes", ())), *pending


def _customer_gateway(entry: Mapping[str, Any]) -> CustomerGateway:
    certificate = entry.get("certificate_days")
    return CustomerGateway(
        entry["customer_gateway"],
        entry.get("customer_ip"),
        _asn(entry),
        certificate=f"{_CERTIFICATES}/{entry['customer_gateway']}" if certificate is not None else None,
        certificate_ends=certificate * DAY if certificate is not None else None,
    )


def _scenario_tunnels(connection: VpnConnection, entry: Mapping[str, Any]) -> list[ScenarioTunnel]:
    return [
        ScenarioTunnel(
            label=f"{connection.name}/{number}",
            connection=connection,
            tunnel=_tunnel(tunnel, entry, is_described=False),
            asn=_asn(entry),
            routes=tuple(entry.get("routes", ())),
            nat=bool(tunnel.get("nat", False)),
            falls_at_once=bool(tunnel.get("falls_at_once", False)),
        )
        for number, tunnel in enumerate(entry["tunnels"], start=1)
    ]


def _tunnel(tunnel: Mapping[str, Any], connection: Mapping[str, Any], *, is_described: bool) -> VpnTunnel:
    """Return a tunnel as EC2 describes it, or with the groups that its records really go to."""
    _check_fields(tunnel, _TUNNEL_FIELDS)
    is_delivered = "delivery" in connection
    if is_described and is_delivered:
        ike_group = bgp_group = None
    else:
        ike_group = DELIVERED_GROUP if is_delivered else _group(tunnel, connection, "ike_group", IKE_GROUP)
        default = "" if is_delivered or connection.get("static", False) else BGP_GROUP
        bgp_group = _group(tunnel, connection, "bgp_group", default)
    days, traffic = tunnel.get("maintenance_days"), tunnel.get("traffic", _TRAFFIC)
    return VpnTunnel(
        outside_ip=tunnel["outside_ip"],
        inside_cidr=tunnel["inside_cidr"],
        ike_group=ike_group,
        bgp_group=bgp_group,
        ike_version=tunnel.get("ike_version", "ikev2"),
        options=_options(tunnel.get("options", {})),
        pending_maintenance=days * DAY if days is not None else None,
        ike_format=tunnel.get("ike_format", "json"),
        dh_group=tunnel.get("dh_group", 20),
        traffic=(traffic[0], traffic[1]) if traffic else None,
    )


def _group(tunnel: Mapping[str, Any], connection: Mapping[str, Any], key: str, default: str) -> str | None:
    """Return the group that a log goes to; an empty name in the file turns the log off."""
    name: str = tunnel.get(key, connection.get(key, default))
    return name or None


def _policy(entry: Mapping[str, Any]) -> ScenarioPolicy:
    _check_fields(entry, _POLICY_FIELDS)
    return ScenarioPolicy(entry["name"], tuple(entry["resources"]), entry.get("size", 0))


def _trail_event(entry: Mapping[str, Any], tunnels: Sequence[ScenarioTunnel]) -> TrailEvent:
    _check_fields(entry, _TRAIL_FIELDS)
    tunnel = next(tunnel for tunnel in tunnels if tunnel.label == entry["tunnel"])
    return TrailEvent(
        round(_seconds(entry["at"]) * 1000),
        entry["call"],
        entry["user"],
        tunnel.connection.id,
        tunnel.tunnel.outside_ip,
        source_ip=entry.get("source_ip", "192.0.2.200"),
        parameters=entry.get("parameters", {}),
        by_aws=bool(entry.get("by_aws", False)),
    )


def _deliveries(entry: Mapping[str, Any]) -> list[LogDelivery]:
    """Return the delivery of a connection's IKE log where it has one; `delivery` is the delimiter of plain lines."""
    if "delivery" not in entry:
        return []
    delimiter = entry["delivery"]
    return [LogDelivery(entry["id"], "CONNECTION_LOGS", DELIVERED_GROUP, "plain", _DELIVERED_FIELDS, delimiter)]


def _asn(entry: Mapping[str, Any]) -> int:
    return int(entry.get("asn", 65_010))


def _step(entry: Mapping[str, Any], labels: list[str]) -> Step:
    _check_fields(entry, _STEP_FIELDS)
    globs = _texts(entry["tunnel"])
    tunnels = tuple(label for label in labels if any(fnmatchcase(label, glob) for glob in globs))
    if not tunnels:
        raise ValueError(f"no tunnel is named {entry['tunnel']}")
    names = _texts(entry.get("play", ()))
    if unknown := [name for name in names if name not in bursts()]:
        raise ValueError(f"no burst is named {unknown[0]}")
    if not names and "change" not in entry:
        raise ValueError(f"nothing happens at {entry['at']}")
    return Step(
        at=_seconds(entry["at"]),
        tunnels=tunnels,
        bursts=tuple(bursts()[name] for name in names),
        change=_change(entry["change"]) if "change" in entry else None,
        every=_seconds(entry["every"]) if "every" in entry else None,
        until=_seconds(entry["until"]) if "until" in entry else None,
        jitter=float(entry.get("jitter", 0.0)),
        spread=_seconds(entry.get("spread", "0s")),
    )


def _change(entry: Mapping[str, Any]) -> Ec2Change:
    _check_fields(entry, _CHANGE_FIELDS)
    values = dict(entry)
    if "telemetry" in values:
        status, message = values["telemetry"]
        values["telemetry"] = (str(status), str(message))
    return Ec2Change(**values | {"options": _options(values.get("options", {}))})


def _options(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return tunnel options as the store has them: TOML's lists become tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


def _texts(value: str | list[str] | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _checked(entry: Mapping[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    _check_fields(entry, known)
    return entry


def _check_fields(entry: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := entry.keys() - known:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}")


def _seconds(text: str) -> float:
    """Return the seconds of `1h30m`, `45s` or, before the start, `-2m10s`."""
    sign = -1 if text.startswith("-") else 1
    return sign * parse_span(text.removeprefix("-")) / 1000
