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

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.top
        if index < len(self._keys):
            key = self._keys[index]
            if key is not None and key == self.selected:
                self.open()
            self.select(key)

    def _draw(self) -> None:
        lines, self._keys = board_lines(self._board, self.room, selected=self.selected, focused=self.has_focus)
        if not lines:
            lines = tuple(block_lines(self._empty, self.room))
        self.show(lines)

    def _reveal(self) -> None:
        """Bring the selected tunnel into view with its cause, and its connection's line if it is the first there."""
        if self.selected in self._keys:
            first = self._keys.index(self.selected)
            self.reveal(first, len(self._keys) - 1 - self._keys[::-1].index(self.selected))
