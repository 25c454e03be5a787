"""The board as a value: the rows of every connection and tunnel of the fleet."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
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
    In a fleet some row changes with nearly every look, so most values are put together from those cached on the rows.
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
        return tuple(chain.from_iterable(connection.tunnels for connection in self.connections))

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
        return tuple(chain.from_iterable(connection.troubled for connection in self.connections))

    @cached_property
    def tunnel_count(self) -> int:
        """How many tunnels it shows."""
        return sum(len(connection.tunnels) for connection in self.connections)

    @cached_property
    def longest_address(self) -> int:
        """The length of the longest outside address."""
        return max((connection.longest_address for connection in self.connections), default=0)

    @cached_property
    def tally(self) -> tuple[Count, ...]:
        """The number of tunnels in each state."""
        return tally(chain.from_iterable(connection.tunnel_states for connection in self.connections))

    @cached_property
    def standings(self) -> Mapping[Verdict, int]:
        """The number of connections of each standing, those that carry least first."""
        return standings(self.connections)

    def find(self, key: Key) -> TunnelRow | None:
        """Return the row of that tunnel, if the board shows it."""
        connection = self.by_id.get(key[0])
        return next((row for row in connection.tunnels if row.key == key), None) if connection else None

    def worst_first(self) -> "Board":
        """Return the board sorted by how little the connections carry, then by trouble."""
        order = sorted(self.connections, key=lambda row: (WORST_FIRST.index(row.verdict), not row.is_troubled))
        return replace(self, connections=tuple(order))


def standings(rows: Iterable[ConnectionRow]) -> Mapping[Verdict, int]:
    """Return the number of connections of each standing, those that carry least first."""
    numbers = Counter(row.standing for row in rows)
    return {standing: numbers[standing] for standing in WORST_FIRST if numbers[standing]}
