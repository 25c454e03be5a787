"""Incidents of one VPN connection each, with what an engineer would say of them: one file a kind.

Those below `cases` are samples of each kind. Those below `written` are variations on them: other versions, timings,
parties and wordings.

An incident begins with an object:

- `id`, `title`; `vpn` and `tunnels`: the connection's id and the outside addresses of its tunnels `a` and `b`
- `ec2`: what EC2 answers about the connection, null where it may not be asked. `cgw` is the customer gateway,
  `tunnels` hold `options` under EC2's names (one that is missing has AWS's default), `log` and `bgp_log` (whether that
  logging is on), `telemetry`, `replacement` and `provisioning`
- `expect`: the outcome for `tunnel`, and for the other one under `sibling`. A list means any of these; what is missing
  is not asked. `say_has` and `say_lacks` are regular expressions, case-blind, on the sentence for the customer

Every other line is one record, `[ago, tunnel, log, message, states]`, oldest first; those of a second keep their order:

- `[12, "a", "IKE", "AWS tunnel is sending DPD request", "EEn"]`: E N D R for the phases, `-` for a state that was not
  delivered; `n` where NAT was detected, `x` where DPD is off
- `[12, "a", "BGP", "AWS-side peer …", "DOWN"]` and `[12, "a", "BGP", {"prefix": …}, "ADVERTISED"]` for routes

All times are seconds before the moment of the look; a negative one lies ahead.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tests.factories import NOON, STATES, stream_of
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, StaticRoute, Telemetry, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel

NOW: Final = NOON
LOOK_BACK: Final = 72 * 3_600
Row = tuple[float, str, str, Any, str]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: its log as rows, what EC2 answers, and the outcome that is right."""

    id: str
    kind: str
    title: str
    vpn: str
    tunnels: dict[str, str]
    ec2: dict[str, Any] | None
    expect: dict[str, Any]
    rows: tuple[Row, ...] = field(default=(), repr=False)

    @property
    def events(self) -> list[RawEvent]:
        """The rows as CloudWatch would give them, in the order of the log, for a look-back of 72 hours."""
        return [self.event_of(row, rank) for rank, row in enumerate(self.rows) if row[0] <= LOOK_BACK]

    def event_of(self, row: Row, rank: int) -> RawEvent:
        """Return the event that a row stands for; `rank` is its place in the log."""
        ago, key, log, message, states = row
        at, ip = moment(ago), self.tunnels[key]
        record = _ike_record(message, states) if log == "IKE" else _bgp_record(f"{self.vpn}_{ip}", message, states)
        record["event_timestamp"] = at // 1000 if log == "IKE" else at
        return RawEvent(stream_of(ip, vpn=self.vpn, log=log), at, at + 1000, json.dumps(record), serial=rank, rank=rank)

    @property
    def facts(self) -> ConnectionFacts | None:
        """What EC2 says, as the program keeps it."""
        return None if self.ec2 is None else _facts(self.vpn, self.tunnels, self.ec2)

    def fleet(self, events: Sequence[RawEvent] | None = None) -> Fleet:
        """Return a fleet that has asked EC2 and read the whole log, up to the moment of the look."""
        fleet = Fleet(load())
        facts = self.facts
        if facts is not None:
            fleet.learn(Inventory((facts,)))
        fleet.apply(self.events if events is None else events, watermark=NOW)
        return fleet

    def connection(self, fleet: Fleet) -> Connection:
        """Return the connection in a fleet that has heard of it."""
        connection = fleet.connection(self.vpn)
        assert connection is not None
        return connection

    def tunnel(self, fleet: Fleet, key: str) -> Tunnel:
        """Return the tunnel `a` or `b`."""
        tunnel = fleet.find(self.vpn, self.tunnels[key])
        assert tunnel is not None
        return tunnel

    @property
    def expectations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the tunnel in question and its sibling, each with what is expected of it."""
        yield self.expect["tunnel"], self.expect
        if sibling := self.expect.get("sibling"):
            yield sibling["tunnel"], sibling

    def without_ec2(self) -> "Incident":
        """Return the incident where EC2 may not be asked."""
        return replace(self, ec2=None)

    def with_rows(self, rows: Sequence[Row]) -> "Incident":
        """Return the incident with another log."""
        return replace(self, rows=tuple(rows))


def moment(ago: float) -> int:
    """Return the instant so many seconds before the look, ms."""
    return NOW - round(ago * 1000)


def _ike_record(message: str, states: str) -> dict[str, object]:
    record: dict[str, object] = {"details": message, "dpd_enabled": "x" not in states, "nat_t_detected": "n" in states}
    for name, state in zip(("ike_phase1_state", "ike_phase2_state"), states, strict=False):
        if state in STATES:
            record[name] = STATES[state]
    return record


def _bgp_record(resource: str, message: object, status: str) -> dict[str, object]:
    kind = "BGPStatus" if status in ("UP", "DOWN") else "RouteStatus"
    body = message if isinstance(message, dict) else {"details": message}
    return {"resource_id": resource, "type": kind, "status": status, "message": body}


def _facts(vpn: str, addresses: dict[str, str], ec2: dict[str, Any]) -> ConnectionFacts:
    gateway = ec2["cgw"]
    static = ec2["static"]
    return ConnectionFacts(
        vpn,
        name=ec2["name"],
        state=ec2["state"],
        gateway=f"{ec2['gateway']}-0a1b2c3d4e5f60718",
        gateway_kind=ec2["gateway"],
        customer_gateway=CustomerGateway(
            gateway["id"],
            ip=gateway["ip"],
            asn=gateway["asn"],
            certificate="arn:aws:acm:eu-west-1:123456789012:certificate/x" if gateway["certificate"] else "",
        ),
        static_routes_only=static,
        routes=tuple(StaticRoute(prefix, "available") for prefix in ec2.get("routes", ())),
        accelerated=ec2["accelerated"],
        options={"StaticRoutesOnly": str(static).lower(), "EnableAcceleration": str(ec2["accelerated"]).lower()},
        tunnels=tuple(_tunnel_facts(addresses[key], given) for key, given in ec2["tunnels"].items()),
    )


def _tunnel_facts(ip: str, given: dict[str, Any]) -> TunnelFacts:
    replacement, provisioning = given.get("replacement") or {}, given.get("provisioning") or {}
    status = given.get("telemetry")
    options = {name: value if isinstance(value, list) else [value] for name, value in given["options"].items()}
    return TunnelFacts(
        ip,
        ike_group="vpn" if given["log"] else None,
        bgp_group="vpn" if given["bgp_log"] else None,
        telemetry=Telemetry(status["status"] == "UP", status["message"], moment(status["since"]), status["routes"])
        if status
        else None,
        configured={name: ", ".join(map(str, values)) for name, values in options.items()},
        provisioning=provisioning.get("status", "available"),
        provisioning_reason=provisioning.get("reason", ""),
        replaced_at=moment(replacement["last"]) if replacement.get("last") is not None else None,
        maintenance_pending=bool(replacement.get("pending")),
        maintenance_forced_at=moment(replacement["after"]) if replacement.get("after") is not None else None,
    )


def read(path: Path) -> Iterator[Incident]:
    """Yield the incidents of one kind."""
    header: dict[str, Any] | None = None
    rows: list[Row] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        value = json.loads(line)
        if isinstance(value, list):
            rows.append((value[0], value[1], value[2], value[3], value[4]))
            continue
        if header is not None:
            yield Incident(kind=path.stem, rows=tuple(rows), **header)
        header, rows = value, []
    if header is not None:
        yield Incident(kind=path.stem, rows=tuple(rows), **header)


_FILES: Final = [
    path for name in ("cases", "written") for path in sorted((Path(__file__).parent / name).glob("*.jsonl"))
]
INCIDENTS: Final = {incident.id: incident for path in _FILES for incident in read(path)}
