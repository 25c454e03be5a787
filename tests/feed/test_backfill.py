"""Reading with FilterLogEvents: what is remembered of it, and what a failure costs."""

import asyncio
from dataclasses import replace

import pytest

from tests.feed.conftest import IKE, QUICK, Writer, backfill_of, held, histories_of, plan_of, progress_of
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.events import RawEvent
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.outbox import Outbox


def write_pages(writer: Writer, *, minutes: range) -> None:
    """Write lines so long that a page holds five of them."""
    for ago in minutes:
        writer.write(f"{ago} {'x' * 200_000}", ago=ago * 60)


@pytest.mark.parametrize(
    ("first_pages", "late_limit", "most"),
    [
        pytest.param(1, 600.0, 10_000, id="only what late events may need"),
        pytest.param(1, 86_400.0, 10, id="only as much as there is room for"),
        pytest.param(0, 86_400.0, 10, id="read once"),
    ],
)
async def test_a_long_look_back_is_not_remembered_whole(
    first_pages: int, late_limit: float, most: int, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    write_pages(writer, minutes=range(175, 5, -3))
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
