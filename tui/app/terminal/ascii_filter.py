"""Draws in plain ASCII, for terminals whose encoding is not UTF-8."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.content.layout.ascii_text import ascii_cells


class AsciiFilter(LineFilter):
    """Draws everything in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.control else Segment(ascii_cells(segment.text), segment.style) for segment in segments
        ]
