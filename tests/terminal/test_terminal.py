"""The description of a terminal, and which ones are refused."""

import io
import os
import pty

import pytest

from tui.app.terminal.terminal import describe_terminal


class Teletype(io.TextIOWrapper):
    """A stream that is, or says it is, a terminal."""

    def __init__(self, *, encoding: str = "utf-8", tty: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("env", "colours"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 1 << 24),
        ({"TERM": "xterm-direct"}, 1 << 24),
        ({"TERM": "screen-256color"}, 256),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "linux"}, 16),
        ({"TERM": "vt220"}, 0),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, 0),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, 256),
        ({"TERM": "vt220", "FORCE_COLOR": "1"}, 16),
    ],
)
def test_colours_follow_term_colorterm_and_no_color(env: dict[str, str], colours: int) -> None:
    assert describe_terminal(env, Teletype()).colours == colours


@pytest.mark.parametrize(
    ("encoding", "is_utf8"), [("utf-8", True), ("UTF8", True), ("ascii", False), ("latin-1", False)]
)
def test_the_encoding_decides_on_symbols(encoding: str, is_utf8: bool) -> None:
    assert describe_terminal({"TERM": "xterm"}, Teletype(encoding=encoding)).is_utf8 is is_utf8


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_without_a_cursor_is_refused_with_what_to_do_instead(term: str) -> None:
    refusal = describe_terminal({"TERM": term}, Teletype()).refusal
    assert refusal is not None
    assert "tunnelwatch status" in refusal


def test_a_pipe_is_refused() -> None:
    assert describe_terminal({"TERM": "xterm"}, Teletype(tty=False)).refusal is not None


def test_a_closed_stream_is_refused() -> None:
    stream = io.StringIO()
    stream.close()
    assert not describe_terminal({"TERM": "xterm"}, stream).is_tty


def test_an_ordinary_terminal_is_accepted() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        terminal = describe_terminal({"TERM": "tmux-256color"}, stream)
    os.close(master)
    assert terminal.refusal is None
