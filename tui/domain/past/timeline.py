"""Each tunnel's conditions over a span of time, cut into cells of equal length. Pure; times in ms.

Cells begin at multiples of their length, so a timeline moves on once a cell's time and stands still between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from tui.domain.judgement.judgement import judge
from tui.domain.past.conditions import Condition, Stretch, conditions
from tui.domain.past.outages import outages
from tui.domain.state.fleet import Fleet, Tunnel
from tui.domain.times import DAY, HOUR, MINUTE, SECOND

_LENGTHS: Final = (
    *(seconds * SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * DAY for days in (1, 2, 7, 28)),
)
"""Lengths of a cell that a reader can add up."""
_WORST_FIRST: Final = (
    Condition.DOWN,
    Condition.NEGOTIATING,
    Condition.WITHOUT_BGP,
    Condition.QUIET,
    Condition.UNKNOWN,
    Condition.CARRYING,
)
"""An outage of a second shows in a cell of an hour; what is only known in part is not called good."""
_RANK: Final = {condition: rank for rank, condition in enumerate(_WORST_FIRST)}


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a timeline: `count` of them, each `cell` ms long; the first begins at `start`."""

    start: int
    cell: int
    count: int

    @classmethod
    def of(cls, *, until: int, span: int, most: int) -> "Grid":
        """Return at most so many cells that hold the `span` before `until`, and the instant itself."""
        most = max(2, most)
        cell = next((length for length in _LENGTHS if span <= length * (most - 1)), _LENGTHS[-1])
        count = min(most, max(1, -(-span // cell) + 1))
        return cls((until // cell - count + 1) * cell, cell, count)

    @property
    def end(self) -> int:
        """Where the last cell ends."""
        return self.start + self.cell * self.count

    def begin_of(self, index: int) -> int:
        """Return where a cell begins."""
        return self.start + self.cell * index

    def index_of(self, at: int) -> int | None:
        """Return the cell that an instant lies in; None for one outside."""
        index = (at - self.start) // self.cell
        return index if 0 <= index < self.count else None


def cut(course: Sequence[Stretch], grid: Grid) -> tuple[Condition, ...]:
    """Return the worst condition of each cell; of a cell that nothing reaches into, that it is unknown."""
    cells: list[Condition | None] = [None] * grid.count
    for stretch in course:
        first = max(0, (stretch.start - grid.start) // grid.cell)
        last = min(grid.count - 1, (stretch.end - 1 - grid.start) // grid.cell)
        for index in range(first, last + 1):
            before = cells[index]
            if before is None or _RANK[stretch.condition] < _RANK[before]:
                cells[index] = stretch.condition
    return tuple(cell or Condition.UNKNOWN for cell in cells)


class Cells(NamedTuple):
    """A tunnel's worst condition in each cell, and the one that it is in at last."""

    worst: tuple[Condition, ...]
    latest: Condition


class Timelines:
    """The timelines of a fleet's tunnels.

    One is made anew when its tunnel has changed or a cell's time is over, so the cost of drawing it does not depend on
    how much is logged.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._known: WeakKeyDictionary[Tunnel, tuple[object, Cells]] = WeakKeyDictionary()

    def of(self, tunnel: Tunnel, grid: Grid, *, now: int) -> tuple[Condition, ...]:
        """Return the tunnel's worst condition in each cell, as of `now`, which is how far the feed has read."""
        return self.cells(tunnel, grid, now=now).worst

    def cells(self, tunnel: Tunnel, grid: Grid, *, now: int) -> "Cells":
        """Return the same, with the condition of this moment, which the newest cell may be worse than."""
        key = (grid, now // grid.cell, *_signs_of_change(tunnel))
        known = self._known.get(tunnel)
        if known is None or known[0] != key:
            course = self._course(tunnel, grid, now)
            latest = course[-1].condition if course else Condition.UNKNOWN
            known = self._known[tunnel] = (key, Cells(cut(course, grid), latest))
        return known[1]

    def _course(self, tunnel: Tunnel, grid: Grid, now: int) -> tuple[Stretch, ...]:
        connection = self._fleet.connection(tunnel.connection)
        judgement = judge(tunnel, connection, now=now)
        return conditions(
            tunnel,
            connection,
            judgement,
            outages(tunnel, connection, judgement),
            since=grid.start,
            until=min(now + 1, grid.end),  # what fell at this very instant is down
        )


def _signs_of_change(tunnel: Tunnel) -> tuple[object, ...]:
    """Return what a timeline follows from; keepalives change nothing of it."""
    state = tunnel.state
    bgp = state.bgp
    return state.health, state.is_up, state.transitions, state.endings, bgp.is_established, bgp.losses, tunnel.facts
