"""A source that is made late. Importing this loads nothing: what a batch is made of takes 10 ms of the first paint."""

import asyncio
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from tui.feed.source import Batch, Source


class Deferred:
    """A source that is made when it is first read, so that its imports do not delay the first paint."""

    def __init__(self, make: "Callable[[], Source]", *, modules: "Sequence[str]" = ()) -> None:
        """`modules` are loaded before, in a thread: `make` can then be called without holding up the screen."""
        self._make = make
        self._modules = modules
        self._source: Source | None = None

    def retry(self) -> None:
        """Pass it on; nothing before the source is made."""
        if self._source is not None:
            self._source.retry()

    async def batches(self) -> "AsyncGenerator[Batch, None]":
        """Yield the batches of the source, which is made now."""
        for name in self._modules:
            await asyncio.to_thread(import_module, name)
        self._source = self._make()
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                yield batch
