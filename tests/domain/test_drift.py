"""Known messages with changed wording are still found, but only as likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import fleet_of, ike, tunnel_of
from tui.domain.events import Log, Phase
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.catalogue_file import load, read
from tui.domain.knowledge.drift import Stem, fold
from tui.domain.knowledge.rule import Rule, Severity
from tui.domain.knowledge.rule_index import DRIFTED, StemIndex
from tui.domain.state.tunnel_state import Health

CGW = "cgw-0a1b2c3d4e5f67890"


def match(message: str, log: Log = Log.IKE) -> Rule:
    rule = load().match(message, log=log)
    assert rule is not None, message
    return rule


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("dpd_timed_out", f"AWS tunnel DPD timed out after 3 retransmits with cgw: {CGW}"),
        ("dpd_timed_out", f"AWS tunnel DPD timed out after 3 retransmits with cgw: {CGW}, notifying with DELETE"),
        ("dpd_peer_dead", "Peer is not responsive after 3 probes"),
        ("psk_mismatch", f"Possible pre-shared key mismatch, peer {CGW}"),
        ("psk_decryption_failed", "AWS tunnel could not decrypt the payload: invalid Pre-shared Key"),
        ("ts_unacceptable", "AWS tunnel got a TS_UNACCEPTABLE for 10.0.0.0/8"),
        ("auth_failed_sent", "AWS tunnel answers with AUTHENTICATION_FAILED"),
        ("auth_failed_received", "AWS tunnel received a notify AUTHENTICATION_FAILED for IKE_AUTH"),
        ("no_proposal_notified", "No proposal chosen"),
        ("no_proposal_by_aws", "No Proposal Match Found by AWS for Phase 2"),
        ("no_proposal_received", "AWS tunnel received a NO_PROPOSAL_CHOSEN in the response to id=4"),
        ("delete_ike_received", f"AWS tunnel received DELETE for IKE_SA [1] from CGW with id {CGW}"),
        ("delete_ike_sent", "AWS tunnel is sending a DELETE for IKE_SA [1]"),
        ("delete_phase2_received", "AWS tunnel received DELETE for Phase 2 SA with SPIs: 0xce5503aa, 0xce5503ab"),
        ("delete_phase2_sent", "AWS tunnel sent a DELETE for CHILD_SA with SPI 0xce5503aa"),
        ("phase1_established", "AWS tunnel Phase 1 established"),
        ("retransmits_exhausted", "AWS tunnel is giving up IKE_AUTH after 5 retransmits"),
        ("half_open_timeout", "Timeout; deleting unestablished IKE_SA"),
    ],
)
def test_message_with_other_words_around_the_stem_is_likely_and_not_exact(expected: str, message: str) -> None:
    rule = match(message)
    assert (rule.id, rule.is_exact) == (expected, False)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("bgp_state_lost", "session state has changed from Established to Idle (169.254.50.85)"),
        ("bgp_state_established", "AWS BGP session state has changed from OpenConfirm to Established"),
        ("bgp_hold_timer_expired", "AWS-side peer: Hold Timer Expired, neighbor 169.254.50.85"),
        ("bgp_notification_received_2", "AWS-side peer has received 6/2 Administrative Shutdown"),
        ("route_denied_own_as", "Route denied: as-path contains our own AS"),
    ],
)
def test_message_of_the_bgp_log_with_other_words_is_likely(expected: str, message: str) -> None:
    rule = match(message, Log.BGP)
    assert (rule.id, rule.is_exact) == (expected, False)


@pytest.mark.parametrize("rule", load().rules.values(), ids=lambda rule: rule.id)
def test_each_example_stays_exact(rule: Rule) -> None:
    assert all(match(example, rule.log).is_exact for example in rule.examples)


@pytest.mark.parametrize("rule", load().rules.values(), ids=lambda rule: rule.id)
def test_stem_of_a_rule_leads_from_its_own_examples_to_no_other_rule(rule: Rule) -> None:
    """An example with a word more before and behind it is known by its stem, or not at all."""
    for example in rule.examples:
        drifted = load().match(f"note: {example} (again)", log=rule.log)
        assert drifted is None or drifted.id == rule.id


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "AWS tunnel received DELETE for Phase 2 SA, SPIs: 0xce5503aa and 0xce5503ab",
            {"spi": "0xce5503aa 0xce5503ab"},
        ),
        (f"DPD timed out after 5 retries with {CGW}", {"n": "5"}),
        (
            "AWS tunnel Phase 2 established: inbound SPI 0x68669b1b, outbound SPI 0x8cebbd4a",
            {"inbound": "0x68669b1b", "outbound": "0x8cebbd4a"},
        ),
        (f"pre-shared key mismatch seen for {CGW}", {"cgw": CGW}),
        (
            "peer is sending a request with ID 7 for CREATE_CHILD_SA now",
            {"verb": "is sending", "kind": "request", "id": "7", "exchange": "CREATE_CHILD_SA"},
        ),
    ],
)
def test_fields_are_read_out_of_words_that_are_not_known(message: str, expected: dict[str, str]) -> None:
    assert match(message).fields(message) == expected


def test_fields_of_a_bgp_message_are_read_out_of_words_that_are_not_known() -> None:
    message = "BGP session state has changed from Established to Idle, neighbor 169.254.50.85, reason unknown"
    assert match(message, Log.BGP).fields(message) == {
        "state_from": "Established",
        "state_to": "Idle",
        "neighbor": "169.254.50.85",
    }


@pytest.mark.parametrize(
    ("expected", "piece"),
    [
        ("dpd_timed_out", "AWS tunnel DPD timed ou"),
        ("dpd_timed_out", "el DPD timed out after 3 retransmits"),
        ("delete_ike_received", "ived DELETE for IKE_SA from CGW"),
        ("phase2_unable", "unable to establish while keeping Pha…"),
        ("dpd_request_sent", "...WS tunnel is sending DPD requ..."),
    ],
)
def test_piece_that_a_cut_left_finds_its_message_as_likely(expected: str, piece: str) -> None:
    rule = match(piece)
    assert (rule.id, rule.is_exact) == (expected, False)


@pytest.mark.parametrize("piece", ["AWS tunnel is", "AWS tunnel is sending", "received DELETE for", "retransmits"])
def test_piece_that_several_messages_share_finds_none(piece: str) -> None:
    assert load().match(piece) is None


@pytest.mark.parametrize(
    ("expected", "message", "log"),
    [
        ("dpd_timed_out", "AWS tunnel DPD timed out after {retry_count} retransmits", Log.IKE),
        ("delete_phase2_received", "AWS tunnel received DELETE for Phase 2 SA with SPI: {spi: xxxx}", Log.IKE),
        ("exchange_create_child_sa", "AWS tunnel processed request (id=<id>) for CREATE_CHILD_SA", Log.IKE),
        ("psk_mismatch", "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-xxxx", Log.IKE),
        (
            "bgp_state_changed",
            "AWS-side peer BGP session state has changed from Idle to Connect with neighbor {ip: xxx}",
            Log.BGP,
        ),
    ],
)
def test_placeholders_of_the_documentation_are_its_own_wording(expected: str, message: str, log: Log) -> None:
    rule = match(message, log)
    assert (rule.id, rule.is_exact) == (expected, True)


def test_drifted_line_has_its_effect_on_the_state() -> None:
    lost = f"AWS tunnel DPD timed out after 3 retransmits with cgw: {CGW}"
    fleet = fleet_of([ike("AWS tunnel is sending DPD request"), ike(lost, at=10)])
    (tunnel,) = fleet.tunnels
    assert tunnel.state.health.value is Health.DOWN


@pytest.mark.parametrize(
    "message",
    [
        "AWS tunnel authentication of CGW was unsuccessful",
        "AWS tunnel authentication of CGW was not successful",
        "AWS tunnel failed: no IKE_SA established",
        "AWS tunnel could not be told that Phase 2 established",
    ],
)
def test_denial_is_not_taken_for_good_news(message: str) -> None:
    catalogue = Catalogue(load().rules.values())
    assert catalogue.match("now authentication of CGW was, at last, successful") is not None
    rule = catalogue.match(message)
    assert rule is None or rule.severity is not Severity.OK


def test_delete_of_several_sas_ends_phase_2_with_the_last() -> None:
    up = "AWS tunnel Phase 2 SA is established with inbound SPI: 0x1111111{0}: outbound SPI: 0xaaaaaaa{0}: traffic sel"
    both = "AWS tunnel received DELETE for Phase 2 SA with SPIs: 0xaaaaaaa1, 0xaaaaaaa2"
    events = [ike(up.format(1)), ike(up.format(2), at=10), ike(both, at=60)]
    assert tunnel_of(events).state.phase2.value is Phase.DOWN
    assert tunnel_of([*events[:2], ike(both.split(", ")[0], at=60)]).state.phase2.value is Phase.ESTABLISHED


def test_longest_stem_that_fits_is_meant() -> None:
    assert Stem.of("received … DELETE").weight > Stem.of("DELETE").weight
    assert match("AWS tunnel received one DELETE for IKE_SA").id == "delete_ike_received"
    assert match("AWS tunnel is sending one DELETE for IKE_SA").id == "delete_ike_sent"


def test_parts_of_a_stem_count_in_their_order_alone() -> None:
    stem = Stem.of("received … TS_UNACCEPTABLE")
    assert stem.is_in("aws received a ts unacceptable")
    assert not stem.is_in("a ts unacceptable was received")


def test_memory_of_drifted_and_unknown_messages_is_bounded() -> None:
    catalogue = Catalogue(load().rules.values())
    for number in range(3_000):
        name = f"{number:o}".translate(str.maketrans("01234567", "ghijklmn"))
        rule = catalogue.match(f"DPD timed out after the {name} try")
        assert rule is not None
        assert rule.id == "dpd_timed_out"
        assert catalogue.match(f"frobnicated {name}") is None
    drifted = catalogue._indexes[Log.IKE]._drifted
    assert len(drifted._by_shape) <= DRIFTED
    assert len(drifted._by_text) <= DRIFTED


def test_exact_message_stays_exact_after_a_drifted_one_of_the_same_shape() -> None:
    catalogue = Catalogue(load().rules.values())
    drifted = catalogue.match("AWS tunnel DPD timed out after 3f retransmits")
    exact = catalogue.match("AWS tunnel DPD timed out after 3 retransmits")
    assert drifted is not None
    assert exact is not None
    assert (drifted.is_exact, exact.is_exact) == (False, True)


def test_stems_are_read_from_the_file() -> None:
    text = (
        '[[rule]]\nid="one"\nlog="ike"\nfamily="x"\nmatch="hello"\ntitle="x"\nbrief="x"\nmeaning="x"\nsay="X."\n'
        'severity="info"\nsource="x"\nwording="guessed"\nexamples=["hello"]\nstems=["HEL_LO … there"]\n'
    )
    rule = read(text).match("well, hel lo over there!")
    assert rule is not None
    assert not rule.is_exact


def test_exact_words_of_one_log_go_before_likely_ones_of_the_other() -> None:
    explanation = load().explain("AWS-side peer sent a Hold Timer Expired notification to neighbor 169.254.50.85")
    assert explanation is not None
    assert explanation.rule.is_exact


CATALOGUE = load()
PARTS = [part for rule in CATALOGUE.rules.values() for stem in rule.stems for part in stem.parts]
PIECES = st.sampled_from([*PARTS, *(part[:-1] for part in PARTS), *(part[1:] for part in PARTS), "aws", "tunnel", "7"])


@given(st.lists(PIECES, max_size=6), st.sampled_from(["", " "]))
def test_the_index_finds_every_stem_that_a_text_has_in_the_same_order(pieces: list[str], between: str) -> None:
    stems = [(stem, rule) for rule in CATALOGUE.rules.values() for stem in rule.stems]
    folded = fold(between.join(pieces))
    matches = [(stem, rule) for stem, rule in StemIndex(stems).candidates(folded) if stem.is_in(folded)]
    assert matches == [(stem, rule) for stem, rule in stems if stem.is_in(folded)]
