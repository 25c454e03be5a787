"""The share of the quota, and the pauses."""

import random

from tui.domain.clock import ManualClock
from tui.feed.tail.rate_limit import Backoff, TokenBucket


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
