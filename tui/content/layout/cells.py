"""Text fitted to cells: a wide character takes two columns, a combining one none."""

import re
from typing import Final

from tui.domain.text import clean

_ONE_CELL_EACH: Final = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2260-\u2265\u2500-\u259f●◐◌✖▲▼▸▾▴✎]*"
)
"""Text that needs no table of widths: Latin letters, and our own marks."""
_SELECTORS: Final = dict.fromkeys((*range(65024, 65040), *range(917760, 918000)))


def cell_len(text: str) -> int:
    """Return how many terminal columns `text` takes.

    Rich decides, because Textual draws by its answer. Loading it takes 8 ms, which plain text of our own avoids.
    """
    if is_one_cell_each(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def is_one_cell_each(text: str) -> bool:
    """Whether each character of `text` certainly takes one column, as our own letters and marks do."""
    return _ONE_CELL_EACH.fullmatch(text) is not None


def harmless(text: str) -> str:
    """Return text from outside in a form safe to draw: no controls, and no variation selectors.

    Terminals disagree on the width of a character with a variation selector, which would shift the whole row.
    """
    text = clean(text)
    return text if text.isascii() else text.translate(_SELECTORS)


def clip(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with an ellipsis if something was cut off."""
    if cell_len(text) <= width:
        return text
    return _resized(text, width - 1).rstrip() + "…" if width > 0 else ""


def clip_start(text: str, width: int) -> str:
    """Return the end of `text` in at most `width` cells: its tail is what distinguishes IPv6 addresses."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return "…" + text if width > 0 else ""


def clip_middle(text: str, width: int) -> str:
    """Return both ends of `text` in at most `width` cells: numbered names differ in their last characters."""
    if cell_len(text) <= width or width < 3:
        return clip(text, width)
    end = clip_start(text, width // 2 + 1)
    return cut(text, width - cell_len(end)).rstrip() + end


def cut(text: str, width: int) -> str:
    """Return the beginning of `text`, at most `width` cells, without an ellipsis."""
    return text if cell_len(text) <= width else _resized(text, max(width, 0))


def fill(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells."""
    return _resized(clip(text, width), width)


def _resized(text: str, width: int) -> str:
    if _ONE_CELL_EACH.fullmatch(text):
        return text[:width].ljust(width)
    from rich.cells import set_cell_size

    return set_cell_size(text, width)


def _chopped(word: str, width: int) -> list[str]:
    if _ONE_CELL_EACH.fullmatch(word):
        return [word[start : start + width] for start in range(0, len(word), width)]
    from rich.cells import chop_cells

    return chop_cells(word, width)


def wrap(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, broken between words if possible."""
    width = max(width, 1)
    lines: list[str] = []
    line = ""
    room = width
    for word in text.split():
        size = cell_len(word)
        if line and size < room:
            line += " " + word
            room -= size + 1
            continue
        if line:
            lines.append(line)
        *whole, line = _chopped(word, width) if size > width else [word]
        lines.extend(whole)
        room = width - cell_len(line)
    return [*lines, line] if line or not lines else lines


def count(number: int, noun: str) -> str:
    """Return `1 tunnel`, `2 tunnels`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
