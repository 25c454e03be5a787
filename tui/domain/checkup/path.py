"""The way back from AWS's networks to each connection, and whether traffic uses it."""

from collections.abc import Iterator
from typing import Final

from tui.domain.checkup.facts import Examination, Route, Traffic, TrafficFacts, TransitPath, VpcPath
from tui.domain.checkup.finding import Finding, Level
from tui.domain.inventory import ConnectionFacts
from tui.domain.times import MINUTE, iso

_SHOWN: Final = 4
_IDLE_RATE: Final = 2_000
"""The bytes per minute of a tunnel without user traffic: BGP keepalives, monitoring probes."""


def path_findings(examined: Examination) -> Iterator[Finding]:
    """Yield for each connection whether the way back is complete, and the traffic on it."""
    for connection in examined.inventory.connections if examined.inventory else ():
        yield from (
            Finding(code, level, connection.id, values=values) for code, level, values in _path(examined, connection)
        )
        yield from _static_routes(connection)
        if examined.traffic is not None and connection.tunnels:
            yield _traffic(connection, examined.traffic)


_Found = tuple[str, Level, dict[str, str]]


def _path(examined: Examination, connection: ConnectionFacts) -> Iterator[_Found]:
    if connection.gateway_kind == "tgw":
        if examined.transit is None:
            yield "path_unknown", Level.UNKNOWN, {"gateway": connection.gateway}
        elif (transit := examined.transit.get(connection.id)) is not None:
            yield from _transit(connection, transit, examined.caller.account)
    elif connection.gateway_kind == "vgw":
        if examined.vpcs is None:
            yield "path_unknown", Level.UNKNOWN, {"gateway": connection.gateway}
        elif (path := examined.vpcs.get(connection.gateway)) is not None:
            yield from _vpc(connection, path)
    elif connection.gateway_kind == "cloudwan":
        yield "path_in_core_network", Level.UNKNOWN, {"gateway": connection.gateway}


def _transit(connection: ConnectionFacts, path: TransitPath, account: str) -> Iterator[_Found]:
    values = {"attachment": path.attachment, "gateway": path.gateway, "state": path.state, "owner": path.owner}
    values["table"] = next(iter(path.tables or ()), "")
    if path.state not in ("available", "modifying"):
        yield "attachment_not_available", Level.WARNING, values
    if not path.association:
        yield "attachment_not_associated", Level.WARNING, values
    if path.tables is None:
        if path.owner != account:
            yield "path_of_another_account", Level.UNKNOWN, values
        return
    accepted = sum(tunnel.telemetry.accepted_routes or 0 for tunnel in connection.tunnels if tunnel.telemetry)
    values["accepted"] = f"{accepted:,}"
    if blackholes := [route.prefix for route in path.routes if route.is_blackhole]:
        yield "blackhole_routes", Level.WARNING, values | {"prefixes": _listed(blackholes)}
    if path.routes:
        if path.association and not blackholes:
            yield "path_whole", Level.OK, values | _routes(path.routes)
    elif connection.static_routes_only:
        yield "no_transit_route", Level.WARNING, values
    elif not path.propagations:
        yield "not_propagated_to_transit", Level.WARNING, values
    elif accepted:
        yield "transit_routes_missing", Level.WARNING, values | {"where": _listed(path.propagations)}


def _vpc(connection: ConnectionFacts, path: VpcPath) -> Iterator[_Found]:
    values = {"gateway": path.gateway, "vpcs": _listed(path.vpcs)}
    if not path.vpcs:
        yield "gateway_detached", Level.WARNING, values
        return
    routed = {route.table for route in path.routes} | {table.id for table in path.tables if table.propagates}
    without = [table.id for table in sorted(path.tables, key=lambda table: not table.is_main) if table.id not in routed]
    values["tables"] = _listed(without)
    values["table"] = next(iter(without), "")
    if not routed:
        yield "not_propagated_to_vpc", Level.WARNING, values
    elif without:
        yield "table_without_route", Level.NOTE, values
    if blackholes := [route.prefix for route in path.routes if route.is_blackhole]:
        yield "blackhole_routes", Level.WARNING, values | {"prefixes": _listed(blackholes)}
    elif path.routes:
        yield "path_whole", Level.OK, values | _routes(path.routes)


def _static_routes(connection: ConnectionFacts) -> Iterator[Finding]:
    if not connection.static_routes_only or connection.gateway_kind != "vgw":
        return
    if not connection.routes:
        yield Finding("static_routes_missing", Level.WARNING, connection.id)
    elif odd := [f"{route.prefix} {route.state}" for route in connection.routes if route.state != "available"]:
        yield Finding("static_routes_pending", Level.NOTE, connection.id, values={"routes": _listed(odd)})


def _routes(routes: tuple[Route, ...]) -> dict[str, str]:
    number = f"{len(routes):,} route{'s' if len(routes) > 1 else ''}"
    return {"routes": number, "where": _listed(sorted({route.table for route in routes}))}


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _traffic(connection: ConnectionFacts, facts: TrafficFacts) -> Finding:
    """Return the traffic over a connection's tunnels, always with its period; it is never taken as a sign of life."""
    period = f"{iso(facts.start)} to {iso(facts.end)}"
    known = {
        tunnel.outside_ip: traffic
        for tunnel in connection.tunnels
        if (traffic := facts.tunnels.get((connection.id, tunnel.outside_ip)))
    }
    if not known:
        return Finding("traffic_unknown", Level.UNKNOWN, connection.id, values={"period": period})
    idle = _IDLE_RATE * (facts.end - facts.start) // MINUTE
    code, level = _direction(list(known.values()), idle)
    if code == "traffic_none" and all(tunnel.telemetry and not tunnel.telemetry.is_up for tunnel in connection.tunnels):
        code = "traffic_down"
    rows = [f"{ip} in {_size(traffic.bytes_in)}, out {_size(traffic.bytes_out)}" for ip, traffic in known.items()]
    return Finding(code, level, connection.id, values={"period": period, "rows": "; ".join(rows), "idle": _size(idle)})


def _direction(tunnels: list[Traffic], idle: int) -> tuple[str, Level]:
    comes = [traffic.bytes_in > idle for traffic in tunnels]
    goes = [traffic.bytes_out > idle for traffic in tunnels]
    if any(came and went for came, went in zip(comes, goes, strict=True)):
        return "traffic_flows", Level.OK
    if any(comes) and any(goes):
        return "traffic_asymmetric", Level.NOTE
    if any(comes):
        return "traffic_in_only", Level.WARNING
    return ("traffic_out_only", Level.WARNING) if any(goes) else ("traffic_none", Level.NOTE)


def _size(number: int) -> str:
    """Return a number of bytes in the largest unit that leaves a digit before the point: `3.1 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} B"
