"""Our share of AWS's quotas as token buckets; after AWS has throttled a call, its bucket pauses."""

import random
from typing import Final

from tui.domain.clock import Clock
from tui.feed.tail.rate_limit import UNLIMITED, Backoff, TokenBucket
from tui.feed.tail.timing import Timing

_TRAIL_BURST: Final = 2.0
"""The burst of LookupEvents calls: as many as CloudTrail answers in a second."""


class Budgets:
    """Creates the buckets of one account and region. A new bucket is full."""

    def __init__(self, clock: Clock, timing: Timing, chance: random.Random) -> None:
        self._clock = clock
        self._timing = timing
        self._chance = chance

    def record(self) -> TokenBucket:
        """Return the bucket for FilterLogEvents."""
        return self.of(self._timing.calls_per_second, self._timing.burst, self._timing.calls_in_a_second)

    def lookups(self) -> TokenBucket:
        """Return the bucket for DescribeLogStreams and GetLogEvents."""
        return self.of(self._timing.lookups_per_second, self._timing.lookup_burst)

    def live_starts(self) -> TokenBucket:
        """Return the bucket for StartLiveTail."""
        return self.of(self._timing.live_starts_per_second, self._timing.live_starts_burst)

    def details(self) -> TokenBucket:
        """Return the bucket for calls to EC2 about single tunnels."""
        return self.of(self._timing.details_per_second, self._timing.details_burst)

    def trail(self) -> TokenBucket:
        """Return the bucket for LookupEvents."""
        return self.of(self._timing.trail_per_second, _TRAIL_BURST)

    def of(self, rate: float, burst: float, most_a_second: int = UNLIMITED) -> TokenBucket:
        """Return a bucket for `rate` calls a second on average, `burst` after a rest, `most_a_second` at any time."""
        backoff = Backoff(self._timing.throttle_pause_min, self._timing.throttle_pause_max, self._chance)
        return TokenBucket(self._clock, rate=rate, burst=burst, backoff=backoff, most_a_second=most_a_second)
