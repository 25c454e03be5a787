"""Whether the tunnels log, where to, and whether the logs arrive."""

from collections.abc import Iterator
from typing import Final

from tui.domain.checkup.facts import Examination, GroupFacts, StreamFacts
from tui.domain.checkup.finding import Finding, Level
from tui.domain.events import Log
from tui.domain.inventory import ConnectionFacts, TunnelFacts
from tui.domain.times import DAY, HOUR, SECOND, age

VENDED: Final = "/aws/vendedlogs/"
"""The prefix of log groups that a single statement opens to log delivery."""
DEFAULT_GROUP: Final = f"{VENDED}vpn"
_ODD_CLASSES: Final = {"INFREQUENT_ACCESS": Level.WARNING, "DELIVERY": Level.STOP}
"""The log classes without Live Tail; the events of DELIVERY cannot be read at all."""
_SHORT_RETENTION: Final = 3
_QUIET_BGP: Final = 30 * DAY


def logging_findings(examined: Examination) -> Iterator[Finding]:
    """Yield findings on each tunnel's logs and on the log groups."""
    if examined.inventory is not None and not examined.inventory.connections:
        yield Finding("no_connections", Level.STOP, values={"region": examined.caller.region})
    for connection in examined.inventory.connections if examined.inventory else ():
        for tunnel in connection.tunnels:
            yield from _tunnel_findings(examined, connection, tunnel)
        yield from _difference(connection)
    for group in examined.groups.values():
        yield from _group_findings(group)


def is_dynamic(connection: ConnectionFacts) -> bool:
    """Whether the connection routes by BGP."""
    return not connection.static_routes_only


def target_group(examined: Examination, connection: ConnectionFacts, log: Log = Log.IKE) -> str:
    """Return the recommended log group for a tunnel that does not log.

    It is the group of its sibling, else of another connection, else of its other log, else a new one whose name log
    delivery is allowed to use. Missing groups are skipped.
    """
    connections = (connection, *(examined.inventory.connections if examined.inventory else ()))
    tunnels = [tunnel for owner in connections for tunnel in owner.tunnels]
    alike, others = ([_group(tunnel, kind) for tunnel in tunnels] for kind in (log, *(set(Log) - {log})))
    own = [_group(tunnel, kind) for tunnel in connection.tunnels for kind in (log, *(set(Log) - {log}))]
    return next((name for name in (*alike, *own, *others) if name and _exists(examined, name)), DEFAULT_GROUP)


def _group(tunnel: TunnelFacts, log: Log) -> str | None:
    return tunnel.ike_group if log is Log.IKE else tunnel.bgp_group


def _exists(examined: Examination, name: str) -> bool:
    known = examined.groups.get(name)
    return known is None or known.exists is not False


def group_arn(examined: Examination, name: str) -> str:
    """Return the known ARN of a log group, or else its ARN in this account and region."""
    if (known := examined.groups.get(name)) and known.arn:
        return known.arn
    caller = examined.caller
    return f"arn:{partition(caller.region)}:logs:{caller.region}:{caller.account or '123456789012'}:log-group:{name}"


def partition(region: str) -> str:
    """Return the AWS partition of a region."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def comes_by_delivery(connection: ConnectionFacts, group: str | None, log: Log) -> bool:
    """Whether a log delivery, rather than the tunnel's own option, writes that log to that group."""
    return any(delivery.log is log and delivery.group == group for delivery in connection.deliveries)


def _tunnel_findings(examined: Examination, connection: ConnectionFacts, tunnel: TunnelFacts) -> Iterator[Finding]:
    def finding(code: str, level: Level, **values: str) -> Finding:
        return Finding(code, level, connection.id, tunnel.outside_ip, values)

    if tunnel.ike_group is None:
        group = target_group(examined, connection)
        yield finding(
            "logging_off",
            Level.STOP,
            group=group,
            arn=group_arn(examined, group),
            bgp_arn=group_arn(examined, target_group(examined, connection, Log.BGP)) if is_dynamic(connection) else "",
            create="" if (known := examined.groups.get(group)) and known.exists else "yes",
            sibling=sibling_state(connection, tunnel),
            own=ec2_status_of(tunnel),
        )
        return
    if comes_by_delivery(connection, tunnel.ike_group, Log.IKE):
        yield finding("logging_by_delivery", Level.OK, group=tunnel.ike_group)
    elif tunnel.ike_format not in ("", "json"):
        yield finding("log_format_text", Level.NOTE, format=tunnel.ike_format)
    yield from _bgp_findings(examined, connection, tunnel)
    yield from _stream_findings(examined, connection, tunnel, tunnel.ike_group, Log.IKE)
    if tunnel.bgp_group and is_dynamic(connection):
        yield from _stream_findings(examined, connection, tunnel, tunnel.bgp_group, Log.BGP)


def _bgp_findings(examined: Examination, connection: ConnectionFacts, tunnel: TunnelFacts) -> Iterator[Finding]:
    if is_dynamic(connection) and tunnel.bgp_group is None:
        if comes_by_delivery(connection, tunnel.ike_group, Log.IKE):
            yield Finding("bgp_delivery_missing", Level.WARNING, connection.id, tunnel.outside_ip)
            return
        group = target_group(examined, connection, Log.BGP)
        values = {"group": group, "arn": group_arn(examined, group), "sibling": sibling_state(connection, tunnel)}
        values["own"] = ec2_status_of(tunnel)
        yield Finding("bgp_logging_off", Level.WARNING, connection.id, tunnel.outside_ip, values)
    elif tunnel.bgp_group is not None and not is_dynamic(connection):
        yield Finding("bgp_logging_useless", Level.NOTE, connection.id, tunnel.outside_ip)


def sibling_state(connection: ConnectionFacts, tunnel: TunnelFacts) -> str:
    """Return the other tunnel's address and EC2 status, as `198.51.100.29 UP`; empty if there is none."""
    sibling = next((sibling for sibling in connection.tunnels if sibling.outside_ip != tunnel.outside_ip), None)
    return f"{sibling.outside_ip} {ec2_status_of(sibling)}" if sibling else ""


def ec2_status_of(tunnel: TunnelFacts) -> str:
    """Return EC2's status of a tunnel: UP, DOWN or unknown."""
    return "unknown" if tunnel.telemetry is None else "UP" if tunnel.telemetry.is_up else "DOWN"


def _stream_findings(
    examined: Examination, connection: ConnectionFacts, tunnel: TunnelFacts, group: str, log: Log
) -> Iterator[Finding]:
    """Yield whether one log arrives. A group known to be missing has its own finding."""
    known = examined.groups.get(group)
    if known is not None and known.exists is False:
        return
    stream = examined.streams.get((connection.id, tunnel.outside_ip, log), StreamFacts())
    code, level = _freshness(examined, tunnel, stream, log)
    if not code:
        return
    values = {"group": group, "log": log.value.upper()}
    if stream.newest_at is not None:
        values["age"] = age(examined.at - stream.newest_at)
    yield Finding(code, level, connection.id, tunnel.outside_ip, values)


def _freshness(examined: Examination, tunnel: TunnelFacts, stream: StreamFacts, log: Log) -> tuple[str, Level]:
    """Return the code and level for the age of a stream's newest event; an empty code if there is nothing to report."""
    is_up = tunnel.telemetry is not None and tunnel.telemetry.is_up
    if stream.exists is None:
        return "stream_unknown", Level.UNKNOWN
    if not stream.exists:
        if log is Log.BGP:  # a session unchanged since its log was turned on has written nothing
            return "bgp_stream_missing", Level.NOTE
        return ("stream_missing", Level.STOP) if is_up else ("stream_never_began", Level.WARNING)
    if stream.newest_at is None:
        return "stream_unread", Level.UNKNOWN
    silence = examined.at - stream.newest_at
    if log is Log.BGP:
        return ("log_arrives", Level.OK) if silence <= _QUIET_BGP else ("", Level.OK)
    if silence <= longest_silence(tunnel):
        return "log_arrives", Level.OK
    return ("log_stale", Level.WARNING) if is_up else ("log_silent", Level.NOTE)


def longest_silence(tunnel: TunnelFacts) -> int:
    """Return how long (ms) a tunnel that is up may log nothing: two phase 2 rekeys, plus an hour for delivery."""
    return 2 * (tunnel.number("Phase2LifetimeSeconds") or 3_600) * SECOND + HOUR


def _difference(connection: ConnectionFacts) -> Iterator[Finding]:
    """Yield how the tunnels of a connection log differently; one that does not log at all has its own finding."""
    logs = {(tunnel.ike_group, tunnel.bgp_group) for tunnel in connection.tunnels if tunnel.ike_group}
    if len(logs) > 1:
        sides = ", ".join(
            f"{tunnel.outside_ip} {tunnel.ike_group} / {tunnel.bgp_group or 'no BGP log'}"
            for tunnel in connection.tunnels
            if tunnel.ike_group
        )
        yield Finding("logging_differs", Level.NOTE, connection.id, values={"sides": sides})


def _group_findings(group: GroupFacts) -> Iterator[Finding]:
    values = {"group": group.name, "arn": group.arn, "class": group.log_class, "key": group.kms_key}
    if group.exists is None:
        yield Finding("log_group_unknown", Level.UNKNOWN, values=values)
        return
    if not group.exists:
        yield Finding("log_group_missing", Level.STOP, values=values)
        return
    if group.log_class in _ODD_CLASSES:
        yield Finding("log_group_class", _ODD_CLASSES[group.log_class], values=values)
    if group.retention_days is None:
        yield Finding("retention_endless", Level.NOTE, values=values)
    elif group.retention_days < _SHORT_RETENTION:
        yield Finding("retention_short", Level.WARNING, values=values | {"days": str(group.retention_days)})
    if group.kms_key:
        yield Finding("log_group_encrypted", Level.NOTE, values=values)
