"""The terminal is asked for its background before the screen is drawn, and its answer never presses a key."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.terminal.pseudo import Pseudo
from tui.app.terminal.background_query import is_light
from tui.app.terminal.reports import Reports

ASKING = ("-m", "tests.terminal.program", "asking")
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
ATTRIBUTES = "\x1b[?62;22c"
LIGHT, DARK = b"48;2;251;252;253", b"48;2;14;19;26"
"""The backgrounds of the two themes, as they are sent."""


@contextmanager
def asked(**env: str) -> Iterator[Pseudo]:
    """Run the program until it has asked, and check at the end that it runs and restores the terminal."""
    with Pseudo(*ASKING, env={"COLORFGBG": "", **env}) as terminal:
        terminal.wait_to_be_sent(QUESTION)
        yield terminal
        terminal.press("i")
        terminal.wait_for("Data source")
        terminal.press("\x1b")
        terminal.wait_for("203.0.113.17")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()
        assert b"rgb" not in terminal.sent  # nothing was echoed


def test_a_light_terminal_gets_the_light_theme_and_keys_typed_meanwhile_have_their_effect() -> None:
    with asked() as terminal:
        for piece in ("?", "\x1b", "]11;rgb:ffff/ff", "ff/eeee\x1b", "\\\x1b[?62", ";22c", "\r"):
            terminal.press(piece)
        terminal.wait_for("Open the tunnel or the message")
        assert LIGHT in terminal.sent
        assert DARK not in terminal.sent
        terminal.press("q")
        terminal.wait_for("203.0.113.17")


def test_an_answer_that_comes_late_presses_no_key_and_a_byte_that_is_no_utf8_ends_nothing() -> None:
    with asked() as terminal:
        terminal.press("\x1b]11;bright pink\x07")  # no answer that can be read
        terminal.wait_for("q quit")
        assert LIGHT not in terminal.sent
        for piece in ("\x1b]11;rgb:", "ffff/ffff/ffff\x1b\\", "\x1b]11;no colour: ?!\x07", ATTRIBUTES):
            terminal.press(piece)
        terminal.type(b"\xe9")
        terminal.press("?")
        terminal.wait_for("Open the tunnel or the message")
        terminal.press("?")
        terminal.wait_for("q quit")
        assert b"feed waits" not in terminal.sent  # what `r` would have said


def test_where_no_answer_comes_the_environment_counts() -> None:
    with asked(COLORFGBG="0;15") as terminal:
        terminal.wait_for("203.0.113.17")
        assert LIGHT in terminal.sent
        assert DARK not in terminal.sent


def test_a_signal_between_question_and_screen_gives_the_terminal_back() -> None:
    with Pseudo(*ASKING) as terminal:
        terminal.wait_to_be_sent(QUESTION)
        terminal.process.send_signal(signal.SIGTERM)
        terminal.finish()
        assert terminal.is_restored()


@pytest.mark.parametrize("env", [{"TERM": "screen-256color"}, {"NO_COLOR": "1"}], ids=str)
def test_nobody_is_asked_where_it_does_harm_or_changes_nothing(env: Mapping[str, str]) -> None:
    with Pseudo(*ASKING, env=env) as terminal:
        terminal.wait_for("203.0.113.17")
        terminal.press("q")
        assert terminal.finish() == 0
        assert b"]11;" not in terminal.sent


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        ("rgb:ffff/ffff/ffff", True),
        ("rgb:fb/fc/fd", True),
        ("rgb:f/f/f", True),
        ("rgba:ffff/ffff/ffff/8000", True),
        ("rgb:0000/0000/0000", False),
        ("rgb:0000/2b2b/3636", False),
        ("rgb:0000/0000/ffff", False),
        ("#ffffff", None),
        ("", None),
        ("rgb:ffff/ffff", None),
    ],
)
def test_a_colour_is_light_or_dark_as_the_eye_sees_it(colour: str, light: bool | None) -> None:
    assert is_light(colour) is light


REPORTS = (b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", b"\x1b]11;rgb:ff/ff/ff\x07", b"\x1b]11;?!\x07", ATTRIBUTES.encode())
KEYS = (b"q", b"\x1b[A", b"\x1b[27u", b"\x1b]", b"\xc3\xa9", b"\x1b[?2026;2$y", b"\x1b[<0;3;4M", b"11", b"\r")


@given(st.lists(st.sampled_from(REPORTS + KEYS), max_size=8), st.lists(st.integers(0, 99), max_size=8), st.booleans())
def test_reports_are_taken_out_and_keys_left_in_however_they_are_cut(
    sent: list[bytes], cuts: list[int], is_expected: bool
) -> None:
    data, reports = b"".join(sent), Reports()
    reports.is_expected = is_expected
    # Nothing is expected behind the attributes any more: what is cut there may be a key.
    expected = b"".join(sent[: sent.index(REPORTS[-1]) + 1]) if REPORTS[-1] in sent else data
    ends = sorted({min(cut, len(expected)) for cut in cuts} | {len(data)}) if is_expected else [len(data)]
    typed, start = b"", 0
    for end in ends:
        typed += reports.take(data[start:end])
        start = end
    typed += reports.settle()
    assert typed == b"".join(piece for piece in sent if piece not in REPORTS)


def test_the_escape_key_waits_only_for_an_expected_answer() -> None:
    reports = Reports()
    assert reports.take(b"\x1b") == b"\x1b"
    reports.is_expected = True
    assert reports.take(b"\x1b") == b""
    assert reports.settle() == b"\x1b"


def test_the_rest_of_an_answer_is_not_waited_for_for_ever() -> None:
    reports = Reports()
    assert reports.take(b"\x1b]11;rgb:ff") == b""
    assert b"".join(reports.settle() for _ in range(20)) == b""
    assert reports.take(b"q") == b"q"
