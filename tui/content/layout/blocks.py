"""A page as values: paragraphs, headings, lists and tables, and their layout on a terminal of any width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tui.content.layout.cells import cell_len, clip, cut, harmless, wrap
from tui.content.layout.lines import EMPTY, Line, Span
from tui.content.layout.tones import Tone

_LONGEST_LEAD: Final = 8
_LEAST_TEXT: Final = 10
_LONGEST_NAME: Final = 28


class BlockKind(Enum):
    """The kind of a block; each output (terminal, plain text) decides how it looks."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    DRAWING = "drawing"
    """A line in which spaces matter: never wrapped, cut if too wide."""
    VERBATIM = "verbatim"
    """A text to paste: wrapped on a screen, which can copy it, and unwrapped in print."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading or an item of a list. `lead` precedes its first line and indents the others.

    An item without a lead gets a bullet. A lead that would leave no room for the text gets a line of its own.
    """

    text: str
    tone: Tone = Tone.TEXT
    lead: str = ""
    lead_tone: Tone = Tone.FAINT
    kind: BlockKind = BlockKind.PARAGRAPH

    def lines(self, width: int, *, margin: str = " ", is_printed: bool = False) -> Iterable[Line]:
        """Yield the block's lines, `width` cells wide after the margin."""
        if self.kind is BlockKind.DRAWING:
            yield Line((Span(f"{margin}{cut(harmless(self.text), width)}", self.tone),))
            return
        lead = harmless(self.lead or ("• " if self.kind is BlockKind.ITEM else ""))
        text = harmless(self.text.upper() if self.kind is BlockKind.HEADING else self.text)
        indent = cell_len(lead)
        if indent > _LONGEST_LEAD and width - indent < _LEAST_TEXT:
            yield Line((Span(f"{margin}{clip(lead, width)}", self.lead_tone),))
            lead, indent = "  ", 2
        is_whole = is_printed and self.kind is BlockKind.VERBATIM
        for part in [text] if is_whole else wrap(text, width - indent):
            yield Line((Span(f"{margin}{lead}", self.lead_tone), Span(part, self.tone)))
            lead = " " * indent


GAP: Final = Block("")


def item(text: str, lead: str = "") -> Block:
    """Return an entry of a list; `lead`, a time or a number, replaces the bullet."""
    return Block(text, lead=lead, kind=BlockKind.ITEM)


def drawing(text: str, tone: Tone = Tone.TEXT) -> Block:
    """Return one line of a drawing."""
    return Block(text, tone, kind=BlockKind.DRAWING)


def heading(text: str) -> tuple[Block, ...]:
    """Return a heading, preceded by a gap."""
    return GAP, Block(text, Tone.ACCENT, kind=BlockKind.HEADING)


def bullets(title: str, texts: Sequence[str]) -> tuple[Block, ...]:
    """Return a headed list; empty for no entries."""
    return (*heading(title), *map(item, texts)) if texts else ()


def pairs(title: str, facts: Iterable[tuple[str, str]]) -> tuple[Block, ...]:
    """Return a headed table of names and values without the empty values; empty if all are."""
    facts = [(name, value) for name, value in facts if value]
    if not facts:
        return ()
    width = min(_LONGEST_NAME, max(cell_len(name) for name, _ in facts))
    return (*heading(title), *(Block(value, lead=_padded(name, width)) for name, value in facts))


def columns(title: str, names: tuple[str, str], rows: Sequence[tuple[str, str, str]]) -> tuple[Block, ...]:
    """Return a headed table of a label and two values each, under column names; empty for no rows."""
    if not rows:
        return ()
    label, middle = (max(cell_len(row[index]) for row in (("", *names), *rows)) for index in (0, 1))
    return (
        *heading(title),
        Block(names[1], Tone.FAINT, _padded("", label) + _padded(names[0], middle)),
        *(
            Block(last or "–", Tone.QUIET, _padded(name, label) + _padded(first or "–", middle), Tone.TEXT)
            for name, first, last in rows
        ),
    )


def _padded(text: str, width: int) -> str:
    return text + " " * max(2, width - cell_len(text) + 2)


def block_lines(blocks: Iterable[Block], width: int) -> list[Line]:
    """Return the blocks as lines of at most `width` cells."""
    room = max(1, width - 2)
    return [line for block in blocks for line in (block.lines(room) if block.text else (EMPTY,))]


def printed_lines(blocks: Iterable[Block], columns: int) -> list[Line]:
    """Return the blocks for print: without a margin, and with text to paste in one piece."""
    return [
        line
        for block in blocks
        for line in (block.lines(columns, margin="", is_printed=True) if block.text else (EMPTY,))
    ]
