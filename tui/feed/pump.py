"""From a source into the fleet, and on to whoever listens."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from tui.domain.feed_state import FeedState
from tui.domain.fleet import Applied, Fleet
from tui.feed.source import Batch, Source

Sink = Callable[[Batch, Applied], None]
"""Called once a batch, after the fleet took it in. Synchronous: a sink that must wait keeps a queue of its own."""


_AT_ONCE: Final = 2_000
"""Events that are taken in without a pause: some 30 ms."""


def _parts(batch: Batch) -> Iterator[Batch]:
    """Yield a large batch in parts; what it says of the whole comes with the last of them."""
    events = batch.events
    while len(events) > _AT_ONCE:
        yield Batch(events[:_AT_ONCE], inventory=batch.inventory)
        batch, events = replace(batch, inventory=None), events[_AT_ONCE:]
    yield replace(batch, events=events)


class Pump:
    """Keeps a fleet up to date from a source. The screen reads `state` and `caught_up`; nobody is called per event."""

    def __init__(self, source: Source, fleet: Fleet, *, sinks: Sequence[Sink] = ()) -> None:
        self.fleet = fleet
        self.state = FeedState()
        self.caught_up = False
        self._source = source
        self._sinks = sinks

    async def run(self) -> None:
        """Read until the source ends; cancelling closes the source, and with it its sessions at the server."""
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                for part in _parts(batch):
                    self.take(part)
                    await asyncio.sleep(0)  # a page of a look-back would hold the screen for half a second

    def take(self, batch: Batch) -> None:
        """Apply one batch."""
        if batch.state is not None:
            self.state = batch.state
        if batch.inventory is not None:
            self.fleet.learn(batch.inventory)
        applied = self.fleet.apply(batch.events, moved=batch.moved, watermark=batch.watermark)
        self.caught_up = self.caught_up or batch.caught_up
        for sink in self._sinks:
            sink(batch, applied)
