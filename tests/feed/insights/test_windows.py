"""The division of a look-back: every row once and in order, no query over its limit, few queries."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.feed.aws.errors import FeedError
from tui.feed.insights.engine import Window
from tui.feed.insights.rows import Row
from tui.feed.insights.windows import AT_ONCE, Slice, slices
from tui.feed.tail.log_event import LogEvent


class Logs:
    """Rows at these times, ms, and the windows that were asked for."""

    def __init__(self, times: list[int], limit: int) -> None:
        self.rows = [Row("g", LogEvent("s", at, at, "", str(number))) for number, at in enumerate(sorted(times))]
        self.limit = limit
        self.asked: list[Window] = []
        self.open = self.most_open = 0

    async def ask(self, window: Window) -> list[Row]:
        self.asked.append(window)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        await asyncio.sleep(0)
        self.open -= 1
        # As AWS has it, the end belongs to the range.
        return [row for row in self.rows if window.start * 1000 <= row.at <= window.end * 1000][: self.limit]

    async def read(self, whole: Window) -> list[Slice]:
        return [piece async for piece in slices(whole, self.ask, limit=self.limit)]


@settings(max_examples=40, deadline=None)
@given(
    seconds=st.lists(st.integers(0, 4_000), max_size=120),
    limit=st.integers(8, 40),
    length=st.integers(1, 4_000),
)
def test_every_row_comes_once_and_in_order(seconds: list[int], limit: int, length: int) -> None:
    spread = [second * 1000 + number % 1000 for number, second in enumerate(seconds)]
    most_in_a_second = max((seconds.count(second) for second in seconds), default=0)
    if most_in_a_second >= limit // 2:
        return
    logs, whole = Logs(spread, limit), Window(0, length)
    pieces = asyncio.run(logs.read(whole))
    rows = [row for piece in pieces for row in piece.rows]
    assert rows == [row for row in logs.rows if row.at < length * 1000]
    assert [pieces[0].window.start, pieces[-1].window.end] == [0, length]
    assert all(before.window.end == after.window.start for before, after in pairwise(pieces))


async def test_calm_weeks_take_few_queries() -> None:
    logs = Logs([], 100)
    await logs.read(Window(0, 30 * 86_400))
    assert len(logs.asked) == 2


async def test_the_first_window_tells_how_many_the_rest_takes() -> None:
    logs = Logs([second * 1000 for second in range(0, 100_000, 10)], 1_000)
    await logs.read(Window(0, 100_000))
    assert 15 < len(logs.asked) < 22
    assert logs.most_open == AT_ONCE


async def test_a_second_that_holds_more_than_a_query_returns_is_cut_and_says_so() -> None:
    logs = Logs([5_000 + number for number in range(50)] + [9_000], 20)
    pieces = await logs.read(Window(0, 60))
    assert [piece.window for piece in pieces if piece.is_cut] == [Window(5, 6)]
    assert sum(len(piece.rows) for piece in pieces) == 20 + 1


async def test_a_query_that_fails_ends_the_others() -> None:
    started = 0

    async def ask(window: Window) -> list[Row]:
        nonlocal started
        started += 1
        if window.start == 0:
            return [Row("g", LogEvent("s", number * 1000, 0, "", "")) for number in range(90)]
        if started == 2:
            raise FeedError("no")
        await asyncio.Event().wait()
        return []

    with pytest.raises(FeedError):
        async for _ in slices(Window(0, 6_000), ask, limit=100):
            pass
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
