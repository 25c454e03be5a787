"""Several accounts and regions read side by side: each fails by itself, without affecting the others."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial

from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts
from tui.feed.aws.errors import FeedError
from tui.feed.named import Named
from tui.feed.source import Batch, Combined, Passing, Source
from tui.feed.tail.record.windows import MOST_WINDOWS
from tui.feed.tail.timing import Timing


def sites(sources: Mapping[str, Source]) -> Source:
    """Return the sources, keyed by site name, as one. Each must put its site into its batches.

    A connection belongs to the site that lists it first: another site that lists it reads the same account, and ends. A
    source that fails in a single read is offline, with the reason in its state.
    """
    owners: dict[str, str] = {}
    return Combined({site: _Apart(site, source, owners) for site, source in sources.items()})


def timing_of_one(count: int) -> Timing:
    """Return the timing for one of `count` sites, which share the concurrent reads and the memory."""
    count = max(1, count)
    windows = MOST_WINDOWS if count == 1 else max(1, MOST_WINDOWS // (2 * count))
    usual = Timing()
    return Timing(
        windows=windows,
        most_remembered=usual.most_remembered // count,
        most_waiting=max(1, usual.most_waiting // count),
    )


def at_site(site: str, source: Source) -> Source:
    """Return the source of a site with its connections named `site/name`."""
    return Named(source, partial(_in_site, site))


def _in_site(site: str, facts: ConnectionFacts) -> str:
    return f"{site}/{facts.label}"


class _Apart(Passing):
    """Passes on one site's source; an error that ends it becomes a final state.

    `owners` has the site of each connection that EC2 lists at any of them.
    """

    def __init__(self, site: str, source: Source, owners: dict[str, str]) -> None:
        super().__init__(source)
        self._site = site
        self._owners = owners

    def __repr__(self) -> str:
        return f"{self._site}: {self._source!r}"

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the source's batches; raises no AWS error."""
        try:
            async with aclosing(self._source.batches()) as batches:
                async for batch in batches:
                    self._check(batch)
                    yield batch
        except FeedError as error:
            if error.kind is ErrorKind.SELECTOR:  # the selection is at another site
                state = FeedState(FeedMode.POLLING, notices=(error.message,))
            else:
                state = FeedState(FeedMode.OFFLINE, error.message, trouble=error.kind)
            yield Batch(source=self._site, state=state, caught_up=True)

    def _check(self, batch: Batch) -> None:
        """Raise FeedError if another site has already listed one of the connections."""
        for facts in batch.inventory.connections if batch.inventory is not None else ():
            if (owner := self._owners.setdefault(facts.id, self._site)) != self._site:
                raise FeedError(
                    f"{facts.id} is of the site {owner}, too: both are the same account and region. Leave one of them "
                    "out, or give each its own selectors.",
                    ErrorKind.SETTINGS,
                )
