"""A long span of the record in several windows: asked for at the same time, taken in order of time.

A page of FilterLogEvents holds 1 MB and takes AWS some 150 ms and more. One page after the other, a busy hour would
keep the first states waiting for seconds.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from math import ceil
from typing import Final

from tui.feed.tail.record.page_order import Page

MOST_WINDOWS: Final = 8
"""Windows at once. Each has a page in memory, some 3 MB, and the calls of all come out of one budget, which allows ten
at once after a rest."""
_ROOM: Final = 0.85
"""The share of a page that a window is to fill: where a little more is logged, it still takes one call, and not two."""

Span = tuple[int, int]
"""The first and the last millisecond, both inclusive."""


def windows(since: int, until: int, *, page: float, most: int = MOST_WINDOWS) -> list[Span]:
    """Return up to `most` spans from `since` to `until`, to be read at once: equally long, most of a page at least.

    `page` is how long a span one page held, ms; as much is expected of the others. No span is cut inside a millisecond,
    so that the events that share one stay together.
    """
    length = until - since + 1
    pages = length / max(page, 1)
    count = 1 if pages <= 1 else min(most, ceil(pages / _ROOM), length)
    edges = [since + length * number // count for number in range(count + 1)]
    return [(edges[number], edges[number + 1] - 1) for number in range(count)]


async def read_windows(
    spans: Sequence[Span], read: Callable[[Span], AsyncGenerator[Page, None]]
) -> AsyncGenerator[Page, None]:
    """Yield the pages of all spans in their order, while the first page of each is already being asked for.

    A page that is cut ends the reading. Close the iterator
    (`aclosing`) when stopping early. Raises what `read` raises.
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
    """Cancel what is still being asked for: a generator cannot be closed while it runs."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
