"""What is remembered of an event: enough to recognize it, and little."""

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
from tui.feed.tail.record.ties import Known, Memory, OpenTie, Unconfirmed, confirmed, pack, shows, size, times, unpack

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


def published_together(known: Known, count: int) -> list[Known]:
    """Return events with consecutive serials, as most ties have."""
    return [
        Known(known.digest ^ number, known.serial + number, known.session, known.origin, known.record)
        for number in range(count)
    ]


@settings(max_examples=60)
@given(
    st.lists(knowns, min_size=1, max_size=6) | st.builds(published_together, knowns, st.integers(1, 6)),
    numbers,
    numbers,
)
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


PAGE = [LogEvent(stream_of(), NOW, NOW + 900 + place, f"line {place}", f"id {place}") for place in range(3)]


def shown_live(page: list[LogEvent]) -> Unconfirmed:
    tie = tie_of(newest=NOW + 902)
    for line in page:
        known = Known(hash(line.message), len(tie.known), 1, Origin.LIVE)
        known.content = line.ingested_at, line.message
        tie.known.append(known)
    packed = pack(tie)
    assert isinstance(packed, Unconfirmed)
    return packed


def test_a_tie_that_the_record_shows_as_live_did_is_confirmed_as_it_is_packed() -> None:
    tie = shown_live(PAGE)
    packed = confirmed(tie, PAGE, [7, 8, 9], NOW + 903)
    assert packed is not None
    opened = unpack(tie)
    for known, record in zip(opened.known, (7, 8, 9), strict=True):
        known.record = record
    assert fields(unpack(packed)) == fields(opened)
    assert times(packed) == (NOW, NOW + 903)


@pytest.mark.parametrize(
    ("page", "records"),
    [
        (PAGE[:2], [7, 8]),
        ([*PAGE, PAGE[2]], [7, 8, 9, 10]),
        ([PAGE[1], PAGE[0], PAGE[2]], [7, 8, 9]),
        ([PAGE[0], PAGE[1]._replace(message="another"), PAGE[2]], [7, 8, 9]),
        ([PAGE[0], PAGE[1], PAGE[2]._replace(ingested_at=NOW + 5_000)], [7, 8, 9]),
    ],
    ids=["fewer", "more", "in another order", "another text", "ingested at another time"],
)
def test_a_tie_that_the_record_shows_otherwise_is_not_confirmed_as_it_is(
    page: list[LogEvent], records: list[int]
) -> None:
    assert confirmed(shown_live(PAGE), page, records, NOW + 902) is None


def test_a_tie_of_which_some_is_confirmed_already_is_opened_for_the_rest() -> None:
    tie = unpack(shown_live(PAGE))
    tie.known[0].record = 7
    packed = pack(tie)
    assert isinstance(packed, Unconfirmed)
    assert confirmed(packed, PAGE, [7, 8, 9], NOW + 902) is None


@settings(max_examples=40)
@given(
    kept=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 3), st.integers(1, 9)), max_size=12),
    most=st.integers(0, 12),
    before=st.integers(0, 20),
)
def test_only_as_many_of_the_oldest_ties_are_forgotten_as_there_are_too_many(
    kept: list[tuple[int, int, int, int]], most: int, before: int
) -> None:
    memory, held = Memory(), dict[int, tuple[int, int, int]]()
    for key, at, count, newest in kept:
        memory.keep(key, tie_of(*(Known(1, 1, 1, Origin.LIVE, 1),) * count, at=at, newest=at + newest))
        held[key] = at, at + newest, count
    assert len(memory) == sum(count for _, _, count in held.values())
    memory.limit(most, before=before)
    left = {key: tie for key, tie in held.items() if memory.get(key) is not None}
    assert len(memory) == sum(count for _, _, count in left.values())
    gone = [held[key] for key in held.keys() - left]
    assert all(tie[0] < before for tie in gone)
    assert all(gone_tie[0] < tie[0] for gone_tie in gone for tie in left.values())
    oldest = min((at for at, _, _ in left.values()), default=before)
    assert oldest >= before or sum(count for at, _, count in left.values() if at > oldest) <= most
    memory.forget(before)
    assert len(memory) == sum(count for _, newest, count in left.values() if newest >= before)


def test_a_time_beyond_all_calendars_is_remembered_all_the_same() -> None:
    merge = Merge()
    absurd = LogEvent(stream_of(), 2**80, 2**80, "a", "1")
    assert len(merge.record("/vpn", [absurd]).events) == 1
    assert merge.record("/vpn", [absurd]).events == ()


@pytest.mark.parametrize(("is_live", "most"), [(False, 52), (True, 106)])
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
