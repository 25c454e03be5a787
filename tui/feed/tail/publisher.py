"""Creates batches for the outbox, each with what has changed since the last one."""

import logging

from tui.domain.feed_state import FeedState
from tui.domain.inventory import Inventory
from tui.feed.source import Batch
from tui.feed.tail.merge import Merged
from tui.feed.tail.outbox import Outbox

log = logging.getLogger("tunnelwatch.feed.tail.publisher")


class Publisher:
    """Puts batches of one source into the outbox. It knows what was published, so that nothing is repeated."""

    def __init__(self, outbox: Outbox, *, source: str = "") -> None:
        self._outbox = outbox
        self._source = source
        self._state = FeedState()
        self._watermark: int | None = None
        self._inventory: Inventory | None = None

    def __repr__(self) -> str:
        return f"Publisher({self._source}, {self._state.mode})"

    async def publish(
        self,
        merged: Merged,
        *,
        state: FeedState,
        watermark: int | None,
        inventory: Inventory | None,
        caught_up: bool,
    ) -> None:
        """Publish the events with anything else that has changed; wait while the reader is behind.

        The watermark (ms) never decreases: None or an earlier one has no effect.
        """
        batch = Batch(
            merged.events,
            merged.moved,
            watermark=self._advanced(watermark),
            state=self._changed_state(state),
            inventory=self._changed_inventory(inventory),
            caught_up=caught_up,
            source=self._source,
        )
        await self._outbox.put(batch)

    def _advanced(self, watermark: int | None) -> int | None:
        if watermark is None or watermark <= (self._watermark or 0):
            return None
        self._watermark = watermark
        return watermark

    def _changed_state(self, state: FeedState) -> FeedState | None:
        if state == self._state:
            return None
        self._state = state
        log.info("feed is %s %s", state.mode, state.reason)
        return state

    def _changed_inventory(self, inventory: Inventory | None) -> Inventory | None:
        if inventory is None or inventory is self._inventory:
            return None
        known, self._inventory = self._inventory, inventory
        return inventory if inventory != known else None
