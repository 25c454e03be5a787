"""The widget that draws lines and does not resend a line that did not change."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.app.terminal.theme import DARK, Palette
from tui.content.layout.cells import cell_len
from tui.content.layout.lines import EMPTY, Line, Span
from tui.content.layout.tones import Background, Tone

_WHEEL_LINES: Final = 3


def changed_cells(before: Line | None, after: Line | None, width: int) -> int:
    """Return how many cells, from the left, must be redrawn; an unchanged right end is left as it is."""
    if before == after:
        return 0
    if before is None or after is None or before.background is not after.background:
        return width
    old, new = before.spans, after.spans
    if sum(cell_len(span.text) for span in old) != sum(cell_len(span.text) for span in new):
        return width
    tail = 0
    for one, other in zip(reversed(old), reversed(new), strict=False):
        if one != other:
            break
        tail += cell_len(one.text)
    total = sum(cell_len(span.text) for span in new)
    return max(1, total - tail)


class Lines(Widget):
    """Draws the lines in view, and sends only the cells that changed since the last time.

    It scrolls by itself: Textual's scroll views lay out the whole screen whenever the number of lines changes, and a
    list of messages grows twice a second. Textual can leave out only the right end of a line, so whatever changes often
    should be at the left.
    """

    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "end(-1)", show=False),
        Binding("end,G", "end(1)", show=False),
        Binding("ctrl+u", "half_page(-1)", show=False),
        Binding("ctrl+d", "half_page(1)", show=False),
    ]

    def __init__(self, *, name: str, can_focus: bool = False, background: Background = Background.PLAIN) -> None:
        super().__init__(name=name, id=name)
        self.can_focus = can_focus
        self.top = 0
        self._background = background
        self._lines: Sequence[Line] = ()
        self._drawn: list[Line] = []

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def line_at(self, index: int) -> Line:
        """Return a line; called only for lines in view."""
        return self._lines[index]

    @property
    def text(self) -> str:
        """The lines in view, as text."""
        return "\n".join(line.text.rstrip() for line in self._drawn)

    @property
    def room(self) -> int:
        """The width for lines, in cells; the last column is reserved for the scroll mark."""
        return max(0, self.size.width - 1)

    @property
    def last_top(self) -> int:
        """The first line in view when scrolled to the end; 0 if all lines fit."""
        return max(0, self.count - self.size.height)

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines instead of the previous ones."""
        self._lines = lines
        self.redraw()

    def redraw(self) -> None:
        """Draw what changed in the lines or in the scroll position."""
        self.top = max(0, min(self.top, self.last_top))
        before, self._drawn = self._drawn, self._lines_in_view()
        dirty = [
            Region(0, y, cells, 1)
            for y, (old, new) in enumerate(zip_longest(before, self._drawn))
            if (cells := changed_cells(old, new, self.size.width))
        ]
        if dirty:
            self.refresh(*dirty)

    def scroll_by(self, lines: int) -> None:
        """Scroll by some lines, at most to the ends."""
        self.top += lines
        self.redraw()

    def move(self, steps: int) -> None:
        """Go down by some lines."""
        self.scroll_by(steps)

    def page(self, direction: int) -> None:
        """Go down (1) or up (-1) by a page; two lines stay in view for orientation."""
        self.move(direction * max(1, self.size.height - 2))

    def half_page(self, direction: int) -> None:
        """Go down (1) or up (-1) by half a page."""
        self.move(direction * max(1, self.size.height // 2))

    def end(self, direction: int) -> None:
        """Go to the last line (1) or the first (-1)."""
        self.move(direction * self.count)

    def action_move(self, steps: int) -> None:
        self.move(steps)

    def action_page(self, direction: int) -> None:
        self.page(direction)

    def action_half_page(self, direction: int) -> None:
        self.half_page(direction)

    def action_end(self, direction: int) -> None:
        self.end(direction)

    def reveal(self, first: int, last: int | None = None) -> None:
        """Scroll just enough to show these lines; the first ones if not all fit."""
        height = max(1, self.size.height)
        last = first if last is None else last
        if last >= self.top + height:
            self.top = last - height + 1
        self.top = min(self.top, first)
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.count

    def render_line(self, y: int) -> Strip:
        drawn = self._drawn[y] if y < len(self._drawn) else self._line_or_empty(self.top + y)
        palette: Palette = getattr(self.app, "palette", DARK)
        background = self._background if drawn.background is Background.PLAIN else drawn.background
        return Strip(_segments(drawn.spans, palette, background)).adjust_cell_length(
            self.size.width, palette.style(Tone.TEXT, background)
        )

    def _line_or_empty(self, index: int) -> Line:
        # Only in the very first frame, which is drawn before the size is known.
        return self.line_at(index) if index < self.count else EMPTY

    def on_resize(self) -> None:
        self._drawn = []
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_by(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_by(-_WHEEL_LINES)

    def _lines_in_view(self) -> list[Line]:
        height = self.size.height
        lines = [self.line_at(index) for index in range(self.top, min(self.top + height, self.count))]
        if self.count <= height or height < 2:
            return lines
        length = max(1, height * height // self.count)
        start = round(self.top / (self.count - height) * (height - length))
        return [_with_mark(line, self.room) if start <= y < start + length else line for y, line in enumerate(lines)]


def _segments(spans: Iterable[Span], palette: Palette, background: Background) -> list[Segment]:
    """Return the spans in as few segments as possible: each costs some forty bytes of colour."""
    segments: list[Segment] = []
    for text, tone in spans:
        style = palette.style(tone, background)
        last = segments[-1] if segments else None
        # A blank has no visible foreground, except on the selected line, which may be reversed.
        if last and (last.style == style or (text.isspace() and background is not Background.SELECTED)):
            segments[-1] = Segment(last.text + text, last.style)
        else:
            segments.append(Segment(text, style))
    return segments


def _with_mark(drawn: Line, room: int) -> Line:
    gap = room - sum(cell_len(span.text) for span in drawn.spans)
    return Line((*drawn.spans, Span(" " * max(0, gap)), Span("┃", Tone.FAINT)), drawn.background)
