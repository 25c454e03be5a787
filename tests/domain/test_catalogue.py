"""The catalogue's promises about its rules, its answers and its errors."""

import re
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from re import _parser  # type: ignore[attr-defined] # there is no public way to the structure of a pattern

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.events import Log, Phase
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.catalogue_file import load, read
from tui.domain.knowledge.normal_text import LONGEST
from tui.domain.knowledge.rule import Rule, Severity
from tui.domain.knowledge.rule_index import MESSAGES, SHAPES
from tui.domain.knowledge.schema import SchemaError

RULES = tuple(load().rules.values())
ALONE = [(rule, Catalogue([rule])) for rule in RULES]
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]
UP, DOWN = Phase.ESTABLISHED, Phase.DOWN
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


def knowing(message: str, log: Log) -> list[str]:
    """Return the ids of all rules of a log whose own wording it is, each asked in a catalogue of its own."""
    matches = [(rule, alone.match(message, log=log)) for rule, alone in ALONE if rule.log is log]
    return [rule.id for rule, match in matches if match is not None and match.is_exact]


def fields_of(message: str, log: Log = Log.IKE) -> dict[str, str]:
    rule = load().match(message, log=log)
    return rule.fields(message) if rule else {}


# --- the knowledge


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


# --- the answers


@pytest.mark.parametrize(
    "message",
    [
        "Peer is not responsive – Declaring peer dead",
        "Peer is not responsive—Declaring peer dead",
        "Peer is not responsive–Declaring peer dead",
        "Peer is not responsive • Declaring peer dead",
        "  peer  is not RESPONSIVE\tdeclaring peer dead. ",
    ],
)
def test_dash_blanks_and_case_do_not_matter(message: str) -> None:
    rule = load().match(message)
    assert rule is not None
    assert rule.id == "dpd_peer_dead"


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("half_open_timeout", "AWS tunnel Timeout: deleting un–established Phase 1 IKE_SA with cgw: cgw-01"),
        ("route_denied_own_as", "DENIED due to: as–path contains our own AS"),
        ("route_denied_next_hop", "DENIED due to: non‒connected next‑hop"),
    ],
)
def test_dash_inside_a_word_is_its_hyphen(expected: str, message: str) -> None:
    explanation = load().explain(message)
    assert explanation is not None
    assert explanation.rule.id == expected


@pytest.mark.parametrize(
    "message",
    [
        "",
        "AWS tunnel",
        "AWS tunnel is frobnicating",
        "AWS tunnel is sending",
        "with pre-shared key",
    ],
)
def test_message_that_nothing_knows_has_no_rule(message: str) -> None:
    assert load().match(message) is None
    assert fields_of(message) == {}
    assert load().explain(message) is None


@pytest.mark.parametrize(
    "message",
    [
        "AWS tunnel received DELETE for Phase 2 SA with SPI: 0xe8f16adf.",
        "AWS tunnel received  DELETE for Phase 2 SA with SPI: 0xe8f16adf",
        "DENIED due to: too specific – a /32.",
    ],
)
def test_values_hold_no_full_stop_however_the_message_is_spelled(message: str) -> None:
    values = fields_of(message, Log.BGP if message.startswith("DENIED") else Log.IKE).values()
    assert values
    assert not any(value.endswith(".") for value in values)


def test_an_en_dash_inside_a_word_is_a_hyphen() -> None:
    rule = load().match("AWS tunnel Timeout: deleting un–established Phase 1 IKE_SA")
    assert rule is not None
    assert rule.id == "half_open_timeout"


def test_log_decides_which_rules_are_asked_and_without_one_both_are() -> None:
    message = "DENIED due to: non-connected next-hop"
    assert load().match(message, log=Log.IKE) is None
    assert load().explain(message, log=Log.IKE) is None
    explanation = load().explain(message)
    assert explanation is not None
    assert explanation.rule.id == "route_denied_next_hop"


@pytest.mark.parametrize(
    ("message", "log", "expected"),
    [
        ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xce5503aa", Log.IKE, {"spi": "0xce5503aa"}),
        (
            "AWS tunnel Phase 2 SA is established with inbound SPI: 0x0a: outbound SPI: 0x0b: traffic sel: any",
            Log.IKE,
            {"inbound": "0x0a", "outbound": "0x0b", "selectors": "traffic sel: any"},
        ),
        ("AWS tunnel received DELETE for Phase 2 SA with SPI 0xCE5503AA,", Log.IKE, {"spi": "0xCE5503AA"}),
        (
            "AWS tunnel Phase 2 SA is established with inbound SPI: 0x0a, outbound SPI: 0x0b,",
            Log.IKE,
            {"inbound": "0x0a", "outbound": "0x0b"},
        ),
        (
            "AWS tunnel is closing CHILD_SA with inbound SPI: 0x0a: outbound SPI: 0x0b",
            Log.IKE,
            {"inbound": "0x0a", "outbound": "0x0b"},
        ),
        (
            "AWS tunnel is sending request (id=7) for CREATE_CHILD_SA",
            Log.IKE,
            {"verb": "is sending", "kind": "request", "id": "7", "exchange": "CREATE_CHILD_SA"},
        ),
        (
            "AWS tunnel is retransmitting request (id=3), attempt 2",
            Log.IKE,
            {"kind": "request", "id": "3", "attempt": "2"},
        ),
        ("AWS tunnel DPD timed out after 3 retransmits", Log.IKE, {"n": "3"}),
        ("AWS tunnel has selected proposals for Phase 2 SA", Log.IKE, {"phase": "2"}),
        (
            "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85",
            Log.BGP,
            {"state_from": "Established", "state_to": "Idle", "neighbor": "169.254.50.85"},
        ),
        (
            "AWS-side peer is reporting a maximum prefix limit warning — "
            "received 90 prefixes from neighbor ::1, limit is 9",
            Log.BGP,
            {"received": "90", "neighbor": "::1", "limit": "9"},
        ),
        (
            "AWS-side peer detected a bad OPEN message from neighbor 169.254.50.85 remote AS is 65020, expected 65010",
            Log.BGP,
            {"neighbor": "169.254.50.85", "asn": "65020", "expected": "65010"},
        ),
        (
            "AWS-side peer sent a notification 6/2 (Cease/Administrative Shutdown) to neighbor 169.254.50.85",
            Log.BGP,
            {"code": "6/2", "name": "Cease/Administrative Shutdown", "neighbor": "169.254.50.85"},
        ),
        ("DENIED due to: martian", Log.BGP, {"reason": "martian"}),
        (
            "route 10.0.0.0/16 advertised, AS path 65010 65020",
            Log.BGP,
            {"prefix": "10.0.0.0/16", "as_path": "65010 65020"},
        ),
    ],
)
def test_fields_are_read_out_of_the_message(message: str, log: Log, expected: dict[str, str]) -> None:
    assert fields_of(message, log) == expected


@pytest.mark.parametrize("end", ["…", "..."])
@pytest.mark.parametrize(
    "message",
    [
        "AWS tunnel received DELETE for Phase 2 SA with SPI: 0xce55",
        "AWS tunnel Phase 2 SA is established with inbound SPI: 0x68669b1b: outbound SPI: 0x8ceb",
        "AWS tunnel is closing CHILD_SA with inbound SPI: 0x4ad6",
    ],
)
def test_spi_that_was_cut_is_not_taken_for_a_whole_one(message: str, end: str) -> None:
    assert load().match(message + end)
    assert fields_of(message + end) == {}


@pytest.mark.parametrize(
    ("message", "phase1", "phase2", "severity"),
    [
        ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0x01", UP, UP, "ok"),
        ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0x01", UP, DOWN, "error"),
        ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0x01", None, None, "info"),
        ("AWS tunnel received DELETE for IKE_SA from CGW", UP, UP, "info"),
        ("AWS tunnel received DELETE for IKE_SA from CGW", DOWN, DOWN, "error"),
        ("No Proposal Match Found by AWS", UP, UP, "warning"),
        ("No Proposal Match Found by AWS", UP, DOWN, "error"),
        ("No Proposal Match Found by AWS", None, None, "error"),
        ("AWS tunnel Phase 2 was unable to establish while keeping Phase 1", UP, Phase.REKEYING, "warning"),
        ("AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: cgw-01", UP, UP, "info"),
        (
            "AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: cgw-01",
            Phase.NEGOTIATING,
            DOWN,
            "error",
        ),
    ],
)
def test_severity_heeds_the_states_of_the_record(
    message: str, phase1: Phase | None, phase2: Phase | None, severity: str
) -> None:
    explanation = load().explain(message, phase1=phase1, phase2=phase2)
    assert explanation is not None
    assert explanation.severity == severity


@pytest.mark.parametrize(
    ("phase1", "phase2", "brief"),
    [
        (UP, UP, "rekey refused: PFS group?"),
        (UP, DOWN, "no phase 2 proposal in common"),
        (Phase.NEGOTIATING, DOWN, "no phase 1 proposal in common"),
        (None, None, "no proposal in common"),
        (Phase.UNKNOWN, Phase.UNKNOWN, "no proposal in common"),
    ],
)
def test_refused_proposal_says_which_phase_it_was(phase1: Phase | None, phase2: Phase | None, brief: str) -> None:
    explanation = load().rules["no_proposal_by_aws"].explain(phase1=phase1, phase2=phase2)
    assert explanation.brief == brief


def test_sentence_for_the_customer_heeds_the_states() -> None:
    more = '[[rule.when]]\nphase2 = ["established"]\nsay = "There is nothing to do."'
    rule = read(rule_text(more=more)).rules["one"]
    assert rule.explain(phase1=UP, phase2=UP).say == "There is nothing to do."
    assert rule.explain(phase1=UP, phase2=DOWN).say == "Hello."


@pytest.mark.parametrize(("severity", "topics"), [("info", ("ike",)), ("warning", ("ike", "debug", "clear"))])
def test_no_command_that_disturbs_the_device_is_given_where_nothing_is_wrong(
    severity: str, topics: tuple[str, ...]
) -> None:
    rule = read(rule_text(severity=f'"{severity}"', topics='["ike", "debug", "clear"]')).rules["one"]
    assert rule.explain(phase1=UP, phase2=UP).topics == topics


def test_unknown_message_says_what_the_states_of_its_record_mean() -> None:
    unknown = load().unknown
    words = {
        unknown.explain(phase1=phase1, phase2=phase2) for phase1 in (UP, DOWN, None) for phase2 in (UP, DOWN, None)
    }
    assert "no traffic passes" in unknown.explain(phase1=UP, phase2=DOWN)
    assert "carried traffic" in unknown.explain(phase1=UP, phase2=UP)
    assert unknown.explain(phase1=None, phase2=None) == unknown.meaning
    assert len(words) >= 6


def test_ranks_go_from_ok_to_error() -> None:
    assert sorted(set(Severity), key=lambda severity: severity.rank) == ["ok", "info", "warning", "error"]


def test_long_message_is_known_by_its_beginning_and_not_remembered() -> None:
    catalogue = Catalogue(RULES)
    rule, index = catalogue.rules["phase2_established"], catalogue._indexes[Log.IKE]
    before = len(index._suggested)
    assert catalogue.match(rule.examples[0] + " and more" * LONGEST) is rule
    assert (len(index._suggested), len(index._known)) == (before, 0)


def test_memory_of_shapes_is_bounded() -> None:
    catalogue = Catalogue(RULES)
    for number in range(SHAPES + 100):
        name = f"{number:o}".translate(str.maketrans("01234567", "ghijklmn"))
        assert catalogue.match(f"sending packet: from {name} [UDP 500] to x [UDP 500] (1 bytes)")
    assert len(catalogue._indexes[Log.IKE]._suggested) <= SHAPES
    assert len(catalogue._indexes[Log.IKE]._known) <= MESSAGES


def test_a_message_like_an_example_has_few_patterns_compiled() -> None:
    catalogue = load.__wrapped__()
    rules = list(catalogue.rules.values())
    assert not any(rule.pattern.is_compiled for rule in rules)
    assert catalogue.match("AWS tunnel is sending request (id=37) for INFORMATIONAL") is not None
    assert sum(rule.pattern.is_compiled for rule in rules) <= 2


# --- any text

varied = st.sampled_from([example for _, example in EXAMPLES]).flatmap(
    lambda example: st.builds(
        lambda digits: re.sub(r"[0-9]", lambda _: next(digits), example),
        st.lists(st.sampled_from("0123456789"), min_size=len(example), max_size=len(example)).map(iter),
    )
)
phases = st.none() | st.sampled_from(Phase)


@given(st.text(max_size=200) | varied, phases, phases, st.none() | st.sampled_from(Log))
def test_any_text_is_explained_or_not_and_never_raises(
    text: str, phase1: Phase | None, phase2: Phase | None, log: Log | None
) -> None:
    explanation = load().explain(text, phase1=phase1, phase2=phase2, log=log)
    assert explanation is None or explanation.rule.id in load().rules
    assert all(isinstance(value, str) for value in fields_of(text, log or Log.IKE).values())


@settings(deadline=None)  # asks twenty messages of each rule alone: on a busy machine more than 200 ms
@given(st.lists(varied | st.text(max_size=40), max_size=20), st.sampled_from(Log))
def test_what_was_seen_before_never_changes_an_answer(messages: list[str], log: Log) -> None:
    experienced = Catalogue(RULES)
    for message in messages:
        rule = experienced.match(message, log=log)
        fresh = Catalogue(RULES).match(message, log=log) if rule and not rule.is_exact else rule
        assert (rule and rule.id) == (fresh and fresh.id)
        assert ([rule.id] if rule and rule.is_exact else []) == knowing(message[:LONGEST], log)


# --- the file

GOOD = {
    "id": '"one"',
    "log": '"ike"',
    "family": '"test"',
    "match": "'hello (?P<name>\\w+)'",
    "title": '"A greeting"',
    "brief": '"hello"',
    "meaning": '"Somebody says hello."',
    "say": '"Hello."',
    "severity": '"info"',
    "source": '"made up"',
    "wording": '"seen"',
    "examples": '["hello world"]',
}


def rule_text(*, without: str = "", more: str = "", **changed: str) -> str:
    fields = {name: value for name, value in (GOOD | changed).items() if name != without}
    return "\n".join(["[[rule]]", *(f"{name} = {value}" for name, value in fields.items()), more, ""])


def test_catalogue_is_read_from_text() -> None:
    rule = read(rule_text()).match("hello world")
    assert rule is not None
    assert rule.title == "A greeting"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[rule]", "not TOML"),
        ("[rules]", "unknown `rules`"),
        ("rule = [1]", "rule 1: expected a table"),
        (rule_text() + rule_text(), "rule 'one': the id is used twice"),
        (rule_text(without="say"), "rule 'one': missing `say`"),
        (rule_text(without="id"), "rule 1: missing `id`"),
        (rule_text(maening='"typo"'), "rule 'one': unknown `maening`"),
        (rule_text(match="'hello ('"), "rule 'one': `match`: does not compile"),
        (rule_text(examples="[]"), "rule 'one': `examples` is empty"),
        (rule_text(examples='"hello"'), "rule 'one': `examples` must be a list"),
        (rule_text(severity='"bad"'), "rule 'one': unknown severity 'bad'; known: ok, info, warning, error"),
        (rule_text(log='"tcp"'), "rule 'one': unknown log 'tcp'"),
        (rule_text(wording='"heard"'), "rule 'one': unknown wording 'heard'; known: documented, seen, guessed, ours"),
        (rule_text(topics='["coffee"]'), "rule 'one': `topics`: Unknown topic 'coffee'; known: ike, "),
        (rule_text(title="7"), "rule 'one': `title` must be a text"),
        (rule_text(title='" "'), "rule 'one': `title` must be a text"),
        (rule_text(when="7"), "rule 'one': `when` must be a list"),
        (
            rule_text(more='[[rule.when]]\nphase2 = ["up"]\nbrief = "x"'),
            "rule 'one': when 1: unknown phase2 'up'",
        ),
        (
            rule_text(more='[[rule.when]]\nphase2 = ["unknown"]\nbrief = "x"'),
            "rule 'one': when 1: unknown phase 'unknown'",
        ),
        (
            rule_text(more='[[rule.when]]\nphase3 = ["down"]\nbrief = "x"'),
            "rule 'one': when 1: unknown `phase3`",
        ),
        (rule_text(more='[[rule.when]]\nbrief = "x"'), "rule 'one': when 1: a `when` needs phase1 or phase2"),
        (
            rule_text(more='[[rule.when]]\nphase1 = ["down"]'),
            "rule 'one': when 1: a `when` needs phase1 or phase2",
        ),
    ],
)
def test_faulty_catalogue_is_refused_with_file_rule_and_reason(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read(text, file="mine.toml")
    assert str(raised.value).startswith("mine.toml: ")
    assert reason in str(raised.value)


def test_shipped_catalogue_is_read_once() -> None:
    assert load() is load()
    assert (
        read((resources.files("tui.domain.knowledge") / "messages.toml").read_text(encoding="utf-8")).rules.keys()
        == load().rules.keys()
    )
