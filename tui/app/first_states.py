"""Draws the first states as soon as they are known."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from tui.feed.source import Batch, Passing, Source


class FirstStates(Passing):
    """Passes batches on, and redraws the screen after the first events, because the next tick may be 0.4 s away."""

    def __init__(self, source: Source, draw: Callable[[], None]) -> None:
        super().__init__(source)
        self._draw = draw

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the batches of the source."""
        are_drawn = False
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                yield batch
                # The consumer asks for the next batch, so it has taken in all of this one.
                if batch.events and not are_drawn:
                    are_drawn = True
                    self._draw()
