"""In a pipe nobody sees a waiting feed: a source that cannot start ends with its reason, a started one waits."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.feed.conftest import IKE, Reader, Writer, connection, tailer_of
from tests.scenes import ListSource
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.feed.aws.errors import FeedError
from tui.feed.mode import Mode
from tui.feed.source import Batch
from tui.headless.must_start import MustStart


def offline(reason: str, trouble: ErrorKind) -> Batch:
    return Batch(state=FeedState(FeedMode.OFFLINE, reason, trouble=trouble))


LIVE = Batch(state=FeedState(FeedMode.LIVE))


async def passed_on(*batches: Batch) -> list[Batch]:
    return [batch async for batch in MustStart(ListSource(batches)).batches()]


@pytest.mark.parametrize("trouble", [ErrorKind.SETTINGS, ErrorKind.SELECTOR, ErrorKind.DENIED, ErrorKind.UNREACHABLE])
async def test_a_start_that_waiting_does_not_help_fails_with_its_reason(trouble: ErrorKind) -> None:
    with pytest.raises(FeedError, match="no such thing"):
        await passed_on(offline("no such thing", trouble))


async def test_trouble_that_passes_or_comes_later_is_passed_on() -> None:
    batches = [offline("slow down", ErrorKind.THROTTLED), LIVE, offline("expired", ErrorKind.CREDENTIALS)]
    assert await passed_on(*batches) == batches


async def test_what_is_seen_on_a_screen_waits_for_all_but_what_it_was_told_to_end_for() -> None:
    waits = [offline("no access", ErrorKind.DENIED), offline("no network", ErrorKind.UNREACHABLE), LIVE]
    source = MustStart(ListSource(waits), only=ErrorKind.SELECTOR)
    assert [batch async for batch in source.batches()] == waits
    with pytest.raises(FeedError, match="no such name"):
        async for _ in MustStart(
            ListSource([offline("no such name", ErrorKind.SELECTOR)]), only=ErrorKind.SELECTOR
        ).batches():
            pass


async def test_a_look_back_that_was_read_is_a_start_although_no_session_streams_yet() -> None:
    batches = [Batch(caught_up=True), offline("expired", ErrorKind.CREDENTIALS)]
    assert await passed_on(*batches) == batches


async def test_one_of_several_sites_need_not_start() -> None:
    batches = [replace(offline("no such profile", ErrorKind.SETTINGS), source="osaka"), LIVE]
    assert await passed_on(*batches) == batches


async def test_a_look_back_of_which_nothing_may_be_read_is_none() -> None:
    denied = Batch(state=FeedState(FeedMode.OFFLINE, "denied", trouble=ErrorKind.DENIED), caught_up=True)
    with pytest.raises(FeedError, match="denied"):
        await passed_on(denied)


async def test_a_network_that_goes_away_in_the_middle_of_the_look_back_is_waited_for() -> None:
    """While polling, only events show that the feed has started."""
    store = Store()
    store.connections = {each.id: each for each in (connection(0),)}
    store.create_group(IKE)
    Writer(store).write(*(f"line {number}" for number in range(200)), ago=60)
    async with Endpoint(store, faults=Faults(filter_events=20, filter_slow=0.02)) as endpoint:
        reader = Reader()
        source = MustStart(tailer_of(endpoint, mode=Mode.POLL))
        async with aclosing(source.batches()) as batches:
            task = asyncio.create_task(reader.read_from(batches))
            await reader.until_more_events()
            endpoint.faults = Faults(conn_reset=1)
            await reader.until(lambda: task.done() or reader.state.mode is FeedMode.OFFLINE)
            assert not reader.caught_up
            endpoint.faults = Faults()
            await reader.until(lambda: task.done() or len(reader.events) == 200)
            assert not task.done()
            task.cancel()
            await asyncio.wait([task])
