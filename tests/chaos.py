"""All faults at once, mixed by a seed: `python -m tests.chaos [--seconds 120] [--rate 60] [--seed 1]`.

Events are written to a store while every fault strikes on the way to the reader. At the end each event that the server
holds must have arrived once, each stream's history must be in the server's order, and every tunnel's state must be that
of a plain fold over the server's log. The tests run it for some seconds.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace

from tests.factories import ike_line
from tests.feed.conftest import IKE, QUICK, connection, held, histories_of, streams, tailer_of
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.events import RawEvent
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Applied, Fleet
from tui.feed.pump import Pump
from tui.feed.source import Batch
from tui.feed.tail.timing import Timing

EVERYTHING = (
    "live.reset=0.02,live.reset_inside=0.02,live.truncated=0.02,live.end=0.03,live.timeout=0.03,live.bad_crc=0.02,"
    "live.streaming_error=0.02,live.oversized=0.02,live.silent=0.01,live.skip=0.1,live.sampled=0.1,live.withhold=0.15,"
    "live.duplicate=0.1,live.shuffle=0.5,live.denied=0.05,live.limit=0.05,filter.throttle=0.15,filter.error=0.1,"
    "filter.empty=0.2,filter.endless=0.05,filter.shuffle=0.2,filter.ignore=0.2,conn.reset=0.02,conn.refuse=0.05,"
    "ec2.throttle=0.3,ec2.denied=0.1,logs.throttle=0.2,vpn.flicker=0.1,ingest.late=0.2,ingest.very_late=0.02,"
    "ingest.scale=0.05,auth.expired=0.005"
)
"""Every fault but one: a log group that is made anew takes events away that the reader has seen."""

DIVIDING = replace(
    QUICK, session_full=60, session_load=40, load_span=0.5, review_every=0.1, calm_after=0.3, sampled_within=1
)
"""Sessions are too small for the load, so that groups are divided and joined all the time."""
CONNECTIONS = 3
_STEP = 0.05
_LINES = (
    ("AWS tunnel is sending DPD request", "EE"),
    ("AWS tunnel is sending DPD request", "EE"),
    ("AWS tunnel processed request (id=3) for CREATE_CHILD_SA", "ER"),
    ("AWS tunnel DPD timed out after 3 retransmits", "DD"),
    ("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND"),
    ("something that is in no catalogue", None),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run. It is good if nothing is `missing`, `repeated`, `misplaced` or in a `wrong_state`."""

    written: int
    missing: int
    repeated: int
    misplaced: int
    wrong_states: int
    calls: int
    sessions: int
    took: float

    @property
    def is_well(self) -> bool:
        return not (self.missing or self.repeated or self.misplaced or self.wrong_states)


class _Collected:
    """A sink that keeps what arrived, by serial."""

    def __init__(self) -> None:
        self.events: dict[int, RawEvent] = {}
        self.repeated = 0

    def __call__(self, batch: Batch, applied: Applied) -> None:
        for event in batch.events:
            self.repeated += event.serial in self.events
            self.events[event.serial] = event
        self.events.update((event.serial, event) for event in batch.moved)

    @property
    def histories(self) -> dict[str, list[str]]:
        return histories_of(self.events.values())


async def chaos(
    *, seconds: float, rate: float, seed: int, patience: float = 60, faults: str = EVERYTHING, timing: Timing = DIVIDING
) -> Outcome:
    """Write `rate` events a second for this long while every fault strikes, and compare at the end."""
    store, chance = Store(), random.Random(seed)
    store.create_group(IKE)
    store.connections = {each.id: each for each in map(connection, range(CONNECTIONS))}
    names = [stream for number in range(CONNECTIONS) for stream in streams(number)]
    began = time.monotonic()
    written = _write(store, chance, names, 200, ago=range(60, 3_000))
    collected, fleet = _Collected(), Fleet(load())
    async with Endpoint(store, update_every=0.03, faults=Faults.parse(f"{faults},seed={seed}")) as endpoint:
        pumping = asyncio.create_task(Pump(tailer_of(endpoint, timing=timing), fleet, sinks=[collected]).run())
        due = 0.0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            due += rate * _STEP
            written += _write(store, chance, names, int(due), ago=(0, 0, 0, 3))
            due -= int(due)
            await asyncio.sleep(_STEP)
        endpoint.faults = Faults()
        waited = time.monotonic() + patience
        while not _is_all_there(store, fleet, collected, written) and time.monotonic() < waited:  # noqa: ASYNC110 - late events come into the store with time, not with a batch
            await asyncio.sleep(_STEP)
        pumping.cancel()
        await asyncio.wait([pumping])
        async with asyncio.timeout(10):
            await endpoint.sessions_closed()
        calls, sessions = endpoint.calls["FilterLogEvents"], endpoint.calls["StartLiveTail"]
    wanted, found = held(store), collected.histories
    missing = sum((Counter(wanted[each]) - Counter(found.get(each, ()))).total() for each in wanted)
    return Outcome(
        written,
        missing,
        collected.repeated,
        sum(1 for each in wanted if not missing and wanted[each] != found.get(each)),
        _wrong_states(fleet, store),
        calls,
        sessions,
        time.monotonic() - began,
    )


def _is_all_there(store: Store, fleet: Fleet, collected: _Collected, written: int) -> bool:
    if len(collected.events) < written or _count(held(store)) < written:
        return False
    if len(fleet.connections) < CONNECTIONS:  # EC2's last answer left one out
        return False
    return collected.histories == held(store)


def _write(store: Store, chance: random.Random, names: list[str], count: int, *, ago: range | tuple[int, ...]) -> int:
    for _ in range(count):
        at = (time.time_ns() // 1_000_000 - chance.choice(ago) * 1000) // 1000 * 1000
        text, states = chance.choice(_LINES)
        store.put(IKE, chance.choice(names), [(at, ike_line(text, states, at=at))])
    return count


def _wrong_states(fleet: Fleet, store: Store) -> int:
    plain = Fleet(load())
    for rank, event in enumerate(store.groups[IKE].events):
        plain.apply([RawEvent(event.stream, event.at, event.ingested_at, event.message, IKE, serial=rank, rank=rank)])
    wrong = 0
    for tunnel in plain.tunnels:
        seen = fleet.find(tunnel.connection, tunnel.outside_ip)
        wrong += seen is None or seen.state != tunnel.state
    return wrong


def _count(histories: dict[str, list[str]]) -> int:
    return sum(map(len, histories.values()))


def main() -> int:
    asked = argparse.ArgumentParser(description="All faults at once.")
    asked.add_argument("--seconds", type=float, default=120)
    asked.add_argument("--rate", type=float, default=60)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="chaos", AWS_SECRET_ACCESS_KEY="chaos", AWS_EC2_METADATA_DISABLED="true")
    outcome = asyncio.run(chaos(seconds=given.seconds, rate=given.rate, seed=given.seed))
    print(outcome)
    return 0 if outcome.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
