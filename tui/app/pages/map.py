"""The page with the map: all tunnels at once, and a cursor whose tunnel is described below."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.app import keys
from tui.app.commands import Owner
from tui.app.pages.page import Below, Page
from tui.app.view.memo import Memo
from tui.app.widgets.lines_view import Lines
from tui.content.board.board import Board
from tui.content.board.map import MapLayout, cursor_line, legend_line
from tui.content.layout.blocks import Block, drawing
from tui.content.layout.lines import Line
from tui.content.layout.tones import Background
from tui.domain.state.tunnel import Key

_KEYS: Final = (
    ("esc q", "back"),
    ("←→↑↓", "move"),
    ("enter", "to the board"),
    ("[ ]", "next trouble"),
    ("Y", "copy page"),
)
_COPIED: Final = 100
"""Columns of a copied map."""


class MapView(Lines):
    """Draws the lines of the map in view, and moves the cursor."""

    BINDINGS: ClassVar = [
        Binding("left,h", "beside(-1)", show=False),
        Binding("right,l", "beside(1)", show=False),
        Binding("shift+left", "beside(-10)", show=False),
        Binding("shift+right", "beside(10)", show=False),
        Binding("left_square_bracket", "trouble(-1)", show=False),
        Binding("right_square_bracket", "trouble(1)", show=False),
    ]

    class Moved(Message):
        """The cursor is on another tunnel."""

    class Chosen(Message):
        """The user clicked on the tunnel under the cursor."""

    def __init__(self, cursor: Key | None) -> None:
        super().__init__(name="map", can_focus=True)
        self.cursor = cursor
        self.board = Board()
        self._laid_out: Memo[MapLayout] = Memo()

    @property
    def _layout_now(self) -> MapLayout:
        sites = tuple(row.site for row in self.board.connections)
        return self._laid_out.get(
            (self.board.keys, sites, self.room, self.size.height),
            lambda: MapLayout(self.board, self.room, self.size.height),
        )

    def show_map(self, board: Board) -> None:
        """Draw the map of this board. If the cursor's tunnel is gone, the cursor moves to the first one."""
        if board is self.board and self._drawn:
            return
        self.board = board
        if self.cursor not in board.rows:
            self.cursor = next(iter(self._layout_now.places), None)
        self.draw()

    def draw(self) -> None:
        """Draw what changed and keep the cursor in view."""
        layout = self._layout_now
        if self.cursor is not None and self.size.height:
            self.reveal(layout.places[self.cursor][1])
        else:
            self.redraw()

    @property
    def count(self) -> int:
        return len(self._layout_now)

    def line_at(self, index: int) -> Line:
        return self._layout_now.line(index, self.board, self.cursor, is_first=index == self.top)

    def go(self, key: Key | None) -> None:
        """Move the cursor to a tunnel."""
        if key is not None and key != self.cursor:
            self.cursor = key
            self.draw()
            self.post_message(self.Moved())

    def action_beside(self, steps: int) -> None:
        """Move the cursor to the left or to the right."""
        if self.cursor is not None:
            self.go(self._layout_now.beside(self.cursor, steps))

    def move(self, steps: int) -> None:
        if self.cursor is not None:
            self.go(self._layout_now.below(self.cursor, steps))

    def end(self, direction: int) -> None:
        keys = tuple(self._layout_now.places)
        self.go(keys[-1 if direction > 0 else 0] if keys else None)

    def action_trouble(self, direction: int) -> None:
        """Move the cursor to the next or the previous tunnel in trouble, wrapping around the ends of the map."""
        order = tuple(self._layout_now.places)
        if self.cursor is not None:
            index = order.index(self.cursor)
            beyond = (*order[index + 1 :], *order[:index])
            self.go(next((key for key in beyond[::direction] if self.board.rows[key].is_troubled), None))

    def on_click(self, event: events.Click) -> None:
        key = self._layout_now.at(event.x, event.y + self.top)
        if key is not None and key == self.cursor:
            self.post_message(self.Chosen())
        self.go(key)

    def on_resize(self) -> None:
        self._drawn = []
        self.draw()


class MapPage(Page, inherit_bindings=False):
    """Shows the map of the whole board; `go_to` selects a tunnel on the board itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o,backspace", "leave", show=False),
        Binding("enter", "choose", show=False),
        *keys.bindings(Owner.EVERY_PAGE),
    ]
    keys_line: ClassVar[Line] = keys.key_line(_KEYS)

    def __init__(
        self, board: Callable[[], tuple[Board, int]], *, cursor: Key | None, below: Below, go_to: Callable[[Key], None]
    ) -> None:
        super().__init__(self._copied, below=below)
        self._board, self._go_to = board, go_to
        self._map = MapView(cursor)
        self._legend = Lines(name="map-legend")
        self._legends: Memo[Line] = Memo()
        self._on = Lines(name="map-cursor", background=Background.BAR)

    def compose(self) -> ComposeResult:
        yield self._bars["page-status"]
        yield self._legend
        yield self._map
        yield self._on
        yield self._bars["page-keys"]

    def on_resize(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Show the present map."""
        board, now = self._board()
        self._map.show_map(board)
        room = self._legend.room
        self._legend.show([self._legends.get((board, room), lambda: legend_line(board, room))])
        self._on.show([cursor_line(board, self._map.cursor, self._on.size.width, now=now)])
        self._bars["page-status"].show([self._below.status])
        self._bars["page-keys"].show([self._below.notice or self.keys_line])

    def on_map_view_moved(self) -> None:
        self.renew()

    def on_map_view_chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Select the tunnel under the cursor on the board."""
        cursor = self._map.cursor
        self.action_leave()
        if cursor is not None:
            self._go_to(cursor)

    @property
    def map_text(self) -> str:
        """The part of the map in view, as text."""
        return "\n".join((self._legend.text, self._map.text, self._on.text))

    def _copied(self) -> tuple[tuple[Block, ...], object]:
        board, now = self._board()
        layout = MapLayout(board, _COPIED, 1)
        lines = (layout.line(y, board, None) for y in range(len(layout)))
        troubled = [cursor_line(board, row.key, _COPIED, now=now) for row in board.troubled]
        return tuple(drawing(line.text) for line in (legend_line(board, _COPIED), *lines, *troubled)), "map"
