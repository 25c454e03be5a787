"""However the screen ends, the terminal is restored."""

import signal
from pathlib import Path

import pytest

from tests.terminal.pseudo import Pseudo

PLAIN = ("-m", "tests.terminal.program", "plain")


@pytest.mark.parametrize("key", ["q", "\x03"], ids=["q", "ctrl+c"])
def test_a_key_quits_and_restores_the_terminal(key: str) -> None:
    with Pseudo(*PLAIN) as terminal:
        terminal.wait_for("not redundant")
        terminal.press(key)
        assert terminal.finish() == 0
        assert terminal.is_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal(number: signal.Signals) -> None:
    with Pseudo(*PLAIN) as terminal:
        terminal.wait_for("not redundant")
        terminal.process.send_signal(number)
        assert terminal.finish() == 0
        assert terminal.is_restored()


def test_a_closed_terminal_ends_the_program() -> None:
    with Pseudo(*PLAIN) as terminal:
        terminal.wait_for("not redundant")
        terminal.hang_up()
        assert terminal.process.wait(20) == 0


def test_a_program_that_was_continued_again_and_again_reads_its_keys_once_and_ends() -> None:
    with Pseudo(*PLAIN) as terminal:
        terminal.wait_for("not redundant")
        for _ in range(5):
            terminal.process.send_signal(signal.SIGCONT)
            terminal.press("?")
            terminal.wait_for("Open the tunnel or the message")
            terminal.press("?")
            terminal.wait_for("not redundant")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()


def test_a_terminal_that_reads_no_more_does_not_hold_the_program(tmp_path: Path) -> None:
    file = tmp_path / "clogged"
    command = ("-m", "tests.terminal.program", "busy", "1000000", str(file))
    with Pseudo(*command, env={"TEXTUAL_FPS": "1000"}) as terminal:
        terminal.wait_for("site")
        terminal.wait_unread_for(file.exists)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(20) == 0


@pytest.mark.parametrize(("mode", "said"), [("fail", b"the feed broke"), ("crash", b"the screen broke")])
def test_an_unforeseen_error_leaves_its_place_and_none_of_its_words_on_a_restored_terminal(
    mode: str, said: bytes
) -> None:
    with Pseudo("-m", "tests.terminal.program", mode) as terminal:
        assert terminal.finish() == 3
        assert terminal.is_restored()
        after = bytes(terminal.sent).rpartition(b"\x1b[?1049l")[2]
        assert after.count(b"\n") == 1
        assert b"tunnelwatch: internal error (RuntimeError at" in after
        assert said not in after


DEAF = """
import runpy, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
sys.argv = ["program", "plain"]
runpy.run_module("tests.terminal.program", run_name="__main__")
"""
"""The program under nohup."""


def test_a_hang_up_that_is_ignored_does_not_end_the_program() -> None:
    with Pseudo("-c", DEAF) as terminal:
        terminal.wait_for("not redundant")
        terminal.process.send_signal(signal.SIGHUP)
        terminal.press("?")
        terminal.wait_for("Open the tunnel or the message")
        terminal.press("q")
        terminal.wait_for("not redundant")
        terminal.press("q")
        assert terminal.finish() == 0


def test_a_terminal_that_is_gone_ends_the_program_without_a_signal() -> None:
    with Pseudo("-c", DEAF) as terminal:
        terminal.wait_for("not redundant")
        terminal.hang_up()
        assert terminal.process.wait(20) == 0
