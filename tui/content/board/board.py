"""The board as a value: the rows of every connection and tunnel of the fleet."""

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
    """The contents of the board.

    `as_of` is its instant (ms) if that is not the present, because the feed has read no further or the user paused.
    `hidden` counts the tunnels that the user has filtered out. `flaps_since` (ms) is when the counting of flaps began,
    if that is less than an hour ago.

    Values derived from all rows are computed once: a board is the same object for as long as none of its rows changes.
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
        """The rows of the tunnels from top to bottom."""
        return tuple(tunnel for connection in self.connections for tunnel in connection.tunnels)

    @cached_property
    def rows(self) -> Mapping[Key, TunnelRow]:
        """The rows of the tunnels by key."""
        return {row.key: row for row in self.tunnels}

    @cached_property
    def by_id(self) -> Mapping[str, ConnectionRow]:
        """The rows of the connections by id."""
        return {row.id: row for row in self.connections}

    @cached_property
    def troubled(self) -> tuple[TunnelRow, ...]:
        """The tunnels that need attention."""
        return tuple(row for row in self.tunnels if row.is_troubled)

    @cached_property
    def longest_address(self) -> int:
        """The length of the longest outside address."""
        return max((len(key[1]) for key in self.keys), default=0)

    @cached_property
    def tally(self) -> tuple[Count, ...]:
        """The number of tunnels in each state."""
        return tally(self.tunnels)

    @cached_property
    def standings(self) -> Mapping[Verdict, int]:
        """The number of connections of each standing, those that carry least first."""
        return standings(self.connections)

    def worst_first(self) -> "Board":
        """Return the board sorted by how little the connections carry, then by trouble."""
        order = sorted(self.connections, key=lambda row: (WORST_FIRST.index(row.verdict), not row.is_troubled))
        return replace(self, connections=tuple(order))


def standings(rows: Iterable[ConnectionRow]) -> Mapping[Verdict, int]:
    """Return the number of connections of each standing, those that carry least first."""
    numbers = Counter(row.standing for row in rows)
    return {standing: numbers[standing] for standing in WORST_FIRST if numbers[standing]}
