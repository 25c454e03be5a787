"""The bytes left out of frames are not missed: a terminal shows the same, cell by cell."""

from collections.abc import Iterable
from pathlib import Path

import pyte
from hypothesis import given
from hypothesis import strategies as st

from tests.terminal.pseudo import Pseudo
from tests.terminal.test_stalled import HELP, Beats, running, settled
from tui.app.terminal.shown_cells import ShownCells

ROWS, COLUMNS = 4, 24
GREEN = "38;2;1;200;3"
STYLES = ("", "1", "7", "2", GREEN, f"{GREEN};48;2;40;50;60", f"1;{GREEN};48;2;40;50;60", "48;5;17", "31", "1;97;44")

Drawn = tuple[int, int, list[tuple[str, str]]]
"""A row, a column, and texts each with its style."""

texts = st.tuples(st.sampled_from(STYLES), st.text("ab ●東", min_size=1, max_size=3))
pieces = st.tuples(st.integers(1, ROWS), st.integers(1, 3), st.lists(texts, min_size=1, max_size=3))
frames = st.lists(pieces, min_size=1, max_size=6)


def written(frame: Iterable[Drawn]) -> str:
    """A frame as Textual writes it: each piece begins with its position, each text ends with a reset."""
    drawn = [
        f"\x1b[{row};{column}H"
        + "".join(f"\x1b[{style}m{text}\x1b[0m" if style else text for style, text in texts)
        + ("\n" if row < ROWS else "")
        for row, column, texts in sorted(frame, key=lambda piece: piece[:2])
    ]
    return "".join(drawn) + "\x1b[1;1H"


def shown(frames: Iterable[str]) -> list[list[pyte.screens.Char]]:
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
    return [[screen.buffer[row][column] for column in range(COLUMNS)] for row in range(ROWS)]


@given(st.lists(frames, min_size=1, max_size=5))
def test_a_terminal_shows_the_same_with_what_is_left_out(drawn: list[list[Drawn]]) -> None:
    cells, texts = ShownCells(), [written(frame) for frame in drawn]
    sent = [cells.changes(text) for text in texts]
    assert shown(sent) == shown(texts)


def test_a_frame_that_is_shown_already_is_not_sent_until_the_terminal_is_forgotten() -> None:
    cells, frame = ShownCells(), written([(1, 1, [("1", "a")]), (2, 1, [("", "b")])])
    assert cells.changes(frame)
    assert cells.changes(frame) == ""
    cells.forget()
    assert cells.changes(frame)


def test_a_row_with_a_link_is_sent_whole_and_leaves_nothing_behind() -> None:
    linked = "\x1b[1;1H\x1b]8;id=1;https://eu-west-1.console.aws.amazon.com/\x1b\\\x1b[1mvpn\x1b[0m\x1b]8;;\x1b\\ b"
    cells, texts = ShownCells(), [linked, written([(1, 1, [("", "xpn b")])]), linked]
    sent = [cells.changes(text) for text in texts]
    assert shown(sent) == shown(texts)
    assert "https://eu-west-1.console.aws.amazon.com/" in sent[2]


def test_what_is_no_frame_is_sent_as_it_is() -> None:
    cells = ShownCells()
    for text in ("\x1b[?1049h", "\a", "\x1b]52;c;YQ==\a"):
        assert [cells.changes(text) for _ in range(2)] == [text, text]


A_SECOND = 64_000 // 8
"""Bytes that a line of 64 kbit/s takes in a second: what a key may cost at most."""


def cost(terminal: Pseudo, beats: Beats, key: str) -> int:
    """Return the bytes that the terminal is sent for a key, within a tick and the frames that it causes."""
    before = len(terminal.sent)
    terminal.press(key)
    terminal.wait_for(beats.more(30))
    return len(terminal.sent) - before


def test_what_a_key_does_is_on_a_slow_line_within_a_second(tmp_path: Path) -> None:
    with running(tmp_path, columns=80, rows=24) as (terminal, beats):
        settled(terminal, beats)
        assert len(terminal.sent) < 1.25 * A_SECOND  # the loading screen, and then the board
        costs = {key: cost(terminal, beats, key) for key in ("k", "?", "q", "t", "\x1b")}
        assert max(costs.values()) < A_SECOND, costs


def test_a_terminal_that_answers_gets_no_frame_before_it_has_shown_the_last_ones(tmp_path: Path) -> None:
    with running(tmp_path, columns=80, rows=24, answers=True) as (terminal, beats):
        settled(terminal, beats)
        for key in "jk" * 30:
            terminal.press(key)
            terminal.trickle(A_SECOND // 4, seconds=1 / 30)
        before = len(terminal.sent)
        terminal.press("?")
        terminal.wait_for(HELP)
        assert len(terminal.sent) - before < 1.75 * A_SECOND  # what was on its way, and the help
        terminal.press("q")
        terminal.wait_for("not redundant")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()


def test_keys_that_come_faster_than_a_slow_line_takes_their_frames_do_not_pile_up(tmp_path: Path) -> None:
    with running(tmp_path, columns=80, rows=24) as (terminal, beats):
        settled(terminal, beats)
        for key in "jk" * 30:
            terminal.press(key)
            terminal.trickle(A_SECOND, seconds=1 / 30)
        before = len(terminal.sent)
        terminal.press("?")
        terminal.wait_for(HELP)
        assert len(terminal.sent) - before < 4 * A_SECOND
