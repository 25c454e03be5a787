"""Counts of the calls to an endpoint, to be compared with AWS's quotas."""

import time
from collections import Counter, defaultdict, deque
from typing import Final

_SECOND: Final = 1.0


class Calls(Counter[str]):
    """How often each action was called; `busiest` is the highest number of calls of each within any one second."""

    def __init__(self) -> None:
        super().__init__()
        self.busiest: Counter[str] = Counter()
        self._at: defaultdict[str, deque[float]] = defaultdict(deque)

    def note(self, action: str) -> None:
        """Count a call made now."""
        self[action] += 1
        # Not by the scenario's clock, which may run faster: AWS counts in real seconds.
        now, at = time.monotonic(), self._at[action]
        at.append(now)
        while now - at[0] >= _SECOND:
            at.popleft()
        self.busiest[action] = max(self.busiest[action], len(at))
