"""The merge of the two feeds: each event of FilterLogEvents once, in its order, whatever Live Tail showed of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.domain.events import Origin, RawEvent
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.merge import Merge, Merged
from tui.feed.tail.record.page_order import Paging

GROUP = "/vpn/ike"
A, B = "vpn-0a-203.0.113.1-IKE.log", "vpn-0a-203.0.113.2-IKE.log"


def line(message: str, *, at: int = 1000, stream: str = A, ingested: int | None = None, id: str = "") -> LogEvent:  # noqa: A002 - as in LogEvent
    return LogEvent(stream, at, at + 500 if ingested is None else ingested, message, id)


def recorded(*messages: str, at: int = 1000) -> list[LogEvent]:
    return [line(message, at=at, id=f"{at}-{place}") for place, message in enumerate(messages)]


@dataclass
class Taken:
    """What a reader has in the end."""

    events: dict[int, RawEvent] = field(default_factory=dict)

    def take(self, merged: Merged) -> Merged:
        for event in merged.events:
            assert event.serial not in self.events
            self.events[event.serial] = event
        for event in merged.moved:
            assert event.serial in self.events
            self.events[event.serial] = event
        return merged

    def tie(self, *, at: int = 1000, stream: str = A) -> list[str]:
        here = [event for event in self.events.values() if (event.stream, event.at) == (stream, at)]
        return [event.message for event in sorted(here, key=lambda event: event.rank)]


def test_what_live_showed_is_not_given_out_again_by_the_record() -> None:
    merge, taken = Merge(), Taken()
    taken.take(merge.live(GROUP, 1, [line("a"), line("b")]))
    assert taken.take(merge.record(GROUP, recorded("a", "b"))).events == ()


def test_identical_lines_keep_their_count() -> None:
    merge, taken = Merge(), Taken()
    taken.take(merge.live(GROUP, 1, [line("a")]))
    taken.take(merge.record(GROUP, recorded("a", "a", "a")))
    assert taken.tie() == ["a", "a", "a"]


def test_a_line_delivered_twice_live_is_one_event_until_the_record_shows_two() -> None:
    merge, taken = Merge(), Taken()
    assert taken.take(merge.live(GROUP, 1, [line("a"), line("a")])).doubtful == 1
    assert taken.tie() == ["a"]


def test_without_a_record_live_lines_are_counted_session_by_session() -> None:
    merge, taken = Merge(), Taken()
    for session, copies in ((1, 2), (2, 3), (3, 2)):
        taken.take(merge.live(GROUP, session, [line("a")] * copies, has_record=False))
    assert taken.tie() == ["a", "a", "a"]


def test_a_session_that_sends_the_history_anew_multiplies_nothing() -> None:
    merge, taken = Merge(), Taken()
    history = [line("a"), line("b"), line("a"), line("c", at=2000)]
    for session in range(1, 6):
        taken.take(merge.live(GROUP, session, history))
        taken.take(merge.record(GROUP, [*recorded("a", "b", "a"), *recorded("c", at=2000)]))
    assert len(taken.events) == 4


def renumbered(lines: Sequence[LogEvent], read: int) -> list[LogEvent]:
    """The same events under new ids, as from emulators that invent them for each answer."""
    return [event._replace(id=f"{read}-{number}") for number, event in enumerate(lines)]


def test_ids_that_change_from_read_to_read_repeat_nothing() -> None:
    merge, taken = Merge(), Taken()
    history = [*recorded("a", "b", "a"), *recorded("c", at=2000)]
    for read in range(4):
        taken.take(merge.record(GROUP, renumbered(history, read)))
    assert taken.tie() == ["a", "b", "a"]
    assert taken.tie(at=2000) == ["c"]


def test_an_event_that_comes_in_while_ids_change_is_news_alone() -> None:
    merge, taken = Merge(), Taken()
    taken.take(merge.live(GROUP, 1, [line("a")]))
    taken.take(merge.record(GROUP, renumbered(recorded("a", "b"), 1)))
    new = taken.take(merge.record(GROUP, renumbered(recorded("a", "b", "a"), 2))).events
    assert [event.message for event in new] == ["a"]
    assert taken.tie() == ["a", "b", "a"]


def test_an_event_that_comes_in_with_an_id_of_others_is_news_alone() -> None:
    merge, taken = Merge(), Taken()
    page = [line("a", id="7"), line("b", id="7")]
    taken.take(merge.record(GROUP, page))
    new = taken.take(merge.record(GROUP, [*page, line("a", id="7")])).events
    assert [event.message for event in new] == ["a"]
    assert taken.tie() == ["a", "b", "a"]


def test_events_that_share_an_id_are_counted() -> None:
    merge, taken = Merge(), Taken()
    page = [line("a", id="7"), line("a", id="7"), line("b", id="7")]
    for _ in range(3):
        taken.take(merge.record(GROUP, page))
    assert taken.tie() == ["a", "a", "b"]
    assert len(taken.events) == 3


def test_history_that_has_been_forgotten_is_not_taken_for_news() -> None:
    merge = Merge()
    merge.record(GROUP, recorded("a"))
    merge.forget(GROUP, 60_000)
    assert merge.live(GROUP, 1, [line("a")]).events == ()


def test_a_late_event_is_news_although_its_time_has_been_forgotten() -> None:
    merge = Merge()
    merge.forget(GROUP, 60_000)
    assert [event.message for event in merge.live(GROUP, 1, [line("late", ingested=61_000)]).events] == ["late"]


def test_what_no_reader_comes_back_to_takes_no_memory() -> None:
    merge = Merge()
    for second in range(100):
        merge.live(GROUP, 1, [line("a", at=second * 1000)])
        merge.record(GROUP, recorded("a", at=second * 1000))
        merge.forget(GROUP, second * 1000 - 5_000)
    assert len(merge) < 10


def test_how_far_back_there_is_room_for_is_told_by_the_events_that_are_remembered() -> None:
    merge = Merge()
    for second in range(10):
        merge.record(GROUP, recorded("a", "b", at=second * 1000))
    merge.limit(GROUP, 20, before=60_000)
    assert (len(merge), merge.horizon(GROUP)) == (20, 0)
    merge.limit(GROUP, 7, before=60_000)
    assert (len(merge), merge.horizon(GROUP)) == (6, 7_000)


def test_only_what_has_been_passed_is_given_up_for_room() -> None:
    merge = Merge()
    for second in range(10):
        merge.record(GROUP, recorded("a", at=second * 1000))
    merge.limit(GROUP, 2, before=4_000)
    assert (len(merge), merge.horizon(GROUP)) == (6, 4_000)


def test_what_was_given_up_for_room_is_no_news_but_what_came_in_later_is() -> None:
    """Events of many hours may have been ingested at the same time; only their own time shows how old they are."""
    merge = Merge()
    for second in range(10):
        merge.record(GROUP, [line("a", at=second * 1000, ingested=90_000, id=str(second))])
    merge.limit(GROUP, 5, before=60_000)
    assert merge.record(GROUP, [line("a", at=1_000, ingested=90_000, id="1")]).events == ()
    quiet = merge.recall(GROUP, [line("last", at=1_000, stream=B, ingested=90_000)])
    assert [event.message for event in quiet.events] == ["last"]
    late = merge.record(GROUP, [line("late", at=1_000, ingested=90_001, id="x")])
    assert [event.message for event in late.events] == ["late"]


def test_the_record_corrects_the_order_that_live_guessed() -> None:
    merge, taken = Merge(), Taken()
    taken.take(merge.live(GROUP, 1, [line("c"), line("a")]))
    moved = taken.take(merge.record(GROUP, recorded("a", "b", "c"))).moved
    assert taken.tie() == ["a", "b", "c"]
    assert {(event.message, event.rank, event.origin) for event in moved} == {
        ("a", 0, Origin.LIVE),
        ("c", 2, Origin.LIVE),
    }


def test_the_record_corrects_the_ingestion_time() -> None:
    merge = Merge()
    merge.live(GROUP, 1, [line("a", ingested=1_700)])
    (moved,) = merge.record(GROUP, [line("a", ingested=1_400, id="1")]).moved
    assert moved.ingested_at == 1_400


def test_a_page_delivered_twice_changes_nothing() -> None:
    merge = Merge()
    page = recorded("a", "b", "a")
    merge.record(GROUP, page)
    assert merge.record(GROUP, page) == Merged()


def test_equal_lines_of_two_streams_or_groups_are_two_events() -> None:
    merge = Merge()
    events = [
        *merge.live(GROUP, 1, [line("a"), line("a", stream=B)]).events,
        *merge.live("/vpn/other", 1, [line("a")]).events,
    ]
    assert len(events) == 3


def test_a_tie_that_a_page_cuts_is_given_whole_with_the_next_page() -> None:
    tie = [*recorded("a", at=0), *recorded("b", "c", "d")]
    going_back = Paging(asked_newest_first=True)
    assert going_back.add(tie[:1:-1], is_last=False).lines == []
    assert going_back.add(tie[1::-1], is_last=True).lines == tie


def test_an_empty_page_between_does_not_cut_a_tie() -> None:
    tie = recorded("a", "b")
    paging = Paging(asked_newest_first=False)
    given = [*paging.add(tie[:1], is_last=False).lines, *paging.add([], is_last=False).lines]
    assert given == []
    assert paging.add(tie[1:], is_last=True).lines == tie


def test_pages_that_ignore_the_direction_are_read_as_they_come() -> None:
    lines = [*recorded("a", "b"), *recorded("c", at=2000)]
    page = Paging(asked_newest_first=True).add(lines, is_last=True)
    assert (page.lines, page.newest_first) == (lines, False)


def test_an_unsorted_page_is_sorted_by_times_then_ids() -> None:
    lines = [*recorded("a", "b", "c"), *recorded("d", at=2000)]
    page = Paging(asked_newest_first=False).add([lines[place] for place in (2, 3, 0, 1)], is_last=True)
    assert page.lines == lines


def test_a_page_that_is_in_order_keeps_its_order_whatever_its_ids() -> None:
    lines = [line("a", stream=A, id="2"), line("b", stream=f"{A}-2", id="1")]
    assert Paging(asked_newest_first=False).add(lines, is_last=True).lines == lines


def test_a_tie_at_the_ragged_end_of_an_unsorted_page_is_given_whole_too() -> None:
    first, second = recorded("a", "b", at=2000)
    page = [*recorded("x"), *recorded("y", at=3000), *recorded("z", at=4000), first]
    paging = Paging(asked_newest_first=False)
    assert [each.message for each in paging.add(page, is_last=False).lines] == ["x", "y"]
    assert [each.message for each in paging.add([second], is_last=True).lines] == ["a", "b", "z"]


def test_last_lines_from_before_the_look_back_are_given_out_in_order() -> None:
    merge = Merge()
    merge.forget(GROUP, 60_000)
    events = merge.recall(GROUP, [line("a"), line("b")]).events
    assert [(event.message, event.rank) for event in events] == [("a", 0), ("b", 1)]


def test_an_old_line_that_was_ingested_lately_comes_once_whoever_brings_it() -> None:
    merge = Merge()
    merge.forget(GROUP, 60_000)
    late = line("a", ingested=61_000)
    assert [event.message for event in merge.recall(GROUP, [late, late]).events] == ["a", "a"]
    assert merge.live(GROUP, 1, [late, late]).events == ()
    assert merge.record(GROUP, [late._replace(id="1"), late._replace(id="2")]).events == ()


# --- any server, any network -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """One read with FilterLogEvents of what has been ingested by then."""

    ingested: float
    page: int
    newest_first: bool
    upto: float


@dataclass(frozen=True)
class Heard:
    """One delivery of a session: any events, in any order, any number of times."""

    session: int
    places: tuple[int, ...]


small = st.integers(1, 4)
histories = st.lists(st.tuples(st.sampled_from([A, B]), small, st.sampled_from("abc")), max_size=14)
share = st.floats(0, 1)
steps = st.lists(
    st.one_of(
        st.builds(Read, ingested=share, page=small, newest_first=st.booleans(), upto=share),
        st.builds(Heard, session=small, places=st.lists(st.integers(0, 13), max_size=8).map(tuple)),
    ),
    max_size=12,
)


def pages(record: Sequence[LogEvent], read: Read) -> Iterator[Sequence[LogEvent]]:
    """Cut the events into pages as a server does, and order the pages as the reader does; the read may break off."""
    lines = record[::-1] if read.newest_first else record
    starts = range(0, len(lines), read.page)
    paging = Paging(asked_newest_first=read.newest_first)
    for start in starts[: round(read.upto * len(starts))]:
        yield paging.add(lines[start : start + read.page], is_last=start == starts[-1]).lines


SHRINKING = [Read(ingested, 1, newest_first=False, upto=1.0) for ingested in (1.0, 0.375, 0.25)]


@settings(max_examples=400)
@given(history=histories, steps=steps, last=st.builds(Read, st.just(1.0), small, st.booleans(), st.just(1.0)))
@example([(A, at, "a") for at in (1, 2, 1, 1, 2, 2, 2)], SHRINKING, Read(1.0, 1, newest_first=False, upto=1.0))
def test_any_course_of_deliveries_yields_each_event_of_the_record_once_and_in_its_order(
    history: list[tuple[str, int, str]], steps: list[Read | Heard], last: Read
) -> None:
    arrivals = [
        LogEvent(stream, at * 1000, 10_000 + place // 3, text, f"{place:04d}")
        for place, (stream, at, text) in enumerate(history)
    ]
    merge, taken = Merge(), Taken()
    for step in [*steps, last]:
        if isinstance(step, Heard):
            heard = [arrivals[place]._replace(id="") for place in step.places if place < len(arrivals)]
            taken.take(merge.live(GROUP, step.session, heard))
            continue
        record = sorted(
            arrivals[: round(step.ingested * len(arrivals))], key=lambda each: (each.at, each.ingested_at, each.id)
        )
        for page in pages(record, step):
            taken.take(merge.record(GROUP, page))
    record = sorted(arrivals, key=lambda each: (each.at, each.ingested_at, each.id))
    assert Counter((e.stream, e.at, e.message) for e in taken.events.values()) == Counter(
        (e.stream, e.at, e.message) for e in record
    )
    for stream, at in {(each.stream, each.at) for each in record}:
        wanted = [each.message for each in record if (each.stream, each.at) == (stream, at)]
        assert taken.tie(stream=stream, at=at) == wanted
        ranks = sorted(e.rank for e in taken.events.values() if (e.stream, e.at) == (stream, at))
        assert ranks == list(range(len(wanted)))
    assert merge.record(GROUP, record) == Merged()
