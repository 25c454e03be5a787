"""Blocks as plain text: for the clipboard, a ticket or a pipe."""

from collections.abc import Iterable

from tui.content.layout.blocks import Block, BlockKind
from tui.content.layout.cells import cell_len, harmless, wrap


def plain_text(blocks: Iterable[Block], *, width: int | None = None) -> str:
    """Return the blocks as text with a final newline, wrapped to `width` cells; without it, one line per block."""
    return "".join(f"{line.rstrip()}\n" for block in blocks for line in _lines(block, width))


def _lines(block: Block, width: int | None) -> Iterable[str]:
    text = harmless(block.text)
    if block.kind is BlockKind.DRAWING:
        yield text
        return
    if block.kind is BlockKind.HEADING:
        text = f"{text}:"
    lead = harmless(block.lead)
    if block.kind is BlockKind.ITEM:
        lead = f"- {lead}"
    indent = cell_len(lead)
    parts = [text] if width is None else wrap(text, width - indent)
    yield f"{lead}{parts[0]}"
    for part in parts[1:]:
        yield " " * indent + part
