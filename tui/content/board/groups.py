"""The board as it is laid out: its connections in order and in groups, and what is calm folded into a line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from tui.content.board.board import WORST_FIRST, Board, standings
from tui.content.board.order import DOZENS, Order, ordered
from tui.content.board.rows import ConnectionRow
from tui.domain.state.fleet import Key, Verdict

_CALM: Final = (Verdict.REDUNDANT, Verdict.UNKNOWN)
"""The standings that fold, in the order of their lines. Trouble never does."""


class Grouping(StrEnum):
    """What the connections stand together by."""

    CONNECTION = "connection"
    SITE = "site"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class FoldKey:
    """The identity of a fold: the group that it belongs to, and the standing of the connections in it."""

    group: str
    standing: Verdict


RowKey = Key | FoldKey
"""Where the cursor can stand: on a tunnel or on a fold."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Connections of one standing in which nothing happens, as one line, or below that line where `is_open`."""

    key: FoldKey
    connections: tuple[ConnectionRow, ...]
    is_open: bool = False
    place: str = ""
    """The site, where the connections are grouped by that."""


@dataclass(frozen=True, slots=True)
class Group:
    """Connections that stand together, and the folds below them; `title` is the site, or the standing's name."""

    title: str
    standings: Mapping[Verdict, int]
    connections: tuple[ConnectionRow, ...]
    folds: tuple[Fold, ...] = ()
    grouping: Grouping = Grouping.CONNECTION

    @property
    def has_heading(self) -> bool:
        """Whether a line stands over the group; where one fold is all of it, its line says the same."""
        return self.grouping is not Grouping.CONNECTION and (bool(self.connections) or len(self.folds) > 1)

    @property
    def has_title(self) -> bool:
        """Whether the heading names the group, beside counting what is in it."""
        return self.grouping is Grouping.SITE


@dataclass(frozen=True, slots=True)
class Layout:
    """How the user wants the board laid out; `opened` are the folds that are shown in full."""

    grouping: Grouping = Grouping.CONNECTION
    order: Order = Order.WORST
    is_reversed: bool = False
    opened: frozenset[FoldKey] = frozenset()


@dataclass(frozen=True)
class Arrangement:
    """A board with its groups. There is one without a title where the connections are not grouped."""

    board: Board
    groups: tuple[Group, ...]
    layout: Layout = Layout()

    @cached_property
    def stops(self) -> tuple[RowKey, ...]:
        """Where the cursor can stand, from top to bottom."""
        return tuple(stop for group in self.groups for stop in _stops(group))

    @cached_property
    def index(self) -> Mapping[RowKey, int]:
        """The position of each stop."""
        return {stop: index for index, stop in enumerate(self.stops)}

    @cached_property
    def fold_of(self) -> Mapping[str, FoldKey]:
        """The open fold in which a connection is, by the connection's id."""
        opened = (fold for group in self.groups for fold in group.folds if fold.is_open)
        return {row.id: fold.key for fold in opened for row in fold.connections}

    @property
    def has_site_headings(self) -> bool:
        """Whether the names need not repeat the site."""
        return self.layout.grouping is Grouping.SITE

    @property
    def is_folded(self) -> bool:
        """Whether the board is one of so many connections that what is calm folds."""
        return any(group.folds for group in self.groups)


def arranged(
    board: Board,
    layout: Layout = Layout(),
    *,
    folds: bool = True,
    keep: str | None = None,
    room: int | None = None,
) -> Arrangement:
    """Return the board laid out. With `folds`, of many connections what is calm folds, but not `keep`, an id: that is
    the connection on which the cursor stands. In groups it folds already where not all have room in so many lines.
    """
    if layout.grouping is Grouping.SITE and not has_sites(board):
        layout = replace(layout, grouping=Grouping.CONNECTION)
    rows = ordered(board.connections, layout.order, is_reversed=layout.is_reversed)
    folds = folds and (len(rows) > DOZENS or (layout.grouping is not Grouping.CONNECTION and _is_longer(board, room)))
    groups = [
        _folded(title, members, layout, keep)
        if folds
        else Group(title, standings(members), tuple(members), grouping=layout.grouping)
        for title, members in _split(rows, layout.grouping).items()
    ]
    if layout.grouping is not Grouping.CONNECTION:
        groups.sort(key=lambda group: (WORST_FIRST.index(next(iter(group.standings))), group.title))
    return Arrangement(board, tuple(groups), layout)


def _is_longer(board: Board, room: int | None) -> bool:
    """Return whether the connections with their tunnels need more lines than there is `room` for."""
    return room is not None and len(board.connections) + len(board.keys) > room


def in_order(board: Board) -> Arrangement:
    """Return the board laid out as its connections come, whole, in no groups."""
    return Arrangement(board, (Group("", board.standings, board.connections),))


def has_sites(board: Board) -> bool:
    """Return whether grouping by site would tell anything."""
    return len({row.site for row in board.connections}) > 1


def _split(rows: Sequence[ConnectionRow], grouping: Grouping) -> Mapping[str, Sequence[ConnectionRow]]:
    if grouping is Grouping.CONNECTION:
        return {"": rows} if rows else {}
    groups: dict[str, list[ConnectionRow]] = {}
    for row in rows:
        groups.setdefault(row.site if grouping is Grouping.SITE else row.standing, []).append(row)
    return groups


def _folded(title: str, members: Sequence[ConnectionRow], layout: Layout, keep: str | None) -> Group:
    """Return a group of which what is calm is folded."""
    calm: dict[Verdict, list[ConnectionRow]] = {standing: [] for standing in _CALM}
    shown = []
    for row in members:
        key = FoldKey(title, row.standing)
        if row.standing in calm and (row.id != keep or key in layout.opened):
            calm[row.standing].append(row)
        else:
            shown.append(row)
    place = title if layout.grouping is Grouping.SITE else ""
    keys = {FoldKey(title, standing): tuple(rows) for standing, rows in calm.items() if rows}
    folds = [Fold(key, rows, key in layout.opened, place) for key, rows in keys.items()]
    return Group(title, standings(members), tuple(shown), tuple(folds), layout.grouping)


def _stops(group: Group) -> Iterable[RowKey]:
    yield from (tunnel.key for row in group.connections for tunnel in row.tunnels)
    for fold in group.folds:
        yield fold.key
        if fold.is_open:
            yield from (tunnel.key for row in fold.connections for tunnel in row.tunnels)
