"""Moves batches from a source into the fleet, and on to the sinks."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from tui.domain.state.fleet import Applied, Fleet
from tui.domain.state.marks import Mark
from tui.feed.intake import Intake, parts
from tui.feed.source import Batch, Source

Sink = Callable[[Batch, Applied], None]
"""Called once per batch, after the fleet has applied it. Synchronous: a sink that must wait keeps its own queue."""


class Pump(Intake):
    """Keeps a fleet up to date from a source. The screen reads `state` and `caught_up`: nothing is called per event."""

    def __init__(self, source: Source, fleet: Fleet, *, sinks: Sequence[Sink] = (), pause: float = 0.0) -> None:
        """`pause` is the rest, in seconds, after each part of a batch, for a screen in the same event loop.

        The effect of a key takes ten turns of the event loop, each of which would otherwise wait for a part.
        """
        super().__init__(fleet)
        self._pause = pause
        self._source = source
        self._sinks = [*sinks]

    def add_sink(self, sink: Sink) -> None:
        """Add a sink, to be called from the next batch on."""
        self._sinks.append(sink)

    def remove_sink(self, sink: Sink) -> None:
        """Remove a sink."""
        self._sinks.remove(sink)

    async def run(self) -> None:
        """Read until the source ends. Cancelling closes the source, and with it its sessions at the server.

        Raises what the source or a sink raises: FeedError if a source that reads only once cannot.
        """
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                for part in parts(batch):
                    self.take(part)
                    await asyncio.sleep(self._pause)  # a page of a look-back would block the screen for half a second

    def retry(self) -> None:
        """Let the source retry at once whatever failed and waits for its next attempt."""
        self._source.retry()

    def mark(self, mark: Mark) -> None:
        """Add a mark at its time, for the screen and the sinks."""
        self.take(Batch(marks=(mark,)))

    def take(self, batch: Batch) -> Applied:
        """Apply one batch to the fleet and pass it to the sinks."""
        applied = super().take(batch)
        for sink in self._sinks:
            sink(batch, applied)
        return applied
