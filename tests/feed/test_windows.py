"""Several windows of a look-back at once: nothing left out, nothing duplicated, in order."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.conftest import IKE, Writer, backfill_of, held, histories_of, plan_of, progress_of
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.events import RawEvent
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.sites import timing_of_one
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.record.page_order import Page
from tui.feed.tail.record.windows import MOST_WINDOWS, Span, read_windows, windows


@given(since=st.integers(0, 10**13), length=st.integers(1, 10**9), page=st.floats(0, 10**9))
def test_windows_cover_the_span_without_gap_or_overlap(since: int, length: int, page: float) -> None:
    spans = windows(since, since + length - 1, page=page)
    assert 1 <= len(spans) <= MOST_WINDOWS
    assert spans[0][0] == since
    assert spans[-1][1] == since + length - 1
    assert all(first[1] + 1 == second[0] for first, second in pairwise(spans))
    assert all(begin <= end for begin, end in spans)


def test_a_span_that_one_page_holds_is_one_window() -> None:
    assert windows(0, 999, page=1_000) == [(0, 999)]


def test_windows_are_a_little_shorter_than_a_page_so_that_each_takes_one_call() -> None:
    assert [end - begin + 1 for begin, end in windows(0, 2_999, page=1_000)] == [750] * 4


def page_at(at: int, *, is_cut: bool = False) -> Page:
    return Page([LogEvent("stream", at, at, "text", str(at))], is_cut=is_cut)


SPANS = [(0, 9), (10, 19), (20, 29)]


async def test_all_windows_are_asked_for_at_once_and_come_in_order() -> None:
    asked = asyncio.Barrier(len(SPANS))

    async def read(span: Span) -> AsyncGenerator[Page, None]:
        await asked.wait()  # none goes on before all have been asked for
        if span[0] == 0:
            await asyncio.sleep(0)  # the first one answers last
        yield page_at(span[0])
        yield page_at(span[1])

    async with asyncio.timeout(10), aclosing(read_windows(SPANS, read)) as pages:
        times = [page.lines[0].at async for page in pages]
    assert times == [0, 9, 10, 19, 20, 29]


@pytest.mark.parametrize("ends", ["the consumer stops", "a page is cut", "a window fails"])
async def test_whatever_ends_the_reading_every_window_is_closed(ends: str) -> None:
    closed: set[Span] = set()

    async def read(span: Span) -> AsyncGenerator[Page, None]:
        try:
            if span[0] == 0:
                if ends == "a window fails":
                    raise OSError("gone")
                yield page_at(0, is_cut=ends == "a page is cut")
            await asyncio.Event().wait()
        finally:
            closed.add(span)

    async def look() -> None:
        async with aclosing(read_windows(SPANS, read)) as pages:
            async for page in pages:
                if not page.is_cut:
                    return

    if ends == "a window fails":
        with pytest.raises(OSError, match="gone"):
            await look()
    else:
        await look()
    assert closed == set(SPANS)


async def test_a_busy_look_back_is_read_in_windows_with_few_calls_more(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    for ago in range(175, 5, -3):
        writer.write(f"{ago} {'x' * 200_000}", ago=ago * 60)  # five fill a page
    outbox = Outbox(limit=2_500)
    progress = progress_of(outbox, SystemClock(), hours=3)
    await progress.adopt(plan_of(LogGroup(IKE)))
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        await backfill_of(aws, progress).catch_up(progress.groups[IKE], first_pages=1, newest_last=True)
    events: list[RawEvent] = []
    while not outbox.is_empty:
        events += (await outbox.take()).events
    assert histories_of(events) == held(store)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert endpoint.calls["FilterLogEvents"] <= 12 + MOST_WINDOWS + 1


def test_several_sites_read_fewer_parts_of_their_look_backs_at_once_and_remember_less_each() -> None:
    counts = [len(windows(0, 999, page=1, most=timing_of_one(sites).windows)) for sites in (0, 1, 2, 4, 20)]
    assert counts == [8, 8, 2, 1, 1]
    assert [timing_of_one(sites).most_remembered for sites in (0, 1, 4)] == [60_000, 60_000, 15_000]
    assert [timing_of_one(sites).most_waiting for sites in (0, 1, 4, 3_000)] == [2_500, 2_500, 625, 1]
