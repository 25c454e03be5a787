"""The terminal's title, bell and notifications, as a terminal gets them."""

import re
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.accounts import account, log, options_for
from tests.factories import OTHER_IP, stream_of
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.store import Store

OSC = re.compile(rb"\x1b\](\d+);([^\x07\x1b]*)(?:\x07|\x1b\\)")
SAVED, RESTORED = b"\x1b[22;0t", b"\x1b[23;0t"


def both_up() -> Store:
    store = account()
    log(store, "AWS tunnel is sending DPD request", stream=stream_of(OTHER_IP))
    return store


def falls(store: Store) -> None:
    log(store, "AWS tunnel DPD timed out after 3 retransmits", states="DD", stream=stream_of(OTHER_IP))


def watched(endpoint: Endpoint, *options: str, command: Sequence[str] = ("watch",)) -> Pseudo:
    return Pseudo("-m", "tui", *command, *options_for(endpoint), *options, rows=30, columns=100)


def titles(terminal: Pseudo) -> list[str]:
    return [text.decode() for number, text in OSC.findall(bytes(terminal.sent)) if number == b"2"]


def rings(terminal: Pseudo) -> int:
    return OSC.sub(b"", bytes(terminal.sent)).count(b"\a")


def notifications(terminal: Pseudo) -> list[str]:
    return [text.decode() for number, text in OSC.findall(bytes(terminal.sent)) if number == b"9"]


def test_the_title_follows_the_worst_connection_and_is_given_back() -> None:
    store = both_up()
    with serve_in_thread(store) as endpoint, watched(endpoint) as terminal:
        terminal.wait_for(lambda: "● 2/2 tunnelwatch" in titles(terminal))
        falls(store)
        terminal.wait_for(lambda: "▲ hq 1/2" in titles(terminal))
        terminal.press("q")
        assert terminal.finish() == 0
        assert bytes(terminal.sent).count(SAVED) == 1
        assert bytes(terminal.sent).rindex(RESTORED) > bytes(terminal.sent).rindex(b"\x1b]2;")
        assert notifications(terminal) == []
        assert rings(terminal) == 0


def test_a_suspended_screen_gives_the_title_back_for_as_long() -> None:
    with serve_in_thread(both_up()) as endpoint, watched(endpoint) as terminal:
        terminal.wait_for(lambda: "● 2/2 tunnelwatch" in titles(terminal))
        terminal.press("\x1a")
        terminal.wait_until_stopped()
        assert bytes(terminal.sent).count(RESTORED) == 1
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for(lambda: titles(terminal).count("● 2/2 tunnelwatch") == 2)
        assert bytes(terminal.sent).count(SAVED) == 2
        terminal.press("q")
        assert terminal.finish() == 0
        assert bytes(terminal.sent).count(RESTORED) == 2


def test_notify_rings_once_and_shows_a_notification() -> None:
    store = both_up()
    with serve_in_thread(store) as endpoint, watched(endpoint, "--notify") as terminal:
        terminal.wait_for(lambda: "● 2/2 tunnelwatch" in titles(terminal))
        falls(store)
        terminal.wait_for(lambda: bool(notifications(terminal)))
        terminal.press("q")
        assert terminal.finish() == 0
        (text,) = notifications(terminal)
        assert text.startswith(f"tunnelwatch: ▲ hq 1/2: {OTHER_IP} carries no traffic, ")
        assert rings(terminal) == 1


def test_no_notify_leaves_title_and_bell_alone() -> None:
    store = both_up()
    with serve_in_thread(store) as endpoint, watched(endpoint, "--no-notify") as terminal:
        terminal.wait_for("2/2 redundant")
        falls(store)
        terminal.wait_for("1/2")
        terminal.press("q")
        assert terminal.finish() == 0
        assert (titles(terminal), rings(terminal)) == ([], 0)
        assert SAVED not in bytes(terminal.sent)


def test_tail_notifies_on_stderr_where_it_is_asked_to(tmp_path: Path) -> None:
    store = both_up()
    with serve_in_thread(store) as endpoint, watched(endpoint, "--notify", command=["tail"]) as terminal:
        terminal.wait_for(lambda: "● 2/2 tunnelwatch" in titles(terminal))
        falls(store)
        terminal.wait_for(lambda: bool(notifications(terminal)))
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.finish() == 0
        assert rings(terminal) == 1
        assert bytes(terminal.sent).rindex(RESTORED) > bytes(terminal.sent).rindex(b"\x1b]2;")


@pytest.mark.parametrize("command", [["watch"], ["tail"], ["wait", "--until", "down"]])
def test_a_command_that_fails_is_said_once_and_the_watch_goes_on(command: list[str]) -> None:
    store = both_up()
    with (
        serve_in_thread(store) as endpoint,
        watched(endpoint, "--on-change", "/nowhere/hook --loud", command=command) as terminal,
    ):
        terminal.wait_for(lambda: endpoint.sessions_open == 1)
        terminal.wait_for({"watch": "2/2", "tail": OTHER_IP, "wait": "hq: "}[command[0]])
        falls(store)
        terminal.wait_for("--on-change: /nowhere/hook cannot be run: No such file or directory.")
        assert terminal.process.poll() is None
        terminal.process.send_signal(signal.SIGTERM)
        terminal.finish()
