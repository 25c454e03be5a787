"""Styles for tones and backgrounds, in true colour and in the terminal's own sixteen colours.

A tone says what a text is, not which colour it has. Only `WARNING` and `ERROR` are bright: a healthy screen is nearly
grey, so that trouble stands out.
"""

from dataclasses import dataclass, field
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from tui.content.tones import Background, Tone


@dataclass(frozen=True, slots=True)
class Palette:
    """A style for every tone and background, and the Textual theme that goes with them."""

    theme: str
    tones: dict[Tone, Style]
    grounds: dict[Background, Style]
    cursor: Style = field(default_factory=Style)
    """Applied last on the selected line."""

    def style(self, tone: Tone, ground: Background) -> Style:
        """Return the style of a text of this tone on this background."""
        style = self.grounds[ground] + self.tones[tone]
        return style + self.cursor if ground is Background.SELECTED else style


_INK: Final = "#0e131a"
_BAR: Final = "#1a222e"

TRUE_COLOUR: Final = Palette(
    theme="tunnelwatch",
    tones={
        Tone.TEXT: Style.parse("#c9d3df"),
        Tone.STRONG: Style.parse("bold #eef3f8"),
        Tone.QUIET: Style.parse("#8693a3"),
        Tone.FAINT: Style.parse("#536070"),
        Tone.ACCENT: Style.parse("#6cb6ff"),
        Tone.GOOD: Style.parse("#74b887"),
        Tone.WARNING: Style.parse("#f2b457"),
        Tone.ERROR: Style.parse("bold #ff6f6f"),
        Tone.MATCH: Style.parse("bold #0e131a on #f2b457"),
    },
    grounds={
        Background.PLAIN: Style.parse(f"on {_INK}"),
        Background.BAR: Style.parse(f"on {_BAR}"),
        Background.SELECTED_BLURRED: Style.parse("on #18212c"),
        Background.SELECTED: Style.parse("on #22344a"),
    },
)
# The terminal's own palette, whatever it is: `dim` rather than bright black, which some palettes hide.
SIXTEEN: Final = Palette(
    theme="ansi-dark",
    tones={
        Tone.TEXT: Style(),
        Tone.STRONG: Style.parse("bold"),
        Tone.QUIET: Style.parse("dim"),
        Tone.FAINT: Style.parse("dim"),
        Tone.ACCENT: Style.parse("cyan"),
        Tone.GOOD: Style.parse("green"),
        Tone.WARNING: Style.parse("yellow"),
        Tone.ERROR: Style.parse("bold red"),
        Tone.MATCH: Style.parse("bold reverse yellow"),
    },
    grounds={
        Background.PLAIN: Style(),
        Background.BAR: Style(),
        Background.SELECTED_BLURRED: Style(),
        Background.SELECTED: Style.parse("reverse"),
    },
    cursor=Style(dim=False),  # dim and reversed is grey on grey
)

THEME: Final = Theme(
    name="tunnelwatch",
    primary="#6cb6ff",
    secondary="#8693a3",
    accent="#6cb6ff",
    warning="#f2b457",
    error="#ff6f6f",
    success="#74b887",
    foreground="#c9d3df",
    background=_INK,
    surface=_INK,
    panel=_BAR,
    dark=True,
)

# Each replacement is as wide as its symbol, so that a screen without UTF-8 keeps its columns.
_ASCII: Final = {
    ord(symbol): plain
    for symbol, plain in {
        "●": "*", "◌": "~", "✖": "X", "▲": "!", "▼": "v", "↻": "@", "·": "-", "×": "x", "→": ">", "…": "~", "–": "-",
        "—": "-", "─": "-", "│": "|", "┃": "|", "▌": ">", "≥": ">", "‖": "=", "↑": "^", "↓": "v", "✓": "y",
        "“": '"', "”": '"', "’": "'", "‘": "'", "•": "*", "≤": "<", "≠": "!",
    }.items()
}  # fmt: skip


def ascii_cells(text: str) -> str:
    """Return `text` in ASCII, as wide as it was."""
    if text.isascii():
        return text
    from rich.cells import cell_len

    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text.translate(_ASCII))


class AsciiFilter(LineFilter):
    """Draws everything in ASCII, for terminals whose encoding is not UTF-8."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.control else Segment(ascii_cells(segment.text), segment.style) for segment in segments
        ]
