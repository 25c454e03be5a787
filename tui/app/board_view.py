"""The widget of the board: it draws the tunnels and moves the selection."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from tui.app.lines_view import Lines
from tui.content.blocks import Block, block_lines
from tui.content.board import Board, Key
from tui.content.board_lines import board_lines


class BoardView(Lines):
    """Draws a board, of which one tunnel is selected."""

    class Selected(Message):
        """The user selected another tunnel, `key`: by the time this arrives, the view may show yet another one."""

        def __init__(self, key: Key) -> None:
            super().__init__()
            self.key = key

    class Opened(Message):
        """The user opens the selected tunnel."""

    def __init__(self) -> None:
        super().__init__(name="board", can_focus=True)
        self._board = Board()
        self._empty: Sequence[Block] = ()
        self._keys: tuple[Key | None, ...] = ()
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

    def open(self) -> None:
        """Ask for the details of the selected tunnel."""
        if self.selected is not None:
            self.post_message(self.Opened())

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
                self.open()
            self.select(key)

    def _draw(self) -> None:
        lines, self._keys = board_lines(self._board, self.room, selected=self.selected, focused=self.has_focus)
        if not lines:
            lines = tuple(block_lines(self._empty, self.room))
        self.show(lines)

    def redraw(self) -> None:
        """Draw what changed. The view never begins with a cause whose tunnel is above it."""
        if self.top and self._is_cause(self.top):
            self.top += 1
        super().redraw()

    @property
    def last_top(self) -> int:
        last = super().last_top
        return last + 1 if last and self._is_cause(last) else last

    def _is_cause(self, index: int) -> bool:
        """Whether a line goes on about the tunnel of the line before."""
        key = self._keys[index] if index < len(self._keys) else None
        if key is None:
            return False
        is_below_its_connection = any(row.tunnels and row.tunnels[0].key == key for row in self._board.connections)
        return index > self._keys.index(key) + is_below_its_connection

    def _reveal(self) -> None:
        """Bring the selected tunnel into view with its cause, and with its connection's line where there is room."""
        if self.selected not in self._keys:
            return
        first = self._keys.index(self.selected)
        last = len(self._keys) - 1 - self._keys[::-1].index(self.selected)
        own = next(row for row in self._board.connections if self.selected in [tunnel.key for tunnel in row.tunnels])
        head = self._keys.index(own.tunnels[0].key)
        self.reveal(head if last - head < self.size.height else first, last)
