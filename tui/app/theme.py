"""Styles for tones and backgrounds, in true colour, in 256 colours, and in the terminal's own sixteen.

A tone says what a text is, not which colour it has. Only `WARNING` and `ERROR` are bright: a healthy screen is nearly
grey, so that trouble stands out. Every tone has a contrast of at least 4.5 : 1 on every background (WCAG 2.1, level
AA), the faintest one on the selected line included: the times are in it, and they are what people ask for.
"""

from dataclasses import dataclass, field, replace
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
    backgrounds: dict[Background, Style]
    cursor: Style = field(default_factory=Style)
    """Applied last on the selected line."""

    def style(self, tone: Tone, background: Background) -> Style:
        """Return the style of a text of this tone on this background."""
        style = self.backgrounds[background] + self.tones[tone]
        return style + self.cursor if background is Background.SELECTED else style


_INK: Final = "#0e131a"
_BAR: Final = "#1a222e"

TRUE_COLOUR: Final = Palette(
    theme="tunnelwatch",
    tones={
        Tone.TEXT: Style.parse("#c9d3df"),
        Tone.STRONG: Style.parse("bold #eef3f8"),
        Tone.QUIET: Style.parse("#a0acba"),
        Tone.FAINT: Style.parse("#8894a4"),
        Tone.ACCENT: Style.parse("#6cb6ff"),
        Tone.GOOD: Style.parse("#74b887"),
        Tone.WARNING: Style.parse("#f2b457"),
        Tone.ERROR: Style.parse("bold #ff6f6f"),
        Tone.MATCH: Style.parse("bold #0e131a on #f2b457"),
    },
    backgrounds={
        Background.PLAIN: Style.parse(f"on {_INK}"),
        Background.BAR: Style.parse(f"on {_BAR}"),
        Background.SELECTED_BLURRED: Style.parse("on #18212c"),
        Background.SELECTED: Style.parse("on #1b2d45"),
    },
)
# Of a dark blue grey, 256 colours leave black, and of a lighter one teal: neutral greys and navy are in the palette.
_GREY_INK: Final = "#121212"
_GREY_BAR: Final = "#262626"
COLOURS_256: Final = replace(
    TRUE_COLOUR,
    theme="tunnelwatch-256",
    backgrounds={
        Background.PLAIN: Style.parse(f"on {_GREY_INK}"),
        Background.BAR: Style.parse(f"on {_GREY_BAR}"),
        Background.SELECTED_BLURRED: Style.parse("on #1c1c1c"),
        Background.SELECTED: Style.parse("on #000087"),
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
    backgrounds={
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
    secondary="#a0acba",
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
THEME_256: Final = replace(THEME, name="tunnelwatch-256", background=_GREY_INK, surface=_GREY_INK, panel=_GREY_BAR)


def palette_for(colours: int) -> Palette:
    """Return the palette for a terminal that has so many colours."""
    if colours <= 16:
        return SIXTEEN
    return COLOURS_256 if colours <= 256 else TRUE_COLOUR


# Each replacement is as wide as its symbol, so that a screen without UTF-8 keeps its columns.
_ASCII: Final = {
    ord(symbol): plain
    for symbol, plain in {
        "●": "*", "◌": "~", "✖": "X", "▲": "!", "▼": "v", "↻": "@", "·": "-", "×": "x", "→": ">", "…": "~", "–": "-",
        "—": "-", "─": "-", "━": "=", "│": "|", "┃": "|", "▌": ">", "≥": ">", "‖": "=", "↑": "^", "↓": "v", "✓": "y",
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
    """Draws everything in ASCII, for terminals whose encoding is not UTF-8."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.control else Segment(ascii_cells(segment.text), segment.style) for segment in segments
        ]
