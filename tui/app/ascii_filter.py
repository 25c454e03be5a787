"""Symbols in plain ASCII, for terminals whose encoding is not UTF-8."""

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# Each replacement is as wide as its symbol, so that a screen without UTF-8 keeps its columns.
_ASCII: Final = {
    ord(symbol): plain
    for symbol, plain in {
        "●": "*", "◌": "~", "✖": "X", "▲": "!", "▼": "v", "↻": "@", "·": "-", "×": "x", "→": ">", "…": "~", "–": "-",
        "—": "-", "─": "-", "━": "=", "│": "|", "┃": "|", "▌": ">", "≥": "+", "‖": "=", "↑": "^", "↓": "v", "✓": "y",
        "“": '"', "”": '"', "’": "'", "‘": "'", "•": "*", "≤": "<", "≠": "!", "←": "<", "┄": ".", "✎": "&", "╷": "|",
        "▂": "_", "▅": "+", "█": "#", "▓": "%", "░": ":",
    }.items()
}  # fmt: skip


def ascii_cells(text: str) -> str:
    """Return `text` in ASCII, as wide as it was."""
    if text.isascii():
        return text
    from rich.cells import cell_len

    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text.translate(_ASCII))


class AsciiFilter(LineFilter):
    """Draws everything in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.control else Segment(ascii_cells(segment.text), segment.style) for segment in segments
        ]
