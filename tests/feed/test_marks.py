"""Notes of the user: kept in order, bounded, and passed to the sinks beside the events."""

from tests.factories import NOON
from tests.feed.test_sources import Listed
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Applied, Fleet
from tui.domain.state.marks import MOST_MARKS, Mark
from tui.feed.pump import Pump
from tui.feed.source import Batch


def test_a_mark_reaches_the_fleet_and_the_sinks_and_changes_nothing_of_the_feed() -> None:
    seen: list[Batch] = []

    def sink(batch: Batch, applied: Applied) -> None:
        seen.append(batch)

    pump = Pump(Listed(), Fleet(load()), sinks=[sink])
    pump.take(Batch(caught_up=True))
    revision = pump.fleet.revision
    mark = Mark(NOON, "customer changed the PSK")
    pump.mark(mark)

    assert pump.fleet.marks == (mark,)
    assert pump.fleet.revision > revision
    assert [batch.marks for batch in seen] == [(), (mark,)]
    assert pump.caught_up
    assert list(pump.states) == []


def test_marks_of_a_recording_are_kept_in_order_of_time_and_the_oldest_leave() -> None:
    fleet = Fleet(load())
    pump = Pump(Listed(), fleet)
    pump.take(Batch(marks=(Mark(NOON + 2, "second"), Mark(NOON + 1, "first"))))
    assert [mark.text for mark in fleet.marks] == ["first", "second"]

    fleet.mark(Mark(NOON + 10 + number, str(number)) for number in range(MOST_MARKS))
    assert len(fleet.marks) == MOST_MARKS
    assert fleet.marks[0].text == "0"
