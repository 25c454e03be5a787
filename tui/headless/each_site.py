"""Several sites looked at side by side: each by itself, and the one that cannot be takes none along."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from tui.feed.aws.errors import FeedError

T = TypeVar("T")

_AT_ONCE: Final = 4
"""Sites that are looked at together: a checkup makes some thirty calls and loads seven clients."""


async def each_site(looks: Mapping[str, Callable[[], Awaitable[T]]]) -> dict[str, T | FeedError]:
    """Return what each look brings by the site's name, in order; in its place the FeedError of one that failed."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def look_at(look: Callable[[], Awaitable[T]]) -> T | FeedError:
        async with slots:
            try:
                return await look()
            except FeedError as error:
                return error

    return dict(zip(looks, await asyncio.gather(*map(look_at, looks.values())), strict=True))
