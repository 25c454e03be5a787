"""Small factories for log events, in the shapes that AWS sends."""

import json
from collections.abc import Iterable
from sys import intern

from tui.domain.events import RawEvent
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel

VPN = "vpn-0a1b2c3d4e5f60718"
IP = "203.0.113.17"
OTHER_IP = "203.0.113.42"
NOON = 1_795_435_200_000  # 2026-11-23T12:00:00Z
STATES = {"E": "established", "N": "negotiating", "D": "down", "R": "rekeying"}


def stream_of(ip: str = IP, *, vpn: str = VPN, log: str = "IKE") -> str:
    return intern(f"{vpn}-{ip}-{log}.log")


def ike_line(details: str, states: str | None = "EE", *, at: int = NOON, **more: object) -> str:
    """A tunnel activity record; `states` is two of E, N, D, R for the phases, None leaves them out."""
    record: dict[str, object] = {"event_timestamp": at // 1000, "details": details, "dpd_enabled": True}
    record["nat_t_detected"] = False
    if states is not None:
        record["ike_phase1_state"] = STATES[states[0]]
        record["ike_phase2_state"] = STATES[states[1]]
    return json.dumps(record | more, separators=(",", ":"))


def ike(
    details: str,
    states: str | None = "EE",
    *,
    at: float = 0,
    ip: str = IP,
    vpn: str = VPN,
    rank: int = 0,
    serial: int = 0,
    ingested: float | None = None,
) -> RawEvent:
    """An IKE event `at` seconds after noon."""
    when = NOON + round(at * 1000)
    return RawEvent(
        stream=stream_of(ip, vpn=vpn),
        at=when,
        ingested_at=when + 1000 if ingested is None else NOON + round(ingested * 1000),
        message=ike_line(details, states, at=when),
        serial=serial,
        rank=rank,
    )


def bgp(
    details: str, status: str = "UP", *, at: float = 0, ip: str = IP, vpn: str = VPN, kind: str = "BGPStatus"
) -> RawEvent:
    when = NOON + round(at * 1000)
    record = {
        "resource_id": f"{vpn}_{ip}",
        "event_timestamp": when,
        "timestamp": "2026-11-23 12:00:00.000Z",
        "type": kind,
        "status": status,
        "message": {"details": details},
    }
    return RawEvent(stream_of(ip, vpn=vpn, log="BGP"), when, when + 1000, json.dumps(record))


def route(
    status: str,
    prefix: str,
    *,
    at: float = 0,
    details: str | None = None,
    as_path: str = "65010",
    ip: str = IP,
    vpn: str = VPN,
) -> RawEvent:
    when = NOON + round(at * 1000)
    body = {"prefix": prefix, "asPath": as_path, "localPref": 100, "med": 0, "nextHopIp": "169.254.50.85", "weight": 0}
    record = {
        "resource_id": f"{vpn}_{ip}",
        "event_timestamp": when,
        "type": "RouteStatus",
        "status": status,
        "message": body | ({"details": details} if details else {}),
    }
    return RawEvent(stream_of(ip, vpn=vpn, log="BGP"), when, when + 1000, json.dumps(record))


def fleet_of(events: Iterable[RawEvent] = (), **options: int) -> Fleet:
    fleet = Fleet(load(), **options)
    fleet.apply(events)
    return fleet


def tunnel_of(events: Iterable[RawEvent]) -> Tunnel:
    """The one tunnel that `events` are of."""
    (tunnel,) = fleet_of(events).tunnels
    return tunnel
