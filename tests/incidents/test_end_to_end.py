"""The incidents through the whole program: logs and EC2 over real sockets, `status --json` in a process."""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.conftest import Run
from tests.incidents import INCIDENTS, Incident, moment
from tests.incidents.scoring import differences
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.store import Store
from tui.demo.server.vpn import CustomerGateway, VpnConnection, VpnRoute, VpnTelemetry, VpnTunnel

GROUP: Final = "/aws/vendedlogs/vpn"
SERVED: Final = {
    INCIDENTS[name].vpn: INCIDENTS[name]
    for name in (
        "bgp-down-on-both",
        "closed-each-day",
        "delete-of-the-only-pair-ec2-up",
        "line-changed-both-tunnels",
        "main-mode-each-ten-seconds",
        "psk-rotated-by-an-edit",
        "replaced-without-a-line",
        "silent-sibling-carries",
        "static-without-a-route",
    )
}
"""Some whose outcome takes all that EC2 tells: options, status, routes, the customer gateway, replacements."""


def connection_of(incident: Incident, shift: int) -> VpnConnection:
    """The connection as the stand-in for EC2 holds it; `shift` brings the incident's moment to that of the run, ms."""
    ec2: Any = incident.ec2
    gateway = f"{ec2['gateway']}-0a1b2c3d4e5f60718"
    tunnels = tuple(tunnel_of(incident.tunnels[key], given, shift) for key, given in ec2["tunnels"].items())
    return VpnConnection(
        id=incident.vpn,
        name=ec2["name"],
        customer_gateway=ec2["cgw"]["id"],
        tunnels=tunnels,
        static_routes_only=ec2["static"],
        routes=tuple(map(VpnRoute, ec2.get("routes", ()))),
        state=ec2["state"],
        accelerated=ec2["accelerated"],
        transit_gateway=gateway if ec2["gateway"] == "tgw" else None,
        vpn_gateway=gateway if ec2["gateway"] == "vgw" else None,
    )


def tunnel_of(ip: str, given: dict[str, Any], shift: int) -> VpnTunnel:
    told, replacement = given["telemetry"], given.get("replacement") or {}
    last, after = replacement.get("last"), replacement.get("after")
    plain: dict[str, Any] = dict.fromkeys(("IkeVersions", "StartupAction", "DpdTimeoutAction"))  # AWS's defaults
    options = plain | {
        name: tuple(value) if isinstance(value, list) else value for name, value in given["options"].items()
    }
    return VpnTunnel(
        ip,
        str(options.pop("TunnelInsideCidr")),
        GROUP if given["log"] else None,
        GROUP if given["bgp_log"] else None,
        telemetry=VpnTelemetry(told["status"], told["message"], moment(told["since"]) + shift, told["routes"]),
        options=options,
        last_maintenance=None if last is None else moment(last) + shift,
        pending_maintenance=None if after is None else moment(after) + shift,
    )


@pytest.fixture(scope="module")
def served() -> Iterator[Endpoint]:
    store = Store()
    shift = int(time.time() * 1000) - moment(0)
    for incident in SERVED.values():
        gateway = incident.ec2["cgw"] if incident.ec2 else {}
        certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/1" if gateway["certificate"] else None
        store.customer_gateways[gateway["id"]] = CustomerGateway(
            gateway["id"], ip=gateway["ip"], asn=gateway["asn"], certificate=certificate
        )
        store.connections[incident.vpn] = connection_of(incident, shift)
        for rank, row in enumerate(incident.rows):
            event = incident.event_of(row, rank)
            record = json.loads(event.message)
            at = event.at + shift
            record["event_timestamp"] = at // 1000 if row[2] == "IKE" else at
            store.put(GROUP, event.stream, [(at, json.dumps(record))], ingested_at=at + 1000)
    with serve_in_thread(store, update_every=0.02) as running:
        yield running


def test_status_says_what_is_right(served: Endpoint, tunnelwatch: Run) -> None:
    done = tunnelwatch("status", "--json", "--endpoint-url", served.url, "--region", "eu-west-1", "--since", "72h")
    told = {connection["id"]: connection for connection in json.loads(done.stdout)["connections"]}
    faults = {SERVED[vpn].id: differences(SERVED[vpn], told[vpn]) for vpn in SERVED}
    assert {name: found for name, found in faults.items() if found} == {}
    assert done.returncode == 2  # some of them carry nothing
