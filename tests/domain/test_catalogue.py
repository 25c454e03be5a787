"""The catalogue's promises about its rules, its answers and its errors."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from re import _parser  # type: ignore[attr-defined] # there is no public way to the structure of a pattern

import pytest

from tests.domain.catalogues import EXAMPLES, RULES, knowing
from tui.domain.events import Log, Phase
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.rule import Rule, Severity

UP = Phase.ESTABLISHED
# The rules whose ids the state machine and the diagnosis know.
RELIED_ON = """
dpd_peer_dead dpd_timed_out psk_decryption_failed psk_mismatch no_proposal_by_aws no_proposal_notified
no_proposal_received delete_phase2_received delete_ike_received delete_phase2_sent delete_ike_sent rekey_collision
redundant_sa_deleted phase2_unable ts_unacceptable auth_failed_sent auth_failed_received half_open_timeout
phase1_established phase2_established child_closing proposals_selected retransmit initiating_by_aws initiating_by_cgw
packet_sent packet_received dpd_request_sent dpd_ack_received dpd_request_received exchange_create_child_sa
exchange_ike_sa_init exchange_ike_auth exchange_main_mode exchange_aggressive_mode exchange_quick_mode
invalid_id_received nat_detected bgp_state_established bgp_state_lost bgp_state_connect_active bgp_state_changed
bgp_prefix_warning bgp_prefix_exceeded bgp_hold_timer_expired bgp_bad_open bgp_open_received bgp_open_sent
bgp_connecting bgp_end_of_rib bgp_update_received route_denied_own_as route_denied_next_hop route_denied
route_advertised route_updated route_withdrawn bgp_notification_sent bgp_notification_received
"""
NOTIFICATIONS = [f"bgp_notification_{way}_{code}" for way in ("sent", "received") for code in range(1, 8)]


def wordings() -> Iterator[tuple[str, str]]:
    for line in Path(__file__).with_name("wordings.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            rule, _, message = line.partition(" | ")
            yield rule, message


def named(rule: Rule) -> str:
    return rule.id


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=lambda each: getattr(each, "id", ""))
def test_example_finds_its_own_rule_and_no_other(rule: Rule, example: str) -> None:
    assert load().match(example, log=rule.log) is rule
    assert knowing(example, rule.log) == [rule.id]


def test_every_wording_met_so_far_finds_the_rule_meant_for_it() -> None:
    for expected, message in wordings():
        rule = load().rules[expected]
        assert load().match(message, log=rule.log) is rule
        assert knowing(message, rule.log) == [expected]


def test_rules_that_the_state_machine_relies_on_exist() -> None:
    assert load().rules.keys() >= {*RELIED_ON.split(), *NOTIFICATIONS}


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_trouble_comes_with_causes_and_checks(rule: Rule) -> None:
    severities = {rule.severity} | {when.severity for when in rule.whens if when.severity}
    if max(severity.rank for severity in severities) >= Severity.WARNING.rank:
        assert rule.likely_causes
        assert rule.check_aws
        assert rule.check_cgw


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_words_fit_where_they_are_shown(rule: Rule) -> None:
    assert len(rule.title) <= 60
    assert all(len(brief) <= 36 for brief in (rule.brief, *(when.brief or "" for when in rule.whens)))


SAID = sorted({(rule.id, words) for rule in RULES for words in (rule.say, *(when.say for when in rule.whens)) if words})


def test_what_is_read_to_the_customer_is_a_few_sentences_of_one_voice() -> None:
    for name, words in SAID:
        sentences = re.sub(r"0\.0\.0\.0/0|(?<=\d)\.(?=\d)", "any", words)
        assert re.fullmatch(r"(?:[A-Z0-9][^.?!]*[.?](?: |$)){1,3}", sentences), name
        assert not re.search(r"\b(?:we|us|our|ours)\b", words, re.IGNORECASE), name


def test_no_sentence_orders_what_this_tunnel_may_refuse_or_what_takes_the_site_off_the_internet() -> None:
    for name, words in SAID:
        assert not re.search(r"\bAES|\bSHA|\bgroup \d|both phases|\bMTU to\b|\bMSS to\b", words), name
        assert ("0.0.0.0/0" in words) <= ("on a policy-based one" in words), name


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_routine_beside_a_tunnel_that_is_up_asks_nothing_of_the_customer(rule: Rule) -> None:
    explanation = rule.explain(phase1=UP, phase2=UP)
    if explanation.severity.rank < Severity.WARNING.rank and rule.log is Log.IKE:
        assert "lease" not in explanation.say
        assert "check" not in explanation.say.replace("checks", "").replace("are checking", "")


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_refusal_beside_a_tunnel_that_is_up_says_that_it_is_up(rule: Rule) -> None:
    explanation = rule.explain(phase1=UP, phase2=UP)
    if explanation.severity is Severity.WARNING and rule.severity is Severity.ERROR and rule.log is Log.IKE:
        assert re.search(r"tunnel is up|[Tt]raffic still flows", explanation.say)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_only_routine_collapses(rule: Rule) -> None:
    assert rule.fold is None or rule.severity is Severity.INFO


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_pattern_cannot_backtrack_without_end(rule: Rule) -> None:
    assert not has_nested_repeat(_parser.parse(rule.pattern.text))


def has_nested_repeat(parsed: Iterable[object], *, inside: bool = False) -> bool:
    """Whether a quantifier stands inside another; optional parts do not count."""
    for item in parsed:
        if isinstance(item, tuple) and item and item[0] in (_parser.MAX_REPEAT, _parser.MIN_REPEAT):
            _, most, body = item[1]
            if (inside and most > 1) or has_nested_repeat(body, inside=inside or most > 1):
                return True
        elif isinstance(item, tuple | list | _parser.SubPattern) and has_nested_repeat(item, inside=inside):
            return True
    return False


def test_nested_repeat_is_noticed() -> None:
    assert has_nested_repeat(_parser.parse(r"a(?:b|(?P<c>\d+)x)*"))
