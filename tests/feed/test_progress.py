"""What a run publishes of its progress: how far it has read, and what is known to be missing."""

import asyncio

import pytest

from tests.feed.conftest import IKE, NOW, backfill_of, plan_of, progress_of, streams
from tui.demo.server.endpoint import Endpoint
from tui.domain.clock import ManualClock, SystemClock
from tui.domain.feed_state import ErrorKind, FeedMode
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live.live_session import SessionScope, SessionUpdate
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.record.group_progress import GroupProgress
from tui.feed.tail.record.page_order import Page

IKE_GROUP, BGP_GROUP = LogGroup("/vpn/ike"), LogGroup("/vpn/bgp")


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(limit=2_500)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def progress(outbox: Outbox, clock: ManualClock) -> FeedProgress:
    """The progress of two groups, neither of which has been read."""
    progress = progress_of(outbox, clock)
    await progress.adopt(plan_of(IKE_GROUP, BGP_GROUP))
    return progress


def complete(group: GroupProgress, at: int) -> None:
    group.complete(group.start_read(now=at, server_now=at, deep=True))


async def test_the_watermark_is_that_of_the_group_that_is_furthest_behind(
    progress: FeedProgress, outbox: Outbox
) -> None:
    ike, bgp = progress.groups.values()
    complete(ike, NOW)
    complete(bgp, NOW - 30_000)
    await progress.publish()
    assert (await outbox.take()).watermark == NOW - 30_000


async def test_there_is_no_watermark_before_every_group_has_been_read(progress: FeedProgress, outbox: Outbox) -> None:
    ike, _ = progress.groups.values()
    complete(ike, NOW)
    await progress.publish()
    batch = await outbox.take()
    assert (batch.watermark, batch.caught_up) == (None, False)


async def test_a_live_session_moves_the_watermark_only_while_nothing_is_missing(
    progress: FeedProgress, outbox: Outbox, clock: ManualClock
) -> None:
    scope = SessionScope((IKE_GROUP, BGP_GROUP))
    progress.sessions.add(scope)
    for group in progress.groups.values():
        complete(group, NOW)
    clock.advance(10)
    await progress.take_update(scope, 1, SessionUpdate())
    assert (await outbox.take()).watermark == NOW + 10_000
    progress.note_gap([IKE_GROUP.name])
    clock.advance(10)
    await progress.take_update(scope, 1, SessionUpdate())
    assert (await outbox.take()).watermark is None


async def test_a_group_whose_read_failed_is_failing_unless_a_live_session_covers_it(
    progress: FeedProgress, outbox: Outbox
) -> None:
    ike, bgp = progress.groups.values()
    for group in (ike, bgp):
        complete(group, NOW)
    ike.fail(FeedError("it failed", ErrorKind.UNREACHABLE))
    await progress.publish()
    state = (await outbox.take()).state
    assert state is not None
    assert state.failing == (IKE_GROUP.name,)
    progress.sessions.add(scope := SessionScope((IKE_GROUP, BGP_GROUP)))
    await progress.take_update(scope, 1, SessionUpdate(started=True))
    state = (await outbox.take()).state
    assert state is not None
    assert state.failing == ()


async def test_nothing_that_is_unchanged_is_published_again(progress: FeedProgress, outbox: Outbox) -> None:
    for group in progress.groups.values():
        complete(group, NOW)
    await progress.publish()
    await outbox.take()
    await progress.publish()
    batch = await outbox.take()
    assert (batch.watermark, batch.state, batch.inventory) == (None, None, None)


async def test_a_group_that_comes_back_is_read_again_and_repeats_nothing(progress: FeedProgress) -> None:
    ike, _ = progress.groups.values()
    complete(ike, NOW)
    await progress.adopt(plan_of(BGP_GROUP))
    await progress.adopt(plan_of(IKE_GROUP, BGP_GROUP))
    assert progress.groups[IKE_GROUP.name] is ike
    assert ike.state.has_gap


async def test_a_failed_survey_leaves_the_plan_in_force(progress: FeedProgress, outbox: Outbox) -> None:
    await outbox.take()
    await progress.adopt(None, FeedError("EC2 could not be asked."))
    assert list(progress.groups) == [IKE_GROUP.name, BGP_GROUP.name]
    state = (await outbox.take()).state
    assert state is not None
    assert (state.mode, state.notices) == (FeedMode.STARTING, ("EC2 could not be asked.",))


async def test_lines_of_tunnels_that_were_not_chosen_are_left_out_and_named_if_there_are_no_others(
    outbox: Outbox, clock: ManualClock
) -> None:
    progress = progress_of(outbox, clock)
    await progress.adopt(plan_of(IKE_GROUP, selectors=["203.0.113.250"]))
    line = LogEvent(streams()[0], NOW, NOW, "a", "1")
    await progress.take_page(progress.groups[IKE_GROUP.name], Page([line], is_last=True))
    assert (await outbox.take()).events == ()
    assert streams()[0] in progress.unmatched


async def test_a_repeated_live_line_requests_a_read(progress: FeedProgress, outbox: Outbox) -> None:
    ike, _ = progress.groups.values()
    complete(ike, NOW)
    line = LogEvent(streams()[0], NOW, NOW, "a")
    await progress.take_update(SessionScope((IKE_GROUP,)), 1, SessionUpdate(lines={IKE_GROUP.name: [line, line]}))
    assert len((await outbox.take()).events) == 1
    async with asyncio.timeout(5):
        await ike.wait_for_request()
    assert not ike.is_urgent


async def test_a_gap_seen_while_the_group_is_read_is_not_filled_by_that_read(endpoint: Endpoint) -> None:
    progress = progress_of(Outbox(limit=2_500), SystemClock())
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        await progress.adopt(plan_of(LogGroup(IKE)))
        group = progress.groups[IKE]
        backfill = backfill_of(aws, progress)
        reading = asyncio.create_task(backfill.catch_up(group))
        await asyncio.sleep(0)  # so that it has begun
        group.note_gap()
        await reading
        assert group.state.has_gap
        await backfill.catch_up(group)
        assert not group.state.has_gap


async def test_a_large_page_is_published_in_parts_between_which_others_have_their_turn(
    outbox: Outbox, clock: ManualClock
) -> None:
    progress = progress_of(outbox, clock)
    await progress.adopt(plan_of(IKE_GROUP))
    await outbox.take()
    lines = [LogEvent(streams()[0], NOW + number // 300 * 1_000, NOW, "a", str(number)) for number in range(3_000)]
    taking = asyncio.create_task(progress.take_page(progress.groups[IKE_GROUP.name], Page(lines, is_last=True)))
    parts = []
    while not taking.done():
        parts.append((await outbox.take()).events)
        await asyncio.sleep(0)
    assert [len(part) for part in parts] == [1_200, 1_200, 600]  # no second is divided: its order would not be known
    assert [event.rank for part in parts for event in part] == [number % 300 for number in range(3_000)]
