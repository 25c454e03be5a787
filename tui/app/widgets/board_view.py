"""The widget of the board, which draws the tunnels and moves the cursor."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.message import Message

from tui.app.view.memo import Memo
from tui.app.widgets.lines_view import Lines
from tui.content.board.board import Board
from tui.content.board.groups import Arrangement, FoldKey, RowKey
from tui.content.board.lines import BoardLines, DrawnLines, Look
from tui.content.layout.blocks import Block, block_lines
from tui.content.layout.lines import Line


class BoardView(Lines):
    """Draws a board, with the cursor on a tunnel or on a fold."""

    BINDINGS: ClassVar = [
        Binding("right,l", "fold(False)", show=False),
        Binding("left,h", "fold(True)", show=False),
    ]

    class Selected(Message):
        """The user moved the cursor to `key`; by the time this arrives, it may have moved on."""

        def __init__(self, key: RowKey) -> None:
            super().__init__()
            self.key = key

    class Opened(Message):
        """The user clicked on the tunnel that was already selected."""

    class Toggled(Message):
        """The user wants to unfold or fold `fold`."""

        def __init__(self, fold: FoldKey) -> None:
            super().__init__()
            self.fold = fold

    def __init__(self) -> None:
        super().__init__(name="board", can_focus=True)
        self._shown = Arrangement(Board(), ())
        self._look = Look(0)
        self._empty: Sequence[Block] = ()
        self._laid_out: Memo[BoardLines] = Memo()
        self._board_lines = BoardLines(self._shown, 0)
        self._was_focused = False
        """Whether the board already had the focus when the mouse was pressed on it."""

    @property
    def selected(self) -> RowKey | None:
        """The key under the cursor."""
        return self._look.selected

    @property
    def _keys(self) -> Sequence[RowKey | None]:
        return self._board_lines.keys

    @property
    def _heads(self) -> Sequence[int]:
        return self._board_lines.heads

    def show_board(self, shown: Arrangement, look: Look, *, empty: Sequence[Block] = ()) -> None:
        """Draw a board, or `empty` if it has no lines."""
        is_new = look.selected != self.selected
        self._shown, self._look, self._empty = shown, look, empty
        self._draw()
        if is_new:
            self._reveal()

    def select(self, key: RowKey | None) -> None:
        """Move the cursor and bring it into view."""
        if key is None or key == self.selected:
            return
        self._look = replace(self._look, selected=key)
        self._draw()
        self._reveal()
        self.post_message(self.Selected(key))

    def move(self, steps: int) -> None:
        """Move the cursor down by so many steps, at most to the end."""
        stops = self._shown.stops
        if stops:
            index = self._shown.index.get(self.selected, 0) if self.selected else 0
            self.select(stops[max(0, min(len(stops) - 1, index + steps))])

    def step(self, direction: int) -> None:
        """Select the next tunnel (1) or the previous one (-1), skipping folds."""
        stops = self._shown.stops
        index = self._shown.index.get(self.selected, 0) if self.selected else 0
        beyond = stops[index + 1 :] if direction > 0 else stops[:index][::-1]
        self.select(next((stop for stop in beyond if not isinstance(stop, FoldKey)), None))

    def action_fold(self, folds: bool) -> None:
        """Fold what is calm around the cursor, or unfold what is under it."""
        selected = self.selected
        if isinstance(selected, FoldKey):
            if folds is (selected in self._shown.layout.opened):
                self.post_message(self.Toggled(selected))
        elif folds and selected is not None and (fold := self._shown.fold_of.get(selected[0])) is not None:
            self.post_message(self.Toggled(fold))

    def on_resize(self) -> None:
        self._draw()
        self._reveal()

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def focus_on_click(self) -> bool:
        self._was_focused = self.has_focus
        return super().focus_on_click()

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.top
        if index < len(self._keys):
            key = self._keys[index]
            if isinstance(key, FoldKey):
                self.post_message(self.Toggled(key))
            elif key is not None and key == self.selected and self._was_focused:
                self.post_message(self.Opened())
            self.select(key)

    def _draw(self) -> None:
        has_recent = self._look.recent is not None
        self._board_lines = self._laid_out.get(
            (self._shown, self.room, has_recent), lambda: BoardLines(self._shown, self.room, has_recent=has_recent)
        )
        look = replace(self._look, is_focused=self.has_focus)
        drawn = DrawnLines(self._board_lines, look)
        self.show(drawn if len(drawn) else tuple(block_lines(self._empty, self.room)))

    def redraw(self) -> None:
        """Draw what changed. The view never begins with a line whose owner is above it; see `line_at`."""
        self.top = self._beginning(self.top)
        super().redraw()

    def scroll_by(self, lines: int) -> None:
        """Scroll by some lines; upwards, on to a line that can begin the view, since `redraw` would undo the rest."""
        if lines < 0 and self._keys:
            wanted = min(max(0, self.top + lines), len(self._keys) - 1)
            lines = next(line for line in range(wanted, -1, -1) if self._can_begin(line)) - self.top
        super().scroll_by(lines)

    @property
    def last_top(self) -> int:
        return self._beginning(super().last_top)

    def line_at(self, index: int) -> Line:
        """Return a line; instead of a tunnel at the top of the view, the line of its connection, which is above it."""
        key = self._keys[index] if index < len(self._keys) else None
        is_orphan = index == self.top and key not in (None, self.selected) and index not in self._heads
        return super().line_at(self._heads[bisect(self._heads, index) - 1] if is_orphan else index)

    def _beginning(self, index: int) -> int:
        """Return the index, from `index` on, of the first line that can begin the view; `index` itself if none can."""
        return next((line for line in range(index, len(self._keys)) if self._can_begin(line)), index)

    def _can_begin(self, index: int) -> bool:
        """Whether a line can begin the view: a connection, the selected tunnel, or a tunnel that may be hidden.

        A tunnel may be hidden if it has no cause and another one of its connection is below it.
        """
        key = self._keys[index]
        if index == 0 or index in self._heads or key is None:
            return True
        is_cause = key == self._keys[index - 1] and index - 1 not in self._heads
        after = self._keys[index + 1] if index + 1 < len(self._keys) and index + 1 not in self._heads else None
        return not is_cause and (key == self.selected or after not in (None, key))

    def _reveal(self) -> None:
        """Bring the selected tunnel into view with its cause, and its connection's line if there is room."""
        if self.selected not in self._keys:
            return
        first = self._keys.index(self.selected)
        last = len(self._keys) - 1 - self._keys[::-1].index(self.selected)
        head = self._heads[bisect(self._heads, first) - 1]
        self.reveal(head if last - head < self.size.height else first, last)
