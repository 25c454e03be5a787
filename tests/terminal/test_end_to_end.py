"""The program as a user runs it: a real terminal, the real client, real sockets, from the first line to the last."""

import signal

import pytest

from tests.accounts import account, log, options_for
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread


def watched(endpoint: Endpoint) -> Pseudo:
    return Pseudo("-m", "tui", *options_for(endpoint), rows=30, columns=100)


def test_a_tunnel_is_seen_to_come_up_and_the_end_leaves_nothing_behind() -> None:
    store = account("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND")
    with serve_in_thread(store) as endpoint, watched(endpoint) as terminal:
        terminal.wait_for("negotiating")
        terminal.wait_for("down by EC2")  # the tunnel that has logged nothing: EC2's word counts
        terminal.wait_for(lambda: endpoint.sessions_open == 1)
        log(store, "AWS tunnel Phase 1 SA is established", states="ED")
        log(store, "AWS tunnel is sending response (id=1) for IKE_AUTH", states="EE")
        terminal.wait_for("● up")
        assert "established  established" in terminal.text
        assert endpoint.sessions_open == 1
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()
        terminal.wait_for(lambda: endpoint.sessions_open == 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_session_at_the_server_and_restores_the_terminal(number: signal.Signals) -> None:
    with serve_in_thread(account()) as endpoint, watched(endpoint) as terminal:
        terminal.wait_for(lambda: endpoint.sessions_open == 1)
        terminal.process.send_signal(number)
        assert terminal.finish() == 0
        assert terminal.is_restored()
        terminal.wait_for(lambda: endpoint.sessions_open == 0)


def test_a_name_that_matches_nothing_ends_the_screen_with_one_line_and_what_there_is() -> None:
    with (
        serve_in_thread(account()) as endpoint,
        Pseudo("-m", "tui", "nosuch", *options_for(endpoint), columns=100) as terminal,
    ):
        assert terminal.finish() == 3
        assert terminal.is_restored()
        line = bytes(terminal.sent).decode().splitlines()[-1].rpartition("tunnelwatch: ")[2]
        assert "matches nosuch" in line
        assert "vpn-" in line
