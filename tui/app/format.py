"""Text made to fit: cell by cell, because a wide character takes two columns and a combining one none."""

from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size

from tui.domain.text import clean

_SELECTORS: Final = dict.fromkeys((*range(65024, 65040), *range(917760, 918000)))


def harmless(text: str) -> str:
    """Return text from outside, fit to be drawn: no controls, and no variation selectors.

    Terminals disagree on how wide a character with a variation selector is; a disagreement shifts the whole row.
    """
    text = clean(text)
    return text if text.isascii() else text.translate(_SELECTORS)


def clip(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with an ellipsis where something was cut off."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def clip_start(text: str, width: int) -> str:
    """Return the end of `text` in at most `width` cells: the tail is what tells IPv6 addresses apart."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return "…" + text if width > 0 else ""


def fill(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells."""
    return set_cell_size(clip(text, width), width)


def wrap(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, broken between words where that is possible."""
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
        *whole, line = chop_cells(word, width) if size > width else [word]
        lines.extend(whole)
        room = width - cell_len(line)
    return [*lines, line] if line or not lines else lines


def count(number: int, noun: str) -> str:
    """Return `1 tunnel`, `2 tunnels`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
