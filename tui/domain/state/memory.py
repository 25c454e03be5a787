"""The memory held by a fleet's histories, and how the tunnels share it."""

from collections.abc import Iterable, Sequence
from typing import Final

from tui.domain.state.forgetting import trim
from tui.domain.state.history import History

RETAINED: Final = 20_000
"""The capacity of a fleet, in units of about a kilobyte: some 20 MB, however many tunnels there are. Tunnels that log
much use what quiet ones leave: of two hundred, the past of the one in trouble is needed.
"""
MOST_EACH: Final = 2_000


class Memory:
    """Keeps the histories of a fleet within `retained`. `weight` is their current total, in the same units.

    A quarter is freed at once, so that the cost, which grows with the number of tunnels, occurs once in thousands of
    events. The newest line of each tunnel always stays.
    """

    def __init__(self, retained: int, most_each: int = MOST_EACH) -> None:
        self._retained = retained
        self._most_each = most_each
        self._limit = retained
        self.weight = 0

    def grow(self, history: History, by: int) -> None:
        """Record the growth of a history, and limit its share."""
        before = history.weight
        if before > self._most_each:
            trim(history, self._most_each * 3 // 4)
        self.weight += by + history.weight - before

    def release(self, histories: Iterable[History]) -> None:
        """Record that these histories are gone."""
        self.weight -= sum(history.weight for history in histories)

    @property
    def is_full(self) -> bool:
        """Whether memory must be freed."""
        return self.weight > self._limit

    def make_room(self, histories: Iterable[History]) -> None:
        """Trim the longest histories to one level, so that together they take three quarters of the capacity."""
        histories = list(histories)
        level = _level([history.weight for history in histories], self._retained * 3 // 4)
        for history in histories:
            trim(history, level)
        self.weight = sum(history.weight for history in histories)
        # With more tunnels than units, each keeps its newest line; trying again at once would be futile.
        self._limit = max(self._retained, self.weight * 4 // 3)


def _level(weights: Sequence[int], room: int) -> int:
    """Return the level to which the weights must be cut to fit into `room`; at least 1."""
    left = sorted(weights)
    for index, weight in enumerate(left):
        share = room // (len(left) - index)
        if weight > share:
            return max(1, share)
        room -= weight
    return max(left, default=1)
