"""The last negotiation as arrows: only what the log proves, and what is missing in it."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.factories import NOON, ike, tunnel_of
from tests.scenes import HQ, NOW, diagnosing, pump, tunnel_in
from tests.scenes import ike as ike_ago
from tui.content.layout.ascii_text import ascii_cells
from tui.content.layout.blocks import block_lines
from tui.content.share import tunnel_summary
from tui.content.tunnel.ladder import ladder_blocks
from tui.content.tunnel.page import tunnel_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.events import RawEvent
from tui.domain.past.exchanges import Step, last_negotiation

AWS, CGW = "is sending", "processed"
PHASE1_UP = "AWS tunnel Phase 1 SA is established"
PHASE2_UP = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a"
KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
REPEATS = "AWS tunnel is retransmitting request (id=0), attempt {}"
GAVE_UP = "AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: cgw-0a1b2c3d4e5f60718"

Line = tuple[float, str] | tuple[float, str, str]


def message(who: str, kind: str, exchange: str, number: int = 0) -> str:
    return f"AWS tunnel {who} {kind} (id={number}) for {exchange}"


def events(lines: Iterable[Line]) -> list[RawEvent]:
    return [
        ike(line[1], line[2] if len(line) > 2 else "ND", at=line[0], rank=rank, serial=rank + 1)
        for rank, line in enumerate(lines)
    ]


def drawn(*lines: Line, after: float = 60) -> list[str]:
    """Return the rows of the ladder, `after` seconds after the last line, without times and frame."""
    tunnel = tunnel_of(events(lines))
    now = NOON + round((lines[-1][0] + after) * 1000)
    blocks = ladder_blocks(tunnel.history, now=now, moment=str, utc=True)
    rows = [block.text[9:] for block in blocks if block.kind.value == "drawing"][1:]
    return [" ".join(row.replace("─", " ").replace("┄", " ").replace("│", " ").split()) for row in rows]


def exchanged(exchange: str, *, by: str, number: int = 0) -> list[str]:
    """Return the two messages of an exchange that one end begins, as AWS logs them."""
    answer = CGW if by == AWS else AWS
    return [message(by, "request", exchange, number), message(answer, "response", exchange, number)]


def at(second: float, *messages: str) -> list[Line]:
    return [(second, each) for each in messages]


def test_ikev2_begun_by_the_customer_gateway_is_four_arrows_and_two_sas() -> None:
    init, auth = exchanged("IKE_SA_INIT", by=CGW), exchanged("IKE_AUTH", by=CGW, number=1)
    assert drawn(*at(0, *init, auth[0], PHASE1_UP, PHASE2_UP, auth[1])) == [
        "← IKE_SA_INIT request",
        "IKE_SA_INIT response →",
        "← IKE_AUTH request",
        "● phase 1 is up",
        "● phase 2 is up",
        "IKE_AUTH response →",
    ]


def test_ikev1_begun_by_aws_ends_with_a_message_that_wants_no_answer() -> None:
    main, quick = exchanged("Main Mode", by=AWS), exchanged("Quick Mode", by=AWS, number=77)
    rows = drawn(*at(0, *main, *main, *main, *quick, quick[0]))
    assert rows == [
        *["Main Mode request →", "← Main Mode response"] * 3,
        "Quick Mode request →",
        "← Quick Mode response",
        "Quick Mode request →",
    ]


def test_the_first_message_of_an_exchange_of_three_wants_an_answer() -> None:
    main, quick = exchanged("Main Mode", by=AWS), exchanged("Quick Mode", by=AWS, number=77)
    assert drawn(*at(0, *main, PHASE1_UP, quick[0]))[-2:] == ["Quick Mode request →", "← ✖ no answer"]


def test_the_newest_negotiation_counts_and_keepalives_are_none() -> None:
    first = [*exchanged("IKE_SA_INIT", by=CGW), message(CGW, "request", "IKE_AUTH", 1), KEY]
    alive = [message(AWS, "request", "INFORMATIONAL", 5), message(CGW, "response", "INFORMATIONAL", 5)]
    rows = drawn(*at(0, *first), *at(11, *first), *at(20, *alive))
    assert rows == ["← IKE_SA_INIT request", "IKE_SA_INIT response →", "← IKE_AUTH request", "✖ wrong pre-shared key"]


def test_a_rekey_is_told_from_a_set_up() -> None:
    rekey = exchanged("CREATE_CHILD_SA", by=AWS, number=3)
    tunnel = tunnel_of(events([(0, each, "ER") for each in (*rekey, PHASE2_UP)]))
    texts = [block.text for block in ladder_blocks(tunnel.history, now=NOON, moment=str, utc=True)]
    assert f"IKEv2, within the established IKE SA, begun by AWS, {NOON}" in texts


def test_the_answer_that_never_came_is_named_and_the_repeats_are_counted() -> None:
    repeats = [(second, REPEATS.format(number)) for number, second in enumerate((4, 11, 24), start=1)]
    rows = drawn((0, message(AWS, "request", "IKE_SA_INIT")), *repeats)
    assert rows == ["IKE_SA_INIT request →", "▲ no answer to the first packets ×3", "← ✖ no answer"]


def test_what_still_has_the_time_to_come_is_not_missing() -> None:
    asked = (0.0, message(AWS, "request", "IKE_SA_INIT"))
    assert drawn(asked, after=2) == ["IKE_SA_INIT request →"]
    assert drawn(asked, after=4) == ["IKE_SA_INIT request →", "← ✖ no answer"]


def test_a_customer_gateway_that_does_not_go_on_after_the_answer_is_named() -> None:
    rows = drawn(*at(0, *exchanged("IKE_SA_INIT", by=CGW)), (30, GAVE_UP, "DD"))
    assert rows == ["← IKE_SA_INIT request", "IKE_SA_INIT response →", "✖ no reply in phase 1", "← ✖ no IKE_AUTH"]


def test_of_aws_it_is_only_said_that_nothing_was_logged() -> None:
    assert drawn((0, message(CGW, "request", "IKE_SA_INIT")))[-1] == "no IKE_SA_INIT response logged"
    assert drawn(*at(0, *exchanged("IKE_SA_INIT", by=AWS)))[-1] == "no IKE_AUTH request logged"


def test_after_a_refusal_nothing_is_missing() -> None:
    assert not any("✖ no" in row for row in drawn(*at(0, message(CGW, "request", "IKE_SA_INIT"), KEY)))
    rows = drawn(*at(0, *exchanged("IKE_SA_INIT", by=AWS), "No Proposal Match Found by AWS"))
    assert rows[-1].startswith("✖ no phase 1 proposal")


def test_a_request_that_only_its_response_proves_is_dotted_and_says_so() -> None:
    rows = drawn((0, message(AWS, "response", "IKE_SA_INIT")), (0, message(CGW, "request", "IKE_AUTH", 1)), (0, KEY))
    assert rows == [
        "← IKE_SA_INIT request not logged",
        "IKE_SA_INIT response →",
        "← IKE_AUTH request",
        "✖ wrong pre-shared key",
    ]


def test_the_udp_port_is_that_of_the_packet_beside_the_message() -> None:
    def packet(way: str, port: int) -> str:
        a, b = (f"203.0.113.17 [UDP {port}]", f"198.51.100.9 [UDP {port}]")
        return f"sending packet: from {a} to {b} (80 bytes)" if way == AWS else f"received packet: from {b} to {a}"

    init, auth = exchanged("IKE_SA_INIT", by=CGW), exchanged("IKE_AUTH", by=CGW, number=1)
    rows = drawn(
        *at(0, packet(CGW, 500), init[0], init[1], packet(AWS, 500), packet(CGW, 4500), auth[0], PHASE2_UP, auth[1])
    )
    assert [row.partition("UDP ")[2] for row in rows] == ["500", "500", "4500", "", ""]


def test_a_wrong_key_in_ikev1_repeats_under_the_same_name_and_is_one_attempt() -> None:
    main = exchanged("Main Mode", by=CGW)
    wrong = "AWS tunnel payload decryption was unsuccessful due to invalid Pre-shared Key"
    begin: Sequence[Line] = [(0, main[0], "DD"), (0, main[1]), (0, main[0]), (0, main[1]), (0, wrong), (4, wrong)]
    again: Sequence[Line] = [(11, wrong), (30, GAVE_UP, "DD")]
    assert drawn(*begin, *again).count("← Main Mode request") == 2
    second: Sequence[Line] = [(42 + line[0], *line[1:]) for line in begin]
    assert drawn(*begin, *again, *second).count("← Main Mode request") == 2


def test_nothing_is_drawn_where_no_negotiation_was_logged() -> None:
    assert ladder_blocks(tunnel_of([ike("x")]).history, now=NOON, moment=str, utc=True) == ()


MESSAGES = [
    message(who, kind, exchange)
    for who in (AWS, CGW)
    for kind in ("request", "response")
    for exchange in ("IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL", "Main Mode", "Quick Mode")
] + [PHASE1_UP, PHASE2_UP, KEY, GAVE_UP, REPEATS.format(1), "unheard of", message(CGW, "request", "IKE_FOLLOWUP_KE")]
LINES = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(MESSAGES), st.sampled_from(["DD", "ND", "EN", "EE"])), max_size=30
)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_whatever_is_logged_the_ladder_shows_only_what_the_lines_prove(lines: list[Line]) -> None:
    lines = sorted(lines, key=lambda line: line[0])
    if not lines:
        return
    tunnel = tunnel_of(events(lines))
    found = last_negotiation(tunnel.history, now=NOON + 400_000)
    if found is None:
        return
    logged = [(step.at, step.exchange, step.is_request) for step in found.steps if step.is_logged]
    known = [entry.event.message for entry in tunnel.history]
    assert all(any(f"for {exchange}" in text for text in known) for _, exchange, _ in logged)
    implied = [row for row in found.rows if isinstance(row, Step) and not row.is_logged]
    answers = [step.exchange for step in found.steps if not step.is_request]
    assert all(step.is_request and step.exchange in answers for step in implied)
    for block in ladder_blocks(tunnel.history, now=NOON + 400_000, moment=str, utc=True)[3:]:
        assert cell_len(block.text) <= 60
        assert ascii_cells(block.text).isascii()
        assert len(ascii_cells(block.text)) == cell_len(block.text)


def snapshot(states: str) -> TunnelSnapshot:
    init = exchanged("IKE_SA_INIT", by=CGW)
    held = pump([ike_ago(text, states, ago=20) for text in (*init, message(CGW, "request", "IKE_AUTH", 1), KEY)])
    tunnel = tunnel_in(held, HQ, "203.0.113.17")
    return TunnelSnapshot.of(tunnel, held.fleet, diagnoses=diagnosing(held)(tunnel), now=NOW)


@pytest.mark.parametrize("width", [20, 44, 100])
def test_the_page_draws_the_ladder_and_cuts_it_where_it_is_too_wide(width: int) -> None:
    lines = [line.text for line in block_lines(tunnel_blocks(snapshot("ND"), utc=True), width)]
    rows = [line for line in lines if "│" in line]
    assert len(rows) == 3
    assert all(cell_len(line) <= width for line in lines)
    assert rows[0].startswith(" 12:04:11 │←────")


def test_the_copied_text_has_the_ladder_of_a_tunnel_that_is_not_up() -> None:
    assert " │←───── IKE_SA_INIT request │\n" in tunnel_summary(snapshot("ND"))
    assert "│" not in tunnel_summary(snapshot("EE"))
