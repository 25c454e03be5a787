"""Watches for the tests of recordings: batches as the feed brings them, including late and moved events."""

import random
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, ike, route
from tui.domain.clock import ManualClock
from tui.domain.events import Origin, RawEvent
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, OptionChange, Telemetry, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.domain.trail import TrailChange
from tui.feed.intake import Intake, parts
from tui.feed.pump import Pump
from tui.feed.recording.format import Header, Recorded
from tui.feed.recording.journal import Journal
from tui.feed.recording.writer import Writer
from tui.feed.source import Batch
from tui.headless.status import render_json

HEADER = Header(program="0.1.0", region="eu-west-1", since=NOON - 3_600_000, started=NOON)
ESTABLISHED = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a: traffic sel"
MISMATCH = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
IDENTIFIERS = (
    IP,
    OTHER_IP,
    VPN,
    "vpn-0c2d3e4f5a6b7c8d9",
    "cgw-0a1b2c3d4e5f67890",
    "123456789012",
    "osaka",
    "203.0.113",
)
"""What tells in a night whose tunnels they are, but for the name `hq`."""
LIVE = FeedState(mode=FeedMode.LIVE, account="123456789012", region="eu-west-1", since=NOON - 3_600_000)


def facts(changed_at: int | None = None) -> Inventory:
    changes = () if changed_at is None else (OptionChange(changed_at, IP, "Phase1DHGroupNumbers", "14", "2"),)
    named = ("ModifyVpnTunnelOptions", "user ops", "", VPN, IP, ("Phase1DHGroupNumbers",))
    calls = () if changed_at is None else (TrailChange(changed_at, *named),)
    tunnels = (
        TunnelFacts(
            IP,
            "/vpn",
            "/vpn",
            telemetry=Telemetry(True, "4 BGP ROUTES", NOON),
            configured={"IkeVersions": "ikev2"},
            changes=changes,
            calls=calls,
        ),
        TunnelFacts(OTHER_IP, "/vpn"),
    )
    gateway = CustomerGateway("cgw-0a1b2c3d4e5f67890", "198.51.100.200", 65010)
    hq = ConnectionFacts(VPN, "hq", "available", "tgw-0f1e2d3c4b5a69788", "tgw", gateway, tunnels=tunnels)
    return Inventory((hq, ConnectionFacts("vpn-0c2d3e4f5a6b7c8d9", "osaka", tunnels=(TunnelFacts("203.0.113.99"),))))


def night(batches: int = 60, *, seed: int = 1, each: int = 6) -> list[Recorded]:
    """Return a night: a look-back, tunnels that fall and recover, late lines, moved ones, option changes, notes."""
    chance = random.Random(seed)
    taken = [Recorded(NOON, Batch(state=FeedState())), Recorded(NOON + 200, Batch(inventory=facts()))]
    look_back = [event for n in range(40) for event in _life(-2_000 + n * 45, n)]
    taken.append(Recorded(NOON + 900, Batch(_numbered(look_back, 0), watermark=NOON, state=LIVE, caught_up=True)))
    serial, held = len(look_back), list[RawEvent]()
    for number in range(batches):
        t = NOON + 1_000 + number * 4_000
        events = [event for n in range(each) for event in _life((t - NOON) / 1000 - n * 0.5, number + n)]
        late = [event for event in events if chance.random() < 0.2]
        now = [event for event in events if event not in late]
        numbered = _numbered([*held, *now], serial)
        serial += len(numbered)
        held = late
        moved = tuple(replace(event, rank=event.rank + 3) for event in numbered[:1]) if chance.random() < 0.3 else ()
        state = replace(LIVE, mode=FeedMode.OFFLINE, reason="The network is away.") if number % 17 == 11 else None
        state = LIVE if number % 17 == 13 else state
        inventory = facts(changed_at=t) if number == batches // 2 else None
        taken.append(Recorded(t, Batch(numbered, moved, t - 2_000, state, inventory)))
        if number % 20 == 7:
            taken.append(Recorded(t + 300, Batch(marks=(Mark(t + 300, "customer changed the PSK"),))))
    return [*taken, Recorded(taken[-1].t + 5_000)]


def _life(at: float, number: int) -> Iterator[RawEvent]:
    """Yield what both tunnels of a connection log at one time: in each forty turns one falls, and comes back."""
    is_down = 18 < number % 40 < 30
    yield ike("AWS tunnel is sending DPD request", "DD" if is_down else "EE", at=at)
    if is_down:
        yield ike(MISMATCH, "ND", at=at + 0.2)
    elif number % 40 == 30:
        yield ike(ESTABLISHED, "EE", at=at + 0.2)
    yield ike("CGW sent DPD ACK (sequence number 7)", at=at, ip=OTHER_IP)
    if number % 7 == 0:
        yield route("ADVERTISED", f"10.{number % 200}.0.0/16", at=at, ip=OTHER_IP)
    if number % 31 == 3:
        state = "Idle to Established" if number % 2 else "Established to Idle"
        text = f"AWS-side peer BGP session state has changed from {state} with neighbor 169.254.50.85"
        yield bgp(text, "UP" if number % 2 else "DOWN", at=at, ip=OTHER_IP)


def _numbered(events: Sequence[RawEvent], start: int) -> tuple[RawEvent, ...]:
    origin = Origin.LIVE if start else Origin.BACKFILL
    return tuple(
        replace(event, serial=start + n, rank=n % 5, group="/vpn", origin=origin) for n, event in enumerate(events)
    )


def intake() -> Intake:
    return Intake(Fleet(load()))


def taken_in(recorded: Sequence[Recorded]) -> Intake:
    """Return what is known after all these."""
    known = intake()
    for each in recorded:
        for part in parts(each.batch or Batch()):
            known.take(part)
    return known


def known_at(known: Intake, now: int) -> tuple[object, ...]:
    """Return everything that is known: the status, every event with the state after it, notes and delivery."""
    fleet = known.fleet
    entries = [
        (tunnel.outside_ip, tunnel.unknown, entry.raw, entry.event, entry.state, entry.gap, entry.skipped, entry.weight)
        for tunnel in fleet.tunnels
        for entry in tunnel.history
    ]
    rest = (fleet.marks, dict(fleet.watermarks), fleet.seen, fleet.newest, fleet.held, fleet.delivery.longest(now=now))
    return (status_at(known, now), entries, rest, known.states.copy(), known.caught_up)


def status_at(known: Intake, now: int) -> str:
    return render_json(known.fleet, known.state, now=now, caught_up=known.caught_up)


class BatchClock(ManualClock):
    """A clock that a test sets."""

    def set(self, now: int) -> None:
        self.advance((now - self.now()) / 1000)


def journal_of(recorded: Sequence[Recorded], **options: int) -> tuple[Pump, Journal, BatchClock]:
    """Return the journal of a run that took all these in."""
    clock = BatchClock(NOON)
    pump = Pump(Silent(), Fleet(load()))
    journal = Journal(pump, clock, HEADER, **options)
    pump.add_sink(journal)
    for each in recorded:
        clock.set(each.t)
        for part in parts(each.batch) if each.batch else ():
            pump.take(part)
    return pump, journal, clock


class Silent:
    """A source that yields nothing."""

    def retry(self) -> None: ...

    async def batches(self) -> AsyncGenerator[Batch, None]:
        for batch in list[Batch]():
            yield batch


def written(path: Path, recorded: Sequence[Recorded]) -> Path:
    """Write a recording of all these."""
    writer = Writer(str(path), HEADER)
    for each in recorded[:-1]:
        writer.batch(each.batch or Batch(), t=each.t)
    writer.close(t=recorded[-1].t)
    return path
