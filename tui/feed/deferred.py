"""A source that is made late. Importing this loads nothing: what a batch is made of takes 10 ms of the first paint."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from tui.feed.source import Batch, Source


class Deferred:
    """A source that is made when it is first read, so that its imports do not delay the first paint."""

    def __init__(self, make: "Callable[[], Source]") -> None:
        self._make = make
        self._source: Source | None = None

    def retry(self) -> None:
        """Pass it on; nothing before the source is made."""
        if self._source is not None:
            self._source.retry()

    def batches(self) -> "AsyncGenerator[Batch, None]":
        """Yield the batches of the source, which is made now."""
        self._source = self._make()
        return self._source.batches()
