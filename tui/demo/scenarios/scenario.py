"""Scenarios: connections and what happens to them when, read from `scripts/*.toml`.

A file holds `summary`, `seed`, `[[connections]]` (each with its `tunnels`, or `count` to make many alike) and `steps`:

    { at = "-2h", tunnel = "hq/1", play = "ike_up_v2" }
    { at = "-10m", every = "10s", until = "45s", tunnel = ["hq/*", "osaka/2"], play = "dpd_cycle" }

Times count from the start of the play: what lies before it is history. `tunnel` is a connection's name and the tunnel's
number, or a glob. `play` is one burst or several; those of one step follow each other. With `every` a step recurs,
until `until` or for ever; `jitter` is the share by which each wait differs, `spread` the time over which the tunnels of
one step are scattered.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from tui.demo.scenarios.bursts import Burst, bursts
from tui.demo.server.vpn import CustomerGateway, VpnConnection, VpnRoute, VpnTelemetry, VpnTunnel

DEFAULT: Final = "cutover"
IKE_GROUP: Final = "/aws/vendedlogs/vpn/ike"
BGP_GROUP: Final = "/aws/vendedlogs/vpn/bgp"
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(-?)((?:\d+(?:\.\d+)?[hms])+)")
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
        "tunnels",
        "count",
    }
)
_TUNNEL_FIELDS: Final = frozenset({"outside_ip", "inside_cidr", "nat", "ike_version", "falls_at_once"})
_STEP_FIELDS: Final = frozenset({"at", "tunnel", "play", "every", "until", "jitter", "spread"})


class UnknownScenario(ValueError):  # noqa: N818 - the name says what is the matter
    """There is no scenario of that name; the text lists those that exist."""


class ScenarioError(ValueError):
    """A scenario file that cannot be played: which one, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A scenario's name and what it shows, in one line."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class ScenarioTunnel:
    """One tunnel of a scenario, with what the daemon's end needs to know beside what EC2 tells."""

    label: str
    connection: VpnConnection
    tunnel: VpnTunnel
    asn: int
    routes: tuple[str, ...]
    nat: bool
    falls_at_once: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Bursts that come at one time, seconds from the start, over some tunnels; every so often where `every` is set."""

    at: float
    tunnels: tuple[str, ...]
    bursts: tuple[Burst, ...]
    every: float | None = None
    until: float | None = None
    jitter: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A play: who is in it, and what happens to them in order of time."""

    name: str
    summary: str
    seed: int
    connections: tuple[VpnConnection, ...]
    customer_gateways: tuple[CustomerGateway, ...]
    actors: tuple[ScenarioTunnel, ...]
    steps: tuple[Step, ...]
    telemetry_lag: float

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The names of the log groups that its tunnels write to."""
        named = (group for actor in self.actors for group in (actor.tunnel.ike_group, actor.tunnel.bgp_group))
        return tuple(dict.fromkeys(filter(None, named)))


def scenarios() -> tuple[ScenarioSummary, ...]:
    """Return every scenario, the default first."""
    named = [ScenarioSummary(name, str(_read(file)["summary"])) for name, file in _files().items()]
    return tuple(sorted(named, key=lambda scenario: (scenario.name != DEFAULT, scenario.name)))


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
    actors: list[ScenarioTunnel] = []
    for entry in data["connections"]:
        _only(entry, _CONNECTION_FIELDS)
        for one in _multiplied(entry):
            connection, its_actors = _connection(one)
            connections.append(connection)
            gateways.append(CustomerGateway(connection.customer_gateway, one.get("customer_ip"), _asn(one)))
            actors += its_actors
    labels = [actor.label for actor in actors]
    steps = tuple(_step(entry, labels) for entry in data["steps"])
    return Scenario(
        name=name,
        summary=data["summary"],
        seed=int(data.get("seed", 1)),
        connections=tuple(connections),
        customer_gateways=tuple(gateways),
        actors=tuple(actors),
        steps=steps,
        telemetry_lag=_seconds(data.get("telemetry_lag", "15s")),
    )


def _multiplied(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return an entry as it is, or, where it has a `count`, one for each number with `{number}` filled in."""
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


def _connection(entry: Mapping[str, Any]) -> tuple[VpnConnection, list[ScenarioTunnel]]:
    static = bool(entry.get("static", False))
    tunnels = tuple(_tunnel(tunnel, static=static) for tunnel in entry["tunnels"])
    connection = VpnConnection(
        id=entry["id"],
        name=entry["name"],
        customer_gateway=entry["customer_gateway"],
        transit_gateway=entry.get("transit_gateway"),
        vpn_gateway=entry.get("vpn_gateway"),
        static_routes_only=static,
        routes=tuple(map(VpnRoute, entry.get("routes", ()))) if static else (),
        tunnels=tunnels,
    )
    actors = [
        ScenarioTunnel(
            label=f"{connection.name}/{number}",
            connection=connection,
            tunnel=tunnel,
            asn=_asn(entry),
            routes=tuple(entry.get("routes", ())),
            nat=bool(told.get("nat", False)),
            falls_at_once=bool(told.get("falls_at_once", False)),
        )
        for number, (tunnel, told) in enumerate(zip(tunnels, entry["tunnels"], strict=True), start=1)
    ]
    return connection, actors


def _asn(entry: Mapping[str, Any]) -> int:
    return int(entry.get("asn", 65_010))


def _tunnel(entry: Mapping[str, Any], *, static: bool) -> VpnTunnel:
    _only(entry, _TUNNEL_FIELDS)
    return VpnTunnel(
        outside_ip=entry["outside_ip"],
        inside_cidr=entry["inside_cidr"],
        ike_group=IKE_GROUP,
        bgp_group=None if static else BGP_GROUP,
        ike_version=entry.get("ike_version", "ikev2"),
        telemetry=VpnTelemetry(),
    )


def _step(entry: Mapping[str, Any], labels: list[str]) -> Step:
    _only(entry, _STEP_FIELDS)
    globs = [entry["tunnel"]] if isinstance(entry["tunnel"], str) else entry["tunnel"]
    tunnels = tuple(label for label in labels if any(fnmatchcase(label, glob) for glob in globs))
    if not tunnels:
        raise ValueError(f"no tunnel is named {entry['tunnel']}")
    names = [entry["play"]] if isinstance(entry["play"], str) else entry["play"]
    if unknown := [name for name in names if name not in bursts()]:
        raise ValueError(f"no burst is named {unknown[0]}")
    return Step(
        at=_seconds(entry["at"]),
        tunnels=tunnels,
        bursts=tuple(bursts()[name] for name in names),
        every=_seconds(entry["every"]) if "every" in entry else None,
        until=_seconds(entry["until"]) if "until" in entry else None,
        jitter=float(entry.get("jitter", 0.0)),
        spread=_seconds(entry.get("spread", "0s")),
    )


def _only(entry: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := entry.keys() - known:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}")


def _seconds(text: str) -> float:
    """Return the seconds of `1h30m`, `45s` or, before the start, `-2m10s`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time such as 45s, 2m10s or -2h")
    total = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([hms])", found[2]))
    return -total if found[1] else total
