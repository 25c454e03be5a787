"""Tracks what the terminal shows, cell by cell, so that only the changes of a frame are sent.

Textual redraws the whole screen whenever its layout may have changed (twice when a page is closed, four times at the
start) and sends each piece of text with its whole style. On a slow line that took seconds.
"""

import re
from collections.abc import Iterator
from typing import Final

from tui.app.terminal.style_changes import style_change
from tui.content.layout.cells import is_one_cell_each

Cell = tuple[str, str]
"""A character, and the parameters of its style (ECMA-48, 8.3.117)."""

_MOVE: Final = re.compile(r"\x1b\[(\d+);(\d+)H")
"""A cursor position: the beginning of each piece of a frame, as Textual writes it."""
_STYLE: Final = re.compile(r"\x1b\[([\d;]*)m")
_GAP: Final = 6
"""Maximum gap, in cells, that is sent again because jumping over it takes as many bytes."""


class ShownCells:
    """Tracks what was sent to each cell. Anything that it cannot track, such as wide characters, is sent each time."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell | None]] = {}
        self._cursor = ""

    def forget(self) -> None:
        """Forget everything, because the terminal was resized, was written to by others, or has lost something."""
        self._rows.clear()
        self._cursor = ""

    def changes(self, frame: str) -> str:
        """Return what must be sent for a frame; a text that is no frame is returned unchanged."""
        moves = list(_MOVE.finditer(frame))
        if not moves:
            return frame
        ends = [*(move.start() for move in moves[1:]), len(frame)]
        sent, style = [frame[: moves[0].start()]], ""
        for move, end in zip(moves, ends, strict=True):
            piece = frame[move.end() : end].rstrip("\n")  # the next piece moves the cursor anyway
            if not piece:
                continue
            for text, style_of_text in self._draw(int(move[1]), int(move[2]) - 1, piece):
                sent += (style_change(style, style_of_text), text)
                style = style_of_text
        sent.append(style_change(style, ""))
        return "".join(sent) + self._left_at(moves[-1][0], is_moved=len(sent) > 2)

    def _left_at(self, cursor: str, *, is_moved: bool) -> str:
        """Return the move of the cursor to its final position, if it is elsewhere."""
        before, self._cursor = self._cursor, cursor
        return cursor if is_moved or cursor != before else ""

    def _draw(self, row: int, start: int, piece: str) -> Iterator[tuple[str, str]]:
        """Yield the texts that change a row, each with its style."""
        shown = self._rows.setdefault(row, [])
        cells = _cells(piece)
        if cells is None:
            shown[start:] = []  # only the terminal knows the width of the piece
            yield f"\x1b[{row};{start + 1}H{piece}", ""
            return
        end = start + len(cells)
        shown.extend([None] * (end - len(shown)))
        for first, last in _runs(shown[start:end], cells):
            move = f"\x1b[{row};{start + first + 1}H"
            for text, style in _texts(cells[first:last]):
                yield move + text, style
                move = ""
        shown[start:end] = cells


def _cells(piece: str) -> list[Cell] | None:
    """Return the cells of a piece; None if some character may not be exactly one cell wide."""
    first, *rest = _STYLE.split(piece)
    cells, style = [(character, "") for character in first], ""
    for parameters, text in zip(rest[::2], rest[1::2], strict=True):
        style = "" if parameters in ("", "0") else f"{style};{parameters}" if style else parameters
        cells += [(character, style) for character in text]
    return cells if is_one_cell_each("".join(character for character, _ in cells)) else None


def _runs(shown: list[Cell | None], wanted: list[Cell]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each part of a row that differs; small gaps are closed."""
    if shown == wanted:
        return
    first = last = -1
    for index, (one, other) in enumerate(zip(shown, wanted, strict=True)):
        if one == other:
            continue
        if first >= 0 and index - last > _GAP:
            yield first, last
            first = index
        first, last = (index if first < 0 else first), index + 1
    yield first, last


def _texts(cells: list[Cell]) -> Iterator[tuple[str, str]]:
    """Yield the cells as texts of one style each."""
    text, style = "", cells[0][1]
    for character, own in cells:
        if own != style:
            yield text, style
            text, style = "", own
        text += character
    yield text, style
