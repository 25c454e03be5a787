"""Whether a tunnel carries traffic is judged from all sources, of which the newest decides."""

from dataclasses import replace

import pytest

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike, route
from tui.content.doubts import doubt_sentence
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.judgement.judgement import Judgement, judge
from tui.domain.judgement.unlogged import unlogged_loss
from tui.domain.judgement.verdict import Verdict, verdict
from tui.domain.state.tunnel_state import Health
from tui.domain.times import clock_time

MINUTE = 60_000
UP = ike("standing", "EE", at=-3600)
DELETE = "AWS tunnel received DELETE for IKE_SA from CGW"
OPENED = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
UPDATE = "AWS-side peer received update with attributes from neighbor 169.254.50.85 - AS path: 65010"
IPSEC_UP, IPSEC_DOWN = "IPSEC IS UP", "IPSEC IS DOWN"


def ec2(status: str, message: str = "", *, minute: float) -> Telemetry:
    return Telemetry(status == "UP", message, since=NOON + round(minute * MINUTE))


def judged(
    events: list[RawEvent],
    telemetry: Telemetry | None = None,
    *,
    minute: float,
    static: bool = False,
    options: dict[str, str] | None = None,
    bgp_group: str | None = None,
) -> Judgement:
    """The tunnel so many minutes after noon."""
    fleet = fleet_of(events)
    if telemetry is not None:
        facts = TunnelFacts(IP, bgp_group=bgp_group, telemetry=telemetry, configured=options or {})
        fleet.learn(Inventory((ConnectionFacts(VPN, static_routes_only=static, tunnels=(facts,)),)))
    (tunnel,) = fleet.tunnels
    return judge(tunnel, fleet.connection(VPN), now=NOON + round(minute * MINUTE))


def kind(judgement: Judgement) -> DoubtKind | None:
    return judgement.doubt.kind if judgement.doubt else None


def test_a_tunnel_that_stands_carries_for_certain() -> None:
    came_up = [ike("x", "ND", at=-70), ike("x", "EE", at=-60)]
    found = judged(came_up, ec2("UP", minute=0), minute=10, static=True)
    assert (found.health, found.carries, found.certain, found.doubt) == (Health.UP, True, True, None)
    assert (found.since, found.since_exact) == (NOON - MINUTE, True)


def test_a_change_of_ec2_after_the_last_record_outranks_the_log() -> None:
    found = judged([UP], ec2("DOWN", IPSEC_DOWN, minute=-20), minute=0, static=True)
    assert (found.health, found.carries, found.certain) == (Health.DOWN, False, False)
    assert (found.since, kind(found)) == (NOON - 20 * MINUTE, DoubtKind.EC2_NEWER)


def test_ec2_brings_a_tunnel_back_whose_log_stopped_at_its_fall() -> None:
    found = judged([UP, ike("x", "DD", at=-1800)], ec2("UP", minute=-20), minute=0, static=True)
    assert (found.health, found.carries) == (Health.UP, True)


@pytest.mark.parametrize(("minute", "carries"), [(4.9, True), (5, False)])
def test_a_change_that_may_be_a_late_note_of_what_the_log_saw_waits_for_the_lag_of_ec2(
    minute: float, carries: bool | None
) -> None:
    fell_and_back = [UP, ike("x", "DD", at=-100), ike("x", "EE", at=-60)]
    assert judged(fell_and_back, ec2("DOWN", IPSEC_DOWN, minute=0), minute=minute, static=True).carries is carries


def test_a_log_that_is_silent_for_longer_than_the_lag_is_outranked_at_once() -> None:
    assert judged([UP], ec2("DOWN", IPSEC_DOWN, minute=0), minute=0.1, static=True).carries is False


def test_a_log_that_is_newer_than_ec2_counts_and_says_that_ec2_is_behind() -> None:
    came_up = [ike("x", "DD", at=-600), ike("x", "EE", at=-60)]
    found = judged(came_up, ec2("DOWN", IPSEC_DOWN, minute=-20), minute=0, static=True)
    assert (found.carries, kind(found)) == (True, DoubtKind.EC2_BEHIND)


def anew(at: float) -> list[RawEvent]:
    """A device that sets up a tunnel from the very beginning."""
    steps = [
        ("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND"),
        ("AWS tunnel processed request (id=1) for IKE_AUTH", "ND"),
        ("AWS tunnel has selected proposals for Phase 2 SA", "EN"),
        ("AWS tunnel Phase 2 SA is established with inbound SPI: 0xaa: outbound SPI: 0xbb", "EN"),
        ("AWS tunnel is sending response (id=1) for IKE_AUTH", "EE"),
    ]
    return [ike(line, states, at=at) for line, states in steps]


@pytest.mark.parametrize(
    ("telemetry", "doubt"),
    [
        (ec2("DOWN", IPSEC_DOWN, minute=-20), DoubtKind.EC2_BEHIND),  # EC2 has not noticed the set-up yet
        (ec2("UP", minute=-1), None),  # it has, and says by that that the tunnel was down before
    ],
)
def test_a_tunnel_that_was_lost_without_a_line_is_up_since_its_new_set_up(
    telemetry: Telemetry, doubt: DoubtKind | None
) -> None:
    found = judged([UP, *anew(at=-120)], telemetry, minute=0, static=True)
    assert (found.carries, found.since, found.since_exact) == (True, NOON - 2 * MINUTE, True)
    assert kind(found) is doubt


@pytest.mark.parametrize(
    ("events", "telemetry"),
    [
        ([UP, *anew(at=-120)], None),
        ([UP, *anew(at=-120)], ec2("UP", minute=-600)),
        ([UP, ike("x", "EE", at=-1000), *anew(at=-120)], ec2("DOWN", IPSEC_DOWN, minute=-20)),
        ([UP, bgp(OPENED, at=-3000), *anew(at=-120)], ec2("DOWN", IPSEC_DOWN, minute=-20)),
        ([UP, bgp(OPENED, at=-3000), bgp(LOST, "DOWN", at=-1200), *anew(at=-120)], ec2("DOWN", minute=-20)),
    ],
    ids=["no EC2", "EC2 saw nothing", "alive meanwhile", "BGP persisted", "EC2 told of BGP"],
)
def test_a_new_set_up_beside_a_tunnel_that_nobody_saw_lost_replaces_it_without_an_outage(
    events: list[RawEvent], telemetry: Telemetry | None
) -> None:
    (tunnel,) = (fleet := fleet_of(events)).tunnels
    if telemetry is not None:
        fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(TunnelFacts(IP, telemetry=telemetry),)),)))
    assert unlogged_loss(tunnel) is None


def test_a_tunnel_that_logs_again_after_ec2_alone_saw_it_down_is_up_since_then() -> None:
    fleet = fleet_of([UP, *(ike("x", "EE", at=at) for at in range(-600, 0, 10))])
    known = Inventory()
    for telemetry in (ec2("DOWN", IPSEC_DOWN, minute=-40), ec2("UP", minute=-9)):
        facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),))
        known = remember_statuses(known, Inventory((facts,)))
    fleet.learn(known)
    (tunnel,) = fleet.tunnels
    found = judge(tunnel, fleet.connection(VPN), now=NOON)
    assert (found.carries, found.since, found.since_exact) == (True, NOON - 10 * MINUTE, True)


@pytest.mark.parametrize("comes_back", [True, False])
def test_bgp_that_begins_anew_with_a_set_up_was_missing_since_the_unlogged_loss(comes_back: bool) -> None:
    again = LOST.replace("Established to Idle", "Idle to Connect")
    events = [UP, bgp(OPENED, at=-3000), *anew(at=-120), bgp(again, "DOWN", at=-119)]
    found = judged(
        [*events, *([bgp(OPENED, at=-116)] if comes_back else [])], ec2("DOWN", IPSEC_DOWN, minute=-20), minute=0
    )
    assert (found.health, found.carries) == (Health.UP, comes_back)
    assert found.since == (NOON - 116_000 if comes_back else NOON - 20 * MINUTE)


def test_a_replacement_in_the_silence_of_the_log_is_a_loss() -> None:
    (tunnel,) = (fleet := fleet_of([UP, *anew(at=-120)])).tunnels
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(TunnelFacts(IP, replaced_at=NOON - 5 * MINUTE),)),)))
    assert unlogged_loss(tunnel) == (NOON - 3_600_000, NOON - 5 * MINUTE, NOON - 2 * MINUTE)


@pytest.mark.parametrize(("up_since", "carries"), [(-1, True), (-30, False)], ids=["came back", "not noticed yet"])
def test_a_replaced_endpoint_is_up_again_once_ec2_has_seen_it_come_up(up_since: int, carries: bool) -> None:
    fleet = fleet_of([UP])
    facts = TunnelFacts(IP, replaced_at=NOON - 3 * MINUTE, telemetry=ec2("UP", minute=up_since))
    fleet.learn(Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(facts,)),)))
    (tunnel,) = fleet.tunnels
    assert judge(tunnel, fleet.connection(VPN), now=NOON).carries is carries


def test_where_the_log_is_off_ec2_is_all_there_is() -> None:
    fleet = fleet_of()
    tunnels = [TunnelFacts(ip, telemetry=Telemetry(is_up, since=NOON)) for ip, is_up in ((IP, True), (OTHER_IP, False))]
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=tuple(tunnels)),)))
    connection = fleet.connection(VPN)
    assert connection is not None
    found = [judge(tunnel, connection, now=NOON + MINUTE) for tunnel in connection.tunnels]
    assert [(each.health, each.carries) for each in found] == [(Health.UNKNOWN, True), (Health.UNKNOWN, False)]
    assert verdict(connection, now=NOON) is Verdict.AT_RISK


# --- BGP over it


def test_a_tunnel_without_its_bgp_session_carries_nothing() -> None:
    found = judged([UP, bgp(OPENED, at=-600), bgp(LOST, "DOWN", at=-60)], minute=0)
    assert (found.health, found.carries, found.since) == (Health.UP, False, NOON - MINUTE)


@pytest.mark.parametrize(("noticed", "since"), [(4, 0), (6, 6)], ids=["within EC2's lag", "beyond it"])
def test_without_a_bgp_log_a_tunnel_carries_since_ike_unless_ec2_came_up_much_later(noticed: int, since: int) -> None:
    fell_and_back = [UP, ike("x", "DD", at=-100), ike("x", "EE", at=0)]
    found = judged(fell_and_back, ec2("UP", "3 BGP ROUTES", minute=noticed), minute=10)
    assert (found.carries, found.since, found.since_exact) == (True, NOON + since * MINUTE, True)


def test_a_session_that_was_lost_with_the_tunnel_is_missing_since_the_tunnel_fell() -> None:
    fell_and_back = [UP, bgp(OPENED, at=-3000), ike("x", "DD", at=-100), bgp(LOST, "DOWN", at=-70), ike("x", at=-60)]
    found = judged(fell_and_back, minute=0)
    assert (found.health, found.carries, found.since) == (Health.UP, False, NOON - 100_000)


def test_where_ec2_may_not_be_asked_a_bgp_log_tells_that_the_connection_needs_bgp() -> None:
    assert judged([UP], minute=0).carries is True
    assert judged([UP, bgp(LOST, "DOWN")], minute=1).carries is False


def test_a_static_connection_needs_no_bgp() -> None:
    found = judged([UP, bgp(LOST, "DOWN", at=-60)], ec2("UP", minute=-50), minute=0, static=True)
    assert found.carries is True


@pytest.mark.parametrize(("minute", "carries"), [(1, None), (5, False)])
def test_ec2_tells_that_bgp_is_missing_where_no_bgp_log_does_once_it_had_the_time(
    minute: float, carries: bool | None
) -> None:
    came_up = [ike("x", "ND", at=-70), ike("x", "EE", at=-60)]
    assert judged(came_up, ec2("DOWN", IPSEC_UP, minute=0), minute=minute).carries is carries


@pytest.mark.parametrize(
    ("down_since", "group", "later", "carries"),
    [
        pytest.param(-60, "/bgp", [], False, id="its session would be in the log"),
        pytest.param(-60, "/bgp", [bgp(OPENED, at=-30)], True, id="it is in the log"),
        pytest.param(-60, None, [], True, id="the BGP log is off"),
        pytest.param(0, "/bgp", [], True, id="EC2 noticed the end of the tunnel before"),
    ],
)
def test_a_tunnel_that_has_just_come_up_carries_nothing_before_bgp_does(
    down_since: int, group: str | None, later: list[RawEvent], carries: bool
) -> None:
    came_up = [ike("x", "ND", at=-70), ike("x", "EE", at=-60), *later]
    found = judged(came_up, ec2("DOWN", IPSEC_DOWN, minute=down_since), minute=0.1, bgp_group=group)
    assert (found.health, found.carries) == (Health.UP, carries)


def test_ec2_outranks_a_bgp_log_that_is_silent_since_its_change() -> None:
    found = judged([UP, bgp(OPENED, at=-3000)], ec2("DOWN", IPSEC_UP, minute=-20), minute=0)
    assert (found.health, found.carries, kind(found)) == (Health.UP, False, DoubtKind.EC2_NEWER)


# --- a presumed death, and signs of life


def test_a_line_against_its_own_state_fields_is_not_certain() -> None:
    found = judged([UP, ike(DELETE, "EE", at=0)], minute=1)
    assert (found.health, found.carries, found.certain) == (Health.DOWN, False, False)
    assert kind(found) is DoubtKind.LINE_AGAINST_STATE


@pytest.mark.parametrize("proof", [bgp(UPDATE, at=5), route("ADVERTISED", "10.0.0.0/16", at=5)])
def test_a_sign_of_life_ends_the_presumption_of_a_death(proof: RawEvent) -> None:
    found = judged([UP, bgp(OPENED, at=-600), ike(DELETE, "EE", at=0), proof], minute=1)
    assert (found.health, found.carries) == (Health.UP, True)


@pytest.mark.parametrize(
    ("minute", "message", "carries", "doubt"),
    [
        (24 * 60, IPSEC_DOWN, False, DoubtKind.EC2_NEWER),
        (60, IPSEC_DOWN, True, DoubtKind.EC2_DIFFERS),
        (24 * 60, "", True, None),
    ],
)
def test_a_line_of_yesterday_says_nothing_against_what_ec2_says_of_ipsec_today(
    minute: float, message: str, carries: bool, doubt: DoubtKind | None
) -> None:
    """EC2's status is asked for each minute; that it last changed before the line does not make it old."""
    found = judged([UP], ec2("DOWN", message, minute=-600), minute=minute, static=True)
    assert (found.carries, kind(found)) == (carries, doubt)


def test_bgp_that_outlives_its_hold_time_proves_a_presumed_death_wrong() -> None:
    events = [UP, bgp(OPENED, at=-600), ike(DELETE, "EE", at=0)]
    assert [judged(events, minute=minute).carries for minute in (1, 2)] == [False, True]


def test_ec2_that_had_the_time_to_notice_proves_a_presumed_death_wrong() -> None:
    events = [UP, ike(DELETE, "EE", at=0)]
    said = ec2("UP", minute=-600)
    assert [judged(events, said, minute=minute, static=True).carries for minute in (4, 6)] == [False, True]


def test_a_death_on_record_is_not_undone_by_a_status_that_ec2_had_before() -> None:
    found = judged([UP, ike(DELETE, "DD", at=0)], ec2("UP", minute=-600), minute=20, static=True)
    assert (found.carries, kind(found)) == (False, DoubtKind.EC2_DIFFERS)


def test_an_attempt_whose_end_was_not_delivered_leaves_the_word_to_ec2() -> None:
    left_open = [UP, ike(DELETE, "DD", at=0), ike("x", "ND", at=1), ike("x", "EN", at=2)]
    found = judged(left_open, ec2("UP", minute=-600), minute=20, static=True)
    assert (found.health, found.carries, kind(found)) == (Health.UP, True, DoubtKind.ALIVE_ALL_THE_SAME)
    assert judged(left_open, ec2("UP", minute=-600), minute=4, static=True).carries is False


def test_updates_through_the_session_prove_a_tunnel_alive_whose_record_says_down() -> None:
    found = judged([UP, bgp(OPENED, at=-600), ike("x", "DD", at=0), bgp(UPDATE, at=60)], minute=2)
    assert (found.health, found.carries, kind(found)) == (Health.UP, True, DoubtKind.ALIVE_ALL_THE_SAME)


def test_with_action_none_a_dead_peer_line_takes_nothing_down() -> None:
    dead = [UP, ike("AWS tunnel DPD timed out after 3 retransmits", "EE", at=0)]
    none = {"DpdTimeoutAction": "none"}
    assert judged(dead, ec2("UP", minute=-600), minute=1, static=True, options=none).health is Health.UP
    assert judged(dead, ec2("UP", minute=-600), minute=1, static=True).health is Health.DOWN


def test_a_log_that_shows_a_stranger_alone_leaves_the_tunnel_to_ec2() -> None:
    stranger = [ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "DD", at=at) for at in range(-600, 0, 20)]
    assert judged(stranger, ec2("UP", minute=-600), minute=0, static=True).carries is True
    assert judged(stranger, ec2("DOWN", IPSEC_DOWN, minute=-600), minute=0, static=True).carries is False
    closed = [ike(DELETE, "DD", at=-900), *stranger]
    assert judged(closed, ec2("UP", minute=-600), minute=0, static=True).carries is False


def test_bgp_alone_proves_a_tunnel_up_whose_ike_log_is_off_until_ec2_knows_better() -> None:
    session = [bgp(OPENED, at=-60)]
    assert judged(session, ec2("DOWN", IPSEC_DOWN, minute=-600), minute=0).carries is True
    assert judged(session, ec2("DOWN", IPSEC_DOWN, minute=0), minute=10).carries is False


# --- the words


@pytest.mark.parametrize("doubt", DoubtKind)
def test_each_doubt_is_one_sentence(doubt: DoubtKind) -> None:
    fell = judged([UP, ike("x", "DD", at=-1800)], ec2("UP", minute=-20), minute=0, static=True)
    assert fell.doubt is not None
    sentence = doubt_sentence(replace(fell.doubt, kind=doubt), moment=clock_time)
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_the_doubt_tells_what_each_source_says_and_when() -> None:
    fell = judged([UP, ike("x", "DD", at=-1800)], ec2("UP", "3 BGP ROUTES", minute=-20), minute=0, static=True)
    assert fell.doubt is not None
    assert doubt_sentence(fell.doubt, moment=clock_time) == (
        "EC2 says UP (3 BGP ROUTES) since 11:40:00; the log says down and is silent since 11:30:00, so EC2 counts."
    )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("EE", "ER"), Verdict.REDUNDANT),
        (("EE", "DD"), Verdict.AT_RISK),
        (("EE",), Verdict.AT_RISK),
        (("ND", "DD"), Verdict.DOWN),
        ((None, None), Verdict.UNKNOWN),
    ],
)
def test_the_verdict_of_a_connection(states: tuple[str | None, ...], expected: Verdict) -> None:
    ips = [IP, OTHER_IP]
    fleet = fleet_of([ike("x", each, ip=ips[index]) for index, each in enumerate(states)])
    assert verdict(fleet.connections[0], now=NOON) is expected
