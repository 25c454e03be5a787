"""From a source into the fleet, and on to the sinks."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from tui.domain.feed_state import FeedState, combine
from tui.domain.fleet import Applied, Fleet
from tui.domain.marks import Mark
from tui.feed.source import Batch, Source

Sink = Callable[[Batch, Applied], None]
"""Called once a batch, after the fleet took it in. Synchronous: a sink that must wait keeps a queue of its own."""


_AT_ONCE: Final = 2_000
"""Events taken in without a pause, which takes some 30 ms."""


def _parts(batch: Batch) -> Iterator[Batch]:
    """Yield a large batch in parts; the last part has everything that describes the whole batch."""
    events = batch.events
    while len(events) > _AT_ONCE:
        yield Batch(events[:_AT_ONCE], inventory=batch.inventory, source=batch.source)
        batch, events = replace(batch, inventory=None), events[_AT_ONCE:]
    yield replace(batch, events=events)


class Pump:
    """Keeps a fleet up to date from a source. The screen reads `state` and `caught_up`: nothing is called per event."""

    def __init__(self, source: Source, fleet: Fleet, *, sinks: Sequence[Sink] = ()) -> None:
        self.fleet = fleet
        self.state = FeedState()
        """The state of the feed; of several sources, that of the worst with the remarks of all."""
        self.caught_up = False
        """Whether every source that has been heard of has read its look-back."""
        self.states: dict[str, FeedState] = {}
        """The state of each source, by name."""
        self._source = source
        self._sinks = sinks
        self._caught_up: dict[str, bool] = {}

    async def run(self) -> None:
        """Read until the source ends. Cancelling closes the source, and with it its sessions at the server.

        Raises what the source or a sink raises: FeedError if a source that reads only once cannot.
        """
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                for part in _parts(batch):
                    self.take(part)
                    await asyncio.sleep(0)  # a page of a look-back would hold the screen for half a second

    def retry(self) -> None:
        """Have the source try again at once what failed and waits for its next try."""
        self._source.retry()

    def mark(self, mark: Mark) -> None:
        """Note something at its time, for the screen and for the sinks."""
        self.fleet.mark([mark])
        for sink in self._sinks:
            sink(Batch(marks=(mark,)), Applied())

    def take(self, batch: Batch) -> None:
        """Apply one batch to the fleet and pass it to the sinks."""
        source = batch.source
        if batch.state is not None:
            self.states[source] = batch.state
            self.state = combine(self.states)
        if batch.inventory is not None:
            self.fleet.learn(batch.inventory, source=source)
        if batch.marks:
            self.fleet.mark(batch.marks)
        applied = self.fleet.apply(batch.events, moved=batch.moved, watermark=batch.watermark, source=source)
        self._caught_up[source] = self._caught_up.get(source, False) or batch.caught_up
        self.caught_up = all(self._caught_up.values())
        for sink in self._sinks:
            sink(batch, applied)
