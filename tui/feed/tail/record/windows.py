"""Reads a long span of the record in several windows, requested concurrently and yielded in order of time.

A page of FilterLogEvents holds 1 MB and takes AWS 150 ms or more. Page after page, a busy hour would delay the first
states by seconds.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from math import ceil
from typing import Final

from tui.feed.tail.record.page_order import Page

MOST_WINDOWS: Final = 8
"""The number of concurrent windows. Each has a page in memory, some 3 MB, and all share one budget of calls, which
allows ten at once after a rest.
"""
_ROOM: Final = 0.85
"""The target fill of a page per window: if a little more is logged, one call still suffices."""

Span = tuple[int, int]
"""The first and the last millisecond, both inclusive."""


def windows(since: int, until: int, *, page: float, most: int = MOST_WINDOWS) -> list[Span]:
    """Return up to `most` equally long spans from `since` to `until`, each at least most of a page.

    `page` is the span of one page, ms; the others are expected to be similar. No span is cut within a millisecond, so
    that its events stay together.
    """
    length = until - since + 1
    pages = length / max(page, 1)
    count = 1 if pages <= 1 else min(most, ceil(pages / _ROOM), length)
    edges = [since + length * number // count for number in range(count + 1)]
    return [(edges[number], edges[number + 1] - 1) for number in range(count)]


async def read_windows(
    spans: Sequence[Span], read: Callable[[Span], AsyncGenerator[Page, None]]
) -> AsyncGenerator[Page, None]:
    """Yield the pages of all spans in order, while the first page of each is already being requested.

    A page that is cut ends the reading. Close the iterator (`aclosing`) when stopping early. Raises what `read` raises.
    """
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(aclosing(read(span))) for span in spans]
        firsts = [asyncio.create_task(_next(stream)) for stream in streams]
        stack.push_async_callback(_end, firsts)
        for stream, first in zip(streams, firsts, strict=True):
            page = await first
            while page is not None:
                yield page
                if page.is_cut:
                    return
                page = await _next(stream)


async def _next(pages: AsyncGenerator[Page, None]) -> Page | None:
    return await anext(pages, None)


async def _end(tasks: Sequence[asyncio.Task[Page | None]]) -> None:
    """Cancel pending requests: a generator cannot be closed while it runs."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
