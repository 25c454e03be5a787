"""A small account for the endpoint, and the options that point a command to it."""

import time

from tests.factories import IP, OTHER_IP, VPN, ike_line, stream_of
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTunnel

GROUP = "/aws/vendedlogs/vpn"


def account(details: str = "AWS tunnel is sending DPD request", states: str = "EE") -> Store:
    """Return an account with one connection: one of its tunnels has just logged a line, the other never has."""
    store = Store()
    tunnels = (VpnTunnel(IP, "169.254.50.84/30", GROUP), VpnTunnel(OTHER_IP, "169.254.61.12/30", GROUP))
    connection = VpnConnection(VPN, "hq", "cgw-0a1b2c3d4e5f67890", tunnels, vpn_gateway="vgw-0f1e2d3c4b5a69788")
    store.connections = {connection.id: connection}
    log(store, details, states=states)
    return store


def log(store: Store, *details: str, states: str = "EE", stream: str = "") -> None:
    """Make the tunnel log these lines now."""
    now = time.time_ns() // 1_000_000
    store.put(GROUP, stream or stream_of(), [(now, ike_line(text, states, at=now)) for text in details])


def options_for(endpoint: Endpoint) -> list[str]:
    """Return the options with which a command reads this endpoint."""
    return ["--endpoint-url", endpoint.url, "--region", endpoint.region]
