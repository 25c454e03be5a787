"""The board as a value: the rows of every connection and tunnel of the fleet."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Final

from tui.content.board.rows import ConnectionRow, TunnelRow, TunnelState
from tui.content.board.tally import Count, tally
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.tunnel import Key

WORST_FIRST: Final = (Verdict.DOWN, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.REDUNDANT)


@dataclass(slots=True)
class _Totals:
    """The values of all rows together, collected in one pass: reading a thousand rows takes longer than adding them."""

    tunnel_count: int = 0
    longest_address: int = 0
    tunnel_states: list[TunnelState] = field(default_factory=list)
    standings: list[Verdict] = field(default_factory=list)
    troubled: list[TunnelRow] = field(default_factory=list)

    def add(self, connection: ConnectionRow) -> None:
        self.tunnel_count += len(connection.tunnels)
        self.longest_address = max(self.longest_address, connection.longest_address)
        self.tunnel_states += connection.tunnel_states
        self.standings.append(connection.standing)
        self.troubled += connection.troubled


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
        return tuple(self._totals.troubled)

    @cached_property
    def tunnel_count(self) -> int:
        """How many tunnels it shows."""
        return self._totals.tunnel_count

    @cached_property
    def longest_address(self) -> int:
        """The length of the longest outside address."""
        return self._totals.longest_address

    @cached_property
    def tally(self) -> tuple[Count, ...]:
        """The number of tunnels in each state."""
        return tally(self._totals.tunnel_states)

    @cached_property
    def standings(self) -> Mapping[Verdict, int]:
        """The number of connections of each standing, those that carry least first."""
        return counted(self._totals.standings)

    def find(self, key: Key) -> TunnelRow | None:
        """Return the row of that tunnel, if the board shows it."""
        connection = self.find_connection(key[0])
        return next((row for row in connection.tunnels if row.key == key), None) if connection else None

    def find_connection(self, connection_id: str) -> ConnectionRow | None:
        """Return the row of that connection, if the board shows it; for one, this is faster than `by_id`."""
        return next((row for row in self.connections if row.id == connection_id), None)

    @cached_property
    def _totals(self) -> _Totals:
        totals = _Totals()
        for connection in self.connections:
            totals.add(connection)
        return totals

    def worst_first(self) -> "Board":
        """Return the board sorted by how little the connections carry, then by trouble."""
        order = sorted(self.connections, key=lambda row: (WORST_FIRST.index(row.verdict), not row.is_troubled))
        return replace(self, connections=tuple(order))


def standings(rows: Iterable[ConnectionRow]) -> Mapping[Verdict, int]:
    """Return the number of connections of each standing, those that carry least first."""
    return counted(row.standing for row in rows)


def counted(standings: Iterable[Verdict]) -> Mapping[Verdict, int]:
    """Return the number of each standing, those that carry least first."""
    numbers = Counter(standings)
    return {standing: numbers[standing] for standing in WORST_FIRST if numbers[standing]}
