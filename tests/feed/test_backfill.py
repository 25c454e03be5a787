"""Reading with FilterLogEvents: what is remembered of it, and what a failure costs."""

import asyncio
from dataclasses import replace

import pytest

from tests.feed.conftest import (
    BGP,
    IKE,
    QUICK,
    Writer,
    backfill_of,
    connection,
    held,
    histories_of,
    plan_of,
    progress_of,
    reading,
    streams,
    vpn_id,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.events import RawEvent
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.outbox import Outbox


def write_pages(writer: Writer, *, minutes: range, ingested_now: bool = False) -> None:
    """Write lines so long that a page holds five of them."""
    for ago in minutes:
        text = f"{ago} {'x' * 200_000}"
        if ingested_now:
            writer.store.put(IKE, streams()[0], [(SystemClock().now() - ago * 60_000, text)])
        else:
            writer.write(text, ago=ago * 60)


async def take_all(outbox: Outbox, events: list[RawEvent]) -> None:
    while True:
        events += (await outbox.take()).events


@pytest.mark.parametrize(
    ("first_pages", "late_limit", "most", "ingested_now"),
    [
        pytest.param(1, 600.0, 10_000, False, id="only what late events may need"),
        pytest.param(1, 86_400.0, 10, False, id="only as much as there is room for"),
        pytest.param(0, 86_400.0, 10, False, id="read once"),
        pytest.param(0, 86_400.0, 10, True, id="read once, all of it ingested at the same time"),
    ],
)
async def test_a_long_look_back_is_not_remembered_whole(
    first_pages: int,
    late_limit: float,
    most: int,
    ingested_now: bool,
    store: Store,
    writer: Writer,
    endpoint: Endpoint,
) -> None:
    write_pages(writer, minutes=range(175, 5, -3), ingested_now=ingested_now)
    outbox = Outbox(limit=1)  # so that the reading waits for the test at every page
    progress = progress_of(outbox, SystemClock(), hours=3, most_remembered=most)
    events: list[RawEvent] = []
    remembered: list[int] = []

    async def look() -> None:
        while True:
            events.extend((await outbox.take()).events)
            remembered.append(progress.remembered)

    looking = asyncio.create_task(look())
    await progress.adopt(plan_of(LogGroup(IKE)))
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        backfill = backfill_of(aws, progress, timing=replace(QUICK, late_limit=late_limit))
        await backfill.catch_up(progress.groups[IKE], first_pages=first_pages)
    looking.cancel()
    await asyncio.wait([looking])
    assert histories_of(events) == held(store)
    assert max(remembered) < 30  # of 57: two pages, what there is room for, and what the overlap needs


async def test_a_look_back_that_is_cut_again_and_again_goes_on_from_where_it_was(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    write_pages(writer, minutes=range(175, 5, -3))
    outbox = Outbox(limit=1)  # so that the reading waits for the test at every page
    progress = progress_of(outbox, SystemClock(), hours=3)
    await progress.adopt(plan_of(LogGroup(IKE)))
    group = progress.groups[IKE]
    await outbox.take()
    events: list[RawEvent] = []
    cuts, first_try_ended = 0, SystemClock().now() + 3_600_000
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        backfill = backfill_of(aws, progress)
        for _ in range(15):
            if group.state.read_until is not None:
                break
            catching_up = asyncio.create_task(backfill.catch_up(group, first_pages=1))
            events += (await outbox.take()).events
            events += (await outbox.take()).events
            endpoint.faults = Faults(action_portal="logs:FilterLogEvents")
            taking = asyncio.create_task(take_all(outbox, events))
            await asyncio.wait([catching_up])
            taking.cancel()
            endpoint.faults = Faults()
            if error := catching_up.exception():
                assert isinstance(error, FeedError)
                cuts += 1
                first_try_ended = min(first_try_ended, SystemClock().now())
    assert 5 <= cuts < 15
    assert histories_of(events) == held(store)
    assert len({event.serial for event in events}) == len(events)
    assert (group.state.read_until or 0) < first_try_ended  # what came in since then is still to be read
    assert endpoint.calls["FilterLogEvents"] <= 12 + 3 * cuts  # 12 pages, and what each cut repeats


async def test_one_group_that_fails_for_ever_keeps_no_other_waiting(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.create_group(BGP)
    store.connections = {vpn_id(): connection(bgp=BGP)}
    writer.write("a", ago=60)
    endpoint.faults = Faults(filter_failing=BGP)
    async with reading(endpoint) as reader:
        await reader.until(lambda: reader.caught_up)
        assert reader.histories == held(store)
        assert reader.state.unread == (BGP,)
        writer.write("b")
        await reader.until_all_of(store)
