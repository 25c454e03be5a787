"""Text fitted to cells, and lines that are redrawn only where they changed."""

import pytest
import rich.cells
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.terminal.theme import SIXTEEN
from tui.app.widgets.lines_view import _segments, changed_cells
from tui.content.layout import cells
from tui.content.layout.ascii_text import ascii_cells
from tui.content.layout.cells import clip, clip_middle, clip_start, fill, harmless, wrap
from tui.content.layout.lines import Line, Span, justified, marked
from tui.content.layout.tones import Background, Tone

texts = st.text(max_size=200).map(harmless)
widths = st.integers(min_value=0, max_value=60)


@given(texts, widths)
def test_clipped_text_fits_from_either_end(text: str, width: int) -> None:
    assert cell_len(clip(text, width)) <= width
    assert cell_len(clip_start(text, width)) <= width
    assert cell_len(clip_middle(text, width)) <= width


@given(texts, widths)
def test_filled_text_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fill(text, width)) == width


@given(texts, st.integers(min_value=2, max_value=60))
def test_wrapped_text_fits_and_loses_no_character(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(max_size=200))
def test_harmless_text_has_nothing_that_a_terminal_acts_on(text: str) -> None:
    made = harmless(text)
    assert not [each for each in made if not each.isprintable()]
    assert "\ufe0f" not in made


@given(texts)
def test_ascii_cells_are_ascii_and_as_wide(text: str) -> None:
    made = ascii_cells(text)
    assert made.isascii()
    assert cell_len(made) == cell_len(text)


@given(texts, st.text(max_size=5))
def test_marking_matches_changes_no_text(text: str, needle: str) -> None:
    assert "".join(span.text for span in marked([Span(text)], needle)) == text


def test_a_match_is_marked_case_blind_wherever_it_is() -> None:
    found = [span.text for span in marked([Span("DPD asks, dpd answers")], "dpd") if span.tone is Tone.MATCH]
    assert found == ["DPD", "dpd"]


@pytest.mark.parametrize("text", ["İİİ goes down", "down, İİİ, DOWN"])
def test_where_a_capital_letter_grows_nothing_but_the_match_is_marked(text: str) -> None:
    found = {span.text.lower() for span in marked([Span(text)], "down") if span.tone is Tone.MATCH}
    assert found <= {"down"}


@pytest.mark.parametrize(("background", "segments"), [(Background.PLAIN, 1), (Background.SELECTED, 2)])
def test_blanks_take_the_style_before_them_except_where_it_would_show(background: Background, segments: int) -> None:
    assert len(_segments([Span("✖ down", Tone.ERROR), Span("   ")], SIXTEEN, background)) == segments


@given(st.lists(texts, max_size=5), st.lists(texts, max_size=5), widths)
def test_two_ends_never_outgrow_a_line_that_can_hold_the_right_one(
    left: list[str], right: list[str], width: int
) -> None:
    line = justified([Span(each) for each in left], [Span(each) for each in right], width)
    assert cell_len(line.text) <= max(width, sum(map(cell_len, right)))


def line_of(*parts: str, background: Background = Background.PLAIN) -> Line:
    return Line(tuple(Span(part) for part in parts), background)


@pytest.mark.parametrize(
    ("before", "after", "cells"),
    [
        (line_of(" 41s", "  down"), line_of(" 41s", "  down"), 0),
        (line_of(" 41s", "  down"), line_of(" 42s", "  down"), 4),
        (line_of(" 41s", "  down"), line_of(" 41s", "  both"), 10),
        (line_of(" 41s", "  down"), line_of("  1m", "  down!"), 40),
        (line_of("日本", " x"), line_of("東京", " x"), 4),
        (line_of("x"), line_of("x", background=Background.SELECTED), 40),
        (None, line_of("x"), 40),
        (line_of("x"), None, 40),
    ],
)
def test_only_cells_up_to_the_last_change_are_drawn_again(before: Line | None, after: Line | None, cells: int) -> None:
    assert changed_cells(before, after, 40) == cells


def test_what_needs_no_table_of_widths_is_one_cell_wide_for_rich_too() -> None:
    marks = [chr(code) for code in range(0x20, 0x3000) if cells._ONE_CELL_EACH.fullmatch(chr(code))]
    assert [mark for mark in marks if rich.cells.cell_len(mark) != 1] == []
