"""The outages that the program finds in a log of one tunnel, in seconds after noon."""

from collections.abc import Iterable

from tests.factories import IP, NOON, VPN, fleet_of, ike
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory
from tui.domain.past.outages import Outage, Outages
from tui.domain.state.fleet import Fleet

UP = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a"
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
DEAD = "Peer is not responsive - Declaring peer dead"
KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
REFUSED = "AWS tunnel is sending AUTHENTICATION_FAILED as the response"
BGP_UP = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
BGP_LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
HOLD_TIMER = "AWS-side peer BGP hold timer expired for neighbor 169.254.50.85"


def seconds(at: int | None) -> float | None:
    return None if at is None else (at - NOON) / 1000


def found(events: Iterable[RawEvent], *, now: float = 3_600, facts: ConnectionFacts | None = None) -> list[Outage]:
    fleet = fleet_of()
    if facts is not None:
        fleet.learn(Inventory((facts,)))
    fleet.apply(events)
    return outages_of(fleet, now=now)


def outages_of(fleet: Fleet, *, now: float = 3_600) -> list[Outage]:
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    at = NOON + round(now * 1000)
    return list(Outages(fleet).of(tunnel, now=at, current=Diagnoser(fleet).of(tunnel, now=at)))


def code(outage: Outage) -> str | None:
    return outage.diagnosis.code if outage.diagnosis else None


def times(outages: Iterable[Outage]) -> list[tuple[float | None, bool, float | None]]:
    return [(seconds(outage.start), outage.start_exact, seconds(outage.end)) for outage in outages]


def flap(at: float, *, lasting: float = 10) -> list[RawEvent]:
    return [ike(CLOSED, "DD", at=at), ike("shaking hands", "ND", at=at + lasting - 1), ike(UP, at=at + lasting)]
