"""Simulates AWS's end of one tunnel: its states, exchange ids and SPIs, and the records it writes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final

from tui.demo.scenarios.bursts import BgpLine, Burst, IkeLine, Packet, Phases
from tui.demo.server.vpn import LogDelivery, VpnTelemetry

DOWN: Final[Phases] = ("down", "down")


@dataclass(frozen=True, slots=True)
class Setup:
    """The fixed properties of AWS's end of a tunnel.

    With `falls_at_once` the records of a failure carry the states after it, as AWS's alarm filter expects, rather than
    the states at the time of writing.
    """

    connection: str
    customer_gateway: str
    outside_ip: str
    inside: str
    neighbor: str
    nat: bool = False
    asn: int = 65_010
    routes: tuple[str, ...] = ()
    with_bgp: bool = True
    falls_at_once: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be written after `after` seconds; `body` lacks only the time, which `stamp` adds."""

    after: float
    is_bgp: bool
    body: dict[str, object]

    def stamp(self, at: int) -> tuple[int, str]:
        """Return the CloudWatch timestamp and the line for the time `at` (ms). IKE records have whole seconds."""
        if not self.is_bgp:
            seconds = at // 1000
            return seconds * 1000, _compact({"event_timestamp": seconds, **self.body})
        readable = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
        resource = {"resource_id": self.body["resource_id"]}
        return at, _compact(resource | {"event_timestamp": at, "timestamp": readable} | self.body)


class TunnelSimulator:
    """AWS's end of a tunnel during a play."""

    def __init__(self, setup: Setup, dice: Random) -> None:
        self.setup = setup
        self.phases: Phases = DOWN
        self.has_session = False
        self.has_routes = True
        self._dice = dice
        self._numbers = {"got": -1, "own": -1, "sequence": dice.randrange(1, 2**31)}
        self._spis = {"in": self._spi(), "out": self._spi()}

    def __repr__(self) -> str:
        return f"<TunnelSimulator {self.setup.outside_ip} {'/'.join(self.phases)}{' bgp' if self.has_session else ''}>"

    def can_play(self, burst: Burst) -> bool:
        """Whether the tunnel is in the states that the burst needs."""
        if burst.bgp and not self.setup.with_bgp:
            return False
        return _NEEDS[burst.needs](self)

    def play(self, burst: Burst) -> Iterator[Record]:
        """Yield the records of a burst in order; its final states hold from the first record on."""
        if burst.fresh == "before":
            self._restart_ids()
        words = self._spis | {"new_in": self._spi(), "new_out": self._spi(), "random": str(self._dice.getrandbits(32))}
        standing = self.phases
        records = [self._ike(line, burst, standing, words) for line in burst.ike]
        records += [record for line in burst.bgp for record in self._bgp(line)]
        if any("{new_in}" in line.text for line in burst.ike):
            self._spis = {"in": words["new_in"], "out": words["new_out"]}
        if burst.fresh == "after":
            self._restart_ids()
        if burst.settled is not None:
            self.phases = burst.settled
        if burst.session is not None:
            self.has_session = burst.session
        for line in burst.bgp:
            if line.prefix == "*":
                self.has_routes = line.status != "WITHDRAWN"
        yield from records

    def telemetry(self, since: int) -> VpnTelemetry:
        """Return EC2's view of the current states; `since` in ms."""
        if self.phases[1] not in ("established", "rekeying"):
            return VpnTelemetry("DOWN", "IPSEC IS DOWN", since)
        if not self.setup.with_bgp:
            return VpnTelemetry("UP", "", since)
        if not self.has_session:
            return VpnTelemetry("DOWN", "IPSEC IS UP", since)
        routes = len(self.setup.routes) if self.has_routes else 0
        return VpnTelemetry("UP", f"{routes} BGP ROUTES", since, routes)

    def fall(self) -> None:
        """Go down without writing a record, as after AWS has replaced the endpoint."""
        self.phases, self.has_session = DOWN, False

    def _restart_ids(self) -> None:
        self._numbers |= {"got": -1, "own": -1}

    def _spi(self) -> str:
        return f"0x{self._dice.getrandbits(32):08x}"

    def _ike(self, line: IkeLine, burst: Burst, standing: Phases, words: dict[str, str]) -> Record:
        phases = line.phases or standing
        if line.falls and self.setup.falls_at_once and burst.settled is not None:
            phases = burst.settled
        text = self._packet(line) if isinstance(line, Packet) else self._filled(line.text, words)
        body: dict[str, object] = {
            "details": text,
            "dpd_enabled": True,
            "nat_t_detected": self.setup.nat,
            "ike_phase1_state": phases[0],
            "ike_phase2_state": phases[1],
        }
        return Record(line.after, False, body)

    def _packet(self, packet: Packet) -> str:
        port = 4500 if self.setup.nat and not packet.early else 500
        ours = f"{self.setup.outside_ip} [UDP {port}]"
        theirs = f"{self.setup.customer_gateway} [UDP {port}]"
        if packet.received:
            return f"received packet: from {theirs} to {ours} ({packet.size} bytes)"
        return f"sending packet: from {ours} to {theirs} ({packet.size} bytes)"

    def _filled(self, text: str, words: dict[str, str]) -> str:
        for name in self._numbers:
            if f"{{{name}+}}" in text:
                self._numbers[name] += 1
                text = text.replace(f"{{{name}+}}", f"{{{name}}}")
        setup = self.setup
        return text.format(
            **self._numbers, **words, cgw=setup.customer_gateway, neighbor=setup.neighbor, inside=setup.inside
        )

    def _bgp(self, line: BgpLine) -> Iterator[Record]:
        setup = self.setup
        details = line.text.format(neighbor=setup.neighbor, inside=setup.inside, asn=setup.asn)
        if not line.prefix:
            yield Record(line.after, True, self._bgp_body("BGPStatus", line.status, {"details": details}))
            return
        for index, prefix in enumerate(setup.routes if line.prefix == "*" else (line.prefix,)):
            message: dict[str, object] = {"prefix": prefix, "asPath": str(setup.asn), "localPref": 100, "med": 0}
            message |= {"nextHopIp": setup.neighbor, "weight": 0} | ({"details": details} if details else {})
            yield Record(line.after + index / 1000, True, self._bgp_body("RouteStatus", line.status, message))

    def _bgp_body(self, kind: str, status: str, message: dict[str, object]) -> dict[str, object]:
        resource = f"{self.setup.connection}_{self.setup.outside_ip}"
        return {"resource_id": resource, "type": kind, "status": status, "message": message}


_NEEDS: Final[dict[str, Callable[[TunnelSimulator], bool]]] = {
    "": lambda simulator: True,
    "phase1": lambda simulator: simulator.phases[0] != "down",
    "both": lambda simulator: "down" not in simulator.phases,
    "bgp": lambda simulator: simulator.has_session,
    "down": lambda simulator: simulator.phases[0] == "down",
}


def delivered_line(line: str, delivery: LogDelivery) -> str:
    """Return a record as a delivery writes it; the plain format has values without names."""
    if delivery.output_format != "plain":
        return line
    record = json.loads(line)
    return delivery.delimiter.join(_plain(record.get(name)) for name in delivery.fields)


def _plain(value: object) -> str:
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compact(body: dict[str, object]) -> str:
    return json.dumps(body, separators=(",", ":"))
