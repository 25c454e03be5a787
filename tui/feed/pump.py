"""From a source into the fleet, and on to the sinks."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from tui.domain.state.fleet import Applied, Fleet
from tui.domain.state.marks import Mark
from tui.feed.intake import Intake, parts
from tui.feed.source import Batch, Source

Sink = Callable[[Batch, Applied], None]
"""Called once a batch, after the fleet took it in. Synchronous: a sink that must wait keeps a queue of its own."""


class Pump(Intake):
    """Keeps a fleet up to date from a source. The screen reads `state` and `caught_up`: nothing is called per event."""

    def __init__(self, source: Source, fleet: Fleet, *, sinks: Sequence[Sink] = (), pause: float = 0.0) -> None:
        """`pause` is for how many seconds it rests after each part of a batch, where a screen runs beside it.

        What a key sets off takes ten turns of the event loop, which would each wait for the next part.
        """
        super().__init__(fleet)
        self._pause = pause
        self._source = source
        self._sinks = [*sinks]

    def add_sink(self, sink: Sink) -> None:
        """Have one more sink called from the next batch on."""
        self._sinks.append(sink)

    def remove_sink(self, sink: Sink) -> None:
        """Have a sink called no more."""
        self._sinks.remove(sink)

    async def run(self) -> None:
        """Read until the source ends. Cancelling closes the source, and with it its sessions at the server.

        Raises what the source or a sink raises: FeedError if a source that reads only once cannot.
        """
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                for part in parts(batch):
                    self.take(part)
                    await asyncio.sleep(self._pause)  # a page of a look-back would hold the screen for half a second

    def retry(self) -> None:
        """Have the source try again at once what failed and waits for its next try."""
        self._source.retry()

    def mark(self, mark: Mark) -> None:
        """Note something at its time, for the screen and for the sinks."""
        self.take(Batch(marks=(mark,)))

    def take(self, batch: Batch) -> Applied:
        """Apply one batch to the fleet and pass it to the sinks."""
        applied = super().take(batch)
        for sink in self._sinks:
            sink(batch, applied)
        return applied
