"""How much the histories of a fleet hold together, and how the tunnels share it."""

from collections.abc import Iterable, Sequence
from typing import Final

from tui.domain.state.forgetting import trim
from tui.domain.state.history import History

RETAINED: Final = 20_000
"""Events that a fleet holds, in units of about a kilobyte: some 20 MB, however many tunnels there are. Tunnels that log
much have what the quiet ones leave: the one that is in trouble among two hundred is the one whose past is wanted."""
MOST_EACH: Final = 2_000


class Memory:
    """Keeps the histories of a fleet within `retained`. `weight` is what they hold, in the same units.

    Room is made for a quarter at once, so that its cost, which grows with the number of tunnels, comes once in
    thousands of events. The newest line of each tunnel always stays.
    """

    def __init__(self, retained: int, most_each: int = MOST_EACH) -> None:
        self._retained = retained
        self._most_each = most_each
        self._limit = retained
        self.weight = 0

    def grow(self, history: History, by: int) -> None:
        """Take note that a history has grown, and keep it from taking too much for itself."""
        before = history.weight
        if before > self._most_each:
            trim(history, self._most_each * 3 // 4)
        self.weight += by + history.weight - before

    def release(self, histories: Iterable[History]) -> None:
        """Take note that these histories are gone."""
        self.weight -= sum(history.weight for history in histories)

    @property
    def is_full(self) -> bool:
        """Whether room must be made."""
        return self.weight > self._limit

    def make_room(self, histories: Iterable[History]) -> None:
        """Trim the longest histories to one level, under which all together take three quarters of what is retained."""
        histories = list(histories)
        level = _level([history.weight for history in histories], self._retained * 3 // 4)
        for history in histories:
            trim(history, level)
        self.weight = sum(history.weight for history in histories)
        # With more tunnels than there is room for lines, each keeps its newest; to try again at once would be in vain.
        self._limit = max(self._retained, self.weight * 4 // 3)


def _level(weights: Sequence[int], room: int) -> int:
    """Return the level to which the weights must be cut so that they fit in the room; 1 at least."""
    left = sorted(weights)
    for index, weight in enumerate(left):
        share = room // (len(left) - index)
        if weight > share:
            return max(1, share)
        room -= weight
    return max(left, default=1)
