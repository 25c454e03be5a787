"""Settings that work today and cause trouble later: tunnel options, maintenance, certificates, lost redundancy."""

from collections.abc import Iterator
from typing import Final

from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level
from tui.domain.checkup.tunnel_logs import ec2_status_of, sibling_state
from tui.domain.inventory import DEFAULTS, ConnectionFacts, TunnelFacts
from tui.domain.times import DAY, iso

_ALGORITHMS: Final = tuple(name for name in DEFAULTS if name.endswith(("Algorithms", "Numbers")))
_WEAK: Final = {"DHGroup": ("2", "5"), "Integrity": ("SHA1",)}
"""DH groups of 1,024 and 1,536 bits, and SHA-1. Source: RFC 8247, sections 2.3 and 2.4."""
_CERTIFICATE_NOTICE: Final = 45 * DAY
_OVERHEAD: Final = {"GCM": (1_446, 1_406), "SHA1": (1_438, 1_398), "SHA2-256": (1_438, 1_398), "SHA2": (1_422, 1_382)}
"""The largest packet and TCP segment in a tunnel over a path of 1,500 bytes, by phase 2 algorithm."""
_UNCOMPARED: Final = frozenset({"TunnelInsideCidr", "TunnelInsideIpv6Cidr"})
"""The options that always differ between two tunnels."""


def option_findings(examined: Examination) -> Iterator[Finding]:
    """Yield what will cause trouble later, tunnel by tunnel, then for each connection as a whole."""
    for connection in examined.inventory.connections if examined.inventory else ():
        for tunnel in connection.tunnels:
            yield from _tunnel_findings(connection, tunnel)
        yield from _connection_findings(examined, connection)
    yield from _unasked(examined)


def _unasked(examined: Examination) -> Iterator[Finding]:
    """Yield for how many tunnels EC2 was not asked about pending maintenance: two calls each would be too many."""
    connections = examined.inventory.connections if examined.inventory else ()
    tunnels = [tunnel for connection in connections for tunnel in connection.tunnels]
    asked = [tunnel for tunnel in tunnels if tunnel.provisioning]
    if 0 < len(asked) < len(tunnels):
        values = {"asked": f"{len(asked):,}", "tunnels": f"{len(tunnels):,}"}
        yield Finding("maintenance_unknown", Level.UNKNOWN, values=values)


def _tunnel_findings(connection: ConnectionFacts, tunnel: TunnelFacts) -> Iterator[Finding]:
    values = {"sibling": sibling_state(connection, tunnel), "own": ec2_status_of(tunnel)}

    def finding(code: str, level: Level, **others: str) -> Finding:
        return Finding(code, level, connection.id, tunnel.outside_ip, values | others)

    if tunnel.configured:
        yield from (finding(code, level, **others) for code, level, others in _initiation(connection, tunnel))
        if (dpd := tunnel.values("DpdTimeoutAction")) == ("none",):
            yield finding("dpd_without_action", Level.WARNING, action=dpd[0])
        for phase in (1, 2):
            yield from (finding("rekeys_at_once", Level.WARNING, **others) for others in _early_rekey(tunnel, phase))
        yield from (finding(code, Level.NOTE, **others) for code, others in _algorithms(tunnel))
    if tunnel.maintenance_pending:
        forced = tunnel.maintenance_forced_at
        deadline = f"AWS applies it by itself after {iso(forced)}" if forced is not None else "without a deadline yet"
        yield finding("maintenance_pending", Level.WARNING, deadline=deadline)


def _initiation(connection: ConnectionFacts, tunnel: TunnelFacts) -> Iterator[tuple[str, Level, dict[str, str]]]:
    """Yield the options that keep AWS from dialling."""
    is_up = tunnel.telemetry is not None and tunnel.telemetry.is_up
    if tunnel.values("StartupAction") == ("add",):
        if tunnel.values("DpdTimeoutAction") == ("clear",):
            address = {"address": connection.customer_gateway.ip, "v2": "yes" if _speaks_v2(tunnel) else ""}
            yield "aws_never_dials", Level.NOTE if is_up else Level.WARNING, address
    elif tunnel.values("StartupAction") == ("start",):
        if not _speaks_v2(tunnel):
            yield "start_with_ikev1", Level.WARNING, {}
        if connection.customer_gateway.id and _has_no_address(connection):
            yield "start_without_address", Level.WARNING, {"gateway": connection.customer_gateway.id}


def _speaks_v2(tunnel: TunnelFacts) -> bool:
    return "ikev2" in tunnel.values("IkeVersions")


def _has_no_address(connection: ConnectionFacts) -> bool:
    """Whether the customer gateway certainly has no address; one that was not looked up has no details at all."""
    gateway = connection.customer_gateway
    return not gateway.ip and bool(gateway.asn or gateway.certificate)


def _early_rekey(tunnel: TunnelFacts, phase: int) -> Iterator[dict[str, str]]:
    """Yield the figures of a lifetime whose earliest rekey would precede its start."""
    lifetime = tunnel.number(f"Phase{phase}LifetimeSeconds")
    margin, fuzz = tunnel.number("RekeyMarginTimeSeconds"), tunnel.number("RekeyFuzzPercentage")
    if lifetime is None or margin is None or fuzz is None:
        return
    earliest = margin + margin * fuzz // 100
    if lifetime <= earliest:
        yield {"phase": str(phase), "lifetime": f"{lifetime:,}", "earliest": f"{earliest:,}"}


def _algorithms(tunnel: TunnelFacts) -> Iterator[tuple[str, dict[str, str]]]:
    agreed = {name: value for name, value in tunnel.negotiated.items() if name.startswith("Phase")}
    default = [name for name in _ALGORITHMS if tunnel.values(name) == DEFAULTS[name]]
    if default:
        yield "algorithms_default", {"options": ", ".join(default), **agreed}
    narrowed = [name for name in _ALGORITHMS if name not in default]
    if weak := [f"{name} {value}" for name in narrowed for value in tunnel.values(name) if is_weak(name, value)]:
        yield "algorithms_weak", {"weak": ", ".join(weak), **agreed}
    if used := [f"{name} {value}" for name, value in agreed.items() if is_weak(name, value)]:
        yield "agreed_on_weak", {"weak": ", ".join(used)}


def is_weak(name: str, value: str) -> bool:
    """Return whether a negotiated algorithm or DH group should no longer be used."""
    return any(part in name and value in values for part, values in _WEAK.items())


def _connection_findings(examined: Examination, connection: ConnectionFacts) -> Iterator[Finding]:
    def finding(code: str, level: Level, **values: str) -> Finding:
        return Finding(code, level, connection.id, values=values)

    tunnels = connection.tunnels
    known = [tunnel for tunnel in tunnels if tunnel.telemetry is not None]
    up = [tunnel for tunnel in known if tunnel.telemetry and tunnel.telemetry.is_up]
    if len(tunnels) == 1 and not connection.left_out:
        yield finding("one_tunnel", Level.WARNING, tunnel=tunnels[0].outside_ip)
    elif len(up) == 1 and len(known) > 1:
        down = ", ".join(tunnel.outside_ip for tunnel in known if tunnel not in up)
        yield finding("one_tunnel_up", Level.WARNING, up=up[0].outside_ip, down=down)
    if len(tunnels) > 1 and (rows := _differences(tunnels[0], tunnels[1])):
        sides = f"{tunnels[0].outside_ip} | {tunnels[1].outside_ip}"
        yield finding("tunnels_differ", Level.NOTE, sides=sides, rows="; ".join(rows))
    if connection.accelerated:
        yield finding("accelerated", Level.NOTE)
    if (ends := examined.certificates.get(connection.customer_gateway.certificate)) is not None:
        days = max(0, ends - examined.at) // DAY
        is_near = ends - examined.at < _CERTIFICATE_NOTICE
        code, level = ("certificate_ends", Level.WARNING) if is_near else ("certificate_lasts", Level.OK)
        yield finding(code, level, ends=iso(ends), days=str(days))
    for sizes in {_largest(tunnel) for tunnel in tunnels} - {None}:
        if sizes is not None:
            yield finding("segment_size", Level.NOTE, packet=f"{sizes[0]:,}", segment=f"{sizes[1]:,}")


def _differences(first: TunnelFacts, second: TunnelFacts) -> list[str]:
    """Return the options in which two tunnels differ, side by side, with AWS's default for an omitted option."""
    if not (first.configured and second.configured):
        return []
    names = dict.fromkeys((*first.configured, *second.configured))
    pairs = ((name, first.values(name), second.values(name)) for name in names if name not in _UNCOMPARED)
    return [f"{name} {_joined(one)} | {_joined(other)}" for name, one, other in pairs if one != other]


def _joined(values: tuple[str, ...]) -> str:
    return ", ".join(values) or "none"


def _largest(tunnel: TunnelFacts) -> tuple[int, int] | None:
    """Return the largest packet and TCP segment for the negotiated phase 2 algorithms; None if unknown."""
    if "GCM" in tunnel.negotiated.get("Phase2EncryptionAlgorithm", ""):
        return _OVERHEAD["GCM"]
    integrity = tunnel.negotiated.get("Phase2IntegrityAlgorithm", "")
    return _OVERHEAD.get(integrity) or (_OVERHEAD["SHA2"] if integrity.startswith("SHA2") else None)
