"""Outages about which EC2 knows more than the log, or which EC2 alone saw."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.domain.outages_found import (
    BGP_LOST,
    BGP_UP,
    CLOSED,
    DEAD,
    KEY,
    REFUSED,
    UP,
    flap,
    found,
    outages_of,
    seconds,
    times,
)
from tests.factories import IP, NOON, VPN, bgp, fleet_of, ike
from tui.content.past.outages import outage_reasons
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.trail import TrailChange


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


def test_the_start_of_an_outage_is_ec2s_only_where_its_status_covers_the_first_line() -> None:
    events = [ike("x", "DD"), ike(UP, at=300)]
    assert times(watched(ec2(True, -9_000), ec2(False, -500), events=events)) == [(-500, True, 300)]
    assert times(watched(ec2(True, -9_000), ec2(False, -500), ec2(True, -400), events=events)) == [(0, False, 300)]
    assert times(watched(ec2(True, -9_000), ec2(False, 100), events=events)) == [(0, False, 300)]


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


ORDERED = TrailChange(NOON + 940_000, "ModifyVpnTunnelOptions", "ops", "192.0.2.9", VPN, IP)
LONG_BEFORE = replace(ORDERED, at=NOON + 300_000)


@pytest.mark.parametrize(
    ("replaced_at", "call", "cause"),
    [
        (990, None, ("endpoint_replaced", True)),
        (None, ORDERED, ("endpoint_replaced", False)),
        (None, LONG_BEFORE, None),
        (-20_000, None, None),
    ],
)
def test_what_ec2_alone_saw_has_the_cause_that_another_source_knows(
    replaced_at: int | None, call: TrailChange | None, cause: tuple[str, bool] | None
) -> None:
    fleet, known = fleet_of(), Inventory()
    dials = [ike(REFUSED, "ND", at=at) for at in (10, 20, 30)]  # another device's, long before
    fleet.apply([*keepalives((0, 600)), *dials])
    seen: list[Outage] = []
    for answer, now in ((ec2(True, -9_000), 600), (ec2(False, 1_000), 2_600), (ec2(True, 2_800), 7_200)):
        facts = TunnelFacts(
            IP,
            telemetry=answer,
            replaced_at=None if replaced_at is None or replaced_at > now else NOON + replaced_at * 1000,
            calls=() if call is None else (call,),
        )
        known = remember_statuses(known, Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(facts,)),)))
        fleet.learn(known)
        fleet.apply(keepalives((2_700, 3_600)) if now > 3_600 else ())
        seen += outages_of(fleet, now=now)
    lasting, over = seen
    assert _cause(lasting) == (cause or ("stale_log", False))
    assert _cause(over) == cause
    assert ("no source says why" in outage_reasons(over)) is (cause is None)


def _cause(outage: Outage) -> tuple[str, bool] | None:
    return None if outage.diagnosis is None else (outage.diagnosis.code, outage.diagnosis.certain)


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


def test_a_loss_that_ec2_saw_end_before_a_set_up_ended_then() -> None:
    events = [*keepalives((0, 600)), *anew(2_700), *keepalives((2_710, 3_600))]
    answers = (ec2(True, -9_000), ec2(False, 1_000), ec2(True, 1_500))
    assert times(watched(*answers, events=events)) == [(1_000, True, 1_500)]


def test_the_first_packet_of_a_negotiation_is_no_sign_of_life_of_the_tunnel() -> None:
    packet = "received packet: from cgw-0a1b2c3d4e5f60718 [UDP 500] to 203.0.113.17 [UDP 500] (432 bytes)"
    dial = [ike(packet, at=2_700), ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND", at=2_700)]
    events = [*keepalives((0, 600)), *dial]
    assert times(watched(ec2(True, -9_000), ec2(False, 1_000), events=events, now=2_800)) == [(1_000, True, None)]


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


@pytest.mark.parametrize(("noticed", "end"), [(2_760, 2_700), (3_010, 3_010)])
def test_an_end_that_ec2_notices_within_its_lag_is_that_of_the_log(noticed: float, end: float) -> None:
    answers = (ec2(True, -9_000), Telemetry(False, "IPSEC IS UP", NOON + 1_000_000), ec2(True, noticed))
    events = [*keepalives((0, 2_600)), ike(CLOSED, "DD", at=2_650), ike(UP, at=2_700), *keepalives((2_710, 3_600))]
    assert times(watched(*answers, events=events, static=False)) == [(1_000, True, end)]


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


def test_an_outage_lasts_while_attempts_go_on_though_ec2_has_reported_up_all_the_time() -> None:
    asked = "AWS tunnel processed request (id=0) for IKE_SA_INIT"
    fell = [ike(UP), ike(CLOSED, "DD", at=600), *(ike(asked, "ND", at=at) for at in range(660, 1_400, 60))]
    assert times(watched(ec2(True, -9_000), events=fell, now=1_400)) == [(600, True, None)]


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
