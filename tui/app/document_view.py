"""The widget that shows a page of blocks to read."""

from collections.abc import Sequence

from tui.app.lines_view import Lines
from tui.content.blocks import Block, block_lines


class DocumentView(Lines):
    """Shows blocks. Other blocks begin at the top, the same ones stay where the reader was."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, can_focus=True)
        self._blocks: Sequence[Block] = ()
        self._about: object = None

    def show_blocks(self, blocks: Sequence[Block], *, about: object = None) -> None:
        """Show blocks; `about` tells whether they still speak of the same thing."""
        if about != self._about:
            self.top, self._about = 0, about
        if blocks != self._blocks:
            self._blocks = blocks
            self._wrap()

    def on_resize(self) -> None:
        self._wrap()

    def _wrap(self) -> None:
        # Before the layout there is no width: wrapped to nothing, a page would have thousands of lines, and the first
        # frame would leave some of them below the last.
        self.show(block_lines(self._blocks, self.room) if self.room else ())
