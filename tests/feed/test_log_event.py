"""A log event of any shape is a line or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.feed.tail.log_event import LogEvent, read_log_event, read_log_events

AT = 1_790_000_000_000
anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


def test_an_event_is_read_with_all_it_has() -> None:
    event = {"logStreamName": "s", "timestamp": AT, "ingestionTime": AT + 1, "message": "m", "eventId": "7"}
    assert read_log_event(event) == LogEvent("s", AT, AT + 1, "m", "7")


def test_an_answer_that_names_no_stream_is_of_the_one_that_was_asked_for() -> None:
    assert read_log_event({"timestamp": AT, "message": "m"}, stream="s") == LogEvent("s", AT, AT, "m")


@pytest.mark.parametrize("odd", ["soon", [1], None, 1.5])
def test_an_ingestion_time_that_is_none_is_that_of_the_event(odd: object) -> None:
    line = read_log_event({"logStreamName": "s", "timestamp": AT, "ingestionTime": odd})
    assert line is not None
    assert line.ingested_at == AT


_FIELDS = ["logStreamName", "timestamp", "ingestionTime", "message", "eventId"]


@given(
    odd=st.dictionaries(st.sampled_from(_FIELDS), anything),
    left_out=st.sets(st.sampled_from(_FIELDS), max_size=2),
)
def test_a_page_is_read_as_its_events_are_one_by_one(odd: dict[str, object], left_out: set[str]) -> None:
    whole = {"logStreamName": "s", "timestamp": AT, "ingestionTime": AT + 1, "message": "m", "eventId": "7"}
    event = {name: value for name, value in (whole | odd).items() if name not in left_out}
    line = read_log_event(event)
    assert read_log_events([whole, event, {}]) == [LogEvent("s", AT, AT + 1, "m", "7"), *([line] if line else [])]


@given(event=st.dictionaries(st.sampled_from(["logStreamName", "timestamp", "ingestionTime", "message"]), anything))
def test_whatever_its_fields_hold_a_line_has_the_types_it_promises(event: dict[str, object]) -> None:
    line = read_log_event(event)
    if line is not None:
        assert [type(each).__mro__[-2] for each in line] == [str, int, int, str, str]
