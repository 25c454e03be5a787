"""A source that fails if it cannot start, instead of retrying silently."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tui.domain.feed_state import ErrorKind, FeedMode
from tui.feed.aws.errors import FeedError
from tui.feed.source import Batch, Passing, Source


class MustStart(Passing):
    """A source that has to start: without access, or if a named log group does not exist, waiting would not help.

    Of several sites, each of which has a name, any may fail; only a source without a name has to start. Once the source
    has read anything, all trouble may be temporary and is passed on. With `only`, trouble of any other kind may be
    temporary at the start, too: for a screen, which shows it.
    """

    def __init__(self, source: Source, *, only: ErrorKind | None = None) -> None:
        super().__init__(source)
        self._only = only

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the batches of the source; raises FeedError with the reason if it cannot start."""
        has_started = False
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                feed = batch.state
                has_started = has_started or bool(batch.events)  # notices arrive before a long look-back is read
                if feed is not None and not has_started and not batch.source:
                    has_started = feed.mode in (FeedMode.LIVE, FeedMode.POLLING)
                    if feed.mode is FeedMode.OFFLINE and not self._may_pass(feed.trouble):
                        raise FeedError(feed.reason, feed.trouble or ErrorKind.REFUSED)
                has_started = has_started or batch.caught_up  # a live session may still be starting
                yield batch

    def _may_pass(self, trouble: ErrorKind | None) -> bool:
        if self._only is not None:
            return trouble is not self._only
        return trouble is not None and trouble.is_passing
