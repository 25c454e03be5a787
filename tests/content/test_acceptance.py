"""Each condition is stated with its evidence; the protocol is dated, and text from outside is never markup in it."""

from typing import Final

import pytest

from tests.factories import IP, NOON, OTHER_IP, VPN
from tui.content.acceptance.conditions import chapter_notes, condition_text, missing_text
from tui.content.acceptance.lines import acceptance_lines
from tui.content.acceptance.protocol import Protocol, protocol_markdown
from tui.content.wording import ANYWHERE, clock_notation
from tui.domain.acceptance.acceptance import (
    Carrying,
    Chapter,
    Condition,
    Evidence,
    Progress,
    Rekeyed,
    Routing,
    State,
    Steady,
    Switch,
    Whole,
)
from tui.domain.acceptance.rekey import Rekey
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting, Uncertainty
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.judgement import Judgement
from tui.domain.past.outages import ClosedBy, Outage, OutageKind
from tui.domain.state.tunnel_state import Health

CLOCK = clock_notation(now=NOON, utc=True)
UP = TunnelSighting(IP, Judgement(Health.UP, carries=True, since=NOON))
NEXT = Rekey(2, NOON, NOON + 3_060_000, NOON + 3_330_000, NOON + 3_600_000)
FALL = Outage(OutageKind.IPSEC, NOON, True, NOON + 12_000, ClosedBy.CUSTOMER_GATEWAY)

SAID: Final[list[tuple[State, Evidence, str]]] = [
    (State.MET, Carrying(UP), "carries traffic: since 12:00:00"),
    (
        State.OPEN,
        Carrying(TunnelSighting(IP, Judgement(Health.UP, carries=False, since=NOON))),
        "carries traffic: no BGP since 12:00:00",
    ),
    (State.OPEN, Carrying(TunnelSighting(IP, Judgement(Health.DOWN, carries=False))), "carries traffic: down"),
    (
        State.UNKNOWN,
        Carrying(TunnelSighting(IP, uncertainty=Uncertainty.GONE)),
        "carries traffic: not listed any more",
    ),
    (
        State.MET,
        Routing(NOON, True, 4, 4),
        "BGP and prefixes: established since 12:00:00, 4 of 4 expected prefixes",
    ),
    (
        State.OPEN,
        Routing(NOON, True, 2, 2, ("10.1.0.0/16",), ("0.0.0.0/0",), (("10.1.0.0/16", "as-path"),)),
        "BGP and prefixes: established since 12:00:00, 1 of 2 expected prefixes, missing 10.1.0.0/16, "
        "not expected 0.0.0.0/0, refused by AWS 10.1.0.0/16 (as-path)",
    ),
    (
        State.OPEN,
        Routing(NOON, True, 0, 9, tuple(f"10.{n}.0.0/16" for n in range(9))),
        "BGP and prefixes: established since 12:00:00, 0 of 9 expected prefixes, missing 10.0.0.0/16, 10.1.0.0/16, "
        "10.2.0.0/16, 10.3.0.0/16, 10.4.0.0/16, 10.5.0.0/16 and 3 more",
    ),
    (State.OPEN, Routing(None, False), "BGP and prefixes: BGP is not established"),
    (State.UNKNOWN, Routing(), "BGP and prefixes: it is unknown whether BGP is established"),
    (State.MET, Rekeyed(NOON), "phase 2 rekey survived: at 12:00:00"),
    (
        State.OPEN,
        Rekeyed(None, NOON),
        "phase 2 rekey survived: rekeyed at 12:00:00; it has to carry until 12:00:40",
    ),
    (
        State.OPEN,
        Rekeyed(ahead=NEXT),
        "phase 2 rekey survived: expected between 12:51 and 12:55, else the SA ends at 13:00",
    ),
    (State.OPEN, Rekeyed(), "phase 2 rekey survived: none seen yet; the time of the next one is unknown"),
    (
        State.UNKNOWN,
        Rekeyed(is_logged=False),
        "phase 2 rekey survived: the tunnel's log is off, so no rekey can be seen",
    ),
    (State.MET, Steady(NOON), "no flap in the watch: none since 12:00:00"),
    (State.MET, Steady(NOON, (FALL,)), "no flap in the watch: none since 12:00:00 except the drill's"),
    (State.OPEN, Switch(), "down once, the other carried: not seen down yet: take it down"),
    (State.OPEN, Switch(NOON), "down once, the other carried: lost at 12:00:00, the other does not carry"),
    (
        State.FAILED,
        Switch(NOON, None, NOON + 9_000),
        "down once, the other carried: lost at 12:00:00, and the other did not carry meanwhile, back at 12:00:09",
    ),
    (
        State.MET,
        Switch(NOON, 0, NOON + 9_000),
        "down once, the other carried: lost at 12:00:00, the other carried already, back at 12:00:09",
    ),
    (
        State.MET,
        Switch(NOON, 2_100, NOON + 9_000),
        "down once, the other carried: lost at 12:00:00, the other carried 3s later, back at 12:00:09",
    ),
    (
        State.UNKNOWN,
        Whole(1),
        "both tunnels are known: one is known by its log alone; nothing is known of the other",
    ),
]


@pytest.mark.parametrize(("state", "evidence", "text"), SAID)
def test_a_condition_is_said_with_its_evidence(state: State, evidence: Evidence, text: str) -> None:
    assert condition_text(Condition(IP, state, evidence), CLOCK) == text


def test_a_flap_is_told_as_an_outage() -> None:
    text = condition_text(Condition(IP, State.FAILED, Steady(NOON, (FALL,))), CLOCK)
    assert "12:00:00" in text
    assert "closed by the customer gateway" in text


def progress(*conditions: Condition, name: str = "hq", is_fresh: bool = True, left_out: int = 0) -> Progress:
    connection = ConnectionSighting(VPN, name, left_out=left_out, tunnels=(UP,))
    return Progress((Chapter(connection, conditions),), NOON, is_fresh)


MET = Condition(IP, State.MET, Rekeyed(NOON))
OPEN = Condition(OTHER_IP, State.OPEN, Rekeyed())
FAILED = Condition(OTHER_IP, State.FAILED, Steady(NOON, (FALL,)))


def test_what_is_missing_is_named_and_what_failed_before_what_is_open() -> None:
    assert missing_text(progress(MET, OPEN), CLOCK) == f"still open: hq {OTHER_IP} (phase 2 rekey survived)"
    assert missing_text(progress(MET, OPEN, FAILED), CLOCK) == (
        f"hq {OTHER_IP} went down at 12:00:00, closed by the customer gateway"
    )
    assert missing_text(progress(OPEN, is_fresh=False), CLOCK) == "nothing is known since 12:00:00"
    assert missing_text(None, CLOCK) == "nothing has been read yet"


def test_a_connection_of_which_one_tunnel_was_chosen_is_not_called_redundant() -> None:
    (chapter,) = progress(MET, left_out=1).chapters
    assert chapter_notes(chapter) == (f"Only {IP} was chosen: this says nothing of the connection's redundancy.",)


def test_the_protocol_is_dated_and_says_what_was_seen() -> None:
    text = protocol_markdown(Protocol(NOON, NOON + 3_600_000, True, "", progress(MET)))
    assert "**Accepted.**" in text
    assert "Watched from 2026-11-23T12:00:00Z to 2026-11-23T13:00:00Z (1h), with a drill." in text
    assert f"## hq {VPN}" in text
    assert f"| phase 2 rekey survived | {IP} | ✔ seen | at 2026-11-23T12:00:00Z |" in text
    assert "one second" in text


def test_a_protocol_without_success_says_why() -> None:
    text = protocol_markdown(Protocol(NOON, NOON, False, "timed out after 1m: hq", progress(OPEN)))
    assert "**Not accepted:** timed out after 1m: hq." in text


def test_what_stopped_it_before_anything_was_seen_is_one_line() -> None:
    refused = Protocol(NOON, NOON, False, "No tunnel was chosen.", None)
    assert not refused.is_accepted
    assert protocol_markdown(refused) == "Not accepted: No tunnel was chosen."


def test_a_name_is_no_markup() -> None:
    text = protocol_markdown(Protocol(NOON, NOON, False, "[x](http://e)|", progress(MET, name="<b>|*hq*\x1b[31m")))
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "\x1b" not in text
    assert "[x](" not in text


def test_the_list_counts_and_tells_that_the_feed_is_away() -> None:
    away = FeedState(FeedMode.OFFLINE, "no network \x1b[2J")
    lines = acceptance_lines(progress(MET, OPEN), away, now=NOON, moment=ANYWHERE)
    assert lines[0].text == "2026-11-23T12:00:00Z  1 of 2 seen"
    assert lines[1].text.startswith("feed offline: no network")
    assert all(line.text.isprintable() for line in lines)
    assert [line.text.split()[0] for line in lines[2:]] == ["hq", "✔", "…"]


def test_where_there_is_no_room_what_is_met_is_only_counted() -> None:
    live = FeedState(FeedMode.LIVE)
    whole, short = (
        acceptance_lines(progress(MET, MET, OPEN), live, now=NOON, moment=CLOCK, rows=rows) for rows in (5, 4)
    )
    assert len(whole) == 5
    assert [line.text.split()[0] for line in short] == ["12:00:00", "hq", "…"]
