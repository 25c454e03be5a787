"""A terminal that stops reading (ctrl+s in tmux, a stalled SSH session) delays nothing but its own picture."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.terminal.pseudo import Pseudo

HELP = "Open the tunnel or the message"
"""The first line of the help: the rest may be longer than the terminal."""


class Beats:
    """The turns of the program's event loop, as it counts them in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def more(self, number: int = 20) -> Callable[[], bool]:
        """Return whether so many turns were made from now on."""
        enough = self._file.stat().st_size + number
        return lambda: self._file.stat().st_size >= enough


def move(terminal: Pseudo) -> None:
    terminal.press("jk" * 75)


def turn_pages(terminal: Pseudo, beats: Beats, *, times: int = 20) -> None:
    for _ in range(times):
        for key in "?q":
            terminal.press(key)
            terminal.wait_unread_for(beats.more(2))  # a page takes a turn or two to come and to go


def resize(terminal: Pseudo, beats: Beats) -> None:
    for columns in (100, 140, 90, 120) * 3:
        terminal.resize(columns, 40)
        terminal.wait_unread_for(beats.more(10))


def copy(terminal: Pseudo, beats: Beats) -> None:
    for _ in range(60):
        terminal.press("y")
        terminal.wait_unread_for(beats.more(1))


STALLS = {
    "keys": lambda terminal, _: move(terminal),
    "pages": turn_pages,
    "resizes": resize,
    "copies": copy,
}


@contextmanager
def running(
    tmp_path: Path, *, columns: int = 120, rows: int = 40, answers: bool = False
) -> Iterator[tuple[Pseudo, Beats]]:
    file = tmp_path / "beats"
    with Pseudo(
        *("-m", "tests.terminal.program", "beat", "0", str(file)),
        columns=columns,
        rows=rows,
        answers=answers,
        env={"XDG_STATE_HOME": str(tmp_path)},
    ) as terminal:
        terminal.wait_for("not redundant")
        terminal.wait_for(lambda: file.exists())
        yield terminal, Beats(file)


def without_footer(terminal: Pseudo) -> list[str]:
    """Return what the terminal shows without its last line, which says for some seconds that something was copied."""
    return terminal.text.splitlines()[:-1]


def settled(terminal: Pseudo, beats: Beats) -> list[str]:
    """Return what the terminal shows once nothing more arrives."""
    size = -1
    while size != len(terminal.sent):
        size = len(terminal.sent)
        terminal.wait_for(beats.more(30))
    return without_footer(terminal)


@pytest.mark.parametrize("stall", STALLS)
def test_the_loop_goes_on_and_sigterm_ends_the_program(tmp_path: Path, stall: str) -> None:
    with running(tmp_path) as (terminal, beats):
        STALLS[stall](terminal, beats)
        terminal.wait_unread_for(beats.more(50))
        terminal.process.send_signal(signal.SIGTERM)
        terminal.wait_unread_for(lambda: terminal.process.poll() is not None)
        assert terminal.process.returncode == 0


@pytest.mark.parametrize("stall", STALLS)
def test_once_somebody_reads_the_screen_is_whole(tmp_path: Path, stall: str) -> None:
    with running(tmp_path) as (terminal, beats):
        terminal.press("kj")  # from now on the screen does not choose a tunnel by itself
        before = settled(terminal, beats)
        STALLS[stall](terminal, beats)
        terminal.wait_unread_for(beats.more(50))
        terminal.wait_for(lambda: without_footer(terminal) == before)
        terminal.press("?")
        terminal.wait_for(HELP)


def test_a_stalled_terminal_is_sent_no_more_however_long_it_lasts(tmp_path: Path) -> None:
    with running(tmp_path) as (terminal, beats):
        turn_pages(terminal, beats, times=10)
        terminal.wait_unread_for(beats.more(50))
        turn_pages(terminal, beats, times=20)
        terminal.press("?")
        settled(terminal, beats)
        assert HELP in terminal.text
        assert terminal.sent.count(HELP.encode()) <= 10 + 2  # the last one may be drawn twice
