"""A cancellation at any await leaves no task, no session at the server and no lost event."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any, Never

from tests.feed.conftest import (
    IKE,
    QUICK,
    SELDOM,
    Reader,
    Writer,
    account_sessions,
    backfill_of,
    held,
    histories_of,
    plan_of,
    progress_of,
    tailer_of,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.events import RawEvent
from tui.feed.aws.client import Aws, connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.source import Batch
from tui.feed.tail.live.live_session import SessionScope
from tui.feed.tail.live.live_sessions import Sessions
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.supervise import supervise


class CancelledAt:
    """Runs a coroutine and cancels the awaiting task when it waits for the `number`th time, from 0."""

    def __init__(self, work: Coroutine[Any, Any, Any], number: int) -> None:
        self._work = work
        self._number = number

    def __await__(self) -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        for step in count():
            try:
                waited = self._work.send(None) if error is None else self._work.throw(error)
            except StopIteration as stop:
                return stop.value
            if step == self._number:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            error = None
            try:
                yield waited
            except BaseException as raised:
                error = raised
        return None


async def run_cancelled_at(number: int, work: Coroutine[Any, Any, Any], is_settled: Callable[[], bool]) -> bool:
    """Run `work`, cancel it at its `number`th await, and wait for its end; return whether it came that far.

    Work that never ends has no last await: it is cancelled from outside once it `is_settled`.
    """

    async def run() -> None:
        await CancelledAt(work, number)

    task = asyncio.create_task(run())
    while not task.done() and not is_settled():  # noqa: ASYNC110 - what settles it is no event
        await asyncio.sleep(0)
    came_so_far = task.done()
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        assert task.exception() is None
    return came_so_far


def other_tasks() -> set[asyncio.Task[Any]]:
    """The tasks beside the test's own and the server's, which has one a connection."""
    return {task for task in asyncio.all_tasks() - {asyncio.current_task()} if "tui/feed/" in repr(task.get_coro())}


async def leave() -> None:
    """Let everything that was cancelled come to its end."""
    for _ in range(3):
        await asyncio.sleep(0)


async def forever() -> Never:
    while True:
        await asyncio.Event().wait()


def batch(serial: int) -> Batch:
    return Batch((RawEvent("stream", 1_000, 2_000, f"line {serial}", serial=serial),))


async def test_a_reader_of_the_outbox_that_is_cancelled_takes_nothing_away() -> None:
    for puts_before in (True, False):
        outbox = Outbox(limit=2_500)
        taking = asyncio.create_task(outbox.take())
        await asyncio.sleep(0)
        if puts_before:  # the reader has been woken, and has not run yet
            await outbox.put(batch(1))
        taking.cancel()
        await asyncio.wait([taking])
        if not puts_before:
            await outbox.put(batch(1))
        assert (await outbox.take()) == batch(1)


async def test_supervision_that_is_cancelled_ends_every_task() -> None:
    for number in range(4):
        running: set[str] = set()
        changed = asyncio.Event()
        wanted = [["a", "b"], ["b", "c"], ["c"], []]

        async def work(key: str, running: set[str] = running, changed: asyncio.Event = changed) -> Never:
            running.add(key)
            try:
                changed.set()
                await forever()
            finally:
                try:
                    await asyncio.sleep(0)  # as one that closes a session; it may be cancelled once more meanwhile
                finally:
                    running.discard(key)

        keys = iter(wanted)
        await run_cancelled_at(number, supervise(partial(next, keys, []), work, changed), is_settled=lambda: False)
        assert running == set()
        assert not other_tasks()


async def test_a_key_that_is_wanted_again_at_once_never_has_two_tasks() -> None:
    running: list[str] = []
    most = 0
    changed = asyncio.Event()
    is_wanted = True

    async def work(key: str) -> Never:
        nonlocal most
        running.append(key)
        most = max(most, len(running))
        try:
            await forever()
        finally:
            for _ in range(3):
                await asyncio.sleep(0)
            running.remove(key)

    task = asyncio.create_task(supervise(lambda: ["a"] if is_wanted else [], work, changed))
    for turn in range(9):
        is_wanted = turn % 2 == 0
        changed.set()
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert running == ["a"]
    assert most == 1
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def connected(endpoint: Endpoint) -> AsyncIterator[tuple[Aws, Outbox, FeedProgress]]:
    outbox = Outbox(limit=2_500)
    progress = progress_of(outbox, SystemClock())
    await progress.adopt(plan_of(LogGroup(IKE, f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}")))
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        yield aws, outbox, progress


async def test_a_session_that_is_cancelled_is_closed_at_the_server(writer: Writer, endpoint: Endpoint) -> None:
    async with connected(endpoint) as (aws, outbox, progress):
        scope = SessionScope(tuple(group.log_group for group in progress.groups.values()))
        for number in count():
            sessions = Sessions(
                aws, progress, account_sessions(), timing=QUICK, clock=SystemClock(), chance=random.Random(1)
            )
            written = asyncio.get_running_loop().call_later(0.1, writer.write, f"line {number}")
            came_so_far = await run_cancelled_at(number, sessions.run(scope), lambda: len(outbox) > 0)
            written.cancel()
            async with asyncio.timeout(10):
                await endpoint.sessions_closed()
            await leave()
            assert not other_tasks()
            assert progress.sessions.all == ()
            if not came_so_far:
                break
            if not outbox.is_empty:
                await outbox.take()
        assert number > 3


async def test_a_read_that_is_cancelled_loses_no_event(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    for minutes in range(30, 0, -1):
        writer.write("the same", "the same", f"line {minutes}", ago=minutes * 60)
    for number in count():
        async with connected(endpoint) as (aws, outbox, progress):
            came_so_far = await run_cancelled_at(
                number, backfill_of(aws, progress).run(IKE), lambda: progress.is_caught_up
            )
            await leave()
            assert not other_tasks()
            if progress.groups[IKE].state.read_until is None:
                await backfill_of(aws, progress).catch_up(progress.groups[IKE])
            events = (await outbox.take()).events
        assert len({event.serial for event in events}) == len(events)
        assert histories_of(events) == held(store)
        if not came_so_far:
            break
    assert number > 3


async def test_a_feed_that_is_cancelled_closes_everything(writer: Writer, endpoint: Endpoint) -> None:
    async def is_left_after(number: int) -> bool:
        batches, reader = tailer_of(endpoint, timing=SELDOM).batches(), Reader()
        came_so_far = await run_cancelled_at(
            number, reader.read_from(batches), lambda: reader.caught_up and endpoint.sessions_open > 0
        )
        await batches.aclose()
        async with asyncio.timeout(10):
            await endpoint.sessions_closed()
        await leave()
        assert not other_tasks()
        return came_so_far

    number = 0
    while await is_left_after(number):
        number += 1
    assert number > 3


async def test_a_reader_that_is_busy_when_the_work_ends_gets_the_last_batch(writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", ago=60)
    batches = tailer_of(endpoint, follow=False).batches()
    first = await anext(batches)
    while other_tasks():  # noqa: ASYNC110 - the end of a task that is not ours
        await asyncio.sleep(0.01)
    seen = [first, *[batch async for batch in batches]]
    assert any(batch.caught_up for batch in seen)
    assert [event.message for batch in seen for event in batch.events] == [writer.store.groups[IKE].events[0].message]
