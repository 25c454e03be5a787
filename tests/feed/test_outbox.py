"""What waits for a slow reader is joined and bounded, and nothing is dropped."""

import asyncio

from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedMode, FeedState
from tui.feed.source import Batch
from tui.feed.tail.outbox import Outbox


def event(serial: int, *, rank: int = 0) -> RawEvent:
    return RawEvent("stream", 1_000, 2_000, f"line {serial}", serial=serial, rank=rank)


async def test_what_waits_is_joined_into_one_batch() -> None:
    outbox = Outbox(limit=2_500)
    await outbox.put(Batch((event(1),), watermark=10))
    await outbox.put(Batch((event(2),), state=FeedState(FeedMode.LIVE), caught_up=True))
    await outbox.put(Batch(watermark=20))
    assert await outbox.take() == Batch((event(1), event(2)), (), 20, FeedState(FeedMode.LIVE), None, True)


async def test_an_event_that_moves_while_it_waits_comes_once_at_its_place() -> None:
    outbox = Outbox(limit=2_500)
    await outbox.put(Batch((event(1),)))
    await outbox.put(Batch(moved=(event(1, rank=3), event(0, rank=4))))
    batch = await outbox.take()
    assert (batch.events, batch.moved) == ((event(1, rank=3),), (event(0, rank=4),))


async def test_writers_wait_while_too_much_waits() -> None:
    outbox = Outbox(limit=2)
    await outbox.put(Batch((event(1), event(2))))
    writing = asyncio.create_task(outbox.put(Batch((event(3),))))
    await asyncio.sleep(0)
    assert not writing.done()
    assert len((await outbox.take()).events) == 2
    await writing
    assert (await outbox.take()).events == (event(3),)


async def test_a_writer_that_is_cancelled_while_it_waits_has_given_its_events_all_the_same() -> None:
    outbox = Outbox(limit=2)
    await outbox.put(Batch((event(1), event(2))))
    writing = asyncio.create_task(outbox.put(Batch((event(3),), state=FeedState(FeedMode.LIVE))))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait([writing])
    batch = await outbox.take()
    assert (batch.events, batch.state) == ((event(1), event(2), event(3)), FeedState(FeedMode.LIVE))


async def test_a_writer_that_waits_is_not_overtaken() -> None:
    outbox = Outbox(limit=1)
    await outbox.put(Batch((event(1),)))
    first = asyncio.create_task(outbox.put(Batch(watermark=10, state=FeedState(FeedMode.OFFLINE))))
    await asyncio.sleep(0)
    await outbox.take()
    await outbox.put(Batch(watermark=20, state=FeedState(FeedMode.LIVE)))
    await first
    batch = await outbox.take()
    assert (batch.watermark, batch.state) == (20, FeedState(FeedMode.LIVE))
