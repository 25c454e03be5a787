"""Limits the rate of calls: our share of the account's quota, and the pauses after failures."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tui.domain.clock import Clock

_SECOND: Final = 1.0
UNLIMITED: Final = 1_000
"""The calls per second if only the rate counts: more than any of our rates."""


class Backoff:
    """Growing pauses with jitter: `next` returns the seconds to wait, `reset` starts again."""

    def __init__(self, low: float, high: float, chance: random.Random) -> None:
        self._low = low
        self._high = high
        self._chance = chance
        self.failures = 0

    def __repr__(self) -> str:
        return f"Backoff({self.failures} failures)"

    def next(self) -> float:
        """Return the next pause in seconds: half of it random, so that many clients do not return at once."""
        pause = min(self._high, self._low * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return pause * (0.5 + 0.5 * self._chance.random())

    def reset(self) -> None:
        """Start again with the shortest pause."""
        self.failures = 0


class TokenBucket:
    """A token bucket shared by all readers. `take` waits for a token; after `throttled` everyone pauses.

    With `most_a_second`, no second has more calls made in a `turn`, as the server counts them: a turn is reused one
    second after the answer has arrived, however long the request was in transit.
    """

    def __init__(
        self, clock: Clock, *, rate: float, burst: float, backoff: Backoff, most_a_second: int = UNLIMITED
    ) -> None:
        self._clock = clock
        self._turns = asyncio.Semaphore(most_a_second)
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._filled_at = clock.monotonic()
        self._backoff = backoff

    def __repr__(self) -> str:
        return f"TokenBucket({self._tokens:.1f} of {self._burst:.0f})"

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one token, and hold a turn during the block and for a second after it."""
        await self._turns.acquire()
        try:
            await self.take()
            yield
        finally:
            asyncio.get_running_loop().call_later(_SECOND, self._turns.release)

    async def take(self) -> None:
        """Wait for one token, first come first served."""
        if wait := self.reserve():
            await asyncio.sleep(wait)

    def reserve(self) -> float:
        """Take one token, on credit if there is none, and return the seconds until it is earned."""
        now = self._clock.monotonic()
        # However far the clock jumps, the bucket fills at most to the burst; a clock set back takes nothing away.
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._filled_at) * self._rate)
        self._filled_at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)

    def throttled(self) -> None:
        """Record that AWS throttled a call: the bucket goes into debt, deeper with each consecutive one."""
        self._tokens = min(self._tokens, 0.0) - self._backoff.next() * self._rate

    def succeeded(self) -> None:
        """Record that a call was answered, which ends a series of throttled ones."""
        self._backoff.reset()
