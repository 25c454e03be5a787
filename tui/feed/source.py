"""The interface of all sources of events."""

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
    """The result of one read.

    `events` are new, each delivered once; `moved` are earlier events whose position within their millisecond has been
    corrected. `watermark` (ms) is the time up to which the source has read everything. `state` and `inventory` are set
    when they have changed. `caught_up` is true from the batch on that completes the initial look-back. `source` is the
    name of the source, empty if there is only one; an event is identified by its source and its serial. `marks` are
    notes of the user from a recording.
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
    """The source's usage of AWS so far; None if it uses nothing."""
    has_given_way: bool = False
    """Whether other sources have replaced this one, which will send nothing more."""

    @property
    def is_note(self) -> bool:
        """Whether it contains only marks of the user: then it says nothing about any source."""
        return self == Batch(marks=self.marks)


class Source(Protocol):
    """A source of batches: AWS, a demo endpoint with the same protocols, a recording, a list in a test."""

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches until the source ends or the consumer closes the iterator; closing releases everything."""

    def retry(self) -> None:
        """Retry at once whatever failed and waits for its next attempt, if anything does."""


class Passing:
    """Base of sources that pass on another source's batches; a retry is passed to that source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def retry(self) -> None:
        """Let the source retry at once."""
        self._source.retry()


@asynccontextmanager
async def begun(source: Source) -> AsyncIterator["Begun"]:
    """Yield a source that is already being read, for a consumer created while the first answers are on their way.

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
        """Let every source retry."""
        for source in self._sources.values():
            source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the batches of all sources as they arrive, until each has ended; an error of one ends all.

        The first batches announce the names: a consumer that waits for all sources to catch up must know them.
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
