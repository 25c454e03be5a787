"""The layout of the board: its connections in order and in groups, with calm ones folded into a line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from tui.content.board.board import WORST_FIRST, Board, counted, standings
from tui.content.board.order import DOZENS, Order, ordered
from tui.content.board.rows import ConnectionRow
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.tunnel import Key

_CALM: Final = (Verdict.REDUNDANT, Verdict.UNKNOWN)
"""The standings that fold, in the order of their lines. Trouble never folds."""


class Grouping(StrEnum):
    """What the connections are grouped by."""

    CONNECTION = "connection"
    SITE = "site"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class FoldKey:
    """The identity of a fold: its group, and the standing of the connections in it."""

    group: str
    standing: Verdict


RowKey = Key | FoldKey
"""The cursor's position: a tunnel or a fold."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Calm connections of one standing as one line, or below that line if it `is_open`."""

    key: FoldKey
    connections: tuple[ConnectionRow, ...]
    is_open: bool = False
    place: str = ""
    """The site, if the connections are grouped by site."""


@dataclass(frozen=True, slots=True)
class Group:
    """The connections of a group, and the folds below them; `title` is the site, or the standing's name."""

    title: str
    standings: Mapping[Verdict, int]
    connections: tuple[ConnectionRow, ...]
    folds: tuple[Fold, ...] = ()
    grouping: Grouping = Grouping.CONNECTION

    @property
    def has_heading(self) -> bool:
        """Whether a line stands above the group; if the group is a single fold, the fold's line says the same."""
        return self.grouping is not Grouping.CONNECTION and (bool(self.connections) or len(self.folds) > 1)

    @property
    def has_title(self) -> bool:
        """Whether the heading names the group, in addition to its counts."""
        return self.grouping is Grouping.SITE


@dataclass(frozen=True, slots=True)
class Layout:
    """The user's layout of the board; `opened` are the folds that are shown in full."""

    grouping: Grouping = Grouping.CONNECTION
    order: Order = Order.WORST
    is_reversed: bool = False
    opened: frozenset[FoldKey] = frozenset()


@dataclass(frozen=True)
class Arrangement:
    """A board with its groups; a single one without a title if the connections are not grouped."""

    board: Board
    groups: tuple[Group, ...]
    layout: Layout = Layout()

    @cached_property
    def stops(self) -> tuple[RowKey, ...]:
        """The positions of the cursor, from top to bottom."""
        return tuple(stop for group in self.groups for stop in _stops(group))

    @cached_property
    def index(self) -> Mapping[RowKey, int]:
        """The index of each stop."""
        return {stop: index for index, stop in enumerate(self.stops)}

    @cached_property
    def fold_of(self) -> Mapping[str, FoldKey]:
        """The open fold of each connection in one, by the connection's id."""
        opened = (fold for group in self.groups for fold in group.folds if fold.is_open)
        return {row.id: fold.key for fold in opened for row in fold.connections}

    @property
    def has_site_headings(self) -> bool:
        """Whether headings show the sites, so that the names need not."""
        return self.layout.grouping is Grouping.SITE

    @property
    def is_folded(self) -> bool:
        """Whether the board has so many connections that calm ones are folded."""
        return any(group.folds for group in self.groups)


def arranged(
    board: Board,
    layout: Layout = Layout(),
    *,
    folds: bool = True,
    keep: str | None = None,
    room: int | None = None,
) -> Arrangement:
    """Return the board laid out.

    With `folds`, the calm connections of a large board are folded, except the one whose id is `keep`, which the cursor
    is on. In groups they are folded as soon as not all fit so many lines.
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
    """Return whether the connections with their tunnels need more than `room` lines."""
    return room is not None and len(board.connections) + board.tunnel_count > room


def in_order(board: Board) -> Arrangement:
    """Return the board laid out in the given order, without groups or folds."""
    return Arrangement(board, (Group("", board.standings, board.connections),))


def has_sites(board: Board) -> bool:
    """Return whether there are several sites to group by."""
    return len({row.site for row in board.connections}) > 1


def _split(rows: Sequence[ConnectionRow], grouping: Grouping) -> Mapping[str, Sequence[ConnectionRow]]:
    if grouping is Grouping.CONNECTION:
        return {"": rows} if rows else {}
    groups: dict[str, list[ConnectionRow]] = {}
    for row in rows:
        groups.setdefault(row.site if grouping is Grouping.SITE else row.standing, []).append(row)
    return groups


def _folded(title: str, members: Sequence[ConnectionRow], layout: Layout, keep: str | None) -> Group:
    """Return a group with its calm connections folded."""
    calm: dict[Verdict, list[ConnectionRow]] = {standing: [] for standing in _CALM}
    shown, of_members = list[ConnectionRow](), list[Verdict]()
    for row in members:
        standing = row.standing
        of_members.append(standing)
        if standing in _CALM and (row.id != keep or FoldKey(title, standing) in layout.opened):
            calm[standing].append(row)
        else:
            shown.append(row)
    site = title if layout.grouping is Grouping.SITE else ""
    keys = {FoldKey(title, standing): tuple(rows) for standing, rows in calm.items() if rows}
    folds = [Fold(key, rows, key in layout.opened, site) for key, rows in keys.items()]
    return Group(title, counted(of_members), tuple(shown), tuple(folds), layout.grouping)


def _stops(group: Group) -> Iterable[RowKey]:
    yield from (tunnel.key for row in group.connections for tunnel in row.tunnels)
    for fold in group.folds:
        yield fold.key
        if fold.is_open:
            yield from (tunnel.key for row in fold.connections for tunnel in row.tunnels)
