"""When to ask CloudTrail, what a call belongs to, and which change of options it made."""

from dataclasses import replace
from itertools import pairwise

from tests.factories import IP, OTHER_IP, VPN
from tui.domain.calls import BEFORE, asked_from, caller_of, changes_of, occasions, with_calls
from tui.domain.inventory import ConnectionFacts, EarlierStatus, Inventory, OptionChange, Telemetry, TunnelFacts
from tui.domain.times import HOUR, MINUTE, SECOND
from tui.domain.trail import TrailChange

NOW = 1_795_435_200_000
CALL = TrailChange(
    NOW, "ModifyVpnTunnelOptions", "role netops/alice", "203.0.113.9", VPN, IP, ("Phase2DHGroupNumbers",)
)
GROUPS = OptionChange(NOW + MINUTE, IP, "Phase2DHGroupNumbers", "14", "20")


def rounds(happened: frozenset[int], *, until: int) -> list[int]:
    """Return the times at which questions are asked, looking every ten seconds."""
    known: frozenset[int] = frozenset()
    asked: list[int] = []
    for now in range(NOW, until, 10 * SECOND):
        due = {at for at in happened if at <= now}
        if asked_from(frozenset(due), known=known, asked_at=asked[-1] if asked else None, now=now) is not None:
            asked.append(now)
            known = frozenset(due)
    return [(at - NOW) // SECOND for at in asked]


def caller(change: OptionChange, *calls: TrailChange, changes: tuple[OptionChange, ...] = ()) -> str | None:
    call = caller_of(change, TunnelFacts(IP, changes=(*changes, change), calls=calls))
    return call.user if call is not None else None


def test_while_nothing_happens_nothing_is_asked() -> None:
    assert rounds(frozenset(), until=NOW + HOUR) == []


def test_after_a_fall_it_is_asked_at_once_and_again_for_a_quarter_of_an_hour() -> None:
    assert rounds(frozenset({NOW}), until=NOW + HOUR) == [0, 120, 300, 600, 900]


def test_a_tunnel_that_falls_every_ten_seconds_has_a_round_of_questions_every_two_minutes() -> None:
    falls = frozenset(range(NOW, NOW + 10 * MINUTE, 10 * SECOND))
    asked = rounds(falls, until=NOW + HOUR)
    assert min(second - first for first, second in pairwise(asked)) >= 120
    assert len(asked) <= 14
    assert asked[-1] <= 26 * 60


def test_what_fell_long_before_the_first_look_is_asked_once() -> None:
    assert rounds(frozenset({NOW - HOUR}), until=NOW + HOUR) == [0]


def test_a_fall_that_ec2_tells_late_is_asked_all_the_same() -> None:
    late = frozenset({NOW - HOUR, NOW})
    assert asked_from(late, known=frozenset({NOW}), asked_at=NOW, now=NOW + 3 * MINUTE) == NOW - HOUR - BEFORE


def test_a_fall_and_each_change_since_the_look_back_give_occasion() -> None:
    tunnel = TunnelFacts(
        IP,
        telemetry=Telemetry(False, since=NOW),
        earlier_statuses=(EarlierStatus(True, NOW - HOUR), EarlierStatus(True, NOW - 3 * HOUR)),
        changes=(GROUPS,),
    )
    inventory = Inventory((ConnectionFacts(VPN, tunnels=(tunnel,)),))
    assert occasions(inventory, since=NOW - 2 * HOUR) == {NOW - HOUR, NOW, GROUPS.at}


def test_a_call_stands_with_its_tunnel_and_one_of_the_connection_with_both() -> None:
    whole = replace(CALL, at=NOW - 1, call="ModifyVpnConnection", outside_ip="", options=())
    other = replace(CALL, connection="vpn-other")
    facts = ConnectionFacts(VPN, tunnels=(TunnelFacts(IP), TunnelFacts(OTHER_IP)))
    (connection,) = with_calls(Inventory((facts,)), (CALL, whole, CALL, other)).connections
    assert [tunnel.calls for tunnel in connection.tunnels] == [(whole, CALL), (whole,)]


def test_calls_and_changes_are_told_in_order_of_time() -> None:
    assert changes_of(TunnelFacts(IP, changes=(GROUPS,), calls=(CALL,))) == (CALL, GROUPS)
    assert changes_of(None) == ()


def test_the_call_that_names_an_option_changed_it_in_whichever_number_and_case_it_names_it() -> None:
    assert caller(GROUPS, CALL) == "role netops/alice"
    assert caller(GROUPS, replace(CALL, options=("phase2DHGroupNumber",))) == "role netops/alice"
    assert caller(replace(GROUPS, option="BgpLogGroupArn"), replace(CALL, options=("LogOptions",))) is not None
    assert caller(OptionChange(GROUPS.at, "", "Routes", "", "10.0.0.0/8"), routed()) is not None


def routed() -> TrailChange:
    return replace(CALL, call="CreateVpnConnectionRoute", outside_ip="", options=("DestinationCidrBlock",))


def test_a_call_about_something_else_made_no_change_of_this_option() -> None:
    assert caller(GROUPS, replace(CALL, options=("StartupAction",))) is None
    assert caller(GROUPS, replace(CALL, outside_ip=OTHER_IP)) is None
    assert caller(GROUPS, replace(CALL, at=GROUPS.at + 5 * MINUTE)) is None
    assert caller(GROUPS, replace(CALL, at=GROUPS.at - 2 * HOUR)) is None
    assert caller(replace(GROUPS, option="LastMaintenanceApplied"), CALL) is None


def test_an_earlier_call_does_not_stand_for_one_that_cloudtrail_lacks_so_far() -> None:
    bob = replace(CALL, at=NOW + 10 * MINUTE, user="user bob")
    second = replace(GROUPS, at=bob.at + MINUTE, before="20", after="14")
    assert caller(second, CALL, changes=(GROUPS,)) is None
    assert caller(second, CALL, bob, changes=(GROUPS,)) == "user bob"
    assert caller(GROUPS, CALL, bob) == "role netops/alice"


def test_a_clock_of_ours_that_is_a_minute_behind_does_not_lose_the_caller() -> None:
    assert caller(GROUPS, replace(CALL, at=GROUPS.at + MINUTE)) == "role netops/alice"
