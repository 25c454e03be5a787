"""Packed lines are the lines they were packed from."""

import gc
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.record.packed_lines import PackedLines
from tui.feed.tail.record.page_order import parts_by_time

texts = st.text(st.characters(), max_size=3)  # with halves of surrogate pairs, which JSON can spell
events = st.builds(LogEvent, texts, st.integers(), st.integers(), texts, texts)


@given(lines=st.lists(events, max_size=3), often=st.sampled_from([1, 400, 1_000]))
def test_they_are_read_as_they_were(lines: list[LogEvent], often: int) -> None:
    lines *= often
    packed = PackedLines(lines)
    assert list(packed) == lines
    assert [type(line) for line in packed[:1]] == [LogEvent] * len(lines[:1])
    assert (len(packed), bool(packed)) == (len(lines), bool(lines))
    assert [packed[index] for index in range(-min(len(lines), 2), min(len(lines), 2))] == [
        lines[index] for index in range(-min(len(lines), 2), min(len(lines), 2))
    ]


def test_a_waiting_page_is_unpacked_in_parts() -> None:
    packed = PackedLines([LogEvent("stream", at, at, f"message {at}", str(at)) for at in range(10_000)])
    parts = parts_by_time(packed, 1_000)
    first = next(parts)
    unpacked = sum(type(item) is LogEvent for item in gc.get_objects())
    assert len(first) <= unpacked < 1_100
    assert [line.at for line in chain(first, *parts)] == list(range(10_000))
