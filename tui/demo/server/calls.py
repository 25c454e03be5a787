"""What was asked of an endpoint, to be held against AWS's quotas."""

import time
from collections import Counter, defaultdict, deque
from typing import Final

_SECOND: Final = 1.0


class Calls(Counter[str]):
    """How often each action was called. `busiest` is the most calls of each within a second, whenever that began."""

    def __init__(self) -> None:
        super().__init__()
        self.busiest: Counter[str] = Counter()
        self._at: defaultdict[str, deque[float]] = defaultdict(deque)

    def note(self, action: str) -> None:
        """Count a call that came now."""
        self[action] += 1
        # Not by the clock of a scenario, which may run faster: AWS counts in its own seconds.
        now, at = time.monotonic(), self._at[action]
        at.append(now)
        while now - at[0] >= _SECOND:
            at.popleft()
        self.busiest[action] = max(self.busiest[action], len(at))
