"""Batches on their way to a possibly slow reader: joined while they wait, and limited in number."""

import asyncio

from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import Inventory
from tui.feed.source import Batch


class Outbox:
    """Several writers of one source add batches in turn; one reader takes everything waiting as one batch.

    If `limit` events wait, the writers wait, too, because none may be dropped.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._turn = asyncio.Lock()  # no writer may overtake a waiting one, or an old state would come last
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._clear()

    def _clear(self) -> None:
        self._events: dict[int, RawEvent] = {}
        self._moved: dict[int, RawEvent] = {}
        self._watermark: int | None = None
        self._state: FeedState | None = None
        self._inventory: Inventory | None = None
        self._caught_up = False
        self._source = ""

    def __len__(self) -> int:
        return len(self._events) + len(self._moved)

    def __repr__(self) -> str:
        return f"Outbox({len(self)} of {self._limit})"

    async def put(self, batch: Batch) -> None:
        """Add a batch as soon as there is room; first come, first served.

        A writer cancelled while waiting adds its batch all the same: its events count as delivered, so no other read
        would deliver them again.
        """
        try:
            async with self._turn:
                while len(self) >= self._limit:
                    self._emptied.clear()
                    await self._emptied.wait()
        finally:
            self._add(batch)

    def _add(self, batch: Batch) -> None:
        for event in batch.events:
            self._events[event.serial] = event
        for event in batch.moved:
            waiting = self._events if event.serial in self._events else self._moved
            waiting[event.serial] = event
        if batch.watermark is not None:
            self._watermark = batch.watermark
        self._state = batch.state or self._state
        self._inventory = batch.inventory or self._inventory
        self._caught_up = self._caught_up or batch.caught_up
        self._source = batch.source
        self._filled.set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is waiting."""
        return not self._filled.is_set()

    async def take(self) -> Batch:
        """Return everything that waits as one batch, as soon as there is any. A cancelled reader takes nothing."""
        await self._filled.wait()
        batch = Batch(
            tuple(self._events.values()),
            tuple(self._moved.values()),
            self._watermark,
            self._state,
            self._inventory,
            self._caught_up,
            self._source,
        )
        self._filled.clear()
        self._clear()
        self._emptied.set()
        return batch
