"""Looks at several sites side by side; a failure of one does not affect the others."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from tui.feed.aws.errors import FeedError

T = TypeVar("T")

_AT_ONCE: Final = 4
"""Number of sites looked at concurrently: a checkup makes some thirty calls and loads seven clients."""


async def each_site(looks: Mapping[str, Callable[[], Awaitable[T]]]) -> dict[str, T | FeedError]:
    """Return each look's result by the site's name, in order; a look that failed gives its FeedError instead."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def look_at(look: Callable[[], Awaitable[T]]) -> T | FeedError:
        async with slots:
            try:
                return await look()
            except FeedError as error:
                return error

    return dict(zip(looks, await asyncio.gather(*map(look_at, looks.values())), strict=True))
