"""What the feed says of itself: how far it has read, and what it knows to be missing."""

import asyncio
import random

import pytest

from tests.feed.conftest import IKE, QUICK
from tui.demo.server.endpoint import Endpoint
from tui.domain.clock import ManualClock, SystemClock
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.inventory.tunnel_status import Details
from tui.feed.tail.backfill import Backfill
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import Backoff, TokenBucket

NOW = 1_795_435_200_000


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def progress(outbox: Outbox) -> FeedProgress:
    """A progress of two groups, neither of which has been read."""
    clock = ManualClock(NOW)
    made = FeedProgress(outbox, clock, details=Details(clock, most=0, every=300), since=NOW - 3_600_000, asked="auto")
    await made.adopt(Plan({name: LogGroup(name) for name in ("/vpn/ike", "/vpn/bgp")}))
    return made


async def test_the_watermark_is_that_of_the_group_that_is_furthest_behind(
    progress: FeedProgress, outbox: Outbox
) -> None:
    ike, bgp = progress.groups.values()
    ike.complete_until, bgp.complete_until = NOW, NOW - 30_000
    await progress.publish()
    assert (await outbox.take()).watermark == NOW - 30_000


async def test_there_is_no_watermark_before_every_group_has_been_read(progress: FeedProgress, outbox: Outbox) -> None:
    ike, _ = progress.groups.values()
    ike.complete_until = NOW
    await progress.publish()
    assert (await outbox.take()).watermark is None


async def test_a_hole_that_is_noted_while_the_record_is_read_is_not_filled_by_that_read(endpoint: Endpoint) -> None:
    clock, chance = SystemClock(), random.Random(1)
    details = Details(clock, most=0, every=300)
    progress = FeedProgress(Outbox(), clock, details=details, since=clock.now() - 60_000, asked="auto")
    budget = TokenBucket(clock, rate=200, burst=200, backoff=Backoff(0.01, 0.2, chance))
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        await progress.adopt(Plan({IKE: LogGroup(IKE)}))
        group, backfill = (
            progress.groups[IKE],
            Backfill(aws, progress, budget, timing=QUICK, clock=clock, chance=chance),
        )
        read = asyncio.create_task(backfill.catch_up(group))
        await asyncio.sleep(0)  # so that it has begun
        group.note_hole()
        await read
        assert not group.is_whole
        await backfill.catch_up(group)
        assert group.is_whole
