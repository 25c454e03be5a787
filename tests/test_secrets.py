"""No pre-shared key, credential or token is in any output: screen, tables, JSON, debug log, the line of a crash.

The endpoint returns marked keys wherever EC2 does: in every tunnel's options and in the customer gateway configuration.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.vpn import SECRET_MARK

MARKS = (SECRET_MARK, "MARKED/secret+access+key", "MARKED/session+token", "MARKEDACCESSKEYID")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    for name, mark in zip(("SECRET_ACCESS_KEY", "SESSION_TOKEN", "ACCESS_KEY_ID"), MARKS[1:], strict=True):
        monkeypatch.setenv(f"AWS_{name}", mark)
    with serve_in_thread(account()) as endpoint:
        yield endpoint


def keyless(text: str) -> bool:
    return text != "" and not any(mark in text for mark in MARKS)


COMMANDS = [["status"], ["status", "--json"], ["tail", "--no-follow"], ["tail", "--json"]]
COMMANDS += [["doctor"], ["doctor", "--json"], ["doctor", "--plan"]]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_a_key(served: Endpoint, tunnelwatch: Run, tmp_path: Path, command: list[str]) -> None:
    ending = ["--no-follow"] if command == ["tail", "--json"] else []
    done = tunnelwatch(*command, *ending, *options_for(served), "--debug", str(tmp_path / "debug"))
    assert served.calls["DescribeVpnConnections"]
    assert keyless(done.stdout + done.stderr)
    assert keyless((tmp_path / "debug").read_text())


def test_the_screen_shows_no_key_on_any_page(served: Endpoint, tmp_path: Path) -> None:
    command = ("-m", "tui", *options_for(served), "--debug", str(tmp_path / "debug"))
    with Pseudo(*command, columns=130, rows=120) as terminal:
        terminal.wait_for("● up")
        terminal.wait_for("PARAMETERS")
        for key, shown in (
            ("i", "Data source"),
            ("q", "enter open"),
            ("a", "all tunnels"),
            ("?", "THE BOARD"),
            ("q", "enter open"),
        ):
            terminal.press(key)
            terminal.wait_for(shown)
        terminal.press("q")
        assert terminal.finish() == 0
        assert keyless(terminal.sent.decode(errors="replace"))
    assert keyless((tmp_path / "debug").read_text())


@pytest.mark.parametrize("command", ["status", "tail"])
def test_a_crash_with_the_answer_in_its_words_tells_no_key(served: Endpoint, tmp_path: Path, command: str) -> None:
    program = """
import sys, tui.cli.program, tui.feed.inventory.connections
def broken(answer, *others):
    raise RuntimeError(repr(answer))
tui.feed.inventory.connections.read_connection = broken
tui.cli.program.main()
"""
    options = [command, *options_for(served), "--debug", str(tmp_path / "debug")]
    done = subprocess.run([sys.executable, "-c", program, *options], capture_output=True, text=True, timeout=50)
    assert done.returncode == 3
    assert "RuntimeError at" in done.stderr
    assert keyless(done.stdout + done.stderr)
    assert keyless((tmp_path / "debug").read_text())
