"""Lines in every form become events; nothing raises, nothing harmful gets through."""

import json
import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.events import BgpEvent, IkeEvent, Phase, RouteEvent, UnreadEvent
from tui.domain.reading.parse import LONGEST, locate, parse

READABLE = {
    "VpnLogCreationTimestamp": "2026-11-23T12:00:00Z",
    "TunnelDPDEnabled": "True",
    "TunnelCGWNATTDetectionStatus": "False",
    "TunnelIKEPhase1State": "Established",
    "TunnelIKEPhase2State": "Rekeying",
    "VpnLogDetail": "AWS tunnel is sending request (id=4) for CREATE_CHILD_SA",
}


def test_compact_json_as_seen_is_read() -> None:
    line = (
        '{"event_timestamp":1671691706,"details":"AWS tunnel is sending DPD request","dpd_enabled":true,'
        '"nat_t_detected":true,"ike_phase1_state":"established","ike_phase2_state":"established"}'
    )
    assert parse(line) == IkeEvent(
        "AWS tunnel is sending DPD request", Phase.ESTABLISHED, Phase.ESTABLISHED, dpd_enabled=True, nat_t_detected=True
    )


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(READABLE),
        ", ".join(f"{name}: {value}" for name, value in READABLE.items()),
        " ".join(f"{name}={value}" for name, value in reversed(READABLE.items())),
        "\n".join(f'"{name}" : "{value}"' for name, value in READABLE.items()),
    ],
)
def test_readable_names_are_read_in_any_order_and_form(line: str) -> None:
    assert parse(line) == IkeEvent(
        READABLE["VpnLogDetail"], Phase.ESTABLISHED, Phase.REKEYING, dpd_enabled=True, nat_t_detected=False
    )


@pytest.mark.parametrize("spelling", ["established", "Established", "ESTABLISHED", " established "])
def test_states_are_read_in_any_case(spelling: str) -> None:
    event = parse(json.dumps({"details": "x", "ike_phase1_state": spelling}))
    assert isinstance(event, IkeEvent)
    assert event.phase1 is Phase.ESTABLISHED


@pytest.mark.parametrize("value", [None, "", "on fire", 7, ["down"], {"down": 1}, True])
def test_missing_or_unknown_state_says_nothing(value: object) -> None:
    event = parse(json.dumps({"details": "x", "ike_phase1_state": value}))
    assert isinstance(event, IkeEvent)
    assert event.phase1 is None


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("True", True), ("false", False), (0, False), (None, None), ("maybe", None)]
)
def test_booleans_are_read_as_json_and_as_text(value: str | int | None, expected: bool | None) -> None:
    event = parse(json.dumps({"details": "x", "dpd_enabled": value}))
    assert isinstance(event, IkeEvent)
    assert event.dpd_enabled is expected


def test_readable_time_of_the_documentation_is_a_field_and_no_part_of_the_message() -> None:
    line = (
        "VpnLogDetail: AWS tunnel is sending DPD request VpnLogCreationTimestampReadable: 2025-11-08 05:40:29.641Z "
        "TunnelIKEPhase1State: Established TunnelIKEPhase2State: Down"
    )
    assert parse(line) == IkeEvent("AWS tunnel is sending DPD request", Phase.ESTABLISHED, Phase.DOWN)


LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
OPEN = (
    "AWS-side peer sent an OPEN message to neighbor 169.254.50.85 - version 4, AS 64512, holdtime 30, "
    "router-id 169.254.50.86"
)
DELETED = "AWS tunnel received DELETE for IKE_SA from CGW"


@pytest.mark.parametrize("delimiter", [" ", "\t", ",", "|", ";", " | ", ", "])
@pytest.mark.parametrize(
    "values",
    [
        ["1671691706", "true", "false", "established", "down", "2022-12-22 06:28:26.000Z", DELETED],
        ["2022-12-22T06:28:26Z", DELETED, "true", "false", "established", "down", "1671691706000"],
        [DELETED, "established", "down", "true", "false"],
        ["true", "established", DELETED, "down", "false", "1671691706"],
        ["Established", "Down", "True", "False", DELETED],
    ],
)
def test_values_without_names_are_read_in_any_order_and_with_any_delimiter(delimiter: str, values: list[str]) -> None:
    expected = IkeEvent(DELETED, Phase.ESTABLISHED, Phase.DOWN, dpd_enabled=True, nat_t_detected=False)
    assert parse(delimiter.join(values)) == expected


@pytest.mark.parametrize(
    ("line", "phase1", "phase2", "dpd"),
    [
        (f"{DELETED}|down|down", Phase.DOWN, Phase.DOWN, None),
        (f"true|true|frobnicating|down|{DELETED}", None, Phase.DOWN, True),
        (f"maybe|true|down|down|{DELETED}", Phase.DOWN, Phase.DOWN, None),
        (f"1671691706\t{DELETED}", None, None, None),
        (f"1671691706,-,-,down,down,{DELETED}", Phase.DOWN, Phase.DOWN, None),
        (f"1671691706,down,{DELETED}", None, None, None),  # phase 1 or phase 2: nobody knows
    ],
)
def test_field_that_is_not_there_or_not_known_says_nothing_and_disturbs_no_other(
    line: str, phase1: Phase | None, phase2: Phase | None, dpd: bool | None
) -> None:
    event = parse(line)
    assert isinstance(event, IkeEvent)
    assert (event.message, event.phase1, event.phase2, event.dpd_enabled) == (DELETED, phase1, phase2, dpd)


@pytest.mark.parametrize("line", ["true true established established {}", "{} true true established established"])
def test_state_word_at_the_end_of_a_message_belongs_to_the_message(line: str) -> None:
    message = "AWS tunnel Phase 1 SA is established"
    expected = IkeEvent(message, Phase.ESTABLISHED, Phase.ESTABLISHED, dpd_enabled=True, nat_t_detected=True)
    assert parse(line.format(message)) == expected


@pytest.mark.parametrize("line", ["down the line it goes", "AWS tunnel Phase 1 SA is established", "up", "true", "-"])
def test_sentence_with_a_state_word_in_it_is_no_line_of_values(line: str) -> None:
    assert parse(line) == UnreadEvent(line)


@pytest.mark.parametrize("delimiter", [" ", "\t", ",", "|"])
@pytest.mark.parametrize("message", ['{{"details":"{}"}}', "{{details={}}}", "{}"])
def test_values_of_a_bgp_record_are_read_without_names(delimiter: str, message: str) -> None:
    values = ["2025-11-08 05:40:29.641Z", "BGPStatus", "DOWN", message.format(OPEN), "vpn-1234abcd_198.51.100.4"]
    line = delimiter.join([*values, "1762580429641"])
    assert parse(line) == BgpEvent(OPEN, is_up=False)
    assert locate(line) == ("vpn-1234abcd", "198.51.100.4")
    assert parse(delimiter.join(["DOWN", message.format(OPEN)])) == BgpEvent(OPEN, is_up=False)


def test_values_of_a_route_record_are_read_without_names() -> None:
    body = '{"prefix":"10.0.0.0/16","asPath":"65010 65020","localPref":100}'
    line = f"1762580429641,RouteStatus,ADVERTISED,{body},vpn-1234abcd_198.51.100.4"
    expected = RouteEvent(
        "route 10.0.0.0/16 advertised, AS path 65010 65020", "advertised", "10.0.0.0/16", "65010 65020"
    )
    assert parse(line) == expected
    assert parse(f"{body} ADVERTISED") == expected
    assert parse("RouteStatus|WITHDRAWN|null") == RouteEvent("route (no prefix) withdrawn", "withdrawn")


@pytest.mark.parametrize("line", [LOST, json.dumps({"details": LOST}), f"2025-11-08T05:40:29Z {LOST}"])
def test_message_of_the_bgp_log_is_known_for_one_in_a_record_of_any_form(line: str) -> None:
    assert parse(line) == BgpEvent(LOST)


@pytest.mark.parametrize(
    "line",
    [
        'tunnel received DELETE for IKE_SA from CGW","ike_phase1_state":"down","ike_phase2_state":"down"}',
        'ails":"tunnel received DELETE for IKE_SA from CGW","ike_phase1_state":"down","ike_phase2_state":"down"}',
        '{"details":"tunnel received DELETE for IKE_SA from CGW","ike_phase2_state":"down","ike_phase1_state":"down",',
    ],
)
def test_what_a_cut_left_of_a_line_is_read(line: str) -> None:
    event = parse(line)
    assert isinstance(event, IkeEvent)
    assert event.message == "tunnel received DELETE for IKE_SA from CGW"
    assert (event.phase1, event.phase2) == (Phase.DOWN, Phase.DOWN)


def test_half_a_line_keeps_the_fields_that_arrived() -> None:
    event = parse('{"event_timestamp":1671691706,"details":"AWS tunnel is sending DPD request","ike_phase1_state":"dow')
    assert isinstance(event, IkeEvent)
    assert (event.message, event.phase1) == ("AWS tunnel is sending DPD request", None)


def test_free_text_is_kept() -> None:
    assert parse("  charon: something new  ") == UnreadEvent("charon: something new")


def test_bgp_status_is_read() -> None:
    line = (
        '{"resource_id":"vpn-1234abcd_198.51.100.4","event_timestamp":1762580429641,"timestamp":"2025-11-08 05:40:29Z",'
        '"type":"BGPStatus","status":"UP","message":{"details":"AWS-side peer BGP session state has changed from '
        'OpenConfirm to Established with neighbor 169.254.50.85"}}'
    )
    event = parse(line)
    assert isinstance(event, BgpEvent)
    assert event.is_up is True
    assert event.message.endswith("with neighbor 169.254.50.85")


@pytest.mark.parametrize("details", [LOST, OPEN])
@pytest.mark.parametrize(
    "line",
    [
        "resource_id=vpn-1234abcd_198.51.100.4 type=BGPStatus status=DOWN message={{details={}}}",
        '{{"resource_id": vpn-1234abcd_198.51.100.4, "type": "BGPStatus", "status": "DOWN", "message": "{}"}}',
        "type: BGPStatus, message: {}, status: DOWN, resource_id: vpn-1234abcd_198.51.100.4",
        '{{"resource_id":"vpn-1234abcd_198.51.100.4","type":"BGPStatus","status":"DOWN","message":"{{details={}}}"}}',
        '{{"resource_id":"vpn-1234abcd_198.51.100.4","type":"BGPStatus","status":"DOWN",'
        '"message":"{{\\"details\\":\\"{}\\"}}"}}',
    ],
)
def test_bgp_status_is_read_from_text_too(line: str, details: str) -> None:
    assert parse(line.format(details)) == BgpEvent(details, is_up=False)
    assert locate(line.format(details)) == ("vpn-1234abcd", "198.51.100.4")


def test_route_status_is_read_from_text_too() -> None:
    line = (
        "type=RouteStatus status=ADVERTISED message={prefix=10.0.0.0/16, asPath=65010 65020, localPref=100, med=0, "
        "nextHopIp=169.254.50.85, weight=0, details=DENIED due to: martian}"
    )
    assert parse(line) == RouteEvent("DENIED due to: martian", "advertised", "10.0.0.0/16", "65010 65020")


def test_an_object_written_into_the_message_keeps_what_json_means() -> None:
    body = json.dumps({"prefix": "10.0.0.0/16", "asPath": None})
    event = parse(json.dumps({"type": "RouteStatus", "status": "WITHDRAWN", "message": body}))
    assert event == RouteEvent("route 10.0.0.0/16 withdrawn", "withdrawn", "10.0.0.0/16")


def test_plain_words_in_the_message_of_a_bgp_record_are_kept_whole() -> None:
    event = parse(json.dumps({"type": "BGPStatus", "status": "DOWN", "message": "peer status: unwell"}))
    assert event == BgpEvent("peer status: unwell", is_up=False)


def test_the_names_of_a_bgp_record_are_plain_words_in_an_ike_message() -> None:
    line = "VpnLogDetail: notify status: x, message: y, type: z, TunnelIKEPhase1State: Down"
    assert parse(line) == IkeEvent("notify status: x, message: y, type: z", Phase.DOWN)


def test_route_status_is_read_and_named() -> None:
    body = {"prefix": "10.0.0.0/16", "asPath": "65010 65020", "nextHopIp": "169.254.50.85"}
    event = parse(json.dumps({"type": "RouteStatus", "status": "ADVERTISED", "message": body}))
    assert event == RouteEvent(
        "route 10.0.0.0/16 advertised, AS path 65010 65020", "advertised", "10.0.0.0/16", "65010 65020"
    )


@pytest.mark.parametrize("kind", ["BGPStatus", "RouteStatus"])
def test_null_message_of_the_bgp_log_is_read(kind: str) -> None:
    event = parse(json.dumps({"type": kind, "status": "DOWN", "message": None}))
    assert isinstance(event, BgpEvent | RouteEvent)


def test_a_line_can_name_its_own_tunnel() -> None:
    assert locate('{"resource_id":"vpn-1234abcd_198.51.100.4","type":"BGPStatus"}') == ("vpn-1234abcd", "198.51.100.4")
    assert locate("VpnConnectionId: vpn-1234abcd, TunnelOutsideIPAddress: 198.51.100.4") == (
        "vpn-1234abcd",
        "198.51.100.4",
    )
    assert locate("nothing of the sort") is None


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31mred",
        "\x1b]52;c;aGk=\x07",
        "\x9b2J",
        "a\u202eb",
        "zero\u200bwidth",
        "\x00",
        "\ud800",
        "line\nline",
        "\x7f",
    ],
)
def test_hostile_text_loses_its_teeth(hostile: str) -> None:
    for line in (hostile, json.dumps({"details": hostile}), json.dumps({"type": "BGPStatus", "message": hostile})):
        message = parse(line).message
        assert message.isprintable()


def test_markup_is_kept_as_plain_text() -> None:
    assert parse('{"details":"[/x] [bold]"}').message == "[/x] [bold]"


def test_a_giant_line_is_cut_for_reading() -> None:
    event = parse(json.dumps({"details": "x" * 262_144, "ike_phase1_state": "down"}))
    assert isinstance(event, IkeEvent)
    assert len(event.message) == LONGEST
    assert event.phase1 is Phase.DOWN


def test_deep_json_and_huge_numbers_are_kept_as_text() -> None:
    for line in ('{"details":' + "[" * 100_000, '{"event_timestamp":' + "9" * 10_000 + ',"details":"x"}'):
        assert parse(line).message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["details", "type", "status", "message", "ike_phase1_state", "dpd_enabled", "resource_id", *READABLE]
)
lines = (
    st.text()
    | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    | st.builds(
        json.dumps,
        st.dictionaries(fields, json_values | st.sampled_from(["BGPStatus", "RouteStatus", "UP"]), max_size=6),
    )
)


@given(lines)
def test_any_text_parses_without_raising_and_without_control_characters(line: str) -> None:
    message = parse(line).message
    locate(line)
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(character) for character in message}
    assert len(message) <= LONGEST


def test_long_messages_are_not_remembered() -> None:
    tracemalloc.start()
    try:
        for number in range(200):
            parse(json.dumps({"details": f"{number} " + "x" * 50_000, "ike_phase1_state": "down"}))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000
