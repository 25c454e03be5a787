"""Where the pages of the record end."""

import random
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tui.domain.clock import ManualClock
from tui.feed.budget import Backoff, Budget
from tui.feed.groups import LogGroup
from tui.feed.paging import Page
from tui.feed.session import Aws
from tui.feed.sweep import read_pages

Answer = dict[str, Any]


class Server:
    """Answers each call with the next of its pages."""

    def __init__(self, pages: Iterator[Answer]) -> None:
        self._pages = pages

    async def call(self, name: str, resource: str, **parameters: Any) -> Answer:
        return next(self._pages)


def empty(token: object) -> Answer:
    return {"events": [], "nextToken": str(token)}


def full(at: int) -> Answer:
    return {"events": [{"logStreamName": "s", "timestamp": at, "message": "m", "eventId": str(at)}]}


async def pages_of(answers: list[Answer], *, patience: int) -> list[Page]:
    clock = ManualClock(0)
    budget = Budget(clock, rate=1, burst=1_000, backoff=Backoff(1, 1, random.Random(1)))
    aws = cast("Aws", Server(iter(answers)))
    found = read_pages(aws, LogGroup("g"), budget=budget, patience=patience, since=0, ahead=False)
    return [page async for page in found]


@pytest.mark.parametrize(("patience", "found"), [(4, 1), (3, 0)])
async def test_as_many_empty_pages_as_there_is_patience_for_hide_no_event(patience: int, found: int) -> None:
    pages = await pages_of([*map(empty, range(3)), full(7)], patience=patience)
    assert sum(len(page.lines) for page in pages) == found
    assert pages[-1].is_cut is (found == 0)


async def test_a_token_that_comes_round_again_is_the_end() -> None:
    pages = await pages_of([empty("a"), empty("b"), full(7) | {"nextToken": "a"}], patience=100)
    assert [len(page.lines) for page in pages] == [0, 0, 1]
    assert (pages[-1].is_last, pages[-1].is_cut) == (True, False)


async def test_what_a_page_held_back_comes_also_where_no_end_is_found() -> None:
    pages = await pages_of([full(7) | {"nextToken": "a"}, *map(empty, range(9))], patience=5)
    assert [line.at for line in pages[-1].lines] == [7]
    assert pages[-1].is_cut
