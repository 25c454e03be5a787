"""The widget of the board: it draws the tunnels and moves the selection."""

from bisect import bisect
from collections.abc import Sequence

from textual import events
from textual.message import Message

from tui.app.lines_view import Lines
from tui.content.blocks import Block, block_lines
from tui.content.board import Board, Key
from tui.content.board_lines import board_lines
from tui.content.lines import Line


class BoardView(Lines):
    """Draws a board, of which one tunnel is selected."""

    class Selected(Message):
        """The user selected another tunnel, `key`: by the time this arrives, the view may show yet another one."""

        def __init__(self, key: Key) -> None:
            super().__init__()
            self.key = key

    class Opened(Message):
        """The user clicked on the tunnel that was selected already."""

    def __init__(self) -> None:
        super().__init__(name="board", can_focus=True)
        self._board = Board()
        self._empty: Sequence[Block] = ()
        self._keys: tuple[Key | None, ...] = ()
        self._heads: list[int] = []
        """Where the connections' lines are."""
        self.selected: Key | None = None
        self._was_focused = False
        """Whether the board had the focus already when the mouse was pressed on it."""

    def show_board(self, board: Board, *, selected: Key | None, empty: Sequence[Block] = ()) -> None:
        """Draw a board, or `empty` if it has no lines."""
        is_new = selected != self.selected
        self._board, self.selected, self._empty = board, selected, empty
        self._draw()
        if is_new:
            self._reveal()

    def select(self, key: Key | None) -> None:
        """Select a tunnel and bring it into view."""
        if key is None or key == self.selected:
            return
        self.selected = key
        self._draw()
        self._reveal()
        self.post_message(self.Selected(key))

    def move(self, steps: int) -> None:
        """Select the tunnel so many steps further down, at most the last one."""
        keys = self._board.keys
        if keys:
            here = keys.index(self.selected) if self.selected in keys else 0
            self.select(keys[max(0, min(len(keys) - 1, here + steps))])

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
            if key is not None and key == self.selected and self._was_focused:
                self.post_message(self.Opened())
            self.select(key)

    def _draw(self) -> None:
        lines, self._keys = board_lines(self._board, self.room, selected=self.selected, focused=self.has_focus)
        first_tunnels = {row.tunnels[0].key for row in self._board.connections if row.tunnels}
        before = (None, *self._keys)
        self._heads = [index for index, key in enumerate(self._keys) if key in first_tunnels and key != before[index]]
        if not lines:
            lines = tuple(block_lines(self._empty, self.room))
        self.show(lines)

    def redraw(self) -> None:
        """Draw what changed. The view begins with no line whose owner is above it; see `line_at`."""
        self.top = self._beginning(self.top)
        super().redraw()

    def scroll_by(self, lines: int) -> None:
        """Move the view by some lines; upwards to a line that can begin it, since `redraw` would take some back."""
        if lines < 0 and self._keys:
            wanted = min(max(0, self.top + lines), len(self._keys) - 1)
            lines = next(line for line in range(wanted, -1, -1) if self._can_begin(line)) - self.top
        super().scroll_by(lines)

    @property
    def last_top(self) -> int:
        return self._beginning(super().last_top)

    def line_at(self, index: int) -> Line:
        """Return a line; in place of a tunnel at the top of the view, the line of its connection, which is above it."""
        key = self._keys[index] if index < len(self._keys) else None
        is_orphan = index == self.top and key not in (None, self.selected) and index not in self._heads
        return super().line_at(self._heads[bisect(self._heads, index) - 1] if is_orphan else index)

    def _beginning(self, index: int) -> int:
        """Return the next line, from `index` on, that can be the first in view; `index` itself where none can."""
        return next((line for line in range(index, len(self._keys)) if self._can_begin(line)), index)

    def _can_begin(self, index: int) -> bool:
        """Whether a line can be the first in view: a connection, the selected tunnel, or a tunnel that may be hidden.

        That is one without a cause, above another one of its connection.
        """
        key = self._keys[index]
        if index == 0 or index in self._heads or key is None:
            return True
        is_cause = key == self._keys[index - 1] and index - 1 not in self._heads
        after = self._keys[index + 1] if index + 1 < len(self._keys) and index + 1 not in self._heads else None
        return not is_cause and (key == self.selected or after not in (None, key))

    def _reveal(self) -> None:
        """Bring the selected tunnel into view with its cause, and with its connection's line where there is room."""
        if self.selected not in self._keys:
            return
        first = self._keys.index(self.selected)
        last = len(self._keys) - 1 - self._keys[::-1].index(self.selected)
        own = next(row for row in self._board.connections if self.selected in [tunnel.key for tunnel in row.tunnels])
        head = self._keys.index(own.tunnels[0].key)
        self.reveal(head if last - head < self.size.height else first, last)
