"""A demo as a source: the endpoint is opened when the reading begins and closed when it ends."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing

from tui.demo import RunningDemo
from tui.feed.source import Batch, Source

Opening = Callable[[], AbstractAsyncContextManager[RunningDemo]]


class DemoSource:
    """Reads a demo through `reader(running)`, the ordinary client: there is no other way from the endpoint to here."""

    def __init__(self, opening: Opening, reader: Callable[[RunningDemo], Source]) -> None:
        self._opening = opening
        self._reader = reader

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield what the client reads, until the consumer closes the iterator."""
        async with self._opening() as running, aclosing(self._reader(running).batches()) as batches:
            async for batch in batches:
                yield batch
