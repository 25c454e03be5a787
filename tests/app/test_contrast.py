"""Every text can be read: the contrast of each tone on each background, in each depth of colour."""

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

from tests.app.conftest import Show
from tui.app.theme import palette_for
from tui.content.tones import Background, Tone

LEAST = 4.5
"""WCAG 2.1, success criterion 1.4.3, level AA: the contrast of text of ordinary size."""
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


def as_shown(colours: int, tone: Tone, background: Background) -> tuple[ColorTriplet, ColorTriplet]:
    """Return the colours of text and background as a terminal of this depth gets them."""
    style = palette_for(colours).style(tone, background)
    assert style.color is not None
    assert style.bgcolor is not None
    return seen_as(style.color, colours), seen_as(style.bgcolor, colours)


def seen_as(colour: Color, colours: int) -> ColorTriplet:
    """Return a colour as a terminal of this depth gets it."""
    return colour.downgrade(DEPTHS[colours]).get_truecolor()


@pytest.mark.parametrize("colours", DEPTHS)
@pytest.mark.parametrize("background", Background)
@pytest.mark.parametrize("tone", Tone)
def test_every_tone_can_be_read_on_every_background(tone: Tone, background: Background, colours: int) -> None:
    assert contrast(*as_shown(colours, tone, background)) >= LEAST


@pytest.mark.parametrize("colours", DEPTHS)
def test_every_background_is_another_one(colours: int) -> None:
    assert len({as_shown(colours, Tone.TEXT, background)[1] for background in Background}) == len(Background)


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
