"""The checkup on a real terminal: a key asks for it, and nothing stays open at AWS when the program ends."""

from tests.accounts import account, log, options_for
from tests.factories import OTHER_IP
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import serve_in_thread


def test_a_key_finds_what_is_wrong_with_the_account() -> None:
    with (
        serve_in_thread(account(), update_every=0.1) as endpoint,
        Pseudo("-m", "tui", *options_for(endpoint), columns=110, rows=40) as terminal,
    ):
        terminal.wait_for("203.0.113.17")
        terminal.press("d")
        terminal.wait_for(f"hq {OTHER_IP}: logging is on")
        terminal.press("q")
        terminal.wait_for("enter open")
        terminal.press("q")
        assert terminal.finish() == 0


def test_to_quit_in_the_middle_of_it_ends_the_program_and_the_session_that_it_opened() -> None:
    store = account()
    log(store, "a line")
    with serve_in_thread(store, update_every=0.1) as endpoint:
        options = [*options_for(endpoint), "--source", "poll"]
        with Pseudo("-m", "tui", *options, columns=110, rows=40) as terminal:
            terminal.wait_for("203.0.113.17")
            endpoint.faults = type(endpoint.faults).parse("live.silent=1")
            terminal.press("d")
            terminal.wait_for(lambda: endpoint.sessions_open == 1)
            terminal.press("\x03")
            assert terminal.finish() == 0
        assert endpoint.sessions_started == 1
        assert endpoint.sessions_open == 0
