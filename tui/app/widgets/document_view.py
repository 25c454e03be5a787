"""The widget that shows a page of blocks, in which the ids of connections link to AWS's console."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.app.widgets.lines_view import Lines
from tui.content.console_links import linked_parts
from tui.content.layout.blocks import Block, block_lines


class DocumentView(Lines):
    """Shows blocks. A new topic begins at the top; the same topic keeps the scroll position."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, can_focus=True)
        self._blocks: Sequence[Block] = ()
        self._topic: object = None

    def show_blocks(self, blocks: Sequence[Block], *, topic: object = None) -> None:
        """Show blocks. `topic` is what they are about; a reference to it is kept, and it is compared by identity."""
        if topic != self._topic:
            self.top, self._topic = 0, topic
        if blocks != self._blocks:
            self._blocks = blocks
            self._wrap()

    def on_resize(self) -> None:
        self._wrap()

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        page_of: Callable[[str], str] | None = getattr(self.app, "console_page", None)
        if page_of is None or _BEGIN not in strip.text:
            return strip
        linked = (
            Segment(part, segment.style + _leading_to(page) if segment.style and page else segment.style)
            for segment in strip
            for part, page in linked_parts(segment.text, page_of)
        )
        return Strip(linked, strip.cell_length)

    def _wrap(self) -> None:
        # Before the layout there is no width. Wrapped to nothing, a page would have thousands of lines, and the first
        # frame would leave some of them below the last.
        self.show(block_lines(self._blocks, self.room) if self.room else ())


_BEGIN: Final = "vpn-"
"""The beginning of a connection's id: lines without it are not searched."""


@lru_cache(maxsize=256)
def _leading_to(page: str) -> Style:
    return Style(link=page)
