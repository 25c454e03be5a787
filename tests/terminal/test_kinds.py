"""Every kind of terminal gets a screen that it can show: few colours, few cells, few letters."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.accounts import account, options_for
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import serve_in_thread

PLAIN = ("-m", "tests.terminal.program", "plain")
NO_UTF8: Mapping[str, Mapping[str, str]] = {
    "the C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Latin-1": {"PYTHONUTF8": "0", "PYTHONIOENCODING": "iso-8859-1"},
}
"""Python does without a locale for Latin-1, which few machines still have, where it is told its encoding."""


@pytest.mark.parametrize("term", ["screen", "xterm-16color", "tmux-256color", "vt220"])
def test_each_kind_is_painted_resized_and_given_back(term: str) -> None:
    with Pseudo(*PLAIN, env={"TERM": term, "COLORTERM": ""}) as terminal:
        terminal.wait_for("no phase 2 proposal in common")
        terminal.resize(60, 15)
        terminal.wait_for("phase 2 proposals or PFS differ")
        terminal.resize(20, 5)
        terminal.wait_for(lambda: "✖ down" in terminal.text and "phase" not in terminal.text)
        terminal.resize(80, 24)
        terminal.wait_for("no phase 2 proposal in common")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("term", ["screen", "xterm-16color"])
def test_a_signal_gives_each_kind_back(term: str, number: signal.Signals) -> None:
    with Pseudo(*PLAIN, env={"TERM": term, "COLORTERM": ""}) as terminal:
        terminal.wait_for("not redundant")
        terminal.process.send_signal(number)
        assert terminal.finish() == 0
        assert terminal.is_restored()


def colours_of(sent: bytes, *, of: bytes) -> bool:
    """Whether a colour of that depth (`8;5` of 256, `8;2` of 16 million) was sent."""
    return any(ground + of in sent for ground in (b"\x1b[3", b"\x1b[4", b";3", b";4"))


@pytest.mark.parametrize(
    ("env", "has_256", "has_rgb"),
    [
        ({"TERM": "screen", "COLORTERM": ""}, False, False),
        ({"TERM": "xterm-16color", "COLORTERM": ""}, False, False),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, True, False),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, False, True),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, False, False),
    ],
)
def test_no_terminal_is_sent_more_colours_than_it_has(env: Mapping[str, str], has_256: bool, has_rgb: bool) -> None:
    with Pseudo(*PLAIN, env=env) as terminal:
        terminal.wait_for("no phase 2 proposal in common")
        sent = bytes(terminal.sent)
        assert colours_of(sent, of=b"8;5;") is has_256
        assert colours_of(sent, of=b"8;2;") is has_rgb


def test_a_dumb_terminal_gets_one_line_that_says_what_works_there() -> None:
    with Pseudo("-m", "tui", "demo", env={"TERM": "dumb"}) as terminal:
        assert terminal.finish() == 3
        assert bytes(terminal.sent).count(b"\n") == 1
        assert b"\x1b" not in terminal.sent
        assert b"tunnelwatch status" in terminal.sent


@pytest.mark.parametrize("kind", NO_UTF8)
def test_a_terminal_without_utf8_is_sent_ascii_alone(kind: str) -> None:
    with Pseudo("-m", "tui", "demo", columns=100, rows=30, env={"TERM": "xterm", **NO_UTF8[kind]}) as terminal:
        terminal.wait_for("X down")
        terminal.press("?")
        terminal.wait_for("Open the tunnel or the message")
        terminal.press("q")
        terminal.wait_for("X down")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()
        assert bytes(terminal.sent).isascii()


HEADLESS = ("--help", "man", "demo --list", "config --print", "explain --json née→東京", "explain DPD --cgw fortigate")
AWS = ("status", "report", "tail --no-follow")


def printed(*arguments: str, kind: str) -> bytes:
    """What a command prints in an environment of that kind, to stdout; it says nothing on stderr."""
    environment = os.environ | dict(NO_UTF8[kind])
    done = subprocess.run([sys.executable, "-m", "tui", *arguments], capture_output=True, timeout=50, env=environment)
    assert done.stderr == b""
    return done.stdout


@pytest.mark.parametrize("kind", NO_UTF8)
@pytest.mark.parametrize("command", HEADLESS)
def test_no_command_fails_for_a_letter_that_the_encoding_lacks(command: str, kind: str) -> None:
    assert printed(*command.split(), kind=kind)


@pytest.mark.parametrize("command", AWS)
def test_symbols_that_the_encoding_lacks_are_printed_as_ascii(command: str) -> None:
    with serve_in_thread(account()) as endpoint:
        text = printed(*command.split(), *options_for(endpoint), kind="Latin-1").decode("latin-1")
    assert text
    assert "\\u" not in text


def test_the_html_report_is_the_utf8_that_it_says_it_is() -> None:
    store = account("Peer is not responsive - Declaring peer dead", "DD")
    with serve_in_thread(store) as endpoint:
        page = printed("report", "--format", "html", *options_for(endpoint), kind="Latin-1")
    assert not page.isascii()
    assert b'<meta charset="utf-8">' in page
    assert "\ufffd" not in page.decode("utf-8", "replace")
