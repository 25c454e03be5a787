"""Sites discovered when first read: the regions of an account, or the accounts linked to one."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.feed.aws.errors import FeedError
from tui.feed.sites import sites
from tui.feed.source import Batch, Source
from tui.feed.tail.rate_limit import Backoff
from tui.feed.tail.retries import Retries
from tui.feed.tail.timing import Timing


@dataclass(frozen=True, slots=True)
class Found:
    """The discovered sources by site name, and notices for the user about what could not be discovered."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


Find = Callable[[], Awaitable[Found]]
"""Discovers the sources; raises FeedError on failure."""


class FoundSites:
    """A source that discovers others and gives way to them. Until then, `name` is its own.

    While it follows, a failed search is repeated, and its state says why; a single read raises the error instead.
    """

    def __init__(
        self, name: str, find: Find, *, follow: bool, clock: Clock, timing: Timing | None = None, nothing: str = ""
    ) -> None:
        """`nothing` is the message if none is discovered."""
        self._name = name
        self._find = find
        self._follow = follow
        self._clock = clock
        self._timing = timing or Timing()
        self._nothing = nothing
        self._retries = Retries()
        self._source: Source | None = None

    def __repr__(self) -> str:
        return f"FoundSites({self._name}: {self._source!r})"

    def retry(self) -> None:
        """Search again at once, or let the discovered sources retry."""
        self._retries.now()
        if self._source is not None:
            self._source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the batches of the discovered sources, each under its own name.

        Raises FeedError if the search fails in a single read, and if it finds nothing.
        """
        yield Batch(source=self._name, state=FeedState())
        discovered = None
        backoff = Backoff(self._timing.access_retry_min, self._timing.retry_max, random.Random())  # noqa: S311 - jitter
        while discovered is None:
            try:
                discovered = await self._find()
            except FeedError as error:
                if not self._follow:
                    raise
                wait = backoff.next()
                yield Batch(source=self._name, state=_away(error, self._clock.now() + round(wait * 1000)))
                await self._retries.pause(wait)
        if not discovered.sources:
            raise FeedError(" ".join((self._nothing, *discovered.notices)).strip(), ErrorKind.MISSING)
        async with aclosing(self._of(discovered)) as batches:
            async for batch in batches:
                yield batch

    async def _of(self, discovered: Found) -> AsyncGenerator[Batch, None]:
        self._source = sites(discovered.sources)
        first, has_given_way = next(iter(discovered.sources)), False
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                if discovered.notices and batch.source == first and batch.state is not None:
                    state = replace(batch.state, notices=(*batch.state.notices, *discovered.notices))
                    batch = replace(batch, state=state)
                yield batch
                if not has_given_way:
                    has_given_way = True
                    if self._name in discovered.sources:  # it is itself one of them
                        continue
                    yield Batch(source=self._name, has_given_way=True)


def _away(error: FeedError, retry_at: int) -> FeedState:
    return FeedState(FeedMode.OFFLINE, error.message, trouble=error.kind, retry_at=retry_at)
