"""Divides weeks of logs into windows that each yield less than a full result: a query returns 10,000 rows at most."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Final, NamedTuple

from tui.feed.insights.engine import Window
from tui.feed.insights.rows import Row

AT_ONCE: Final = 4
"""The number of concurrent windows; the account may run 100 queries, including other users'."""
_FIRST_SHARE: Final = 16
"""The first window is this fraction of the whole: it shows how dense the rows are."""
_FILL: Final = 0.6
"""The target fill of a window; if one is full after all, the rest of it is queried, and scanned, again."""
_SHORTEST: Final = 60
"""The shortest planned window in seconds; a full one is still divided, down to a second."""
_MOST_WINDOWS: Final = 400

Ask = Callable[[Window], Awaitable[list[Row]]]
"""Returns the rows of a window in order of time, at most as many as the limit."""


class Slice(NamedTuple):
    """All rows of a window, in order of time. `is_cut`: a single second had more rows than a query returns."""

    window: Window
    rows: list[Row]
    is_cut: bool = False


async def slices(whole: Window, ask: Ask, *, limit: int) -> AsyncGenerator[Slice, None]:
    """Yield the rows of a window in consecutive slices, several of which are queried concurrently.

    Close the iterator (`aclosing`) when stopping early: that cancels the pending queries. Raises what `ask` raises.
    """
    first = Window(whole.start, min(whole.end, whole.start + max(_SHORTEST, whole.length // _FIRST_SHARE)))
    rows = 0
    for piece in await _read(first, ask, limit):
        rows += len(piece.rows)
        yield piece
    rest = _planned(Window(first.end, whole.end), rows / max(first.length, 1), limit)
    async with AsyncExitStack() as stack:
        tasks: list[asyncio.Task[list[Slice]]] = []
        stack.push_async_callback(_end, tasks)
        for number in range(len(rest)):
            ahead = rest[len(tasks) : number + AT_ONCE]
            tasks += [asyncio.create_task(_read(window, ask, limit)) for window in ahead]
            for piece in await tasks[number]:
                yield piece


def _planned(window: Window, density: float, limit: int) -> list[Window]:
    """Return equally long windows for the rest that are not full at `density` rows per second."""
    if window.length <= 0:
        return []
    wanted = density * window.length / (limit * _FILL)
    count = max(1, min(int(wanted) + 1, window.length // _SHORTEST, _MOST_WINDOWS))
    edges = [window.start + window.length * number // count for number in range(count + 1)]
    return [Window(start, end) for start, end in pairwise(edges)]


async def _read(window: Window, ask: Ask, limit: int) -> list[Slice]:
    """Return all rows of a window; if the result is full, the rest is queried from the last row's second on."""
    pieces: list[Slice] = []
    while window.length > 0:
        rows = await ask(window)
        end, is_cut = window.end, False
        if len(rows) >= limit:
            end = rows[-1].at // 1000
            if end <= window.start:
                end, is_cut = window.start + 1, True
        end = min(end, window.end)
        # AWS includes the end of a range.
        pieces.append(Slice(Window(window.start, end), [row for row in rows if row.at < end * 1000], is_cut))
        window = Window(end, window.end)
    return pieces


async def _end(tasks: Sequence[asyncio.Task[list[Slice]]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
