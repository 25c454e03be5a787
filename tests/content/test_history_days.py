"""Outages by day: each counts on the day it began, and lasts on every day that it touches."""

from tui.content.report.history_days import days_of
from tui.content.report.values import ConnectionReport, Report, TunnelReport
from tui.domain.judgement.judgement import Judgement
from tui.domain.judgement.verdict import Verdict
from tui.domain.past.conditions import Condition, Stretch
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.state.tunnel_state import Health
from tui.domain.times import DAY, HOUR, MINUTE

MONDAY = 20_415 * DAY
JUDGED = Judgement(Health.UP, True, None, True)


def report(*outages: Outage, since: int = MONDAY, until: int = MONDAY + 3 * DAY) -> Report:
    course = (Stretch(since, until, Condition.CARRYING),)
    begun = [each for each in outages if each.start_exact and each.start >= since]
    falls = [tuple(each.start for each in begun if each.kind is kind) for kind in OutageKind]
    tunnel = TunnelReport("203.0.113.17", JUDGED, course, outages, flaps=falls[0], bgp_losses=falls[1])
    connection = ConnectionReport("vpn-0a1b2c3d4e5f60718", "hq", verdict=Verdict.REDUNDANT, tunnels=(tunnel,))
    return Report(until, since, until, connections=(connection,))


def outage(start: int, length: int | None, *, kind: OutageKind = OutageKind.IPSEC, exact: bool = True) -> Outage:
    return Outage(kind, start, exact, None if length is None else start + length)


def test_a_day_without_an_outage_is_none_of_them() -> None:
    assert days_of(report()) == ()


def test_outages_of_a_day_are_counted_by_kind_and_added_up() -> None:
    (day,) = days_of(
        report(
            outage(MONDAY + HOUR, MINUTE),
            outage(MONDAY + 2 * HOUR, 3 * MINUTE),
            outage(MONDAY + 3 * HOUR, MINUTE, kind=OutageKind.BGP),
        )
    )
    assert (day.outages, day.flaps, day.bgp_losses) == (3, 2, 1)
    assert (day.down, day.longest, day.is_exact) == (5 * MINUTE, 3 * MINUTE, True)
    assert day.date == "2025-11-23"


def test_an_outage_over_midnight_lasts_on_both_days_and_began_on_the_first() -> None:
    first, second = days_of(report(outage(MONDAY + DAY - HOUR, 3 * HOUR)))
    assert [(day.flaps, day.outages, day.down) for day in (first, second)] == [(1, 1, HOUR), (0, 1, 2 * HOUR)]


def test_an_outage_that_lasts_counts_until_the_end() -> None:
    days = days_of(report(outage(MONDAY + DAY, None)))
    assert [day.down for day in days] == [DAY, DAY]


def test_what_came_before_the_span_is_none_of_it() -> None:
    (day,) = days_of(report(outage(MONDAY - HOUR, 2 * HOUR)))
    assert (day.flaps, day.outages, day.down) == (0, 1, HOUR)


def test_a_beginning_that_was_not_seen_makes_the_length_a_least() -> None:
    (day,) = days_of(report(outage(MONDAY + HOUR, HOUR, exact=False)))
    assert (day.flaps, day.is_exact) == (0, False)
