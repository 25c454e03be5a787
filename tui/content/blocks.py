"""Paragraphs, headings, lists and tables as values, wrapped to whatever width there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.content.cells import cell_len, clip, harmless, wrap
from tui.content.lines import EMPTY, Line, Span
from tui.content.tones import Tone

_LONGEST_LEAD: Final = 8
_LEAST_TEXT: Final = 10


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph. `lead` stands before its first line, and the others are indented by its width.

    A lead that would leave the text no room stands in a line of its own.
    """

    text: str
    tone: Tone = Tone.TEXT
    lead: str = ""
    lead_tone: Tone = Tone.FAINT

    def lines(self, width: int) -> Iterable[Line]:
        """Yield the paragraph's lines at this width."""
        lead = harmless(self.lead)
        indent = cell_len(lead)
        if indent > _LONGEST_LEAD and width - indent < _LEAST_TEXT:
            yield Line((Span(f" {clip(lead, width)}", self.lead_tone),))
            lead, indent = "  ", 2
        for part in wrap(harmless(self.text), width - indent):
            yield Line((Span(f" {lead}", self.lead_tone), Span(part, self.tone)))
            lead = " " * indent


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


def columns(title: str, names: tuple[str, str], rows: Sequence[tuple[str, str, str]]) -> tuple[Block, ...]:
    """Return a headed table of a label and two values each, under their names; or nothing for an empty one."""
    if not rows:
        return ()
    label, middle = (max(len(row[place]) for row in (("", *names), *rows)) for place in (0, 1))
    head = Block(names[1], Tone.FAINT, lead=f"{'':{label}}  {names[0]:{middle}}  ")
    return (
        *heading(title),
        head,
        *(
            Block(last or "–", Tone.QUIET, f"{name:{label}}  {first or '–':{middle}}  ", Tone.TEXT)
            for name, first, last in rows
        ),
    )


def block_lines(blocks: Iterable[Block], width: int) -> list[Line]:
    """Return the blocks as lines of at most `width` cells."""
    room = max(1, width - 2)
    return [line for block in blocks for line in (block.lines(room) if block.text else (EMPTY,))]
