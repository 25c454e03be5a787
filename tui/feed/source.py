"""What every source of events yields, wherever it reads from."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import Inventory
from tui.domain.state.marks import Mark
from tui.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read found.

    `events` are new, each comes once; `moved` are events that were delivered before, whose place among the events of
    their millisecond has been corrected. `watermark` (ms) is the time up to which the source has read everything.
    `state` and `inventory` are set when they have changed. `caught_up` is true from the first batch on that completes
    the look-back of the start. `source` is the name of the source, empty if there is only one; an event is identified
    by its source and its serial. `marks` are notes of the user, which a recording brings back.
    """

    events: tuple[RawEvent, ...] = ()
    moved: tuple[RawEvent, ...] = ()
    watermark: int | None = None
    state: FeedState | None = None
    inventory: Inventory | None = None
    caught_up: bool = False
    source: str = ""
    marks: tuple[Mark, ...] = ()
    usage: Usage | None = None
    """What the source has used of AWS so far; None where it uses nothing."""
    has_given_way: bool = False
    """Whether others have come in the place of the source, of which nothing is heard any more."""

    @property
    def is_note(self) -> bool:
        """Whether there is nothing in it but notes of the user: then it tells nothing of any source."""
        return self == Batch(marks=self.marks)


class Source(Protocol):
    """Where batches come from: AWS, a demo endpoint that speaks the same protocols, a recording, a list in a test."""

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches until the source ends or the consumer closes the iterator; closing releases everything."""

    def retry(self) -> None:
        """Try again at once what failed and waits for its next try; nothing where nothing waits."""


class Passing:
    """The part that is common to sources which pass on another one's batches: the wish to try again goes there."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def retry(self) -> None:
        """Have the source try again at once."""
        self._source.retry()


@asynccontextmanager
async def begun(source: Source) -> AsyncIterator["Begun"]:
    """Give a source that is being read already, for a consumer that is made while the first answers are on their way.

    It may be read once, within this block.
    """
    async with aclosing(source.batches()) as batches:
        first = asyncio.create_task(_next(batches))
        try:
            yield Begun(source, first, batches)
        finally:
            first.cancel()
            await asyncio.wait([first])  # a generator cannot be closed while it runs


class Begun(Passing):
    """A source whose `first` batch is on its way."""

    def __init__(self, source: Source, first: asyncio.Task[Batch | None], rest: AsyncGenerator[Batch, None]) -> None:
        super().__init__(source)
        self.first = first
        self._rest = rest

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the first batch, then the others."""
        first = await self.first
        if first is not None:
            yield first
        async for batch in self._rest:
            yield batch


class Combined:
    """Several sources read side by side, such as one per region. Each must put its name into its batches."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = dict(sources)

    def __repr__(self) -> str:
        return f"Combined({', '.join(self._sources)})"

    def retry(self) -> None:
        """Have every source try again."""
        for source in self._sources.values():
            source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the batches of all sources as they come, until each has ended; an error of one ends all.

        The first batches announce the names: whoever waits until every source is caught up must know them all.
        """
        for name in self._sources:
            yield Batch(source=name, state=FeedState())
        async with AsyncExitStack() as open_sources:
            streams = [source.batches() for source in self._sources.values()]
            for stream in streams:
                await open_sources.enter_async_context(aclosing(stream))
            reading = {asyncio.create_task(_next(stream)): stream for stream in streams}
            try:
                while reading:
                    done, _ = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        stream = reading.pop(task)
                        if (batch := task.result()) is not None:
                            reading[asyncio.create_task(_next(stream))] = stream
                            yield batch
            finally:
                for task in reading:
                    task.cancel()
                await asyncio.gather(*reading, return_exceptions=True)


async def _next(batches: AsyncGenerator[Batch, None]) -> Batch | None:
    return await anext(batches, None)
