"""The program as a user runs it: a real terminal, the real client, real sockets, from the first line to the last."""

import signal
import time

import pytest

from tests.factories import IP, OTHER_IP, VPN, ike_line, stream_of
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTunnel

GROUP = "/aws/vendedlogs/vpn"


def now() -> int:
    return time.time_ns() // 1_000_000


def log(store: Store, details: str, states: str) -> None:
    store.put(GROUP, stream_of(), [(now(), ike_line(details, states, at=now()))])


def account() -> Store:
    store = Store()
    tunnels = (VpnTunnel(IP, "169.254.50.84/30", GROUP), VpnTunnel(OTHER_IP, "169.254.61.12/30", GROUP))
    made = VpnConnection(VPN, "hq", "cgw-0a1b2c3d4e5f67890", tunnels, vpn_gateway="vgw-0f1e2d3c4b5a69788")
    store.connections = {made.id: made}
    log(store, "AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND")
    return store


def watched(endpoint: Endpoint) -> Pseudo:
    return Pseudo("-m", "tui", "--endpoint-url", endpoint.url, "--region", endpoint.region, rows=30, columns=100)


def test_a_tunnel_is_seen_to_come_up_and_the_end_leaves_nothing_behind() -> None:
    store = account()
    with serve_in_thread(store) as endpoint, watched(endpoint) as terminal:
        terminal.wait_for("negotiating")
        terminal.wait_for("unknown")  # the tunnel that EC2 names and that has logged nothing
        terminal.wait_for(lambda: endpoint.sessions_open == 1)
        log(store, "AWS tunnel Phase 1 SA is established", "ED")
        log(store, "AWS tunnel is sending response (id=1) for IKE_AUTH", "EE")
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
