"""Records are found in whatever people paste: answers of AWS clients, CSV files, chats, our own output."""

import json
from collections.abc import Iterator
from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import ike_line
from tui.domain.events import BgpEvent, Event, IkeEvent, Phase
from tui.domain.reading.parse import parse
from tui.domain.reading.pasted import records

DELETED = "AWS tunnel received DELETE for IKE_SA from CGW"
RECORD = ike_line(DELETED, "DD")
STREAM = "vpn-0a1b2c3d4e5f60718-203.0.113.17-IKE.log"
EVENT = {
    "logStreamName": STREAM,
    "timestamp": 1771250445000,
    "message": RECORD,
    "ingestionTime": 1771250446000,
    "eventId": "1",
}
ANSWER = {"events": [EVENT, EVENT], "searchedLogStreams": [], "nextToken": "abc"}
BGP_RECORD = {
    "resource_id": "vpn-1234abcd_198.51.100.4",
    "event_timestamp": 1762580429641,
    "type": "BGPStatus",
    "status": "DOWN",
    "message": {"details": "AWS-side peer sent a Hold Timer Expired notification to neighbor 169.254.50.85"},
}


def events_in(text: str) -> list[Event]:
    return [parse(record) for record in records(text.splitlines())]


def is_the_record(event: Event) -> bool:
    return isinstance(event, IkeEvent) and event.message == DELETED and event.phase1 is event.phase2 is Phase.DOWN


@pytest.mark.parametrize(
    "text",
    [
        RECORD,
        json.dumps(json.loads(RECORD), indent=2),
        json.dumps([json.loads(RECORD)], indent=4),
        json.dumps(EVENT),
        json.dumps(EVENT, indent=4),
        str(EVENT),
        str({**EVENT, "message": json.loads(RECORD)}).replace("'", '"'),
        f"2026-02-16T14:00:45.000000+00:00 {STREAM} {RECORD}",
        f"2026-02-16T14:00:45 {RECORD}",
        f"EVENTS\t1\t1771250446000\t{STREAM}\t{RECORD}\t1771250445000",
        f"|  message |  {RECORD}  |",
        f"> {RECORD}",
        f"- {RECORD},",
        f"`{RECORD}`",
        json.dumps(RECORD),
        "{ logStreamName: '" + STREAM + "', timestamp: 1771250445000, message: '" + RECORD + "', eventId: '1' }",
        "{\n  logStreamName: '" + STREAM + "',\n  timestamp: 1771250445000,\n  message: '" + RECORD + "',\n}",
        f"- eventId: '1'\n  ingestionTime: 1\n  logStreamName: {STREAM}\n  message: '{RECORD}'\n  timestamp: 1\n",
        "timestamp,message\n1771250445000," + '"' + RECORD.replace('"', '""') + '"\n',
        '"@timestamp","@message"\n"2026-02-16 14:00:45.000",' + '"' + RECORD.replace('"', '""') + '"\n',
        f"@timestamp,details,ike_phase1_state,ike_phase2_state\n2026-02-16 14:00:45,{DELETED},down,down\n",
        "1771250445000," + '"' + RECORD.replace('"', '""') + '"',
        json.dumps({"results": [[{"field": "@message", "value": RECORD}, {"field": "@ptr", "value": "x"}]]}, indent=1),
        json.dumps([{"@timestamp": "2026-02-16 14:00:45.000", "@message": json.loads(RECORD)}]),
        json.dumps({"sessionUpdate": {"sessionResults": [EVENT], "sessionMetadata": {"sampled": False}}}),
        json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "x", "logEvents": [EVENT]}),
        json.dumps({"type": "event", "message": DELETED, "phase1": "down", "phase2": "down", "raw": RECORD}),
        f'  "details": "{DELETED}",\n  "ike_phase1_state": "down",\n  "ike_phase2_state": "down"',
        f"VpnLogDetail: {DELETED}\nTunnelIKEPhase1State: Down\nTunnelIKEPhase2State: Down\nTunnelDPDEnabled: True",
        RECORD[:60] + "\n" + RECORD[60:120] + "\n" + RECORD[120:],
    ],
)
def test_one_record_is_one_message_with_its_states_in_every_form(text: str) -> None:
    (event,) = events_in(text)
    assert is_the_record(event)


FIELDS = ("@timestamp", "details", "ike_phase1_state", "ike_phase2_state")
ROW = ("2026-02-16 14:00:45.000", DELETED, "down", "down")
WRAPPED = wrap(RECORD, 72, break_long_words=False, break_on_hyphens=False)


@pytest.mark.parametrize(
    "text",
    [
        f"{RECORD}\t{RECORD}",
        f"2026-02-16T14:00:45 {json.dumps(json.loads(RECORD), indent=4)}\n" * 2,
        *(f"{mark.join(FIELDS)}\n{mark.join(ROW)}\n{mark.join(ROW)}" for mark in (",", ";", "\t")),
        f"| {' | '.join(FIELDS)} |\n|---|---|---|---|\n" + f"| {' | '.join(ROW)} |\n" * 2,
        f"-----\n|  {'  |  '.join(FIELDS)}  |\n|-----|-----|-----|-----|\n" + f"|{'|'.join(ROW)}|\n" * 2 + "-----",
        "\n".join(WRAPPED * 2),
        "> " + "\n> ".join(WRAPPED * 2),
        (RECORD.replace('"', "“", 1).replace('"', "”") + "\n") * 2,
        (RECORD.replace('"', "&quot;") + "\n") * 2,
        f"|  FilterLogEvents  |\n||  message  |  {RECORD}  ||\n||  message  |  {RECORD}  ||",
    ],
)
def test_of_several_records_none_is_lost_in_any_form(text: str) -> None:
    events = events_in(text)
    assert len(events) == 2
    assert all(map(is_the_record, events))


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_every_event_of_an_answer_is_read_and_nothing_else_of_it(indent: int | None) -> None:
    events = events_in(json.dumps(ANSWER, indent=indent))
    assert len(events) == 2
    assert all(map(is_the_record, events))


@pytest.mark.parametrize("lines_left_out", [1, 3, 9])
def test_answer_that_was_cut_loses_no_event_before_the_cut(lines_left_out: int) -> None:
    lines = json.dumps(ANSWER, indent=2).splitlines()
    assert any(map(is_the_record, events_in("\n".join(lines[:-lines_left_out]))))


def test_cut_record_does_not_swallow_the_next() -> None:
    events = events_in(f"{RECORD[:100]}\n{RECORD}\n{RECORD}")
    assert len(events) == 3
    assert events[0].message.startswith("AWS tunnel received")
    assert all(map(is_the_record, events[1:]))


def test_bracket_that_never_closes_swallows_nothing() -> None:
    assert [event.message for event in events_in(f"{{\nfirst\n{RECORD}\nlast")] == ["first", DELETED, "last"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(BGP_RECORD),
        json.dumps(BGP_RECORD, indent=2),
        json.dumps({"message": json.dumps(BGP_RECORD), "timestamp": 1, "eventId": "1"}),
        f"1762580429641 BGPStatus DOWN {json.dumps(BGP_RECORD['message'])} vpn-1234abcd_198.51.100.4",
    ],
)
def test_bgp_record_keeps_its_status_and_its_message(text: str) -> None:
    details = "AWS-side peer sent a Hold Timer Expired notification to neighbor 169.254.50.85"
    assert events_in(text) == [BgpEvent(details, is_up=False)]


@pytest.mark.parametrize(
    "line",
    [
        DELETED,
        f'"{DELETED}"',
        f"“{DELETED}”",
        f"'{DELETED}',",
        f"• {DELETED}",
        f"* {DELETED}",
        f"3. {DELETED}",
        f"> > {DELETED}",
        f"2026-11-23T10:00:00Z {DELETED}",
        f"[2026-11-23 10:00:00,123] {DELETED}",
        f"Nov 23 10:00:00 {DELETED}",
        f"23/Nov/2026:10:00:00 +0000 {DELETED}",
        f"11/23/2026, 10:00:00 AM {DELETED}",
        f"10:00:00 {DELETED}",
        f"2026-02-16\u00a014:00:45\u00a0{DELETED}",
        f"2026-11-23T10:00:00Z {STREAM} {DELETED}",
        f"12:04:31 hq 203.0.113.17 ▲ {DELETED}  [the CGW closed the tunnel]  (late)",
        f"12:04:31 vpn-0a1b2c3d4e5f60718 203.0.113.17 · {DELETED}",
        "{'logStreamName': '" + STREAM + "', 'timestamp': 1, 'message': '" + DELETED + "', 'eventId': '1'}",
        json.dumps({"message": DELETED, "timestamp": 1}),
        f"|  {DELETED}  |",
    ],
)
def test_text_stands_without_what_is_around_it(line: str) -> None:
    (event,) = events_in(line)
    assert event.message == DELETED


@pytest.mark.parametrize(
    "line",
    [
        "-- Thu 26 Nov 2026, UTC",
        "-- feed live",
        "12:04:31 hq 203.0.113.17 ⇒ up → down",
        json.dumps({"type": "transition", "from": "up", "to": "down", "health": "down"}),
        json.dumps({"type": "feed", "state": "live", "reason": None}),
        '"searchedLogStreams": [],',
        "+----+----+",
        "}",
    ],
)
def test_what_tools_print_beside_records_is_no_message(line: str) -> None:
    assert events_in(line) == []


def test_records_come_as_soon_as_their_line_is_there() -> None:
    read: list[int] = []

    def source() -> Iterator[str]:
        for number in range(3):
            read.append(number)
            yield ike_line(f"line {number}")

    found = records(source())
    assert "line 0" in next(found)
    assert read == [0]


def test_many_lines_of_any_kind_take_one_pass() -> None:
    lines = ["{", *([RECORD[:90], "noise", '  "details": "x",', "{"] * 2_000)]
    assert len(list(records(lines))) >= 6_000


@given(st.lists(st.text(max_size=60) | st.sampled_from([RECORD, RECORD[:80], "{", "}", '"x": [', "a,message", STREAM])))
def test_any_lines_are_read_without_raising(lines: list[str]) -> None:
    for record in records(lines):
        parse(record)


@given(st.recursive(st.none() | st.text(max_size=8), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_json_is_read_without_raising(value: object) -> None:
    for record in records([json.dumps(value), *json.dumps(value, indent=1).splitlines()]):
        parse(record)
