"""The diagnosis agrees with written histories, and with the logs of two real IKE daemons."""

from collections import Counter
from itertools import pairwise
from typing import Final

import pytest

from tests.domain.histories import HISTORIES, moment
from tests.domain.test_recorded import RUNS, events_of
from tests.factories import IP, NOON, OTHER_IP, VPN, fleet_of, ike
from tui.content.tunnel.remarks import remark_sentence
from tui.content.wording import ANYWHERE
from tui.domain.diagnosis.diagnose import Diagnoser, diagnose
from tui.domain.diagnosis.remarks import RemarkKind
from tui.domain.events import RawEvent
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.rule import Severity

PROMISED: Final = [
    "psk_mismatch",
    "phase1_proposal_mismatch",
    "phase2_proposal_mismatch",
    "traffic_selector_mismatch",
    "authentication_failed",
    "peer_unreachable",
    "dpd_timeout",
    "closed_by_customer_gateway",
    "rekey_collision",
    "flapping",
    "phase2_down",
    "bgp_down",
    "bgp_asn_mismatch",
    "bgp_hold_timer_expired",
    "bgp_prefix_limit",
    "bgp_shutdown",
    "route_denied",
    "endpoint_replaced",
    "no_logs",
    "closed_by_aws",
    "rekey_unanswered",
    "down",
]
"""The codes of the command line's contract, and those that were added since."""


@pytest.mark.parametrize("name", HISTORIES)
def test_a_written_history_gets_the_cause_that_it_tells(name: str) -> None:
    written = HISTORIES[name]
    found = written.diagnosed(written.fleet(load()))
    header, leading = written.header, next(iter(found), None)
    assert (leading.code if leading else None) == header["expect"], [each.code for each in found]
    if leading is None:
        return
    if "severity_at_most" in header:
        assert leading.severity.rank <= Severity(header["severity_at_most"]).rank
    if "since" in header:
        assert leading.since == moment(header["since"])
    if "certain" in header:
        assert leading.certain is header["certain"]
    words = " ".join(
        (
            leading.cause.title,
            leading.cause.brief,
            leading.cause.say,
            *(remark_sentence(remark, ANYWHERE) for remark in leading.remarks),
        )
    )
    assert header.get("says", "").lower() in words.lower()
    assert "says_not" not in header or header["says_not"].lower() not in words.lower()
    assert set(header.get("runners_up", ())) <= {each.code for each in found[1:]}


@pytest.mark.parametrize("name", [name for name, each in HISTORIES.items() if each.header["expect"]])
def test_the_evidence_is_of_this_tunnel_and_not_of_the_future(name: str) -> None:
    written = HISTORIES[name]
    for diagnosis in written.diagnosed(written.fleet(load())):
        assert diagnosis.since <= written.at
        assert [fact.at for fact in diagnosis.evidence] == sorted(fact.at for fact in diagnosis.evidence)
        assert all(fact.at <= written.at for fact in diagnosis.evidence)


@pytest.mark.parametrize("code", PROMISED)
def test_every_code_is_expected_by_two_histories_at_least(code: str) -> None:
    assert Counter(each.header["expect"] for each in HISTORIES.values())[code] >= 2


def test_falls_without_a_rhythm_are_flapping_only_for_as_long_as_the_next_may_be_near() -> None:
    lives = [(-10, "EE"), (0, "DD"), (20, "EE"), (60, "DD"), (80, "EE"), (200, "DD"), (220, "EE")]
    fleet = fleet_of([ike("x", states, at=at) for at, states in lives])
    (tunnel,) = fleet.tunnels
    told = [
        [each.code for each in diagnose(tunnel, now=NOON + seconds * 1000, catalogue=fleet.catalogue)]
        for seconds in (230, 200 + 590, 200 + 610)
    ]
    assert told == [["flapping"], ["flapping"], []]


DELETE: Final = "AWS tunnel received DELETE for IKE_SA from CGW"


def test_a_rhythm_is_told_by_its_usual_distance() -> None:
    ends = [-7000, -5200, -3400, -1400]  # one distance is longer than the others
    again = [(at + more, *rest) for at in ends for more, rest in ((0, (DELETE, "DD")), (9, ("x", "EE")))]
    lives = [(-9000, "x", "EE"), *again]
    fleet = fleet_of([ike(line, states, at=at) for at, line, states in lives])
    (found,) = diagnose(fleet.tunnels[0], now=NOON, catalogue=fleet.catalogue)
    assert (found.code, found.variant) == ("flapping", "idle_timer")
    assert "every 30 minutes" in found.cause.say


def test_the_evidence_of_many_lines_is_the_first_and_the_last_few() -> None:
    line = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
    fleet = fleet_of([ike(line, "DD", at=at) for at in range(-300, 0, 30)])
    (found,) = diagnose(fleet.tunnels[0], now=NOON, catalogue=fleet.catalogue)
    assert [(fact.at - NOON) // 1000 for fact in found.evidence] == [-300, -120, -90, -60, -30]


def test_a_refused_rekey_is_one_since_its_first_refusal() -> None:
    refused = [
        ike(line, at=at, rank=rank)
        for at in (-200, -180, -160)
        for rank, line in enumerate(
            ["AWS tunnel processed request (id=5) for CREATE_CHILD_SA", "No Proposal Match Found by AWS"]
        )
    ]
    fleet = fleet_of([ike("x", at=-900), *refused])
    standing = diagnose(fleet.tunnels[0], now=NOON, catalogue=fleet.catalogue)
    assert (standing[0].code, standing[0].since) == ("phase2_proposal_mismatch", NOON - 200_000)
    fleet.apply([ike(DELETE, "DD", at=-10)])
    fallen = diagnose(fleet.tunnels[0], now=NOON, catalogue=fleet.catalogue)
    assert (fallen[0].code, fallen[0].since) == ("phase2_proposal_mismatch", NOON - 200_000)


def test_the_diagnoser_looks_again_when_the_other_tunnel_changes() -> None:
    dead = "AWS tunnel DPD timed out after 3 retransmits"
    fleet = fleet_of([ike("x", at=-600), ike(dead, "DD", at=-60), ike("x", at=-600, ip=OTHER_IP)])
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    diagnoser = Diagnoser(fleet)
    assert [remark.kind for remark in diagnoser.of(tunnel, now=NOON)[0].remarks] == [RemarkKind.SIBLING_UP]
    fleet.apply([ike(dead, "DD", at=-60, ip=OTHER_IP)])
    assert [remark.kind for remark in diagnoser.of(tunnel, now=NOON)[0].remarks] == [RemarkKind.FELL_TOGETHER]


# --- what two real daemons logged

PSK, AUTH = "psk_mismatch", "authentication_failed"
PROPOSAL1, PROPOSAL2, SELECTORS = "phase1_proposal_mismatch", "phase2_proposal_mismatch", "traffic_selector_mismatch"
SILENT, DEAD, REKEY = "peer_unreachable", "dpd_timeout", "rekey_unanswered"
UNANSWERED = "ike_auth_unanswered"
CLOSED, CLOSED_BY_AWS = "closed_by_customer_gateway", "closed_by_aws"

# Run: the codes that may lead at one quiet point or another, all of which must, and those that may lead at the end.
INCIDENTS: Final[dict[str, tuple[set[str], set[str | None]]]] = {
    "02_rekey_lost_packet_v2": ({REKEY}, {None}),
    "02_rekey_peer_silent_v2": ({REKEY}, {None}),
    "03_psk_aws_v1": ({PSK}, {PSK}),
    "03_psk_aws_v2": ({AUTH}, {AUTH}),  # AWS hears AUTHENTICATION_FAILED and cannot tell a key from an identity
    "03_psk_cgw_v2": ({PSK}, {PSK}),
    "04_ikeprop_aws_v1": ({PROPOSAL1}, {PROPOSAL1}),
    "04_ikeprop_aws_v2": ({PROPOSAL1}, {PROPOSAL1}),
    "04_ikeprop_cgw_v2": ({PROPOSAL1}, {PROPOSAL1}),
    "04_ikeprop_retry_cgw_v2": ({PROPOSAL1}, {PROPOSAL1}),
    "04_version_mismatch": ({PROPOSAL1}, {PROPOSAL1}),  # all that the log shows is a refused proposal
    "05_espprop_aws_v1": ({PROPOSAL2}, {PROPOSAL2}),
    "05_espprop_cgw_v1": ({PROPOSAL2}, {PROPOSAL2}),
    "05_espprop_cgw_v2": ({PROPOSAL2}, {PROPOSAL2}),
    "06_nopfs_on_cgw_awsrekeys_v2": ({PROPOSAL2}, {PROPOSAL2}),
    "06_nopfs_on_cgw_cgwrekeys_v2": ({PROPOSAL2}, {PROPOSAL2}),
    "06_pfs_cgwrekeys_v1": ({PROPOSAL2}, {PROPOSAL2}),
    "06_pfs_cgwrekeys_v2": ({PROPOSAL2}, {PROPOSAL2}),
    "07_ts_aws_v1": ({SELECTORS}, {SELECTORS}),
    "07_ts_cgw_v1": ({SELECTORS}, {SELECTORS}),
    "07_ts_cgw_v2": ({SELECTORS}, {SELECTORS}),
    "08_id_aws_v1": ({AUTH}, {AUTH}),
    "08_id_aws_v2": ({AUTH}, {AUTH}),
    "08_id_cgw_v1": ({AUTH}, {AUTH}),
    "08_unknown_peer_ip_v2": ({PROPOSAL1}, {PROPOSAL1}),  # likewise
    "09_authsilent_aws_init_v2": ({UNANSWERED}, {UNANSWERED}),
    "09_halfopen_cgw_init_v1": ({SILENT}, {SILENT}),
    "09_refused_aws_init_v2": ({SILENT}, {SILENT}),
    "09_silent_aws_init_v1": ({SILENT}, {SILENT}),
    "10_dpd_restart_aws30s_v2": ({SILENT, DEAD}, {None}),
    "10_dpd_v2": ({SILENT, DEAD}, {None}),
    "11_delete_by_aws_v1": ({CLOSED_BY_AWS}, {CLOSED_BY_AWS}),
    "11_delete_by_aws_v2": ({CLOSED_BY_AWS}, {CLOSED_BY_AWS}),
    "11_delete_by_cgw_v2": ({CLOSED}, {CLOSED}),
    "13_flap_aws30s_v2": ({SILENT, DEAD}, {None}),
    "13_flap_default_v2": ({SILENT}, {None}),
}
HARMLESS: Final = [run for run in RUNS if run not in INCIDENTS]
QUIET: Final = 1_000
"""Milliseconds without a line: no burst of a real daemon is under way."""
ORDERS: Final = [
    pytest.param(settled, seconds, id=f"{'settled' if settled else 'log order'}, {'s' if seconds else 'ms'}")
    for settled in (False, True)
    for seconds in (False, True)
]


def leading_at_quiet_points(events: list[RawEvent]) -> list[str | None]:
    """The code that leads whenever nothing more comes for a while, at the last instant of that while."""
    fleet = fleet_of()
    found: list[str | None] = []
    # What follows the last line is silence, long enough for what a silence tells.
    ends = [
        *(after.at if after.at - raw.at > QUIET else None for raw, after in pairwise(events)),
        events[-1].at + 30_000,
    ]
    for raw, until in zip(events, ends, strict=True):
        fleet.apply([raw])
        if until is not None:
            (tunnel,) = fleet.tunnels
            diagnoses = diagnose(tunnel, now=until, catalogue=fleet.catalogue)
            found.append(diagnoses[0].code if diagnoses else None)
    return found


@pytest.mark.parametrize(("settled", "seconds"), ORDERS)
@pytest.mark.parametrize("run", INCIDENTS)
def test_a_recorded_incident_gets_its_cause_and_loses_it_when_it_is_over(
    run: str, settled: bool, seconds: bool
) -> None:
    leading = leading_at_quiet_points(events_of(run, settled=settled, seconds=seconds))
    during, end = INCIDENTS[run]
    assert set(leading) - {None} == during
    assert leading[-1] in end


@pytest.mark.parametrize(("settled", "seconds"), ORDERS)
@pytest.mark.parametrize("run", HARMLESS)
def test_a_harmless_recorded_run_is_never_diagnosed(run: str, settled: bool, seconds: bool) -> None:
    assert set(leading_at_quiet_points(events_of(run, settled=settled, seconds=seconds))) == {None}


def test_ends_of_phase_2_whose_set_ups_were_never_delivered_are_a_series() -> None:
    spis = ("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd")
    events = [
        ike(f"AWS tunnel received DELETE for Phase 2 SA with SPI: 0x{spi}", "ED", at=3_000 * number)
        for number, spi in enumerate(spis)
    ]
    fleet = fleet_of(events)
    (tunnel,) = fleet.tunnels
    found = diagnose(tunnel, now=events[-1].at + 60_000, catalogue=fleet.catalogue)
    assert (found[0].code, found[0].variant, found[0].certain) == ("flapping", "phase2_lifetime", False)
