"""The parts that are read in full: around each change of a state, and where a log goes silent. Nothing else."""

import pytest

from tests.factories import ike_line, stream_of
from tui.domain.knowledge.catalogue_file import load
from tui.feed.insights.closeups import Closeup, Closeups
from tui.feed.insights.engine import Window
from tui.feed.insights.rows import Row
from tui.feed.tail.log_event import LogEvent

T = 1_782_000_000
DAY = Window(T, T + 86_400)
REKEY = "AWS tunnel has selected proposals for Phase 2 SA"
FALL = "Peer is not responsive - Declaring peer dead"


def row(details: str, states: str, at: int, stream: str = "") -> Row:
    ms = (T + at) * 1000
    return Row("g", LogEvent(stream or stream_of(), ms, ms, ike_line(details, states, at=ms), f"{stream}{at}{details}"))


@pytest.fixture
def closeups() -> Closeups:
    return Closeups(load())


def spans(found: list[Closeup]) -> list[tuple[int, int]]:
    return [(closeup.window.start - T, closeup.window.end - T) for closeup in found]


def test_rekeys_of_a_tunnel_that_is_up_need_no_closer_look(closeups: Closeups) -> None:
    closeups.note([row(REKEY, "EE", 3_000 * number) for number in range(1, 20)])
    first_seen = (3_000 - 90, 3_000 + 90)
    assert spans(closeups.within(DAY)) == [first_seen]


def test_a_fall_and_a_rise_are_looked_at(closeups: Closeups) -> None:
    closeups.note([row(REKEY, "EE", 1_000), row(FALL, "EE", 9_000), row(REKEY, "EE", 20_000)])
    assert spans(closeups.within(DAY)) == [(910, 1_090), (8_910, 9_600), (19_910, 20_090)]


def test_what_reaches_into_the_next_window_is_not_forgotten(closeups: Closeups) -> None:
    closeups.note([row(FALL, "DD", 1_000)])
    first, second = Window(T, T + 1_200), Window(T + 1_200, T + 9_000)
    assert spans(closeups.within(first)) == [(910, 1_200)]
    assert spans(closeups.within(second)) == [(1_200, 1_600)]
    assert closeups.within(DAY) == []


def test_closeups_of_several_tunnels_that_are_near_are_read_as_one(closeups: Closeups) -> None:
    other = stream_of("198.51.100.29")
    closeups.note([row(FALL, "DD", 1_000), row(FALL, "DD", 1_700, other)])
    (closeup,) = closeups.within(DAY)
    assert closeup.streams == {("g", stream_of()), ("g", other)}
    assert spans([closeup]) == [(910, 2_300)]


def test_of_very_many_the_nearest_are_read_as_one(closeups: Closeups) -> None:
    for number in range(100):
        closeups.note([row(FALL, "DD", number * 3_000), row(REKEY, "EE", number * 3_000 + 1_200)])
    week = Window(T, T + 7 * 86_400)
    assert len(closeups.within(week)) <= 40


def test_where_a_log_falls_silent_its_last_lines_are_wanted(closeups: Closeups) -> None:
    closeups.note([row(REKEY, "EE", 1_000)])
    closeups.within(Window(T, T + 1_100))
    closeups.note_silence(T + 3_000)
    assert closeups.within(Window(T + 1_100, T + 3_000)) == []
    closeups.note_silence(T + 6_000)
    closeups.note_silence(T + 9_000)
    assert spans(closeups.within(Window(T + 1_100, T + 9_000))) == [(1_100, 1_000 + 75 * 60)]


def test_at_the_end_the_last_lines_of_every_tunnel_are_wanted(closeups: Closeups) -> None:
    closeups.note([row(REKEY, "EE", 1_000)])
    closeups.note_silence(T + 1_500, is_end=True)
    assert spans(closeups.within(Window(T, T + 1_500))) == [(910, 1_500)]
