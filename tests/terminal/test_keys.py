"""Keys whose effect only a real terminal shows."""

import signal
from pathlib import Path

import pytest

from tests.terminal.pseudo import Pseudo
from tests.terminal.test_stalled import running, settled

PLAIN = ("-m", "tests.terminal.program", "plain")


@pytest.mark.parametrize("packet", ["c\rq", "c\r\r", "?qq", "iqq", "ii", "gg"])
def test_keys_that_come_in_one_packet_leave_the_board_alive(tmp_path: Path, packet: str) -> None:
    with running(tmp_path) as (terminal, beats):
        terminal.press(packet)
        settled(terminal, beats)
        terminal.press("\x7f")  # leaves what the packet may have opened, and does nothing on the board
        settled(terminal, beats)
        terminal.press("!")
        terminal.wait_for("hidden")


def test_ctrl_z_gives_the_terminal_back_and_the_screen_returns_with_the_program() -> None:
    with Pseudo(*PLAIN) as terminal:
        terminal.wait_for("not redundant")
        terminal.press("\x1a")
        terminal.wait_until_stopped()
        assert terminal.is_restored()
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("not redundant")
        terminal.press("?")
        terminal.wait_for("Open the tunnel or the message")
        terminal.press("q")
        terminal.wait_for("not redundant")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()


def test_ctrl_l_draws_over_what_others_wrote() -> None:
    with Pseudo(*PLAIN) as terminal:
        terminal.wait_for("not redundant")
        terminal.scribble("\x1b[3;1HBroadcast message from root")
        terminal.wait_for("Broadcast message")
        terminal.press("\x0c")
        terminal.wait_for(lambda: "Broadcast" not in terminal.text)
        terminal.wait_for("198.51.100.7")
