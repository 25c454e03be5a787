"""Small factories for the screen's tests: raw events as AWS writes them, facts, and a pump that holds them."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count

from tests import factories
from tests.factories import IP, NOON, VPN
from tui.content.board.groups import Arrangement
from tui.content.board.lines import BoardLines, DrawnLines, Look
from tui.content.layout.lines import Line
from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.feed.pump import Pump
from tui.feed.source import Batch

NOW = 1_795_435_471_000
"""2026-11-23 12:04:31 UTC."""
HQ = VPN
GROUP = "/aws/vendedlogs/vpn"
OSAKA = "vpn-0c2d3e4f5a6b7c8d9"
LIVE = FeedState(mode=FeedMode.LIVE, account="123456789012")
CHATTER = (
    "AWS tunnel is sending DPD request",
    "sending packet: from 203.0.113.17 [UDP 4500] to 198.51.100.200 [UDP 4500] (80 bytes)",
    "received packet: from 198.51.100.200 [UDP 4500] to 203.0.113.17 [UDP 4500] (80 bytes)",
    "CGW sent DPD ACK (sequence number 7)",
)
ESTABLISHED = (
    "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a: "
    "traffic selectors: 0.0.0.0/0 <=> 0.0.0.0/0"
)
BGP_UP = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
_serials = count(1)


def board_lines(shown: Arrangement, width: int, look: Look) -> list[Line]:
    """Return all the lines of a board."""
    return list(DrawnLines(BoardLines(shown, width, has_recent=look.recent is not None), look))


def ike(
    message: str,
    states: str = "EE",
    *,
    ago: float = 0,
    vpn: str = HQ,
    ip: str = IP,
    now: int = NOW,
) -> RawEvent:
    """Return an IKE event `ago` seconds before now; `states` as in `tests.factories`."""
    at = now - round(ago * 1000)
    return raw(factories.ike_line(message, states, at=at, nat_t_detected=True), at=at, vpn=vpn, ip=ip)


def bgp(message: str, *, ago: float = 0, status: str = "UP", vpn: str = HQ, ip: str = IP) -> RawEvent:
    """Return a BGPStatus event."""
    return _logged(factories.bgp(message, status, at=_seconds_after_noon(ago), ip=ip, vpn=vpn))


def route(
    prefix: str,
    *,
    status: str = "ADVERTISED",
    ago: float = 0,
    vpn: str = HQ,
    ip: str = IP,
    as_path: str = "65010",
    details: str | None = None,
) -> RawEvent:
    """Return a RouteStatus event: a prefix announced by the peer."""
    at = _seconds_after_noon(ago)
    return _logged(factories.route(status, prefix, at=at, details=details, as_path=as_path, ip=ip, vpn=vpn))


def _seconds_after_noon(ago: float) -> float:
    return (NOW - NOON) / 1000 - ago


def _logged(event: RawEvent) -> RawEvent:
    """Return the event with the feed's additions: its group, and its position among those of its time."""
    serial = next(_serials)
    return replace(event, group=GROUP, serial=serial, rank=serial)


def refused(prefix: str, *, ago: float = 0) -> RawEvent:
    """Return a RouteStatus event: a prefix that AWS rejects."""
    return route(prefix, ago=ago, as_path="65010 65099", details="DENIED due to: as-path contains our own AS")


def withdrawn(prefix: str, *, ago: float = 0) -> RawEvent:
    """Return a RouteStatus event: a prefix that the peer withdrew."""
    return route(prefix, status="WITHDRAWN", ago=ago)


def raw(line: str, *, at: int = NOW, vpn: str = HQ, ip: str = IP, log: str = "IKE") -> RawEvent:
    """Return any line, as its stream contains it."""
    return _logged(RawEvent(factories.stream_of(ip, vpn=vpn, log=log), at, at + 500, line))


def chatter(cycles: int, *, until: float = 4, states: str = "EE", vpn: str = HQ, ip: str = IP) -> list[RawEvent]:
    """Return DPD cycles every 10 s, the last one `until` seconds ago."""
    event = partial(ike, states=states, vpn=vpn, ip=ip)
    return [event(message, ago=until + 10 * cycle) for cycle in reversed(range(cycles)) for message in CHATTER]


def facts(connection: str, name: str, *ips: str, logging: bool = True, state: str = "available") -> ConnectionFacts:
    """Return a connection as EC2 describes it."""
    group = "/aws/vendedlogs/vpn" if logging else None
    tunnels = tuple(TunnelFacts(ip, ike_group=group, telemetry=Telemetry(True, "IPSEC IS UP")) for ip in ips)
    return ConnectionFacts(id=connection, name=name, state=state, tunnels=tunnels)


class ListSource:
    """Yields the batches that it was given."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches
        self.retries = 0

    def retry(self) -> None:
        self.retries += 1

    async def batches(self) -> AsyncGenerator[Batch, None]:
        for batch in self._batches:
            yield batch


def pump(
    events: Iterable[RawEvent] = (),
    *,
    connections: Sequence[ConnectionFacts] = (),
    state: FeedState = LIVE,
    watermark: int | None = NOW,
    caught_up: bool = True,
) -> Pump:
    """Return a pump whose fleet has taken these events."""
    made = Pump(ListSource(()), Fleet(load()))
    inventory = Inventory(tuple(connections)) if connections else None
    made.take(Batch(tuple(events), watermark=watermark, state=state, inventory=inventory, caught_up=caught_up))
    return made


def tunnel_in(held: Pump, connection: str, ip: str) -> Tunnel:
    """Return a tunnel that the pump's fleet has."""
    tunnel = held.fleet.find(connection, ip)
    assert tunnel is not None
    return tunnel


def diagnosing(held: Pump, *, now: int = NOW) -> Callable[[Tunnel], tuple[Diagnosis, ...]]:
    """Return the function that names the causes of a pump's tunnels."""
    return partial(Diagnoser(held.fleet).of, now=now)


def cutover() -> Pump:
    """Return the night of a cutover: one connection redundant, one with a tunnel that fails in phase 2."""
    osaka = partial(ike, vpn=OSAKA, ip="203.0.113.42")
    healthy = [
        event
        for ip in ("198.51.100.7", "198.51.100.9")
        for event in (
            ike(ESTABLISHED, ago=7_500, ip=ip, states="ND"),
            ike(ESTABLISHED, ago=7_499, ip=ip),
            bgp(BGP_UP, ago=7_490, ip=ip),
            *(route(f"10.{n}.0.0/16", ago=7_480, ip=ip) for n in range(3)),
            *chatter(30, ip=ip),
        )
    ]  # fmt: skip
    failing = [
        osaka("AWS tunnel processed request (id=0) for IKE_SA_INIT", ago=47, states="ND"),
        osaka("AWS tunnel processed request (id=1) for IKE_AUTH", ago=42, states="ED"),
        osaka("AWS tunnel processed request (id=2) for CREATE_CHILD_SA", ago=41, states="EN"),
        osaka('No Proposal Match Found. Notifying with "No proposal chosen"', ago=41, states="EN"),
        osaka("AWS tunnel is sending response (id=2) for CREATE_CHILD_SA", ago=41, states="ED"),
        *chatter(3, states="ED", vpn=OSAKA, ip="203.0.113.42"),
    ]
    up = [
        ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", ago=190, states="ND", vpn=OSAKA),
        ike(ESTABLISHED, ago=180, vpn=OSAKA),
        *chatter(17, vpn=OSAKA),
    ]
    return pump(
        [*healthy, *failing, *up],
        connections=(
            facts(HQ, "hq", "198.51.100.7", "198.51.100.9"),
            facts(OSAKA, "osaka", "203.0.113.17", "203.0.113.42"),
        ),
    )


def fleet(connections: int, *, down: Iterable[int] = (), names: Callable[[int], str] = "site-{:04}".format) -> Pump:
    """Return this many connections of two tunnels each, all up but the second one of those that are `down`."""
    fallen = set(down)
    places = [
        (number, f"vpn-{number + 1:017x}", f"203.0.{number // 100}.{number % 100 * 2 + side}", side)
        for number in range(connections)
        for side in (1, 2)
    ]
    lives = [ike(ESTABLISHED, ago=7_000, vpn=vpn, ip=ip) for _, vpn, ip, _ in places]
    lives += [
        ike("AWS tunnel DPD timed out after 3 retransmits", ago=100, states="DD", vpn=vpn, ip=ip)
        for number, vpn, ip, side in places
        if number in fallen and side == 2
    ]
    described = [
        facts(vpn, names(number), ip, places[index + 1][2])
        for index, (number, vpn, ip, side) in enumerate(places)
        if side == 1
    ]
    return pump(lives, connections=described)
