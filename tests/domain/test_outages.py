"""The outages of a tunnel: what counts as one, when it began and ended, who closed it, and what was wrong."""

from collections.abc import Iterable
from dataclasses import replace

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.past.outages import ClosedBy, Outage, OutageKind, Outages
from tui.domain.state.fleet import Fleet

UP = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a"
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
DEAD = "Peer is not responsive - Declaring peer dead"
KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
REFUSED = "AWS tunnel is sending AUTHENTICATION_FAILED as the response"
BGP_UP = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
BGP_LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
HOLD_TIMER = "AWS-side peer BGP hold timer expired for neighbor 169.254.50.85"


def seconds(at: int | None) -> float | None:
    return None if at is None else (at - NOON) / 1000


def found(events: Iterable[RawEvent], *, now: float = 3_600, facts: ConnectionFacts | None = None) -> list[Outage]:
    fleet = fleet_of()
    if facts is not None:
        fleet.learn(Inventory((facts,)))
    fleet.apply(events)
    return outages_of(fleet, now=now)


def outages_of(fleet: Fleet, *, now: float = 3_600) -> list[Outage]:
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    at = NOON + round(now * 1000)
    return list(Outages(fleet).of(tunnel, now=at, current=Diagnoser(fleet).of(tunnel, now=at)))


def code(outage: Outage) -> str | None:
    return outage.diagnosis.code if outage.diagnosis else None


def times(outages: Iterable[Outage]) -> list[tuple[float | None, bool, float | None]]:
    return [(seconds(outage.start), outage.start_exact, seconds(outage.end)) for outage in outages]


def flap(at: float, *, lasting: float = 10) -> list[RawEvent]:
    return [ike(CLOSED, "DD", at=at), ike("shaking hands", "ND", at=at + lasting - 1), ike(UP, at=at + lasting)]


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


def down_since(at: float, *, up_at: float | None = None) -> ConnectionFacts:
    """What EC2 says of a tunnel that it called down `at` seconds after noon, and up later."""
    down = Telemetry(is_up=False, message="IPSEC IS DOWN", since=NOON + round(at * 1000))
    before = Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=down),)),))
    if up_at is None:
        return before.connections[0]
    up = replace(down, is_up=True, message="", since=NOON + round(up_at * 1000))
    facts = replace(before.connections[0], tunnels=(TunnelFacts(IP, telemetry=up),))
    return remember_statuses(before, Inventory((facts,))).connections[0]


def test_an_outage_does_not_shrink_when_it_is_mended() -> None:
    events = [ike(KEY, "ND", at=5), ike("x", "DD", at=6)]
    lasting = found(events, now=60, facts=down_since(-7_200))
    assert times(lasting) == [(-7_200, True, None)]
    mended = [*events, ike(UP, at=70)]
    assert times(found(mended, now=80, facts=down_since(-7_200))) == [(-7_200, True, 70)]  # EC2 is minutes behind
    assert times(found(mended, now=400, facts=down_since(-7_200, up_at=130))) == [(-7_200, True, 70)]


def test_an_outage_over_which_nothing_was_logged_is_known_by_ec2_when_it_is_mended() -> None:
    set_up = [ike("shaking hands", "ND", at=69.5), ike(UP, at=70)]
    assert times(found(set_up, now=80, facts=down_since(-7_200))) == [(-7_200, True, 70)]
    for first in ([ike(UP, at=70)], set_up):
        assert times(found(first, now=400, facts=down_since(-7_200, up_at=130))) == [(-7_200, True, 70)]


def test_ec2_alone_makes_no_outage_of_a_tunnel_that_the_log_shows_alive() -> None:
    alive = [ike("AWS tunnel is sending DPD request", at=at) for at in range(0, 900, 10)]
    assert found(alive, now=900, facts=down_since(-7_200)) == []
    assert found(alive, now=900, facts=down_since(-7_200, up_at=800)) == []


def test_what_ec2_said_before_does_not_lengthen_an_outage_that_began_since() -> None:
    events = [ike(UP), *flap(600), ike(CLOSED, "DD", at=1_200), ike(UP, at=1_240)]
    assert times(found(events, facts=down_since(-7_200, up_at=-3_600))) == [
        (-7_200, True, -3_600),
        (600, True, 610),
        (1_200, True, 1_240),
    ]


def test_an_outage_of_which_ec2_says_nothing_began_then_or_earlier_also_when_it_is_mended() -> None:
    up = Telemetry(is_up=True, since=NOON + 130_000)
    facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=up),))
    events = [ike(KEY, "ND", at=5), ike("x", "DD", at=6), ike(UP, at=70)]
    assert times(found(events, now=400, facts=facts)) == [(5, False, 70)]


def watched(*answers: Telemetry, events: Iterable[RawEvent], now: float = 7_200, static: bool = True) -> list[Outage]:
    """Return the outages of a tunnel of which EC2 gave these answers while it was watched."""
    known = Inventory()
    for answer in answers:
        tunnels = (TunnelFacts(IP, telemetry=answer),)
        known = remember_statuses(known, Inventory((ConnectionFacts(VPN, static_routes_only=static, tunnels=tunnels),)))
    fleet = fleet_of()
    fleet.learn(known)
    fleet.apply(events)
    return outages_of(fleet, now=now)


def ec2(is_up: bool, at: float) -> Telemetry:
    return Telemetry(is_up, "" if is_up else "IPSEC IS DOWN", NOON + round(at * 1000))


def keepalives(*spans: tuple[int, int]) -> list[RawEvent]:
    return [ike("AWS tunnel is sending DPD request", at=at) for begin, end in spans for at in range(begin, end, 10)]


def test_what_ec2_alone_saw_in_a_silence_of_the_log_stays_when_it_is_over() -> None:
    answers = (ec2(True, -9_000), ec2(False, 1_000), ec2(True, 2_800))
    silent = keepalives((0, 600), (2_700, 3_600))
    (outage,) = watched(*answers, events=silent)
    assert times([outage]) == [(1_000, True, 2_700)]
    assert (outage.by_ec2_alone, outage.kind) == (True, OutageKind.IPSEC)
    (lasting,) = watched(*answers[:2], events=keepalives((0, 600)), now=2_700)
    assert (seconds(lasting.start), lasting.end) == (1_000, None)
    (unlogged,) = watched(*answers, events=[])
    assert times([unlogged]) == [(1_000, True, 2_800)]


def anew(at: float) -> list[RawEvent]:
    """A device that sets up a tunnel from the very beginning, where an older one still seems to exist."""
    lines = (("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND"), (UP, "EE"))
    return [ike(line, states, at=at) for line, states in lines]


def test_a_loss_that_no_line_told_of_ends_with_the_set_up_also_before_ec2_has_noticed() -> None:
    events = [*keepalives((0, 600)), *anew(2_700), *keepalives((2_710, 3_600))]
    answers = (ec2(True, -9_000), ec2(False, 1_000), ec2(True, 2_800))
    for known in (answers, answers[:2]):
        (outage,) = watched(*known, events=events)
        assert times([outage]) == [(1_000, True, 2_700)]
        assert (outage.by_ec2_alone, outage.kind) == (True, OutageKind.IPSEC)
    assert watched(answers[2], events=events) == []  # down for a time that nobody knows


def test_a_loss_that_no_line_told_of_ends_with_bgp_where_the_connection_needs_it() -> None:
    again = BGP_LOST.replace("Established to Idle", "Idle to Connect")
    session = [bgp(BGP_UP, at=10), bgp(again, "DOWN", at=2_701), bgp(BGP_UP, at=2_705)]
    events = [*keepalives((0, 600)), *anew(2_700), *session, *keepalives((2_710, 3_600))]
    (outage,) = watched(ec2(True, -9_000), ec2(False, 1_000), ec2(True, 2_800), events=events, static=False)
    assert (times([outage]), outage.kind) == ([(1_000, True, 2_705)], OutageKind.IPSEC)


def test_vain_attempts_after_a_loss_that_no_line_told_of_do_not_end_it() -> None:
    attempt = [("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND"), (KEY, "ND"), (REFUSED, "DD")]
    vain = [ike(line, states, at=at) for at in (1_400, 2_000) for line, states in attempt]
    events = [*keepalives((0, 600)), *vain, *anew(2_700), *keepalives((2_710, 3_600))]
    answers = (ec2(True, -9_000), ec2(False, 1_000), ec2(True, 2_800))
    for known in (answers, answers[:2]):
        assert times(watched(*known, events=events)) == [(1_000, True, 2_700)]


def test_a_device_that_authenticates_anew_later_leaves_the_loss_before_as_it_was() -> None:
    events = [
        *keepalives((0, 600)),
        *anew(2_700),
        *keepalives((2_710, 5_000)),
        *anew(5_000),
        *keepalives((5_010, 6_000)),
    ]
    assert times(watched(ec2(False, 1_000), ec2(True, 2_800), events=events)) == [(1_000, True, 2_700)]


def test_what_ec2_saw_without_bgp_is_an_outage_of_a_tunnel_without_a_bgp_log() -> None:
    lost = Telemetry(False, "IPSEC IS UP", NOON + 1_000_000)
    for answers, end in (((lost,), None), ((lost, ec2(True, 2_800)), 2_800)):
        (outage,) = watched(ec2(True, -9_000), *answers, events=keepalives((0, 3_600)), static=False, now=3_600)
        assert (times([outage]), outage.kind) == ([(1_000, True, end)], OutageKind.BGP)
        assert watched(ec2(True, -9_000), *answers, events=keepalives((0, 3_600)), now=3_600) == []  # static


def test_a_set_up_after_sas_that_were_too_old_ends_the_loss_that_ec2_saw() -> None:
    events = [*keepalives((0, 600)), *anew(6_000), *keepalives((6_010, 6_600))]
    assert times(watched(ec2(False, 1_000), events=events)) == [(1_000, True, 6_000)]


def test_a_session_that_starts_anew_without_a_line_of_its_loss_was_lost_with_the_tunnel() -> None:
    again = BGP_LOST.replace("Established to Idle", "Idle to Connect")
    events = [ike(UP, at=0), bgp(BGP_UP, at=10), ike(CLOSED, "DD", at=600), *anew(700)]
    lasting = found([*events, bgp(again, "DOWN", at=714)], now=715)
    assert times(lasting) == [(600, True, None)]
    assert times(found([*events, bgp(again, "DOWN", at=714), bgp(BGP_UP, at=716)])) == [(600, True, 716)]


def test_what_the_log_left_open_is_over_since_ec2_reports_up() -> None:
    fell = [ike(UP, at=0), ike(CLOSED, "DD", at=600)]
    assert times(watched(ec2(True, 1_800), events=fell)) == [(600, True, 1_800)]


def test_a_session_that_the_log_left_lost_does_not_hide_later_falls() -> None:
    events = [ike(UP, at=0), bgp(BGP_UP, at=10), bgp(BGP_LOST, "DOWN", at=100), *flap(900), *flap(1_800)]
    found = watched(ec2(True, 1_900), events=events, static=False)
    assert times(found) == [(100, True, 900), (900, True, 910), (1_800, True, 1_810)]


def test_ec2_is_not_believed_against_a_log_that_goes_on_or_about_a_moment() -> None:
    answers = (ec2(True, -9_000), ec2(False, 1_000), ec2(True, 2_800))
    assert watched(*answers, events=keepalives((0, 3_600))) == []
    assert watched(*answers, events=keepalives((0, 600), (1_500, 3_600))) == []
    assert watched(ec2(True, -9_000), ec2(False, 1_000), ec2(True, 1_060), events=keepalives((0, 990))) == []


def test_what_the_log_tells_of_an_outage_counts_and_ec2_adds_none() -> None:
    events = [ike(UP), *keepalives((10, 990)), ike(DEAD, "DD", at=1_000), ike(UP, at=1_400)]
    assert len(watched(ec2(True, -9_000), ec2(False, 1_060), ec2(True, 1_500), events=events)) == 1


def test_a_fall_that_ec2_dates_by_the_same_second_is_one_outage() -> None:
    events = [ike(UP), *flap(900, lasting=60)]
    assert times(watched(ec2(True, -9_000), ec2(False, 900), ec2(True, 960), events=events)) == [(900, True, 960)]


def test_bgp_that_came_back_after_an_unlogged_loss_and_is_lost_again_is_another_outage() -> None:
    again = BGP_LOST.replace("Established to Idle", "Idle to Connect")
    session = [bgp(BGP_UP, at=10), bgp(again, "DOWN", at=2_701), bgp(BGP_UP, at=2_705), bgp(BGP_LOST, "DOWN", at=2_740)]
    events = [*keepalives((0, 600)), *anew(2_700), *session, *keepalives((2_750, 3_600))]
    outages = watched(ec2(True, -9_000), ec2(False, 1_000), ec2(True, 2_706), events=events, now=3_600, static=False)
    assert times(outages) == [(1_000, True, 2_705), (2_740, True, None)]


def test_a_set_up_that_aws_begins_ends_an_unlogged_loss_also_before_ec2_has_noticed() -> None:
    lines = (("AWS tunnel is initiating Phase 1", "DD"), ("AWS tunnel processed response (id=1) for IKE_AUTH", "ED"))
    events = [*keepalives((0, 600)), *(ike(*line, at=2_700) for line in lines), ike(UP, at=2_700)]
    events += keepalives((2_710, 3_600))
    assert times(watched(ec2(True, -9_000), ec2(False, 1_000), events=events, now=2_900)) == [(1_000, True, 2_700)]


def test_an_outage_ends_with_its_set_up_though_the_fields_lagged_at_its_start() -> None:
    attempt = [ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND", at=at) for at in (400, 800, 1_200)]
    set_up = [ike("AWS tunnel processed request (id=1) for IKE_AUTH", "EE", at=1_200), ike(UP, at=1_200)]
    events = [ike(UP), ike(DEAD, "EE", at=300), *attempt, *set_up]
    assert times(found(events)) == [(300, True, 1_200)]


def test_a_fall_by_fields_alone_is_one_where_nobody_negotiates_beside_the_tunnel() -> None:
    probe = "AWS tunnel is sending DPD request"
    assert times(found([ike(UP), ike(probe, "DD", at=600), ike(probe, at=640)])) == [(600, True, 640)]
