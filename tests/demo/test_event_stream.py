"""The frames of event streams, read by botocore's own decoder."""

import json

import pytest
from botocore.eventstream import EventStreamBuffer, InvalidPayloadLength
from hypothesis import given
from hypothesis import strategies as st

from tui.demo.server.event_stream import encode_frame, event_frame, exception_frame, oversized_prelude

HEADERS = st.dictionaries(st.text(min_size=1, max_size=60), st.text(max_size=200), max_size=4)


def read(data: bytes, *, pieces: int = 1) -> list[tuple[dict[str, str], bytes]]:
    buffer, messages = EventStreamBuffer(), []
    step = -(-len(data) // pieces)
    for at in range(0, len(data), step):
        buffer.add_data(data[at : at + step])
        responses = [message.to_response_dict() for message in buffer]
        messages += [(response["headers"], response["body"]) for response in responses]
    return messages


@given(headers=HEADERS, payload=st.binary(max_size=500), pieces=st.integers(1, 40))
def test_botocore_reads_every_frame_as_it_was_meant(headers: dict[str, str], payload: bytes, pieces: int) -> None:
    frame = encode_frame(headers, payload)
    assert read(frame + frame, pieces=pieces) == [(headers, payload)] * 2


def test_an_event_carries_its_type_and_json() -> None:
    [(headers, payload)] = read(event_frame("sessionUpdate", {"a": "é"}))
    assert headers == {
        ":message-type": "event",
        ":event-type": "sessionUpdate",
        ":content-type": "application/json",
    }
    assert json.loads(payload) == {"a": "é"}


def test_an_exception_carries_its_type_and_message() -> None:
    [(headers, payload)] = read(exception_frame("SessionTimeoutException", "over"))
    assert headers[":message-type"] == "exception"
    assert headers[":exception-type"] == "SessionTimeoutException"
    assert json.loads(payload) == {"message": "over"}


def test_the_oversized_prelude_is_refused_for_its_length_and_not_for_its_checksum() -> None:
    with pytest.raises(InvalidPayloadLength):
        read(oversized_prelude())
