"""`explain` answers questions in any form, and says how well it knows the answer."""

import json
import re
from typing import Any

import pytest

from tests.factories import NOON, fleet_of, ike, ike_line
from tests.scenes import LIVE, NOW, cutover
from tui.content.doubts import doubt_sentence
from tui.content.layout.cells import wrap
from tui.content.wording import ANYWHERE
from tui.domain.diagnosis.causes import cause, codes
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.doubt import Doubt, DoubtKind
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Noted
from tui.headless.explain import Answer, Explainer, render_json, render_text
from tui.headless.status import render_table
from tui.headless.tail_lines import TextLines

EXPLAINER = Explainer(load())
DELETED = "AWS tunnel received DELETE for IKE_SA from CGW"


def asked(*arguments: str) -> list[Answer]:
    return list(EXPLAINER.of_arguments(arguments))


def as_json(text: str, *, device: str | None = None) -> dict[str, Any]:
    (answer,) = asked(text)
    document: dict[str, Any] = json.loads(render_json(answer, device=device))
    return document


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "VpnLogDetail: AWS tunnel is sending DPD request VpnLogCreationTimestampReadable: 2025-11-08 05:40:29.641Z "
            "TunnelIKEPhase1State: Established TunnelIKEPhase2State: Established",
            "dpd_request_sent",
        ),
        (
            "AWS-side peer BGP session state has changed from Idle to Connect with neighbor {ip: xxx}",
            "bgp_state_changed",
        ),
        (json.dumps({"timestamp": 1771250445000, "message": ike_line(DELETED, "DD")}), "delete_ike_received"),
        ('"AWS tunnel DPD timed out after 3 retransmits"', "dpd_timed_out"),
        ("AWS tunnel DPD timed out after {retry_count} retransmits", "dpd_timed_out"),
        ("AWS: Traffic Selector: TS_UNACCEPLABLE: received from responder", "ts_unacceptable"),
    ],
)
def test_pasted_form_finds_the_message_that_it_is(text: str, rule: str) -> None:
    document = as_json(text)
    assert (document["rule"], document["match"]) == (rule, "exact")


def test_states_of_a_pasted_event_are_heeded() -> None:
    routine, trouble = (as_json(json.dumps({"message": ike_line(DELETED, states)})) for states in ("EE", "DD"))
    assert (routine["severity"], trouble["severity"]) == ("info", "error")
    assert routine["say"] != trouble["say"]


def test_message_in_other_words_is_likely_and_says_so() -> None:
    text = "AWS tunnel DPD timed out after 3 retransmits with cgw: cgw-0a1b2c3d4e5f67890"
    assert (as_json(text)["rule"], as_json(text)["match"]) == ("dpd_timed_out", "likely")
    assert "wording is not known exactly" in render_text(asked(text)[0])


@pytest.mark.parametrize("keyword", ["TS_UNACCEPTABLE", "NO_PROPOSAL_CHOSEN", "hold timer", "half_open_timeout"])
def test_keyword_that_means_one_message_is_explained(keyword: str) -> None:
    (answer,) = asked(keyword)
    assert answer.is_known
    assert answer.explanation is not None


def test_keyword_that_means_several_messages_names_them_the_gravest_first() -> None:
    document = as_json("dpd")
    assert document["rule"] is None
    assert {"dpd_timed_out", "dpd_peer_dead"} <= {near["rule"] for near in document["nearest"]}
    assert document["nearest"][0]["rule"] in ("dpd_timed_out", "dpd_peer_dead")
    assert asked("dpd")[0].is_known


def test_words_without_quotes_are_one_message() -> None:
    (answer,) = asked(*["AWS", "tunnel", "DPD", "timed", "out", "after", "3", "retransmits"])
    assert answer.explanation is not None
    assert answer.explanation.rule.id == "dpd_timed_out"


def test_several_messages_are_each_answered() -> None:
    assert [answer.is_known for answer in asked(DELETED, "no such words here at all")] == [True, False]
    assert len(asked("TS_UNACCEPTABLE", "INVALID_SPI")) == 2


def test_message_that_a_mail_wrapped_is_known_by_its_second_line() -> None:
    first, second = EXPLAINER.of_lines(["AWS tunnel received DELETE", "> for IKE_SA from CGW"])
    assert (first.explanation, second.message) == (None, DELETED)
    assert second.explanation is not None


def test_unknown_message_says_what_its_states_mean_and_what_comes_near() -> None:
    text = ike_line("AWS tunnel is frobnicating the Phase 2 proposals", "ED")
    document = as_json(text)
    assert document["rule"] is None
    assert "no traffic passes" in document["meaning"]
    assert document["nearest"]
    shown = render_text(asked(text)[0], columns=200)
    assert "no traffic passes" in shown
    assert document["nearest"][0]["example"] in shown


@pytest.mark.parametrize("text", ["x", "what is this", "no such words here at all"])
def test_text_that_nothing_knows_is_not_known(text: str) -> None:
    assert not asked(text)[0].is_known


def test_commands_beside_routine_disturb_nothing() -> None:
    routine = as_json(
        ike_line("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xce5503aa", "EE"), device="cisco-asa"
    )
    trouble = as_json(ike_line(DELETED, "DD"), device="cisco-asa")
    assert not any("[interrupts" in line or "turn off" in line for line in routine["commands"])
    assert any("[interrupts this tunnel]" in line for line in trouble["commands"])


def test_lines_of_any_number_are_answered_one_by_one() -> None:
    answers = EXPLAINER.of_lines(f"{DELETED}\n\n{DELETED}\n".splitlines())
    assert [answer.message for answer in answers] == [DELETED, DELETED]


def test_json_names_the_sources_of_its_commands() -> None:
    document = as_json("No Proposal Match Found by AWS", device="cisco-ios")
    assert all(source["address"].startswith("https://") and source["check"] for source in document["command_sources"])
    assert document["command_sources"]
    assert as_json("No Proposal Match Found by AWS")["command_sources"] == []


def test_addresses_that_a_message_tells_are_in_its_commands() -> None:
    line = "sending packet: from 203.0.113.17 [UDP 500] to cgw-0a1b2c3d4e5f67890 [UDP 500] (180 bytes)"
    assert any("203.0.113.17" in command for command in as_json(line, device="cisco-ios")["commands"])
    lost = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.86"
    assert "show ip bgp neighbors 169.254.50.85" in as_json(lost, device="cisco-ios")["commands"]


def test_where_all_is_well_there_is_nothing_to_check() -> None:
    document = as_json(
        ike_line("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xce5503aa", "EE"), device="cisco-asa"
    )
    assert document["severity"] == "ok"
    assert not any(document[key] for key in ("likely_causes", "check_aws", "check_cgw", "commands"))
    assert "nothing to do" in document["say"]


def test_own_tail_is_explained_whatever_it_prints() -> None:
    fleet = fleet_of([ike(DELETED, "DD")])
    printed: list[str] = []
    lines = TextLines(printed.append, fleet, utc=True)
    (tunnel,) = fleet.tunnels
    (entry,) = tunnel.history
    lines.event(Noted(tunnel, entry), late=True)
    lines.feed(FeedState(FeedMode.LIVE), None, site="")
    for transition in tunnel.state.transitions:
        lines.transition(tunnel, transition)
    assert [answer.message for answer in EXPLAINER.of_lines(printed)] == [DELETED]


@pytest.mark.parametrize("columns", [80, 160])
def test_of_a_pasted_board_causes_and_doubts_are_explained_and_nothing_else(columns: int) -> None:
    shown = render_table(cutover().fleet, LIVE, now=NOW, columns=columns)
    answers = asked(shown)
    assert [answer.message for answer in answers] == [
        "phase 2 proposals or PFS differ",
        "EC2 says UP (IPSEC IS UP), but the log says down; the log counts.",
    ]
    document = json.loads(render_json(answers[0], device="fortigate"))
    assert (document["cause"], document["severity"]) == ("phase2_proposal_mismatch", "error")
    assert document["check_cgw"]
    assert document["commands"]
    assert "Check on the customer gateway:" in render_text(answers[0])


def test_the_words_of_every_cause_are_known_also_with_its_places_filled() -> None:
    catalogue = load()
    for code in codes(catalogue):
        brief = re.sub(r"\{\w+\}", "17 seconds", cause(code, catalogue=catalogue).brief)
        (answer,) = asked(f"✖ {brief}")
        assert answer.is_known, brief
        (by_code,) = asked(code)
        assert by_code.cause is not None, code
        assert by_code.cause.code == code
        assert not re.search(r"[{?]\w*\}|\{", render_text(by_code) + json.loads(render_json(by_code))["title"]), code


DOUBTS = [
    doubt_sentence(
        Doubt(kind, NOON, log_says_up=True, ec2_says_up=False, ec2_message="IPSEC IS DOWN", ec2_since=NOON),
        moment=ANYWHERE,
    )
    for kind in DoubtKind
]


@pytest.mark.parametrize("columns", [50, 80, 400])
@pytest.mark.parametrize("sentence", DOUBTS)
def test_a_doubt_of_our_own_tables_is_explained_however_it_was_wrapped(sentence: str, columns: int) -> None:
    pasted = [f"     {part}" for part in wrap(sentence, columns)]
    answers = list(EXPLAINER.of_lines([DELETED, *pasted, DELETED]))
    assert [answer.message for answer in answers] == [DELETED, sentence, DELETED]
    doubt = answers[1]
    assert doubt.is_known
    assert doubt.doubt
    assert json.loads(render_json(doubt))["doubt"] == doubt.doubt
    assert doubt.meaning in " ".join(render_text(doubt).split())


def test_text_that_only_begins_as_a_doubt_does_is_read_as_ever() -> None:
    lines = ["The log", f"EC2 says {'x' * 100_000}", "A message announces the end", DELETED]
    answers = [answer.message for answer in EXPLAINER.of_lines(lines)]
    assert answers[-1] == DELETED
    assert "A message announces the end" in answers
    assert not any(answer.doubt for answer in EXPLAINER.of_lines(lines))
