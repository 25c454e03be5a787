"""Styles for tones and backgrounds: themes in true colour and in 256 colours, and the terminal's own sixteen.

A tone says what a text means, not which colour it has. Only `WARNING` and `ERROR` are bright: a healthy screen is
nearly grey, so that trouble stands out. Every tone has a contrast of at least 4.5 : 1 on every background (WCAG 2.1,
level AA). That includes the faintest one on the selected line, because it shows the times, which people look for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from rich.style import Style
from textual.theme import Theme

from tui.content.layout.tones import Background, Tone


class ThemeName(StrEnum):
    """The themes that the user can choose from."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"
    """Every text at 7 : 1 or more, on black (WCAG 2.1, level AAA)."""
    COLOUR_BLIND = "colour-blind"
    """No state shown by red against green only: blue, yellow and vermilion (Okabe and Ito, "Color Universal
    Design")."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A style for every tone and background. `name` is the name of the matching Textual theme."""

    name: str
    tones: Mapping[Tone, Style]
    backgrounds: Mapping[Background, Style]
    cursor: Style = field(default_factory=Style)
    """Applied last on the selected line."""

    def style(self, tone: Tone, background: Background) -> Style:
        """Return the style of a text of this tone on this background."""
        style = self.backgrounds[background] + self.tones[tone]
        return style + self.cursor if background is Background.SELECTED else style


def _tones(**styles: str) -> dict[Tone, Style]:
    return {Tone[name.upper()]: Style.parse(style) for name, style in styles.items()}


def _backgrounds(plain: str, bar: str, blurred: str, selected: str) -> dict[Background, Style]:
    colours = {
        Background.PLAIN: plain,
        Background.BAR: bar,
        Background.SELECTED_BLURRED: blurred,
        Background.SELECTED: selected,
    }
    return {background: Style.parse(f"on {colour}") for background, colour in colours.items()}


_DARK: Final = Palette(
    "tunnelwatch-dark",
    _tones(
        text="#c9d3df",
        strong="bold #eef3f8",
        quiet="#a0acba",
        faint="#8894a4",
        accent="#6cb6ff",
        good="#74b887",
        warning="#f2b457",
        error="bold #ff6f6f",
        match="bold #0e131a on #f2b457",
    ),
    _backgrounds("#0e131a", "#1a222e", "#18212c", "#1b2d45"),
)
_LIGHT: Final = Palette(
    "tunnelwatch-light",
    _tones(
        text="#26313d",
        strong="bold #0b1016",
        quiet="#414d5a",
        faint="#4d5966",
        accent="#0a4f9c",
        good="#1a5c34",
        warning="#7a4700",
        error="bold #a81b18",
        match="bold #0b1016 on #ffd27a",
    ),
    _backgrounds("#fbfcfd", "#e4e9ef", "#eef2f6", "#cfe2f7"),
)
_CONTRAST: Final = Palette(
    "tunnelwatch-contrast",
    _tones(
        text="#ffffff",
        strong="bold #ffffff",
        quiet="#e4e4e4",
        faint="#d0d0d0",
        accent="#87d7ff",
        good="#87ff87",
        warning="#ffd700",
        error="bold #ffafaf",
        match="bold #000000 on #ffd700",
    ),
    _backgrounds("#000000", "#262626", "#1c1c1c", "#00005f"),
)
_COLOUR_BLIND: Final = replace(
    _DARK,
    name="tunnelwatch-colour-blind",
    tones={
        **_DARK.tones,
        **_tones(accent="#d3a4c4", good="#56b4e9", warning="#f0e442", error="bold #ff8c5a"),
    },
)
# 256 colours turn a dark blue grey into black, and a lighter one into teal; neutral greys and navy are available.
_GREYS: Final = _backgrounds("#121212", "#262626", "#1c1c1c", "#000087")
_THEMES: Final[Mapping[ThemeName, tuple[Palette, Palette]]] = {
    ThemeName.DARK: (_DARK, replace(_DARK, name="tunnelwatch-dark-256", backgrounds=_GREYS)),
    ThemeName.LIGHT: (
        _LIGHT,
        replace(
            _LIGHT,
            name="tunnelwatch-light-256",
            # 256 colours turn slate into the teal of `good`, and brown into an orange that is too pale.
            tones={
                **_LIGHT.tones,
                **_tones(text="#262626", strong="bold #000000", quiet="#444444", faint="#4e4e4e", accent="#005faf"),
                **_tones(good="#005f00", warning="#5f5f00", error="bold #af0000"),
            },
            backgrounds=_backgrounds("#ffffff", "#e4e4e4", "#eeeeee", "#d7d7ff"),
        ),
    ),
    ThemeName.CONTRAST: (_CONTRAST, replace(_CONTRAST, name="tunnelwatch-contrast-256")),
    ThemeName.COLOUR_BLIND: (
        _COLOUR_BLIND,
        replace(_COLOUR_BLIND, name="tunnelwatch-colour-blind-256", backgrounds=_GREYS),
    ),
}
"""Each theme in true colour and in 256 colours."""
# The terminal's own palette, whatever it is; `dim` rather than bright black, which some palettes hide.
SIXTEEN: Final = Palette(
    "ansi-dark",
    _tones(
        text="none",
        strong="bold",
        quiet="dim",
        faint="dim",
        accent="cyan",
        good="green",
        warning="yellow",
        error="bold red",
        match="bold reverse yellow",
    ),
    {
        Background.PLAIN: Style(),
        Background.BAR: Style(),
        Background.SELECTED_BLURRED: Style(),
        Background.SELECTED: Style.parse("reverse"),
    },
    cursor=Style(dim=False),  # dim and reversed would be grey on grey
)
DARK: Final = _DARK


def palette_for(colours: int, theme: ThemeName = ThemeName.DARK) -> Palette:
    """Return the palette of a theme for a terminal with this many colours; with sixteen, the terminal's own."""
    if colours <= 16:
        return SIXTEEN
    true_colour, colours_256 = _THEMES[theme]
    return colours_256 if colours <= 256 else true_colour


def usual_theme(environment: Mapping[str, str], *, is_light: bool | None = None) -> ThemeName:
    """Return the theme for users who name none: light or dark as the terminal answered, else as COLORFGBG says."""
    if is_light is None:
        is_light = environment.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    return ThemeName.LIGHT if is_light else ThemeName.DARK


def textual_theme(palette: Palette, *, dark: bool) -> Theme:
    """Return the theme for what Textual draws itself: scroll bars, the command palette, a prompt."""

    def ink(tone: Tone) -> str:
        colour = palette.tones[tone].color
        return colour.name if colour else "ansi_default"

    def ground(background: Background) -> str:
        colour = palette.backgrounds[background].bgcolor
        return colour.name if colour else "ansi_default"

    return Theme(
        name=palette.name,
        primary=ink(Tone.ACCENT),
        secondary=ink(Tone.QUIET),
        accent=ink(Tone.ACCENT),
        warning=ink(Tone.WARNING),
        error=ink(Tone.ERROR),
        success=ink(Tone.GOOD),
        foreground=ink(Tone.TEXT),
        background=ground(Background.PLAIN),
        surface=ground(Background.PLAIN),
        panel=ground(Background.BAR),
        dark=dark,
    )
