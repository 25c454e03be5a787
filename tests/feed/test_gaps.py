"""Whatever could leave a gap does not: sleep, wrong clocks, late events, empty pages, throttling."""

from dataclasses import replace

import pytest

from tests.feed.conftest import (
    IKE,
    QUICK,
    SELDOM,
    Writer,
    held,
    read_once,
    reading,
    streams,
    until_it_rests,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock


class SteppedClock(SystemClock):
    """The machine's clock, `step` ms off."""

    def __init__(self, step: int = 0) -> None:
        self.step = step

    def now(self) -> int:
        return super().now() + self.step


@pytest.mark.parametrize("step", [600_000, -600_000])
async def test_a_machine_that_slept_or_whose_clock_was_set_fills_the_hole(
    step: int, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    clock = SteppedClock()
    endpoint.faults = Faults(live_withhold=1)
    async with reading(endpoint, clock=clock, timing=SELDOM) as reader:
        await until_it_rests(reader, endpoint)
        writer.write("while we slept")
        clock.step = step
        await reader.until_all_of(store)
    assert reader.watermarks == sorted(reader.watermarks)


async def test_an_event_that_comes_in_minutes_late_is_found(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    endpoint.faults = Faults(live_withhold=1)
    async with reading(endpoint) as reader:
        await until_it_rests(reader, endpoint)
        at = SystemClock().now() - 150_000
        store.put(IKE, streams()[0], [(at, "late")])
        await reader.until_all_of(store)


async def test_tokens_that_never_end_do_not_hold_up_the_start(writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", ago=60)
    endpoint.faults = Faults(filter_endless=1)
    async with reading(endpoint) as reader:
        await reader.until(lambda: reader.caught_up)
        assert len(reader.events) == 1


async def test_what_comes_after_many_empty_pages_is_not_given_up(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("before the overlap", ago=1_800)
    endpoint.faults = Faults(filter_empty=1)
    async with reading(endpoint, timing=replace(QUICK, empty_pages=40)) as reader:
        await reader.until(
            lambda: reader.caught_up and any("40 empty pages" in notice for notice in reader.state.notices)
        )
        assert reader.watermarks == []
        await reader.until(lambda: any("80 empty pages" in notice for notice in reader.state.notices))
        endpoint.faults = Faults()
        await reader.until_all_of(store)
        await reader.until(lambda: reader.watermarks and reader.state.notices == ())


async def test_reading_once_says_that_events_may_be_missing_after_empty_pages(
    writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("a", ago=60)
    endpoint.faults = Faults(filter_empty=1)
    reader = await read_once(endpoint, timing=replace(QUICK, empty_pages=10))
    assert "may be missing" in reader.state.notices[0]


async def test_a_long_look_back_of_many_pages_comes_whole(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    for minutes in range(175, 0, -5):
        writer.write(f"{minutes} {'x' * 200_000}", ago=minutes * 60)
    async with reading(endpoint, since=SystemClock().now() - 3 * 3_600_000) as reader:
        await reader.until(lambda: reader.caught_up)
        assert reader.histories == held(store)
        assert endpoint.calls["FilterLogEvents"] >= 7


@pytest.mark.parametrize(("late", "late_read_every"), [(290, 3_600), (3_000, 0.3)])
async def test_an_event_that_comes_in_up_to_an_hour_late_is_found(
    late: int, late_read_every: float, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(live_withhold=1)
    writer.write("known", "the same", "the same", ago=late)
    async with reading(endpoint, timing=replace(QUICK, late_read_every=late_read_every)) as reader:
        await until_it_rests(reader, endpoint)
        store.put(IKE, streams()[0], [(SystemClock().now() - late * 1000, "late")])
        await reader.until_all_of(store)
        await reader.until(lambda: reader.histories == held(store))


@pytest.mark.parametrize("seed", range(4))
async def test_a_throttled_page_is_asked_for_again(seed: int, store: Store, writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", stream=streams()[0], ago=60)
    writer.write("b", stream=streams()[1], ago=60)
    endpoint.faults = Faults(filter_throttle=0.35, seed=seed)
    assert (await read_once(endpoint)).histories == held(store)


async def test_a_clock_that_is_ahead_of_the_server_misses_nothing(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(live_withhold=1)
    async with reading(endpoint, clock=SteppedClock(1_800_000)) as reader:
        await reader.until(lambda: reader.caught_up)
        writer.write("now")
        await reader.until_all_of(store)


async def test_the_watermark_never_goes_back(writer: Writer, endpoint: Endpoint) -> None:
    endpoint.faults = Faults(live_end=0.3, seed=3)
    async with reading(endpoint) as reader:
        await reader.until(lambda: len(reader.watermarks) > 20)
    assert reader.watermarks == sorted(reader.watermarks)
