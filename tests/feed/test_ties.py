"""What is remembered of an event: enough to know it again, and little."""

import gc
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import ike_line, stream_of
from tests.feed.conftest import NOW
from tui.domain.events import Origin
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.merge import Merge
from tui.feed.tail.record.ties import Known, OpenTie, pack, shows, size, times, unpack

numbers = st.integers(-(2**63), 2**63 - 1)
knowns = st.builds(
    Known, numbers, st.integers(0, 2**61), st.integers(-(2**61), 2**61), st.sampled_from(Origin), numbers.filter(bool)
)


def tie_of(*known: Known, at: int = NOW, newest: int = NOW) -> OpenTie:
    tie = OpenTie(at)
    tie.known, tie.newest = [*known], newest
    return tie


def fields(tie: OpenTie) -> list[tuple[object, ...]]:
    return [(each.digest, each.serial, each.session, each.origin, each.record) for each in tie.known]


@settings(max_examples=40)
@given(st.lists(knowns, min_size=1, max_size=6), numbers, numbers)
def test_a_packed_tie_is_the_same_when_it_is_opened(known: list[Known], at: int, newest: int) -> None:
    tie = tie_of(*known, at=at, newest=newest)
    packed = pack(tie)
    assert isinstance(packed, bytes)
    assert (size(packed), times(packed)) == (len(known), (at, newest))
    assert fields(unpack(packed)) == fields(tie)
    records = [each.record for each in known]
    assert shows(packed, records, newest)
    assert not shows(packed, [*records, 1], newest)
    assert not shows(packed, [records[0] ^ 1, *records[1:]], newest)


def test_a_tie_of_which_an_event_is_unconfirmed_stays_open() -> None:
    tie = tie_of(Known(1, 1, 1, Origin.LIVE, 7), Known(2, 2, 1, Origin.LIVE))
    assert pack(tie) is tie


def test_a_time_beyond_all_calendars_is_remembered_all_the_same() -> None:
    merge = Merge()
    absurd = LogEvent(stream_of(), 2**80, 2**80, "a", "1")
    assert len(merge.record("/vpn", [absurd]).events) == 1
    assert merge.record("/vpn", [absurd]).events == ()


def test_what_is_remembered_of_a_busy_fleet_is_small() -> None:
    """Five minutes at 1,000 events a second are 300,000 events."""
    merge = Merge()
    lines = [
        LogEvent(stream_of(f"203.0.113.{tunnel}"), at, at + 900, ike_line(f"line {place}", at=at), f"{at} {place}")
        for at in range(NOW, NOW + 400_000, 10_000)
        for tunnel in range(100)
        for place in range(5)
    ]
    tracemalloc.start()
    try:
        merge.record("/vpn", lines)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(merge) == len(lines) == 20_000
    assert held / len(lines) < 100
