"""A tunnel's state follows the log's order, and claims no more than the log does."""

import pytest

from tests.factories import NOON, ike, tunnel_of
from tui.domain.events import Phase, RawEvent
from tui.domain.state.tunnel_state import REMEMBERED, Health, health_of
from tui.domain.times import HOUR, MINUTE

UP = ike("AWS tunnel is sending DPD request", "EE", at=-600)


def test_phases_and_health_are_those_of_the_newest_record() -> None:
    state = tunnel_of([UP, ike("anything", "ED", at=5)]).state
    assert (state.phase1.value, state.phase2.value) == (Phase.ESTABLISHED, Phase.DOWN)
    assert state.health.value is Health.DOWN


@pytest.mark.parametrize(
    ("phases", "health"),
    [
        ("established established", "up"),
        ("rekeying established", "up"),
        ("established rekeying", "up"),
        ("unknown established", "up"),
        ("negotiating down", "negotiating"),
        ("established negotiating", "negotiating"),
        ("established down", "down"),
        ("down established", "up"),  # with IKEv1 phase 2 outlives phase 1, and carries the traffic
        ("down down", "down"),
        ("established unknown", "unknown"),
        ("unknown unknown", "unknown"),
    ],
)
def test_health_of_phases(phases: str, health: str) -> None:
    phase1, phase2 = phases.split()
    assert health_of(Phase(phase1), Phase(phase2)).value == health


def test_rekeying_keeps_the_age_of_an_up_tunnel() -> None:
    state = tunnel_of([UP, ike("x", "ER", at=0), ike("x", "RE", at=1), ike("x", "EE", at=2)]).state
    assert state.health.at == UP.at
    assert state.falls == ()


def test_a_missing_field_changes_nothing() -> None:
    state = tunnel_of([UP, ike("x", None, at=1)]).state
    assert state.health.value is Health.UP
    assert state.phase1.at == UP.at


def test_the_first_state_holds_since_then_at_the_latest() -> None:
    state = tunnel_of([UP]).state
    assert not state.health.seen
    assert tunnel_of([UP, ike("x", "DD", at=1)]).state.health.seen


def test_an_outage_is_as_old_as_its_beginning_however_often_the_peer_tries_again() -> None:
    tries = [ike("x", states, at=10 * index) for index, states in enumerate(["DD", "ND"] * 5)]
    assert tunnel_of([UP, *tries]).state.is_up.at == NOON
    assert tunnel_of([UP, *tries, ike("x", "EE", at=200)]).state.is_up.at == NOON + 200_000


def test_falls_count_as_flaps_for_an_hour() -> None:
    events = [ike("x", states, at=60 * minute) for minute, states in enumerate(["EE", "ED", "EE", "DD", "ND", "EE"])]
    state = tunnel_of(events).state
    assert state.flaps(NOON + 5 * MINUTE) == 2
    assert state.flaps(NOON + 60_000 + HOUR + 1) == 1
    assert [transition.after.value for transition in state.transitions] == [
        "up",
        "down",
        "up",
        "down",
        "negotiating",
        "up",
    ]


def test_dpd_and_nat_are_told_by_the_record() -> None:
    state = tunnel_of([UP]).state
    assert (state.dpd_enabled, state.nat_t_detected) == (True, False)


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ("AWS tunnel DPD timed out after 3 retransmits", "EE"),
        ("Peer is not responsive - Declaring peer dead", "EE"),
        ("Peer is not responsive – Declaring peer dead", "EE"),
        ("AWS tunnel received DELETE for IKE_SA from CGW", "EE"),
        ("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890", "ND"),
        ("AWS tunnel is sending AUTHENTICATION_FAILED as the response", "ND"),
        ("AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: cgw-0a1b2c3d4e5f67890", "ND"),
        ("No Proposal Match Found by AWS", "ND"),
        ("AWS tunnel Phase 2 was unable to establish while keeping Phase 1", "EN"),
    ],
)
def test_a_line_that_announces_the_fall_takes_the_tunnel_down_with_nothing_after_it(line: str, states: str) -> None:
    assert tunnel_of([UP, ike("x", states, at=0), ike(line, states, at=0)]).health is Health.DOWN


def test_records_of_the_same_burst_with_the_old_state_do_not_bring_a_dead_tunnel_back() -> None:
    events = [UP, ike("AWS tunnel DPD timed out after 3 retransmits"), ike("sending packet: from 198.51.100.1", rank=1)]
    assert tunnel_of(events).health is Health.DOWN


def test_a_presumed_fall_that_later_records_deny_never_happened() -> None:
    events = [UP, ike("AWS tunnel DPD timed out after 3 retransmits", at=0), ike("x", "EE", at=9)]
    state = tunnel_of(events).state
    assert state.health.value is Health.UP
    assert state.health.at == UP.at
    assert state.falls == ()
    assert len(state.transitions) == 1


def test_a_tunnel_that_is_back_within_the_burst_did_not_fall() -> None:
    events = [
        UP,
        ike("AWS tunnel DPD timed out after 3 retransmits"),
        ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "DD", rank=1),
        ike("x", "ND", rank=2),
        ike("x", "EE", rank=3),
    ]
    state = tunnel_of(events).state
    assert (state.health.value, state.health.at) == (Health.UP, UP.at)
    assert state.falls == ()


def sa(outbound: str, *, at: float, rank: int = 0, states: str | None = "EE") -> RawEvent:
    line = (
        f"AWS tunnel Phase 2 SA is established with inbound SPI: 0x11111111: outbound SPI: 0x{outbound}: traffic sel…"
    )
    return ike(line, states, at=at, rank=rank)


def test_delete_of_the_old_sa_after_a_rekey_is_routine() -> None:
    events = [
        sa("aaaaaaaa", at=0),
        sa("bbbbbbbb", at=3000),
        ike("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa", at=3300),
    ]
    state = tunnel_of(events).state
    assert state.health.value is Health.UP
    assert state.falls == ()


@pytest.mark.parametrize("exchange", ["CREATE_CHILD_SA", "Quick Mode"])
def test_delete_after_a_rekey_whose_new_sa_was_not_delivered_is_routine(exchange: str) -> None:
    rekey = ike(f"AWS tunnel processed request (id=4) for {exchange}", "EE", at=3000)
    delete = ike("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa", "EE", at=3001)
    refused = ike('No Proposal Match Found. Notifying with "No proposal chosen"', "EE", at=3000, rank=1)
    assert tunnel_of([sa("aaaaaaaa", at=0), rekey, delete]).health is Health.UP
    assert tunnel_of([sa("aaaaaaaa", at=0), rekey, refused, delete]).health is Health.DOWN


def test_delete_of_the_last_sa_takes_phase_2_down() -> None:
    events = [sa("aaaaaaaa", at=0), ike("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa", at=300)]
    state = tunnel_of(events).state
    assert (state.phase1.value, state.phase2.value) == (Phase.ESTABLISHED, Phase.DOWN)


def test_delete_of_the_ike_sa_as_the_tail_of_its_rekey_is_routine() -> None:
    events = [
        UP,
        ike("AWS tunnel processed request (id=4) for CREATE_CHILD_SA", at=0),
        ike("AWS tunnel is sending response (id=4) for CREATE_CHILD_SA", at=0, rank=1),
        ike("AWS tunnel received DELETE for IKE_SA from CGW", at=0, rank=2),
    ]
    state = tunnel_of(events).state
    assert state.health.value is Health.UP
    assert state.falls == ()


def test_delete_of_the_ike_sa_just_after_a_phase_2_rekey_is_the_end() -> None:
    events = [
        UP,
        ike("AWS tunnel processed request (id=4) for CREATE_CHILD_SA", at=0),
        ike("AWS tunnel has selected proposals for Phase 2 SA", at=0, rank=1),
        ike("AWS tunnel is sending response (id=4) for CREATE_CHILD_SA", at=0, rank=2),
        ike("AWS tunnel received DELETE for IKE_SA from CGW", at=3),
    ]
    assert tunnel_of(events).health is Health.DOWN


def test_a_failed_attempt_beside_a_standing_sa_changes_nothing() -> None:
    for line in ("AWS tunnel is sending AUTHENTICATION_FAILED as the response", "No Proposal Match Found by AWS"):
        assert tunnel_of([UP, ike(line, "EE", at=5)]).health is Health.UP


def test_an_established_sa_is_up_though_its_record_still_says_negotiating() -> None:
    assert tunnel_of([ike("x", "ED"), sa("aaaaaaaa", at=1, states="EN")]).health is Health.UP


DEAD = "AWS tunnel DPD timed out after 3 retransmits"
DELETE = "AWS tunnel received DELETE for IKE_SA from CGW"
IKE_SA = "AWS tunnel Phase 1 SA is established"


@pytest.mark.parametrize("line", [DEAD, DELETE])
@pytest.mark.parametrize("states", ["EE", None])
def test_a_new_sa_right_after_the_line_that_took_the_tunnel_down_confirms_the_fall(
    line: str, states: str | None
) -> None:
    state = tunnel_of([UP, ike(line, states, at=0), sa("cccccccc", at=40, states=states)]).state
    assert state.falls == (NOON,)
    assert (state.is_up.value, state.is_up.at) == (True, NOON + 40_000)


DIALLED = "AWS tunnel processed request (id=0) for IKE_SA_INIT"


@pytest.mark.parametrize("states", ["ND", "DD"])
@pytest.mark.parametrize("later", [1, 5, 50])
def test_a_dial_right_after_a_presumed_end_does_not_prove_it(states: str, later: int) -> None:
    dialled = [UP, ike(DELETE, "EE", at=0), ike(DIALLED, states, at=later)]
    dialled.append(ike('No Proposal Match Found. Notifying with "No proposal chosen"', states, at=later, rank=1))
    assert tunnel_of(dialled).state.presumed is not None
    state = tunnel_of([*dialled, ike("AWS tunnel is sending DPD request", "EE", at=60)]).state
    assert (state.health.value, state.falls) == (Health.UP, ())


def test_a_dial_that_gets_as_far_as_the_peers_key_proves_a_presumed_end() -> None:
    authenticated = ike("AWS tunnel processed request (id=1) for IKE_AUTH", "EN", at=5, rank=1)
    state = tunnel_of([UP, ike(DELETE, "EE", at=0), ike(DIALLED, "ND", at=5), authenticated]).state
    assert (state.presumed, state.falls) == (None, (NOON,))


@pytest.mark.parametrize(
    ("end", "exchange"),
    [
        ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa", "CREATE_CHILD_SA"),
        ("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa", "Quick Mode"),
        (DELETE, "IKE_SA_INIT"),
        (DEAD, "Main Mode"),
    ],
)
def test_a_new_pair_by_a_negotiation_whose_fields_lag_proves_a_presumed_end(end: str, exchange: str) -> None:
    negotiated = ike(f"AWS tunnel processed request (id=4) for {exchange}", "EE", at=8)
    events = [sa("aaaaaaaa", at=-600), ike(end, "EE", at=0), negotiated]
    state = tunnel_of([*events, sa("bbbbbbbb", at=8, rank=1)]).state
    assert (state.health.value, state.falls, state.is_up.at) == (Health.UP, (NOON,), NOON + 8_000)
    heard = [*events, ike("AWS tunnel is sending DPD request", "EE", at=20), sa("bbbbbbbb", at=30)]
    # It proves that the IKE_SA stands, and nothing of the pair that was deleted.
    assert tunnel_of(heard).state.falls == ((NOON,) if "Phase 2" in end else ())


def test_an_excused_delete_with_a_new_tunnel_right_after_it_was_the_end() -> None:
    replaced = [UP, ike(DIALLED, "EE", at=0), sa("aaaaaaaa", at=0, rank=1)]
    deleted = [*replaced, ike(DELETE, "EE", at=1800)]
    again = [ike(DIALLED, "EE", at=1808), sa("bbbbbbbb", at=1808, rank=1)]
    assert tunnel_of(deleted).state.falls == ()
    assert tunnel_of([*deleted, *again]).state.falls == (NOON + 1_800_000,)
    heard = ike("AWS tunnel is sending DPD request", "EE", at=1804)
    assert tunnel_of([*deleted, heard, *again]).state.falls == ()


def test_each_pair_that_is_deleted_has_stood_though_the_log_never_showed_it() -> None:
    deletes = [
        ike(f"AWS tunnel received DELETE for Phase 2 SA with SPI: 0x{spi}", "ED", at=at)
        for at, spi in ((0, "aaaaaaaa"), (3000, "bbbbbbbb"), (3001, "cccccccc"))
    ]
    assert [end.at for end in tunnel_of(deletes).state.endings] == [NOON, NOON + 3_000_000]


def test_the_delete_of_a_replaced_ike_sa_is_routine_however_late_and_the_next_one_is_the_end() -> None:
    events = [UP, ike("AWS tunnel processed request (id=0) for Main Mode", at=0), ike(IKE_SA, at=0, rank=1)]
    replaced = [*events, ike(DELETE, at=600), ike("AWS tunnel IKE_SA deleted", at=600, rank=1)]
    assert tunnel_of(replaced).health is Health.UP
    assert tunnel_of([*replaced, ike(DELETE, at=900)]).health is Health.DOWN


def test_a_replaced_ike_sa_that_was_never_deleted_is_forgotten_after_its_lifetime() -> None:
    replaced = [UP, ike(IKE_SA, at=0)]
    assert tunnel_of([*replaced, ike(DELETE, at=7 * 3_600)]).health is Health.UP
    assert tunnel_of([*replaced, ike(DELETE, at=9 * 3_600)]).health is Health.DOWN


def test_one_ike_sa_replaced_excuses_one_delete() -> None:
    replaced = [UP, ike("AWS tunnel processed request (id=9) for CREATE_CHILD_SA"), ike(IKE_SA, rank=1)]
    assert tunnel_of([*replaced, ike(DELETE, at=1)]).health is Health.UP
    assert tunnel_of([*replaced, ike(DELETE, at=1), ike(DELETE, at=4)]).health is Health.DOWN


def test_the_delete_after_a_new_tunnel_beside_the_old_one_is_for_the_old_one() -> None:
    new = [ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", at=0), sa("bbbbbbbb", at=0, rank=1)]
    assert tunnel_of([UP, *new, ike(DELETE, at=150)]).health is Health.UP
    assert tunnel_of([UP, *new[:1], ike(DELETE, at=150)]).health is Health.DOWN


def test_a_main_mode_lets_the_old_ike_sa_live_on_unless_it_was_refused() -> None:
    rekey = [UP, ike("AWS tunnel processed request (id=0) for Main Mode", at=0)]
    assert tunnel_of([*rekey, ike(DELETE, at=490)]).health is Health.UP
    assert tunnel_of([*rekey, ike("No Proposal Match Found by AWS", rank=1), ike(DELETE, at=490)]).health is Health.DOWN


def test_an_exchange_that_replaced_nothing_excuses_no_delete_after_a_minute() -> None:
    exchange = ike("AWS tunnel processed request (id=4) for CREATE_CHILD_SA", at=0)
    assert tunnel_of([UP, exchange, ike(DELETE, at=59)]).health is Health.UP
    assert tunnel_of([UP, exchange, ike(DELETE, at=300)]).health is Health.DOWN


DIALLED = "AWS tunnel processed request (id=0) for IKE_SA_INIT"
TIMEOUT = "AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: cgw-0a1b2c3d4e5f67890"


def test_a_second_negotiation_whose_records_show_its_own_states_takes_nothing_down() -> None:
    attempt = [ike(DIALLED, "ND", at=0), ike("AWS tunnel has selected proposals for Phase 2 SA", "EN", at=0, rank=1)]
    state = tunnel_of([UP, *attempt, ike(TIMEOUT, "DD", at=30)]).state
    assert (state.health.value, state.falls) == (Health.UP, ())
    assert state.unproven_since == NOON
    assert tunnel_of([UP, *attempt, ike("AWS tunnel is sending DPD request", "EE", at=40)]).state.unproven_since is None


def test_dialling_after_the_tunnel_was_lost_is_no_second_negotiation() -> None:
    assert tunnel_of([UP, ike(DEAD, "EE", at=0), ike(DIALLED, "ND", at=60)]).health is Health.NEGOTIATING


def test_aws_dials_only_where_nothing_stands() -> None:
    dialling = "AWS tunnel is sending request (id=0) for IKE_SA_INIT"
    assert tunnel_of([UP, ike(dialling, "ND", at=0)]).health is Health.NEGOTIATING


def test_sas_that_are_older_than_any_can_be_do_not_stand_against_a_negotiation() -> None:
    assert tunnel_of([UP, ike(DIALLED, "ND", at=4 * 3_600)]).health is Health.NEGOTIATING


def test_a_record_about_the_tunnel_itself_takes_it_down_without_a_line_that_says_so() -> None:
    assert tunnel_of([UP, ike("AWS tunnel is sending DPD request", "DD", at=0)]).health is Health.DOWN


def test_the_first_ike_sa_has_replaced_none() -> None:
    set_up = [ike("x", "ND", at=0), ike(IKE_SA, "ND", at=0, rank=1), sa("aaaaaaaa", at=0, rank=2)]
    assert tunnel_of([*set_up, ike(DELETE, at=600)]).health is Health.DOWN


GAVE_UP = "AWS tunnel is giving up after 5 retransmits"


@pytest.mark.parametrize("states", ["EE", "ER", "EN", "ND"])
def test_the_tunnel_goes_with_the_request_that_aws_gave_up(states: str) -> None:
    assert tunnel_of([ike("x", states, at=-165), ike(GAVE_UP, states)]).health is Health.DOWN


def test_an_attempt_that_aws_gave_up_beside_a_standing_sa_changes_nothing() -> None:
    dialled = ike("AWS tunnel is sending request (id=0) for Main Mode", at=-165)
    assert tunnel_of([UP, dialled, ike(GAVE_UP)]).health is Health.UP


@pytest.mark.parametrize(
    ("line", "states"),
    [("AWS tunnel Phase 1 was unable to establish", "ND"), ("AWS tunnel IKE_SA deleted", "EE")],
)
def test_a_phase_1_that_is_no_more_takes_the_tunnel_down(line: str, states: str) -> None:
    assert tunnel_of([ike("x", states, at=-165), ike(line, states)]).health is Health.DOWN


def test_aws_deletes_the_last_sa_by_its_own_spi() -> None:
    events = [sa("aaaaaaaa", at=0), ike("AWS tunnel is sending DELETE for Phase 2 SA with SPI: 0x11111111", at=300)]
    assert tunnel_of(events).state.phase2.value is Phase.DOWN


def test_an_sa_that_ended_without_a_line_does_not_stand_for_ever() -> None:
    events = [
        sa("aaaaaaaa", at=0),
        sa("bbbbbbbb", at=3000),
        ike("AWS tunnel received DELETE for Phase 2 SA with SPI: 0xbbbbbbbb", at=6000),
    ]
    assert tunnel_of(events).health is Health.DOWN


def test_a_peer_declared_dead_in_the_first_line_was_up_before() -> None:
    assert tunnel_of([ike(DEAD, None)]).health is Health.DOWN


def test_a_refusal_alone_says_nothing_of_a_tunnel_that_nobody_knows() -> None:
    assert tunnel_of([ike("No Proposal Match Found by AWS", None)]).health is Health.UNKNOWN


def test_the_delete_of_an_ike_sa_a_minute_after_an_exchange_that_may_have_replaced_it_is_the_end() -> None:
    exchange = ike("AWS tunnel processed request (id=4) for CREATE_CHILD_SA", at=0)
    assert tunnel_of([UP, exchange, ike(DELETE, at=60)]).health is Health.UP
    assert tunnel_of([UP, exchange, ike(DELETE, at=61)]).health is Health.DOWN


def test_a_tunnel_remembers_its_last_falls_and_no_more() -> None:
    state = tunnel_of(ike("x", ["EE", "DD"][turn % 2], at=10 * turn) for turn in range(400)).state
    assert [len(state.falls), len(state.transitions), len(state.endings)] == [REMEMBERED] * 3
    assert state.falls[-1] == NOON + 3_990_000
