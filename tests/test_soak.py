"""Hours of a fleet's life, as fast as possible: memory does not grow.

`python -m tests.bench diagnosing` measures a million events as a process.
"""

import gc
import tracemalloc
from collections.abc import Iterator

from tests.factories import NOON, ike_line, stream_of
from tui.content.messages.messages import messages
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.knowledge.catalogue_file import load
from tui.domain.reading.parse import parse
from tui.domain.state.fleet import Fleet
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.merge import Merge

GROUP = "/aws/vendedlogs/vpn"
TUNNELS = [f"203.0.113.{number}" for number in range(1, 4)]
HOUR = 3_600_000
OVERLAP = 180_000
SWEEP = 60_000
CYCLE = (
    "AWS tunnel is sending DPD request",
    "received packet: from cgw-1 [UDP 500] to 203.0.113.1 [UDP 500] (80 bytes)",
)


def minute(start: int) -> Iterator[LogEvent]:
    """A minute of DPD cycles, no two alike, and of a peer that falls and recovers."""
    for at in range(start, start + SWEEP, 10_000):
        for ip in TUNNELS:
            states = "DD" if at % 600_000 == 0 else "EE"
            for place, text in enumerate((*CYCLE, f"CGW sent DPD ACK (sequence number {at // 10_000})")):
                yield LogEvent(stream_of(ip), at, at + 900, ike_line(text, states, at=at), f"{ip} {at} {place}")


def live(hours: range, merge: Merge, fleet: Fleet, diagnoser: Diagnoser) -> int:
    """Let this many hours pass; return the bytes that are held at the end."""
    for start in range(NOON + hours.start * HOUR, NOON + hours.stop * HOUR, SWEEP):
        lines = list(minute(start))
        shown = merge.live(GROUP, start, lines[::2])
        fleet.apply(shown.events)
        swept = merge.record(GROUP, lines)
        fleet.apply(swept.events, moved=swept.moved)
        merge.forget(GROUP, start - OVERLAP)
        if start % HOUR == 0:
            for tunnel in fleet.tunnels:
                diagnoser.of(tunnel, now=start)
                messages(tunnel)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_what_is_remembered_of_hours_is_bounded() -> None:
    merge, fleet = Merge(), Fleet(load(), retained=300)
    diagnoser = Diagnoser(fleet)
    tracemalloc.start()
    try:
        for number in range(4_096):  # so many records are known again: as many are held from the first day on
            parse(ike_line(f"{CYCLE[1]} {number}", "EE", at=NOON))
        early = live(range(3), merge, fleet, diagnoser)
        late = live(range(3, 6), merge, fleet, diagnoser)
    finally:
        tracemalloc.stop()
    assert sum(tunnel.history.seen for tunnel in fleet.tunnels) == 6 * 60 * len(list(minute(NOON)))
    assert late - early < 200_000
