"""The board as a value: every connection and tunnel of the fleet, in rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.content.board.tally import Count, tally
from tui.domain.state.fleet import Key, Verdict

WORST_FIRST: Final = (Verdict.DOWN, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.REDUNDANT)


@dataclass(frozen=True)
class Board:
    """What the board shows. `as_of` is its instant (ms) if that is not the present, as the feed has read no further
    or the reader paused.

    `hidden` counts the tunnels that the reader has left out. `flaps_since` is from when flaps could be counted, ms,
    where that is less than an hour ago.

    What follows from all rows is worked out once: a board is the same object for as long as none of its rows changes.
    """

    connections: tuple[ConnectionRow, ...] = ()
    hidden: int = 0
    as_of: int | None = None
    flaps_since: int | None = None

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The tunnels from top to bottom."""
        return tuple(row.key for row in self.tunnels)

    @cached_property
    def tunnels(self) -> tuple[TunnelRow, ...]:
        """The tunnels' rows from top to bottom."""
        return tuple(tunnel for connection in self.connections for tunnel in connection.tunnels)

    @cached_property
    def rows(self) -> Mapping[Key, TunnelRow]:
        """The tunnels' rows by their keys."""
        return {row.key: row for row in self.tunnels}

    @cached_property
    def by_id(self) -> Mapping[str, ConnectionRow]:
        """The connections' rows by their ids."""
        return {row.id: row for row in self.connections}

    @cached_property
    def troubled(self) -> tuple[TunnelRow, ...]:
        """The tunnels that need attention."""
        return tuple(row for row in self.tunnels if row.is_troubled)

    @cached_property
    def longest_address(self) -> int:
        """How long the longest outside address is."""
        return max((len(key[1]) for key in self.keys), default=0)

    @cached_property
    def tally(self) -> tuple[Count, ...]:
        """How many tunnels are in each state."""
        return tally(self.tunnels)

    @cached_property
    def standings(self) -> Mapping[Verdict, int]:
        """How many connections there are of each standing, those that carry least first."""
        return standings(self.connections)

    def worst_first(self) -> "Board":
        """Return the board with the connections that carry least at the top, and those in trouble before the others."""
        order = sorted(self.connections, key=lambda row: (WORST_FIRST.index(row.verdict), not row.is_troubled))
        return replace(self, connections=tuple(order))


def standings(rows: Iterable[ConnectionRow]) -> Mapping[Verdict, int]:
    """Return how many connections there are of each standing, those that carry least first."""
    numbers = Counter(row.standing for row in rows)
    return {standing: numbers[standing] for standing in WORST_FIRST if numbers[standing]}
