"""Several accounts and regions read side by side: each fails by itself, and takes nothing from the others."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial

from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts
from tui.feed.aws.errors import FeedError
from tui.feed.named import Named
from tui.feed.source import Batch, Combined, Passing, Source


def sites(sources: Mapping[str, Source]) -> Source:
    """Return the sources, by the names of their sites, as one. Each must put its site into its batches.

    A source that reads once and cannot is offline, with the reason in its state.
    """
    return Combined({site: _Apart(site, source) for site, source in sources.items()})


def at_site(site: str, source: Source) -> Source:
    """Return the source of a site, in which connections are called `site/name`."""
    return Named(source, partial(_in_site, site))


def _in_site(site: str, facts: ConnectionFacts) -> str:
    return f"{site}/{facts.name or facts.id}"


class _Apart(Passing):
    """Passes on one site's source, and in place of the error that ended it the state that this leaves."""

    def __init__(self, site: str, source: Source) -> None:
        super().__init__(source)
        self._site = site

    def __repr__(self) -> str:
        return f"{self._site}: {self._source!r}"

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the source's batches; it raises nothing of AWS's."""
        try:
            async with aclosing(self._source.batches()) as batches:
                async for batch in batches:
                    yield batch
        except FeedError as error:
            if error.kind is ErrorKind.SELECTOR:  # what is selected is at another site
                state = FeedState(FeedMode.POLLING, notices=(error.message,))
            else:
                state = FeedState(FeedMode.OFFLINE, error.message, trouble=error.kind)
            yield Batch(source=self._site, state=state, caught_up=True)
