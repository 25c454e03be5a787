"""Pages to read: headed blocks of text, wrapped to whatever width there is, and the widget that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from tui.app.format import harmless, wrap
from tui.app.lines import EMPTY, Line, Lines, Span
from tui.app.theme import Tone


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. `lead` stands before its first line, and the others are indented by its width."""

    text: str
    tone: Tone = Tone.TEXT
    lead: str = ""
    lead_tone: Tone = Tone.FAINT

    def lines(self, width: int) -> Iterable[Line]:
        """Yield the paragraph's lines at this width."""
        room = width - cell_len(self.lead)
        for number, part in enumerate(wrap(harmless(self.text), room)):
            lead = self.lead if number == 0 else " " * cell_len(self.lead)
            yield Line((Span(f" {lead}", self.lead_tone), Span(part, self.tone)))


GAP: Final = Block("")


def heading(text: str) -> tuple[Block, ...]:
    """Return a heading with the room before it."""
    return GAP, Block(text, Tone.ACCENT)


def bullets(title: str, texts: Sequence[str]) -> tuple[Block, ...]:
    """Return a headed list, or nothing for an empty one."""
    if not texts:
        return ()
    return (*heading(title), *(Block(text, lead="• ") for text in texts))


def pairs(title: str, facts: Iterable[tuple[str, str]]) -> tuple[Block, ...]:
    """Return a headed table of names and values, or nothing for an empty one."""
    facts = [(name, value) for name, value in facts if value]
    if not facts:
        return ()
    width = min(24, max(len(name) for name, _ in facts))
    return (*heading(title), *(Block(value, lead=f"{name:{width}}  ") for name, value in facts))


def block_lines(blocks: Iterable[Block], width: int) -> list[Line]:
    """Return the blocks as lines of at most `width` cells."""
    room = max(1, width - 2)
    return [line for block in blocks for line in (block.lines(room) if block.text else (EMPTY,))]


class SheetView(Lines):
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
        self.show(block_lines(self._blocks, self.room))
