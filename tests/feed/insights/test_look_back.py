"""The look-back with Insights leads to the same results as the events themselves."""

import asyncio

import pytest

from tests.feed.insights.plays import Play, play, quick
from tui.content.report.values import Report
from tui.demo.scenarios.scenario_file import BGP_GROUP
from tui.domain.feed_state import ErrorKind
from tui.domain.past.outages import Outage
from tui.domain.times import DAY
from tui.feed.aws.errors import FeedError


def told(report: Report) -> list[tuple[object, ...]]:
    """A report's text about each tunnel, evidence included, on which the engines must agree."""
    return [
        (connection.id, connection.redundancy, tunnel.outside_ip, tunnel.availability, *map(_outage, tunnel.outages))
        for connection in report.connections
        for tunnel in connection.tunnels
    ]


def _outage(outage: Outage) -> tuple[object, ...]:
    cause = (outage.diagnosis.code, outage.diagnosis.evidence) if outage.diagnosis else None
    return outage.kind, outage.start, outage.start_exact, outage.end, outage.closed_by, cause


@pytest.mark.parametrize(
    ("scenario", "hours", "faults"),
    [
        ("dpd", 0.3, ""),
        ("bgp", 0.2, ""),
        ("flapping", 0.1, ""),
        ("idle", 1, ""),
        ("cutover", 0.2, ""),
        ("delivered", 0.1, ""),  # in other words, and in another group
        ("dpd", 0.2, "query.unordered=1"),  # the order within a millisecond is the record's
        ("dpd", 0.2, "filter.denied=*"),  # as of Infrequent Access, whose record cannot be read
    ],
)
async def test_outages_causes_and_figures_are_those_of_the_events_themselves(
    scenario: str, hours: float, faults: str
) -> None:
    async with play(scenario, hours=hours) as played:
        expected = await played.report()
        played.endpoint.faults = type(played.endpoint.faults).parse(faults)
        found = await played.report(quick())
    assert told(found) == told(expected) != []
    assert found.notices == expected.notices


@pytest.mark.parametrize(("scenario", "hours", "limit"), [("dpd", 0.2, 30), ("bgp", 0.2, 60), ("idle", 1, 20)])
async def test_they_are_so_with_windows_that_come_back_full(scenario: str, hours: float, limit: int) -> None:
    async with play(scenario, hours=hours) as played:
        expected = await played.report()
        look_back = quick(limit=limit)
        found = await played.report(look_back)
    assert told(found) == told(expected)
    assert look_back.scanned.queries > 5


async def test_much_less_is_read_than_there_is() -> None:
    async with play("healthy", hours=2) as played:
        events = sum(len(group.events) for group in played.endpoint.store.groups.values())
        assert (await played.pump(quick())).fleet.seen < events / 2
        assert played.endpoint.queries_open == 0


async def test_only_the_streams_of_what_is_selected_are_scanned() -> None:
    async with play("dpd", hours=0.1) as played:
        whole, one = quick(), quick()
        expected = await played.report(selectors=("203.0.113.45",))
        await played.report(whole)
        found = await played.report(one, selectors=("203.0.113.45",))
    assert told(found) == told(expected)
    assert one.scanned.bytes < 0.7 * whole.scanned.bytes


async def test_a_look_back_may_begin_before_the_groups_were_made() -> None:
    async with play("dpd", hours=0.1) as played:
        played.since = played.now - 30 * DAY
        expected = await played.report()
        found = await played.report(quick())
    assert told(found) == told(expected) != []
    assert found.notices == ()


async def test_nothing_is_queried_where_what_is_selected_has_no_streams() -> None:
    async with play("dpd", hours=0.05) as played:
        for group in played.endpoint.store.groups.values():
            group.streams = {name: stream for name, stream in group.streams.items() if "203.0.113.45" not in name}
        look_back = quick()
        await played.report(look_back, selectors=("203.0.113.45",))
    assert look_back.scanned.queries == 0


async def test_a_group_that_may_not_be_read_takes_nothing_from_the_others() -> None:
    async with play("dpd", hours=0.2, faults=f"group.denied={BGP_GROUP}") as played:
        found = await played.report(quick())
    assert sum(len(tunnel.flaps) for _, tunnel in found.tunnels) >= 2
    (notice,) = found.notices
    assert "Access denied: logs:StartQuery" in notice
    assert BGP_GROUP in notice


async def until_a_query_runs(played: Play) -> None:
    while not played.endpoint.queries_open:  # noqa: ASYNC110 - the endpoint counts and sets no event
        await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        ("query.fail=1", "The query of log group .* failed"),
        ("query.timeout=1", "took longer than the hour"),
        ("group.denied=*", "Access denied: logs:StartQuery on log group"),
        ("action.denied=logs:GetQueryResults", "Access denied: logs:GetQueryResults"),
    ],
)
async def test_what_fails_is_one_line(faults: str, says: str) -> None:
    async with play("idle", hours=0.2, faults=faults) as played:
        with pytest.raises(FeedError, match=says) as caught:
            await played.pump(quick())
    assert "\n" not in caught.value.message


async def test_a_full_account_is_waited_for_and_then_said() -> None:
    async with play("idle", hours=0.2, faults="query.concurrent=1,query.slow=60") as played:
        reading = asyncio.create_task(played.pump(quick()))
        await until_a_query_runs(played)
        with pytest.raises(FeedError, match="All queries that the account may run at once") as caught:
            await played.pump(quick())
        assert caught.value.kind is ErrorKind.LIMIT
        reading.cancel()
        await asyncio.wait([reading])


async def test_a_reading_that_is_cancelled_stops_its_queries_at_aws() -> None:
    async with play("idle", hours=0.2, faults="query.slow=60") as played:
        reading = asyncio.create_task(played.pump(quick()))
        await until_a_query_runs(played)
        assert played.endpoint.queries_open == 1
        reading.cancel()
        await asyncio.wait([reading])
        assert played.endpoint.queries_open == 0
        assert played.endpoint.calls["StopQuery"] == 1


async def test_no_query_is_started_beyond_what_was_agreed() -> None:
    async with play("dpd", hours=0.1) as played:
        look_back = quick(most_bytes=10)
        with pytest.raises(FeedError, match="more than was agreed"):
            await played.pump(look_back)
    assert look_back.scanned.queries == 1
