"""Where the pages of FilterLogEvents end."""

import asyncio
import gc
import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, cast

import pytest

from tui.domain.clock import ManualClock
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.record.event_pages import read_pages
from tui.feed.tail.record.page_order import Page

Answer = dict[str, Any]


class Server:
    """Answers each call with the next of its pages."""

    def __init__(self, pages: Iterator[Answer]) -> None:
        self._pages = pages

    async def call(self, name: str, resource: str, **parameters: Any) -> Answer:
        return next(self._pages)


class Breaking(Server):
    """Answers the first call; a second hangs, and when it is cancelled, breaks."""

    is_broken = False

    async def call(self, name: str, resource: str, **parameters: Any) -> Answer:
        if "nextToken" not in parameters:
            return await super().call(name, resource, **parameters)
        try:
            return await asyncio.Future()
        finally:
            self.is_broken = True
            raise FeedError("broken")


def empty(token: object) -> Answer:
    return {"events": [], "nextToken": str(token)}


def full(at: int) -> Answer:
    return {"events": [{"logStreamName": "s", "timestamp": at, "message": "m", "eventId": str(at)}]}


def pages_of(server: Server, *, page_limit: int = 100) -> AsyncGenerator[Page, None]:
    clock = ManualClock(0)
    budget = TokenBucket(clock, rate=1, burst=1_000, backoff=Backoff(1, 1, random.Random(1)))
    return read_pages(cast("Aws", server), LogGroup("g"), budget=budget, page_limit=page_limit, since=0)


async def all_of(*answers: Answer, page_limit: int = 100) -> list[Page]:
    return [page async for page in pages_of(Server(iter(answers)), page_limit=page_limit)]


@pytest.mark.parametrize(("page_limit", "found"), [(4, 1), (3, 0)])
async def test_as_many_empty_pages_as_there_is_patience_for_hide_no_event(page_limit: int, found: int) -> None:
    pages = await all_of(*map(empty, range(3)), full(7), page_limit=page_limit)
    assert sum(len(page.lines) for page in pages) == found
    assert pages[-1].is_cut is (found == 0)


async def test_a_token_that_comes_round_again_is_the_end() -> None:
    pages = await all_of(empty("a"), empty("b"), full(7) | {"nextToken": "a"})
    assert [len(page.lines) for page in pages] == [0, 0, 1]
    assert (pages[-1].is_last, pages[-1].is_cut) == (True, False)


async def test_what_a_page_held_back_comes_also_where_no_end_is_found() -> None:
    pages = await all_of(full(7) | {"nextToken": "a"}, *map(empty, range(9)), page_limit=5)
    assert [line.at for line in pages[-1].lines] == [7]
    assert pages[-1].is_cut


async def test_the_page_that_is_on_its_way_is_over_when_the_reader_has_left() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    server = Breaking(iter([empty("a")]))
    async with aclosing(pages_of(server)) as pages:
        await anext(pages)
    assert server.is_broken
    gc.collect()
    assert complaints == []
