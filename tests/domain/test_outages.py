"""The outages of a tunnel: what counts as one, when it began and ended, who closed it, and what was wrong."""

from tests.domain.outages_found import (
    BGP_LOST,
    BGP_UP,
    CLOSED,
    DEAD,
    HOLD_TIMER,
    KEY,
    UP,
    code,
    flap,
    found,
    outages_of,
    seconds,
    times,
)
from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.past.outages import ClosedBy, OutageKind, Outages
from tui.domain.state.fleet import Fleet


def test_a_blink_of_phase_2_later_does_not_lengthen_an_outage() -> None:
    pair_deleted = "AWS tunnel received DELETE for Phase 2 SA with SPI: 0x0d1e2f3a"
    blink = [ike(pair_deleted, "ED", at=1_000), ike(UP, at=1_001)]
    outages = found([ike(UP), *flap(600), *blink, ike(DEAD, "DD", at=1_500), ike(UP, at=1_540)])
    assert times(outages) == [(600, True, 610), (1_500, True, 1_540)]


def test_each_fall_is_one_outage_with_its_start_its_end_and_who_closed_it() -> None:
    outages = found([ike(UP), *flap(600), ike(DEAD, "DD", at=1_200), ike(UP, at=1_240)])
    assert times(outages) == [(600, True, 610), (1_200, True, 1_240)]
    assert [outage.closed_by for outage in outages] == [ClosedBy.CUSTOMER_GATEWAY, ClosedBy.SILENCE]
    assert [outage.length(0) for outage in outages] == [10_000, 40_000]


def test_an_outage_that_lasts_has_no_end_and_the_present_cause() -> None:
    (outage,) = found([ike(UP), ike(CLOSED, "DD", at=600), ike(KEY, "ND", at=620), ike("x", "DD", at=621)], now=630)
    assert (seconds(outage.start), outage.end) == (600, None)
    assert code(outage) == "psk_mismatch"


def test_an_outage_that_is_over_keeps_the_cause_that_it_had() -> None:
    attempts = [ike(KEY, "ND", at=at) for at in range(10, 200, 11)]
    (outage,) = found([ike("x", "DD"), *attempts, ike(UP, at=300)])
    assert (outage.start_exact, seconds(outage.end)) == (False, 300)
    assert code(outage) == "psk_mismatch"


def test_an_outage_that_ends_with_bgp_keeps_the_cause_for_which_ike_was_down() -> None:
    attempts = [ike(KEY, "ND", at=at) for at in range(610, 700, 11)]
    up, down = [ike(UP), bgp(BGP_UP, at=1)], [ike(CLOSED, "DD", at=600), bgp(BGP_LOST, "DOWN", at=605)]
    (outage,) = found([*up, *down, *attempts, ike(UP, at=710), bgp(BGP_UP, at=717)])
    assert (outage.kind, seconds(outage.end)) == (OutageKind.IPSEC, 717)
    assert code(outage) == "psk_mismatch"


def test_an_outage_that_lasts_began_when_ec2_saw_it_where_the_log_begins_later() -> None:
    telemetry = Telemetry(is_up=False, message="IPSEC IS DOWN", since=NOON - 600_000)
    facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),))
    assert times(found([ike(KEY, "ND", at=5), ike("x", "DD", at=6)], now=60, facts=facts)) == [(-600, True, None)]


def test_an_outage_with_which_the_log_begins_began_then_or_earlier() -> None:
    assert times(found([ike("shaking hands", "ND", at=5), ike(UP, at=9)])) == [(5, False, 9)]


def test_a_log_that_begins_with_a_session_coming_up_shows_no_outage() -> None:
    connecting = "AWS-side peer BGP session state has changed from Connect to OpenSent with neighbor 169.254.50.85"
    assert found([ike(UP, at=1), bgp(connecting, "DOWN", at=200), bgp(BGP_UP, at=200.043)]) == []


def test_a_tunnel_that_is_back_within_the_burst_had_no_outage() -> None:
    assert found([ike(UP), ike(CLOSED, "DD", at=600), ike(UP, at=601)]) == []


def test_a_loss_of_bgp_over_a_standing_tunnel_is_an_outage_of_its_own_kind() -> None:
    events = [
        ike(UP),
        bgp(BGP_UP, at=5),
        bgp(HOLD_TIMER, "DOWN", at=600),
        bgp(BGP_LOST, "DOWN", at=600),
        bgp(BGP_UP, at=660),
    ]
    (outage,) = found(events)
    assert (outage.kind, seconds(outage.start), seconds(outage.end)) == (OutageKind.BGP, 600, 660)
    assert outage.closed_by is ClosedBy.SILENCE
    assert code(outage) == "bgp_hold_timer_expired"


def test_bgp_that_goes_down_and_comes_back_with_the_tunnel_is_one_outage() -> None:
    events = [
        ike(UP),
        bgp(BGP_UP, at=5),
        ike(DEAD, "DD", at=600),
        bgp(BGP_LOST, "DOWN", at=610),
        ike(UP, at=640),
        bgp(BGP_UP, at=645),
    ]
    (outage,) = found(events)
    assert (outage.kind, seconds(outage.start), seconds(outage.end)) == (OutageKind.IPSEC, 600, 645)
    assert outage.closed_by is ClosedBy.SILENCE


def test_a_tunnel_that_comes_up_before_bgp_has_logged_anything_stays_in_the_same_outage() -> None:
    telemetry = Telemetry(False, "IPSEC IS DOWN", since=NOON)
    facts = ConnectionFacts(VPN, tunnels=(TunnelFacts(IP, ike_group="/vpn", bgp_group="/vpn", telemetry=telemetry),))
    rising = [ike(CLOSED, "DD", at=1), ike("shaking hands", "ND", at=599), ike(UP, at=600)]
    assert times(found(rising, now=601, facts=facts)) == [(1, True, None)]
    assert times(found([*rising, bgp(BGP_UP, at=603)], now=604, facts=facts)) == [(1, True, 600)]


def test_bgp_does_not_count_where_the_connection_has_static_routes() -> None:
    facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, ike_group="/vpn"),))
    assert found([ike(UP), bgp(BGP_UP, at=5), bgp(BGP_LOST, "DOWN", at=600)], facts=facts) == []


def test_what_ec2_knows_better_than_a_silent_log_is_an_outage_that_lasts() -> None:
    telemetry = Telemetry(False, "IPSEC IS DOWN", since=NOON + 1_800_000)
    facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),))
    assert times(found([ike(UP)], facts=facts)) == [(1_800, True, None)]


def test_outages_outlive_the_lines_that_told_of_them() -> None:
    fleet = fleet_of(retained=60)
    fleet.apply([ike(UP), *flap(600)])
    fleet.apply(ike(f"line {number}", at=700 + number) for number in range(500))
    fleet.apply(ike(f"line {number}", ip=OTHER_IP, at=700 + number) for number in range(500))
    assert times(outages_of(fleet)) == [(600, True, 610)]


def test_a_cause_outlives_the_lines_that_told_of_it() -> None:
    fleet = fleet_of(retained=60)
    outages = Outages(fleet)
    fleet.apply([ike("x", "DD"), ike(KEY, "ND", at=10), ike(KEY, "ND", at=21), ike(UP, at=300)])
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    before = outages.of(tunnel, now=NOON + 400_000)
    fleet.apply(ike(f"line {number}", at=700 + number) for number in range(500))
    (after,) = outages.of(tunnel, now=NOON + 2_000_000)
    assert before[0].diagnosis is not None
    assert after.diagnosis == before[0].diagnosis


def test_a_cause_is_worked_out_again_when_earlier_lines_arrive_late() -> None:
    fleet = fleet_of([ike("x", "DD"), ike(UP, at=300)])
    outages = Outages(fleet)
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    (silent,) = outages.of(tunnel, now=NOON + 400_000)
    fleet.apply(ike(KEY, "ND", at=at) for at in (10, 21, 32))
    (explained,) = outages.of(tunnel, now=NOON + 400_000)
    assert code(silent) != "psk_mismatch"
    assert code(explained) == "psk_mismatch"


def test_a_cause_is_worked_out_again_when_ec2_reports_the_replacement_late() -> None:
    closed = ike("AWS tunnel is sending DELETE for IKE_SA to CGW", "DD", at=600)
    fleet = fleet_of([ike(UP), closed, ike(UP, at=700)])
    outages = Outages(fleet)
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    (guessed,) = outages.of(tunnel, now=NOON + 760_000)
    replaced = ConnectionFacts(VPN, tunnels=(TunnelFacts(IP, replaced_at=NOON + 690_000),))
    fleet.learn(Inventory((replaced,)))
    (reported,) = outages.of(tunnel, now=NOON + 820_000)
    assert (code(guessed), code(reported)) == ("closed_by_aws", "endpoint_replaced")


def refused(begin: int) -> list[RawEvent]:
    """An outage that begins at `begin`, s, and its cause: a wrong key."""
    return [
        ike("x", "DD", at=begin),
        *(ike(KEY, "ND", at=begin + later) for later in (10, 21, 32)),
        ike(UP, at=begin + 60),
    ]


def bare(begin: int) -> list[RawEvent]:
    """The same outage, without the lines that tell of its cause."""
    return [ike("x", "DD", at=begin), ike(UP, at=begin + 60)]


def newest_cause(outages: Outages, fleet: Fleet) -> str | None:
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    return code(outages.of(tunnel, now=NOON + 3_600_000)[-1])


def test_causes_found_at_a_later_time_of_the_same_watch_are_taken_over() -> None:
    later, earlier, other = fleet_of(refused(0)), fleet_of(bare(0)), fleet_of([ike("x", "DD", ip=OTHER_IP)])
    known, asked = Outages(later), Outages(earlier)
    assert newest_cause(known, later) == "psk_mismatch"
    assert newest_cause(asked, earlier) != "psk_mismatch"
    asked.remember(known)
    assert newest_cause(asked, earlier) == "psk_mismatch"
    Outages(other).remember(known)  # a fleet without that tunnel takes nothing over


def test_causes_that_were_taken_over_are_a_copy() -> None:
    later, earlier = fleet_of(bare(0)), fleet_of(bare(0))
    known, asked = Outages(later), Outages(earlier)
    before = newest_cause(known, later)
    asked.remember(known)
    earlier.apply(ike(KEY, "ND", at=at) for at in (10, 21, 32))
    assert newest_cause(asked, earlier) == "psk_mismatch"
    later.apply([ike("AWS tunnel detected DPD", at=100)])
    assert newest_cause(known, later) == before


def test_of_the_causes_of_past_outages_the_ones_found_last_are_kept() -> None:
    fleet = fleet_of()
    known = Outages(fleet, diagnosed=1)  # which keeps two
    for begin in (0, 100, 200):
        fleet.apply(refused(begin))
        assert newest_cause(known, fleet) == "psk_mismatch"
    kept = []
    for begin in (0, 100, 200):
        earlier = fleet_of([*(event for past in range(0, begin, 100) for event in bare(past)), *bare(begin)])
        asked = Outages(earlier, diagnosed=1)
        asked.remember(known)
        kept.append(newest_cause(asked, earlier) == "psk_mismatch")
    assert kept == [False, True, True]


def test_of_many_outages_all_are_known_and_the_newest_have_a_cause() -> None:
    events = [ike(UP), *(event for at in range(100, 3_500, 100) for event in flap(at))]
    outages = found(events)
    assert len(outages) == 34
    assert outages[0].closed_by is ClosedBy.CUSTOMER_GATEWAY
    assert code(outages[-1]) == "closed_by_customer_gateway"
