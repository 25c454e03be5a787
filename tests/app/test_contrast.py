"""Every text is readable: the contrast of each tone on each background, in each depth of colour."""

import itertools

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

from tests.app.conftest import Show
from tui.app.terminal.display import THEMES
from tui.app.terminal.theme import ThemeName, palette_for, usual_theme
from tui.content.layout.tones import Background, Tone

LEAST = 4.5
"""WCAG 2.1, success criterion 1.4.3, level AA: the contrast of text of ordinary size."""
MOST_LEAST = 7.0
"""The same, level AAA."""
DEPTHS = {1 << 24: ColorSystem.TRUECOLOR, 256: ColorSystem.EIGHT_BIT}


def luminance(colour: ColorTriplet) -> float:
    """Return the relative luminance of a colour (WCAG 2.1)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.1)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def as_shown(
    colours: int, tone: Tone, background: Background, theme: ThemeName = ThemeName.DARK
) -> tuple[ColorTriplet, ColorTriplet]:
    """Return the colours of text and background as a terminal of this depth shows them."""
    style = palette_for(colours, theme).style(tone, background)
    assert style.color is not None
    assert style.bgcolor is not None
    return seen_as(style.color, colours), seen_as(style.bgcolor, colours)


def seen_as(colour: Color, colours: int) -> ColorTriplet:
    """Return a colour as a terminal of this depth shows it."""
    return colour.downgrade(DEPTHS[colours]).get_truecolor()


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("colours", DEPTHS)
def test_every_tone_can_be_read_on_every_background(colours: int, theme: ThemeName) -> None:
    least = MOST_LEAST if theme is ThemeName.CONTRAST else LEAST
    for tone, background in itertools.product(Tone, Background):
        assert contrast(*as_shown(colours, tone, background, theme)) >= least, (tone, background)


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("colours", DEPTHS)
def test_every_background_is_another_one(colours: int, theme: ThemeName) -> None:
    shown = {as_shown(colours, Tone.TEXT, background, theme)[1] for background in Background}
    assert len(shown) == len(Background)


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("colours", DEPTHS)
def test_plain_text_has_not_the_colour_of_a_state(colours: int, theme: ThemeName) -> None:
    states = (Tone.GOOD, Tone.WARNING, Tone.ERROR, Tone.ACCENT)
    plain = {as_shown(colours, tone, Background.PLAIN, theme)[0] for tone in (Tone.TEXT, Tone.QUIET, Tone.FAINT)}
    assert not plain & {as_shown(colours, tone, Background.PLAIN, theme)[0] for tone in states}


def test_the_option_offers_every_theme() -> None:
    assert list(THEMES) == list(ThemeName)


@pytest.mark.parametrize(
    ("answer", "theme"), [("", "dark"), ("15;0", "dark"), ("0;15", "light"), ("0;default;7", "light"), ("x", "dark")]
)
def test_a_light_terminal_that_says_so_gets_the_light_theme(answer: str, theme: str) -> None:
    assert usual_theme({"COLORFGBG": answer}) == theme


def test_black_on_white_has_the_contrast_that_the_standard_states() -> None:
    assert contrast(ColorTriplet(0, 0, 0), ColorTriplet(255, 255, 255)) == pytest.approx(21)
    assert contrast(ColorTriplet(119, 119, 119), ColorTriplet(255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", DEPTHS)
async def test_no_cell_of_the_screen_is_drawn_with_less_contrast(show: Show, colours: int) -> None:
    async with show(size=(130, 40), colours=colours) as screen:
        await screen.press("tab", "up")
        pairs = {
            (seen_as(segment.style.color, colours), seen_as(segment.style.bgcolor, colours))
            for strip in screen.app.screen._compositor.render_strips()
            for segment in strip
            if any(map(str.isalnum, segment.text)) and segment.style and segment.style.color and segment.style.bgcolor
        }
        assert len(pairs) > len(Tone)
        assert [pair for pair in pairs if contrast(*pair) < LEAST] == []


@pytest.mark.parametrize("theme", ThemeName)
async def test_what_textual_draws_itself_can_be_read_too(show: Show, theme: ThemeName) -> None:
    least = MOST_LEAST if theme is ThemeName.CONTRAST else LEAST
    async with show(theme=theme) as screen:
        for key, leave in (("ctrl+p", "escape"), ("slash", "escape")):
            await screen.press(key)
            await screen.settle()
            drawn = screen.app.screen._compositor.render_strips()
            rows = {y for widget in screen.app.screen.query("Input, CommandList") for y in widget.region.line_range}
            pairs = {
                (seen_as(part.style.color, 1 << 24), seen_as(part.style.bgcolor, 1 << 24))
                for y in rows
                for part in drawn[y]
                if any(map(str.isalnum, part.text)) and part.style and part.style.color and part.style.bgcolor
            }
            assert len(pairs) > 1
            assert [pair for pair in pairs if contrast(*pair) < least] == []
            await screen.press(leave)
