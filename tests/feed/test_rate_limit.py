"""The share of the quota, and the back-off."""

import asyncio
import random
from collections import Counter

import pytest

from tests.feed.conftest import IKE
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock, SystemClock
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.tail.budgets import Budgets
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.timing import Timing, timing_of_one_read


def backoff(low: float = 0.2, high: float = 30.0) -> Backoff:
    return Backoff(low, high, random.Random(1))


def budget(clock: ManualClock) -> TokenBucket:
    return TokenBucket(clock, rate=2.5, burst=10, backoff=backoff())


def test_after_the_burst_calls_are_spaced_by_the_rate() -> None:
    bucket = budget(ManualClock(0))
    waits = [bucket.reserve() for _ in range(13)]
    assert [round(wait, 3) for wait in waits] == [0.0] * 10 + [0.4, 0.8, 1.2]


def test_a_long_sleep_earns_no_more_than_the_burst() -> None:
    clock = ManualClock(0)
    bucket = budget(clock)
    clock.advance(86_400)
    assert sum(bucket.reserve() == 0 for _ in range(20)) == 10


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    clock = ManualClock(0)
    bucket = budget(clock)
    clock.advance(-86_400)
    assert sum(bucket.reserve() == 0 for _ in range(20)) == 10


def test_a_throttled_caller_makes_everyone_wait_longer_each_time() -> None:
    bucket = budget(ManualClock(0))
    waits = []
    for _ in range(4):
        bucket.throttled()
        waits.append(bucket.reserve())
    assert waits == sorted(waits)
    assert waits[0] > 0.1


def test_pauses_grow_to_a_bound_and_begin_anew_after_a_success() -> None:
    pauses = backoff()
    grown = [pauses.next() for _ in range(200)]
    assert all(0.1 <= pause <= 30 for pause in grown)
    assert min(grown[10:]) >= 15
    pauses.reset()
    assert pauses.next() <= 0.2


async def test_no_second_has_more_calls_at_aws_than_the_lowest_quota(store: Store, endpoint: Endpoint) -> None:
    budget = Budgets(SystemClock(), Timing(), random.Random(1)).record()
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws, asyncio.TaskGroup() as calls:
        for _ in range(6):
            calls.create_task(call_paced(aws, budget, "logs:FilterLogEvents", IKE, {"logGroupName": IKE}))
    assert endpoint.calls["FilterLogEvents"] == 6
    assert endpoint.calls.busiest["FilterLogEvents"] <= 4


async def test_a_call_that_is_on_its_way_for_long_keeps_its_turn() -> None:
    bucket = TokenBucket(ManualClock(0), rate=2.5, burst=10, backoff=backoff(), most_a_second=2)
    answered, under_way = asyncio.Event(), 0

    async def call() -> None:
        nonlocal under_way
        async with bucket.turn():
            under_way += 1
            await answered.wait()

    calls = [asyncio.create_task(call()) for _ in range(3)]
    await asyncio.sleep(0)
    answered.set()
    await asyncio.wait(calls[:2])
    assert under_way == 2  # the server may have got both just now
    calls[2].cancel()


@pytest.mark.parametrize(("timing", "at_once"), [(Timing(), 4), (timing_of_one_read(), 10)])
async def test_what_reads_once_makes_its_burst_at_once_and_a_watch_stays_below_the_quota(
    timing: Timing, at_once: int
) -> None:
    bucket, entered, may_end = (
        Budgets(ManualClock(0), timing, random.Random(1)).record(),
        Counter[str](),
        asyncio.Event(),
    )

    async def call() -> None:
        async with bucket.turn():
            entered["calls"] += 1
            await may_end.wait()

    calls = [asyncio.create_task(call()) for _ in range(10)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert entered["calls"] == at_once
    for each in calls:
        each.cancel()
