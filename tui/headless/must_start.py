"""For commands in a pipe: a source that fails if it cannot start, instead of retrying unseen."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tui.domain.feed_state import ErrorKind, FeedMode
from tui.feed.aws.errors import FeedError
from tui.feed.source import Batch, Source


class MustStart:
    """A source that has to start: without access, or without a log group of that name, waiting would not help.

    Once the source has read anything, every trouble may pass, and is only passed on.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def retry(self) -> None:
        """Have the source try again at once."""
        self._source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the batches of the source; raises FeedError with the reason if it cannot start."""
        has_started = False
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                feed = batch.state
                if feed is not None and not has_started:
                    has_started = feed.mode in (FeedMode.LIVE, FeedMode.POLLING)
                    is_passing = feed.trouble is not None and feed.trouble.is_passing
                    if feed.mode is FeedMode.OFFLINE and not is_passing:
                        raise FeedError(feed.reason, feed.trouble or ErrorKind.REFUSED)
                yield batch
