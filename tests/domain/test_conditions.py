"""A tunnel's conditions over time: without gaps, in agreement with the outages, and honest about what is unknown."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import IP, NOON, VPN, bgp, fleet_of, ike
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.judgement.judgement import judge
from tui.domain.judgement.verdict import Verdict
from tui.domain.knowledge.catalogue_file import load
from tui.domain.past.availability import Availability, redundancy
from tui.domain.past.conditions import Condition, Stretch, conditions, stretches
from tui.domain.past.outages import Outage, outages
from tui.domain.state.fleet import Fleet

UP = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a"
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
BGP_UP = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
BGP_LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
DPD = "AWS tunnel is sending DPD request"
CATALOGUE = load()


def course_of(fleet: Fleet, *, since: float, until: float) -> tuple[tuple[Stretch, ...], tuple[Outage, ...]]:
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    connection = fleet.connection(VPN)
    begin, end = NOON + round(since * 1000), NOON + round(until * 1000)
    judgement = judge(tunnel, connection, now=end)
    spans = outages(tunnel, connection, judgement)
    return conditions(tunnel, connection, judgement, spans, since=begin, until=end), spans


def course(events: Iterable[RawEvent], *, since: float = 0, until: float = 600) -> list[tuple[float, str]]:
    """Each condition with the second from which it holds."""
    found, _ = course_of(fleet_of(events), since=since, until=until)
    return [((stretch.start - NOON) / 1000, stretch.condition.value) for stretch in found]


def beats(first: int, last: int, states: str = "EE") -> list[RawEvent]:
    return [ike(DPD, states, at=at) for at in range(first, last, 10)]


def test_a_tunnel_is_unknown_until_it_is_heard_of_and_carries_until_it_falls() -> None:
    events = [
        *beats(100, 200),
        ike(CLOSED, "DD", at=200),
        ike("hands", "ND", at=210),
        ike(UP, at=220),
        *beats(230, 600),
    ]
    assert course(events) == [(0, "unknown"), (100, "carrying"), (200, "down"), (210, "negotiating"), (220, "carrying")]


def test_a_tunnel_that_is_up_without_bgp_carries_nothing() -> None:
    events = [
        *beats(0, 600),
        bgp(BGP_UP, at=5),
        bgp(BGP_LOST, "DOWN", at=100),
        bgp(BGP_UP, at=150),
    ]
    assert course(sorted(events, key=lambda event: event.at)) == [
        (0, "carrying"),
        (100, "without_bgp"),
        (150, "carrying"),
    ]


def test_a_tunnel_that_breaks_its_habit_of_logging_is_quiet_from_its_last_line_on() -> None:
    assert course(beats(0, 300), until=900) == [(0, "carrying"), (290, "quiet")]


def test_a_log_that_is_too_old_tells_nothing_of_the_time_after_it() -> None:
    assert course([ike(DPD, at=0)], until=10 * 3_600)[-1] == (0, "unknown")


def test_what_ec2_knows_from_before_the_log_counts() -> None:
    fleet = fleet_of(beats(300, 600))
    telemetry = Telemetry(is_up=True, message="IPSEC IS UP", since=NOON - 3_600_000)
    fleet.learn(
        Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),)),))
    )
    found, _ = course_of(fleet, since=0, until=600)
    assert [stretch.condition for stretch in found] == [Condition.CARRYING]


def test_what_ec2_knows_to_be_down_from_before_the_log_was_never_up() -> None:
    fleet = fleet_of([ike("x", "DD", at=300), ike("hands", "ND", at=310), ike("x", "DD", at=311)])
    telemetry = Telemetry(is_up=False, message="IPSEC IS DOWN", since=NOON - 3_600_000)
    facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),))
    fleet.learn(Inventory((facts,)))
    found, spans = course_of(fleet, since=0, until=600)
    assert {stretch.condition for stretch in found} == {Condition.DOWN, Condition.NEGOTIATING}
    assert [(outage.start, outage.start_exact) for outage in spans] == [(NOON - 3_600_000, True)]


def test_more_falls_than_a_state_remembers_are_all_counted() -> None:
    cycles = [
        event for number in range(100) for event in (ike(UP, at=36 * number), ike(CLOSED, "DD", at=36 * number + 26))
    ]
    fleet = fleet_of([*cycles, ike(UP, at=3_600)])
    found, spans = course_of(fleet, since=0, until=3_610)
    assert len(spans) == 100
    assert Availability.of(found) == Availability(carrying=2_610_000, down=1_000_000)


@st.composite
def histories(draw: st.DrawFn) -> list[RawEvent]:
    lines = st.tuples(
        st.integers(0, 900),
        st.sampled_from([
            (DPD, "EE"), (UP, "EE"), (CLOSED, "DD"), ("hands", "ND"), ("hands", "EN"), ("x", "DD"), (BGP_UP, "UP"),
            (BGP_LOST, "DOWN"),
        ]),
    )  # fmt: skip
    return [
        bgp(message, states, at=at) if states in ("UP", "DOWN") else ike(message, states, at=at)
        for at, (message, states) in draw(st.lists(lines, max_size=25))
    ]


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers(-100, 1_000), st.integers(1, 2_000))
def test_whatever_is_logged_the_conditions_cover_the_span_and_add_up_to_the_outages(
    events: Sequence[RawEvent], since: int, span: int
) -> None:
    fleet = Fleet(CATALOGUE)
    fleet.apply([*events, ike(DPD, "EE", at=-200)])
    found, spans = course_of(fleet, since=since, until=since + span)
    begin, end = NOON + since * 1000, NOON + (since + span) * 1000
    assert [stretch.start for stretch in found] == [begin, *(stretch.end for stretch in found[:-1])]
    assert found[-1].end == end
    assert all(before.condition is not after.condition for before, after in pairwise(found))

    sums = Availability.of(found)
    assert sums.span == span * 1000
    assert sum(sums.seconds.values()) == span
    lost = sum(max(0, min(outage.end or end, end) - max(outage.start, begin)) for outage in spans)
    if end >= max(event.at for event in [*events, ike(DPD, at=-200)]):
        assert sums.down + sums.negotiating == lost


def of_conditions(*changes: tuple[int, Condition], until: int = 100) -> tuple[Stretch, ...]:
    return stretches(changes, since=0, until=until)


@pytest.mark.parametrize(
    ("other", "verdicts"),
    [
        (((0, Condition.CARRYING),), [(0, Verdict.REDUNDANT), (20, Verdict.AT_RISK), (40, Verdict.REDUNDANT)]),
        (((0, Condition.DOWN),), [(0, Verdict.AT_RISK), (20, Verdict.DOWN), (40, Verdict.AT_RISK)]),
        (
            ((30, Condition.WITHOUT_BGP),),
            [(0, Verdict.AT_RISK), (20, Verdict.UNKNOWN), (30, Verdict.DOWN), (40, Verdict.AT_RISK)],
        ),
    ],
)
def test_a_connection_is_down_only_while_each_tunnel_is_known_to_carry_nothing(
    other: tuple[tuple[int, Condition], ...], verdicts: list[tuple[int, Verdict]]
) -> None:
    first = of_conditions((0, Condition.CARRYING), (20, Condition.NEGOTIATING), (40, Condition.CARRYING))
    found = redundancy([first, of_conditions(*other)])
    assert [(each.start, each.verdict) for each in found] == verdicts
    assert found[-1].end == 100


def test_one_tunnel_alone_is_no_redundancy() -> None:
    (only,) = redundancy([of_conditions((0, Condition.CARRYING))])
    assert only.verdict is Verdict.AT_RISK
    assert redundancy([]) == ()


def described(is_up: bool, since: float) -> Inventory:
    telemetry = Telemetry(is_up, since=NOON + round(since * 1000))
    return Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),)),))


def test_what_ec2_called_down_stays_down_when_the_tunnel_is_mended() -> None:
    fleet = fleet_of([ike("hands", "ND", at=95), ike("x", "DD", at=96), ike(UP, at=200)])
    fleet.learn(remember_statuses(described(False, -50), described(True, 240)))
    found, _ = course_of(fleet, since=-100, until=600)
    assert [((each.start - NOON) / 1000, each.condition.value) for each in found] == [
        (-100, "unknown"),
        (-50, "down"),
        (95, "negotiating"),
        (96, "down"),
        (200, "carrying"),
    ]


def test_what_ec2_called_up_before_the_log_begins_stays_known_when_the_tunnel_falls() -> None:
    fleet = fleet_of([*beats(100, 200), ike(CLOSED, "DD", at=200)])
    fleet.learn(remember_statuses(described(True, -50), described(False, 240)))
    found, _ = course_of(fleet, since=-100, until=300)
    assert [((each.start - NOON) / 1000, each.condition.value) for each in found] == [
        (-100, "unknown"),
        (-50, "carrying"),
        (200, "down"),
    ]


def test_what_ec2_alone_saw_in_a_silence_of_the_log_is_a_time_down() -> None:
    known = Inventory()
    for is_up, at in ((True, -9_000), (False, 1_000), (True, 2_800)):
        telemetry = Telemetry(is_up, "" if is_up else "IPSEC IS DOWN", NOON + at * 1000)
        facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),))
        known = remember_statuses(known, Inventory((facts,)))
    fleet = fleet_of()
    fleet.learn(known)
    fleet.apply(ike(DPD, at=at) for at in (*range(0, 600, 10), *range(2_700, 3_600, 10)))
    stretches_found, _ = course_of(fleet, since=0, until=3_600)
    assert [((stretch.start - NOON) // 1000, stretch.condition) for stretch in stretches_found] == [
        (0, Condition.CARRYING),
        (1_000, Condition.DOWN),
        (2_700, Condition.CARRYING),
    ]


def test_a_loss_that_ended_with_a_set_up_and_whose_beginning_nobody_saw_is_a_time_unknown() -> None:
    telemetry = Telemetry(is_up=True, since=NOON + 2_800_000)
    facts = ConnectionFacts(VPN, static_routes_only=True, tunnels=(TunnelFacts(IP, telemetry=telemetry),))
    init = ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND", at=2_700)
    fleet = fleet_of([*beats(0, 600), init, ike(UP, at=2_700), *beats(2_710, 3_600)])
    fleet.learn(Inventory((facts,)))
    stretches_found, _ = course_of(fleet, since=0, until=3_600)
    assert [((stretch.start - NOON) // 1000, stretch.condition) for stretch in stretches_found] == [
        (0, Condition.CARRYING),
        (590, Condition.UNKNOWN),
        (2_700, Condition.CARRYING),
    ]
