"""The widget that shows a page of blocks to read."""

from collections.abc import Sequence

from tui.app.widgets.lines_view import Lines
from tui.content.layout.blocks import Block, block_lines


class DocumentView(Lines):
    """Shows blocks. A new topic begins at the top; the same one stays where the user was reading."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, can_focus=True)
        self._blocks: Sequence[Block] = ()
        self._topic: object = None

    def show_blocks(self, blocks: Sequence[Block], *, topic: object = None) -> None:
        """Show blocks. `topic` is what they are about; it is held, so that it may be compared by identity."""
        if topic != self._topic:
            self.top, self._topic = 0, topic
        if blocks != self._blocks:
            self._blocks = blocks
            self._wrap()

    def on_resize(self) -> None:
        self._wrap()

    def _wrap(self) -> None:
        # Before the layout there is no width: wrapped to nothing, a page would have thousands of lines, and the first
        # frame would leave some of them below the last.
        self.show(block_lines(self._blocks, self.room) if self.room else ())
