"""A source that is created late. Importing this loads nothing: the imports of a batch take 10 ms of the first paint."""

import asyncio
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from tui.feed.source import Batch, Source


class Deferred:
    """A source created when it is first read, so that its imports do not delay the first paint."""

    def __init__(self, make: "Callable[[], Source]", *, modules: "Sequence[str]" = ()) -> None:
        """`modules` are loaded beforehand, in a thread, so that `make` does not block the screen."""
        self._make = make
        self._modules = modules
        self._source: Source | None = None

    def retry(self) -> None:
        """Pass the retry on, if the source exists."""
        if self._source is not None:
            self._source.retry()

    async def batches(self) -> "AsyncGenerator[Batch, None]":
        """Yield the batches of the source, which is created now."""
        for name in self._modules:
            await asyncio.to_thread(import_module, name)
        self._source = self._make()
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                yield batch
