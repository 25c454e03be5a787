"""What is remembered of an event: enough to know it again, and little."""

import gc
import tracemalloc

import pytest
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


@pytest.mark.parametrize("text", ["a line", "", "é\ud800\0"])
def test_a_packed_tie_has_the_text_of_events_that_are_unconfirmed(text: str) -> None:
    waiting = Known(2, 2, 1, Origin.LIVE)
    waiting.content = (NOW + 900, text)
    packed = pack(tie_of(Known(1, 1, 1, Origin.LIVE, 7), waiting))
    assert (size(packed), times(packed)) == (2, (NOW, NOW))
    assert [each.content for each in unpack(packed).known] == [None, (NOW + 900, text)]


def test_a_time_beyond_all_calendars_is_remembered_all_the_same() -> None:
    merge = Merge()
    absurd = LogEvent(stream_of(), 2**80, 2**80, "a", "1")
    assert len(merge.record("/vpn", [absurd]).events) == 1
    assert merge.record("/vpn", [absurd]).events == ()


@pytest.mark.parametrize(("is_live", "most"), [(False, 100), (True, 240)])
def test_what_is_remembered_of_a_busy_fleet_is_small(is_live: bool, most: int) -> None:
    """Five minutes at 1,000 events a second are 300,000 events; half a minute of them is unconfirmed."""
    merge = Merge()
    lines = [
        LogEvent(stream_of(f"203.0.113.{tunnel}"), at, at + 900, ike_line(f"line {place}", at=at), f"{at} {place}")
        for at in range(NOW, NOW + 80_000, 10_000)
        for tunnel in range(100)
        for place in range(5)
    ]
    tracemalloc.start()
    try:
        if is_live:
            merge.live("/vpn", 1, lines)
        else:
            merge.record("/vpn", lines)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(merge) == len(lines) == 4_000
    assert held / len(lines) < most
