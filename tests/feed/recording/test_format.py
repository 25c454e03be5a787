"""The contents of a line survive the round trip, and an invalid line is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.recording.nights import HEADER, facts, night
from tui.domain.events import Origin, RawEvent
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.inventory import Inventory
from tui.feed.recording.format import Decoder, Encoder, Header, Recorded, RecordingError
from tui.feed.source import Batch


def there_and_back(*recorded: Recorded) -> list[Header | Recorded]:
    encoder, decoder = Encoder(), Decoder()
    return [decoder.read(encoder.batch(each.batch, t=each.t)) for each in recorded]


def test_a_whole_night_comes_back_as_it_was() -> None:
    assert there_and_back(*night()) == night()


def test_a_header_comes_back_as_it_was_and_unknown_keys_are_ignored() -> None:
    line = Encoder().header(HEADER)
    assert Decoder().read(line) == HEADER
    more = json.dumps(json.loads(line) | {"later": [1, 2]}).encode()
    assert Decoder().read(more) == HEADER
    assert Decoder().read(b'{"t":5,"caught_up":true,"later":{}}') == Recorded(5, Batch(caught_up=True))


@given(st.text(), st.text(max_size=5), st.integers(0, 2**41), st.sampled_from(Origin))
def test_an_event_comes_back_whatever_its_message(message: str, source: str, at: int, origin: Origin) -> None:
    event = RawEvent("s", at, at + 1, message, "g", origin, 3, 2, source)
    batch = Batch((event,), moved=(event,), source=source)
    assert there_and_back(Recorded(at, batch)) == [Recorded(at, batch)]


def test_a_feed_state_comes_back_with_all_that_it_has() -> None:
    state = FeedState(
        FeedMode.OFFLINE, "why", ("a", "b"), "123456789012", "eu-west-1", ErrorKind.DENIED, ("/vpn",), 1, 2
    )
    assert there_and_back(Recorded(1, Batch(state=state))) == [Recorded(1, Batch(state=state))]


def test_an_inventory_that_did_not_change_is_written_once_for_each_source() -> None:
    encoder = Encoder()
    first, again, other = (encoder.batch(Batch(inventory=facts(), source=source), t=1) for source in ("a", "a", "b"))
    assert len(again) < len(first) // 3
    assert len(other) == len(first)
    decoder = Decoder()
    assert [decoder.read(line).batch.inventory for line in (first, again, other)] == [facts()] * 3  # type: ignore[union-attr]


def test_tunnels_that_only_streams_name_come_back() -> None:
    inventory = Inventory(listed=(("vpn-1", "203.0.113.1"),))
    assert there_and_back(Recorded(1, Batch(inventory=inventory))) == [Recorded(1, Batch(inventory=inventory))]


def test_a_connection_whose_facts_were_lost_is_still_there() -> None:
    read = Decoder().read(b'{"t":1,"inventory":{"connections":["vpn-1"]}}')
    assert isinstance(read, Recorded)
    assert read.batch is not None
    assert [connection.id for connection in read.batch.inventory.connections] == ["vpn-1"]  # type: ignore[union-attr]


def test_a_newer_version_is_said_to_be_one() -> None:
    with pytest.raises(RecordingError, match="newer tunnelwatch"):
        Decoder().read(b'{"format":"tunnelwatch recording","version":2}')


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"[1]",
        b"{}",
        b'{"t":"now"}',
        b'{"t":-1}',
        b'{"t":999999999999999}',
        b'{"t":1,"watermark":"x"}',
        b'{"t":1,"events":[[0,1,1,0,0,"live","x"]]}',
        b'{"t":1,"streams":[["s","g",""]],"events":[[0,1,1,0,0,"carrier pigeon","x"]]}',
        b'{"t":1,"streams":[["s","g",""]],"events":[[0,1,1,"0",0,"live","x"]]}',
        b'{"t":1,"streams":[["s","g",""]],"events":[[0,1,1,0,0,"live",5]]}',
        b'{"t":1,"streams":[["s","g",""]],"events":[[0,1.5,1,0,0,"live","x"]]}',
        b'{"t":1,"state":{"mode":"unheard of"}}',
        b'{"t":1,"state":[]}',
        b'{"t":1,"inventory":{"connections":[{"name":"without an id"}]}}',
        b'{"t":1,"inventory":{}}',
        b'{"t":1,"marks":[[1]]}',
        b'{"t":1,"marks":[[1,2]]}',
        b'{"t":1,"source":5}',
        b'{"format":"another","version":1}',
        b'{"format":"tunnelwatch recording"}',
        b"[" * 100_000,
        b'{"t":1,"x":' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_meant_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is not shown
        Decoder().read(line)
