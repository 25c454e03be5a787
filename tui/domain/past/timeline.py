"""Each tunnel's conditions over a span, divided into cells of equal length. Pure; times in ms.

Cells begin at multiples of their length, so a timeline advances once per cell and stands still in between.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from tui.domain.judgement.judgement import judge
from tui.domain.past.conditions import Condition, Stretch, conditions
from tui.domain.past.outages import outages
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import DAY, HOUR, MINUTE, SECOND

_LENGTHS: Final = (
    *(seconds * SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * DAY for days in (1, 2, 7, 28)),
)
"""The possible cell lengths, which a reader can easily add up."""
_WORST_FIRST: Final = (
    Condition.DOWN,
    Condition.NEGOTIATING,
    Condition.WITHOUT_BGP,
    Condition.QUIET,
    Condition.UNKNOWN,
    Condition.CARRYING,
)
"""The worst condition decides: an outage of a second shows in a cell of an hour, and partly unknown is not good."""
_RANK: Final = {condition: rank for rank, condition in enumerate(_WORST_FIRST)}


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a timeline: `count` cells of `cell` ms each, from `start` on."""

    start: int
    cell: int
    count: int

    @classmethod
    def of(cls, *, until: int, span: int, most: int) -> "Grid":
        """Return at most `most` cells that cover the `span` before `until`, and `until` itself."""
        most = max(2, most)
        cell = next((length for length in _LENGTHS if span <= length * (most - 1)), _LENGTHS[-1])
        count = min(most, max(1, -(-span // cell) + 1))
        return cls((until // cell - count + 1) * cell, cell, count)

    @property
    def end(self) -> int:
        """The end of the last cell."""
        return self.start + self.cell * self.count

    def begin_of(self, index: int) -> int:
        """Return the start of a cell."""
        return self.start + self.cell * index

    def index_of(self, at: int) -> int | None:
        """Return the index of the cell that contains a time; None if it lies outside."""
        index = (at - self.start) // self.cell
        return index if 0 <= index < self.count else None


def cut(course: Sequence[Stretch], grid: Grid) -> tuple[Condition, ...]:
    """Return the worst condition in each cell; unknown for a cell that no stretch reaches."""
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
    """A tunnel's worst condition in each cell, and its latest condition."""

    worst: tuple[Condition, ...]
    latest: Condition


class Timelines:
    """The timelines of a fleet's tunnels.

    A timeline is recomputed only when its tunnel has changed or a cell has passed, so drawing it does not depend on how
    much is logged.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._known: WeakKeyDictionary[Tunnel, tuple[object, Cells]] = WeakKeyDictionary()
        self.made = 0
        """The number of timelines computed so far."""

    def prepare(self, tunnels: Iterable[Tunnel], grid: Grid, *, now: int, may_go_on: Callable[[], bool]) -> bool:
        """Compute these tunnels' cells unless they are known already; return whether all of them are known now.

        `may_go_on` is called after each tunnel that was computed. 5,000 tunnels take 0.2 s in all.
        """
        for tunnel in tunnels:
            before = self.made
            self.cells(tunnel, grid, now=now)
            if self.made != before and not may_go_on():
                return False
        return True

    def of(self, tunnel: Tunnel, grid: Grid, *, now: int) -> tuple[Condition, ...]:
        """Return the tunnel's worst condition in each cell, as of `now`, up to which the feed has read."""
        return self.cells(tunnel, grid, now=now).worst

    def cells(self, tunnel: Tunnel, grid: Grid, *, now: int) -> "Cells":
        """Return the worst conditions and the current one, which may be better than the newest cell."""
        key = (grid, now // grid.cell, *_signs_of_change(tunnel))
        known = self._known.get(tunnel)
        if known is None or known[0] != key:
            self.made += 1
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
            until=min(now + 1, grid.end),  # a tunnel that fell at this very millisecond is down
        )


def _signs_of_change(tunnel: Tunnel) -> tuple[object, ...]:
    """Return the values on which a timeline depends; keepalives change none of them."""
    state = tunnel.state
    bgp = state.bgp
    return state.health, state.is_up, state.transitions, state.endings, bgp.is_established, bgp.losses, tunnel.facts
