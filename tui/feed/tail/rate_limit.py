"""How fast to ask: the share of the account's quota that is ours, and the pauses after a failure."""

import asyncio
import random

from tui.domain.clock import Clock


class Backoff:
    """Growing pauses with jitter: `next` gives the seconds to wait, `reset` begins anew."""

    def __init__(self, low: float, high: float, chance: random.Random) -> None:
        self._low = low
        self._high = high
        self._chance = chance
        self.failures = 0

    def __repr__(self) -> str:
        return f"Backoff({self.failures} failures)"

    def next(self) -> float:
        """Return the next pause: half of it sure, half by chance, so that many clients do not come back as one."""
        pause = min(self._high, self._low * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return pause * (0.5 + 0.5 * self._chance.random())

    def reset(self) -> None:
        """Begin again with the shortest pause."""
        self.failures = 0


class TokenBucket:
    """A token bucket that all readers share. `take` waits for a token; after `throttled` everyone pauses."""

    def __init__(self, clock: Clock, *, rate: float, burst: float, backoff: Backoff) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._filled_at = clock.monotonic()
        self._backoff = backoff

    def __repr__(self) -> str:
        return f"TokenBucket({self._tokens:.1f} of {self._burst:.0f})"

    async def take(self) -> None:
        """Wait for one token, first come first served."""
        if wait := self.reserve():
            await asyncio.sleep(wait)

    def reserve(self) -> float:
        """Take one token, on credit if there is none, and return the seconds until it is earned."""
        now = self._clock.monotonic()
        # A suspended machine or a stepped clock earns no more than the burst, and a clock that stands still nothing.
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._filled_at) * self._rate)
        self._filled_at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)

    def throttled(self) -> None:
        """Take note that AWS found us too fast: the bucket is in debt for a while that grows each time."""
        self._tokens = min(self._tokens, 0.0) - self._backoff.next() * self._rate

    def succeeded(self) -> None:
        """Take note that a call went through."""
        self._backoff.reset()
