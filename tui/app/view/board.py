"""The user's choices for the board: filter, order, groups, folds, and the cursor."""

from collections.abc import Callable
from dataclasses import replace

from tui.app.view.memo import Memo
from tui.content.board.board import WORST_FIRST, Board
from tui.content.board.filter import BoardFilter, narrowed
from tui.content.board.groups import Arrangement, FoldKey, Grouping, Layout, RowKey, arranged, has_sites
from tui.content.board.order import MAIN, Order
from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.domain.judgement.verdict import Verdict
from tui.domain.knowledge.rule import Severity
from tui.domain.state.tunnel import Key
from tui.domain.state.tunnel_state import Health


class BoardState:
    """Decides what the board shows of the fleet. Until the user selects a tunnel, the cursor follows trouble."""

    def __init__(self, layout: Layout | None = None) -> None:
        self.wanted = BoardFilter()
        self.layout = layout or Layout()
        self.room: int | None = None
        """The number of lines for the board; None if unknown."""
        self.cursor: RowKey | None = None
        self._is_chosen = False
        self._has_settled = False
        """Whether the board has been complete once."""
        self._narrowed: Memo[Board] = Memo()
        self._arranged: Memo[Arrangement] = Memo()
        self.shown = Arrangement(Board(), ())
        """The result of the last look."""

    @property
    def selected(self) -> Key | None:
        """The tunnel under the cursor; None if the cursor is on a fold."""
        return None if isinstance(self.cursor, FoldKey) else self.cursor

    @property
    def chosen(self) -> Key | None:
        """The tunnel that the user selected; None if the cursor still follows trouble."""
        return self.selected if self._is_chosen else None

    def choose(self, cursor: RowKey | None) -> None:
        """Move the cursor at the user's request."""
        self.cursor = cursor
        self._is_chosen = cursor is not None

    def keep(self) -> None:
        """Keep the selected tunnel, because the user is reading about it."""
        self._is_chosen = self.cursor is not None

    def look(
        self, board: Board, *, is_complete: bool = True, lingers: Callable[[], bool] = lambda: False
    ) -> Arrangement:
        """Return the board to show, with the cursor on something that is on it.

        `is_complete` says whether the look-back is read and all of it is on the board. Until it first is, a cursor
        that the user has not placed moves on to the first line of the worst trouble; otherwise it would stay on
        whatever was read first, with the board scrolled down to it. `lingers` says whether the cursor stays where it is
        for a moment, even if there is trouble elsewhere.
        """
        shown = self._narrowed.get((board, self.wanted), lambda: narrowed(board, self.wanted))
        self._point_at_trouble(shown, lingers)
        self._has_settled = self._has_settled or is_complete
        folds, keep = not self.wanted, self._kept_unfolded(shown)
        self.shown = self._arranged.get(
            (shown, self.layout, folds, keep, self.room),
            lambda: arranged(shown, self.layout, folds=folds, keep=keep, room=self.room),
        )
        if self.cursor not in self.shown.index:
            self.cursor, self._is_chosen = next(iter(self.shown.stops), None), False
        return self.shown

    def _point_at_trouble(self, shown: Board, lingers: Callable[[], bool]) -> None:
        row = shown.find(self.selected) if self.selected else None
        if row is None and not isinstance(self.cursor, FoldKey):
            self._is_chosen = False
        is_at_trouble = self._has_settled and row is not None and row.is_troubled
        if not self._is_chosen and not is_at_trouble and shown.troubled and not lingers():
            self.cursor = min(shown.troubled, key=lambda row: _trouble_order(row, shown.by_id[row.key[0]])).key

    def _kept_unfolded(self, shown: Board) -> str | None:
        """Return the connection that stays unfolded because of the cursor, although it is calm."""
        row = shown.find_connection(self.selected[0]) if self.selected else None
        return row.id if row is not None and not row.is_troubled else None

    def toggle(self, fold: FoldKey) -> None:
        """Unfold what is folded, or fold it again; the cursor is then on the fold."""
        self.layout = replace(self.layout, opened=self.layout.opened ^ {fold})
        self.choose(fold)

    def sort_by(self, order: Order) -> None:
        """Sort by this order; reverse it if the board is sorted so already."""
        is_same = order is self.layout.order
        self.layout = replace(self.layout, order=order, is_reversed=is_same and not self.layout.is_reversed)

    def next_order(self) -> Order:
        """Switch to the next order and return it."""
        index = MAIN.index(self.layout.order) if self.layout.order in MAIN else -1
        self.layout = replace(self.layout, order=MAIN[(index + 1) % len(MAIN)], is_reversed=False)
        return self.layout.order

    def next_grouping(self) -> Grouping:
        """Switch to the next grouping and return it; by site only if there are several."""
        choices = [grouping for grouping in Grouping if grouping is not Grouping.SITE or has_sites(self.shown.board)]
        index = choices.index(self.layout.grouping) if self.layout.grouping in choices else 0
        self.group_by(choices[(index + 1) % len(choices)])
        return self.layout.grouping

    def group_by(self, grouping: Grouping) -> None:
        """Group by this grouping."""
        self.layout = replace(self.layout, grouping=grouping)

    def toggle_standing(self, standing: Verdict) -> None:
        """Show only connections of this standing, or all again."""
        is_same = self.wanted.standing is standing
        self.wanted = replace(self.wanted, standing=None if is_same else standing)


def _trouble_order(row: TunnelRow, connection: ConnectionRow) -> tuple[int, bool, bool]:
    """Sort key: connections that carry least first, then tunnels that are down, then those with an error."""
    is_down, is_error = row.health is Health.DOWN, row.severity is Severity.ERROR
    return WORST_FIRST.index(connection.standing), not is_down, not is_error
