"""The cost of reading and diagnosing: events a second, memory over a million events, a refresh of 200 tunnels."""

import resource
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from tests.bench.table import Report
from tests.factories import NOON, ike
from tui.cli.process import collect_garbage_seldom
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.reading.parse import parse
from tui.domain.state.fleet import Fleet

TUNNELS: Final = 200
EVENTS_EACH: Final = 5_000
BATCH: Final = 500
ROUNDS: Final = 9

_VPN: Final = "vpn-{:017x}"
_IPS: Final = ("203.0.113.10", "203.0.113.11")
_CGW: Final = "cgw-0a1b2c3d4e5f67890"
_DPD: Final = (
    ("AWS tunnel is sending DPD request", "EE"),
    ("AWS tunnel is sending request (id={n}) for INFORMATIONAL", "EE"),
    ("sending packet: from 203.0.113.17 [UDP 4500] to " + _CGW + " [UDP 4500] (80 bytes)", "EE"),
    ("received packet: from " + _CGW + " [UDP 4500] to 203.0.113.17 [UDP 4500] (80 bytes)", "EE"),
    ("AWS tunnel processed response (id={n}) for INFORMATIONAL", "EE"),
)
_REKEY: Final = (
    ("AWS tunnel processed request (id={n}) for CREATE_CHILD_SA", "EE"),
    ("AWS tunnel has selected proposals for Phase 2 SA", "ER"),
    ("AWS tunnel Phase 2 SA is established with inbound SPI: 0x1{n:07x}: outbound SPI: 0x2{n:07x}: traffic sel", "ER"),
)
_DEAD: Final = (("AWS tunnel DPD timed out after 3 retransmits", "DD"),)
_KEY: Final = (
    ("AWS tunnel processed request (id=1) for IKE_AUTH", "ND"),
    (f"AWS tunnel detected a pre-shared key mismatch with cgw: {_CGW}", "ND"),
    ("AWS tunnel is sending AUTHENTICATION_FAILED as the response", "DD"),
)
# A fleet on a bad day: seven tunnels of ten are well, one flaps, one lost its peer, one has a wrong key.
_LIVES: Final = (
    *[(_DPD, _DPD, _DPD, _REKEY)] * 7,
    (_DPD, _DPD, _DEAD, _REKEY),
    (*[_DPD] * 40, _DEAD),
    (_KEY,),
)


def run(report: Report) -> None:
    """Measure and report, each figure under a name."""
    collect_garbage_seldom()  # as the program does
    fleet = Fleet(load())
    before = _peak()
    taken = _fill(fleet, TUNNELS, EVENTS_EACH)
    events = TUNNELS * EVENTS_EACH
    report("parse, catalogue and model", events / taken, "events/s", at_least=100_000)
    report(f"memory over {events:,} events", (_peak() - before) / 1e6, "MB", at_most=40)
    report("parse alone, for comparison", _parse_alone(), "lines/s")
    for share in (0.0, 0.05, 1.0):
        changed = round(TUNNELS * share)
        name = f"diagnoses of {TUNNELS} tunnels, {changed} changed"
        report(name, _refresh(fleet, changed) * 1e3, "ms", at_most=50)
    few = Fleet(fleet.catalogue)
    _fill(few, 12, EVENTS_EACH)
    kept = sum(len(tunnel.history) for tunnel in few.tunnels) // 12
    report(f"diagnoses of 12 tunnels that keep {kept:,} events each, 12 changed", _refresh(few, 12) * 1e3, "ms")


def _fill(fleet: Fleet, tunnels: int, each: int) -> float:
    """Apply the events of this many tunnels to the fleet; return the seconds it took, without generating the events."""
    spent = 0.0
    # As in the program: discovery names the tunnels before their logs come, so that each has its share from the start.
    fleet.learn(Inventory(tuple(map(_connection, range(tunnels // 2)))))
    lives = [_life(number) for number in range(tunnels)]
    for _ in range(each // BATCH):
        for life in lives:
            batch = list(islice(life, BATCH))
            begun = time.process_time()
            fleet.apply(batch)
            spent += time.process_time() - begun
    return spent


def _connection(number: int) -> ConnectionFacts:
    return ConnectionFacts(_VPN.format(number), tunnels=tuple(TunnelFacts(ip, ike_group="/vpn") for ip in _IPS))


def _life(number: int) -> Iterator[RawEvent]:
    """Yield the log of one tunnel, endlessly: a burst every ten seconds."""
    vpn, ip = _VPN.format(number // 2), _IPS[number % 2]
    turns, at, serial = _LIVES[number % len(_LIVES)], 0, number * 10_000_000
    exchanges = number * 37
    while True:
        for lines in turns:
            at += 10
            exchanges = (exchanges + 1) % 2_880  # an id counts up until the next phase 1 rekey, some eight hours later
            for rank, (text, states) in enumerate(lines):
                serial += 1
                yield ike(text.format(n=exchanges), states, at=at, ip=ip, vpn=vpn, rank=rank, serial=serial)


def _refresh(fleet: Fleet, changed: int) -> float:
    """Return the median seconds for the diagnoses of the whole fleet after `changed` tunnels logged something new."""
    diagnoser = Diagnoser(fleet)
    tunnels = fleet.tunnels
    # Within one span of the Diagnoser's patience, so that only what changed is looked at anew.
    now = (fleet.tunnels[0].last_event_at or NOON) // Diagnoser.PATIENCE * Diagnoser.PATIENCE
    newest = {tunnel: tunnel.history.last for tunnel in tunnels}
    taken = []
    for turn in range(ROUNDS + 1):
        for index, tunnel in enumerate(tunnels[:changed]):
            last = newest[tunnel]
            assert last is not None
            fleet.apply([replace(last.raw, rank=last.raw.rank + 1 + turn, serial=10**12 + turn * 1_000 + index)])
        begun = time.process_time()
        for tunnel in tunnels:
            diagnoser.of(tunnel, now=now)
        taken.append(time.process_time() - begun)
    return statistics.median(taken[1:])  # the first turn looks at everything


def _parse_alone(lines: int = 100_000) -> float:
    messages = [raw.message for raw in islice(_life(0), lines)]
    begun = time.process_time()
    for message in messages:
        parse(message)
    return lines / (time.process_time() - begun)


def _peak() -> int:
    """Return the process's peak memory in bytes; the benchmark of memory therefore comes first."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
