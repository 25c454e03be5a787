"""`maintenance` as a process: what is pending, in each format, and the exit codes."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.factories import IP, OTHER_IP, VPN
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.vpn import VpnTelemetry
from tui.domain.times import DAY


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serve_in_thread(account()) as running:
        yield running


def due(endpoint: Endpoint, *, other: str = "UP") -> None:
    """Make maintenance pending for one tunnel while the other one is in this state by EC2."""
    connection = endpoint.store.connections[VPN]
    now = time.time_ns() // 1_000_000
    first, second = connection.tunnels
    tunnels = (
        replace(first, pending_maintenance=now + 3 * DAY, telemetry=VpnTelemetry("UP", "", now)),
        replace(second, telemetry=VpnTelemetry(other, "", now)),
    )
    endpoint.store.connections[VPN] = replace(connection, tunnels=tunnels)


def test_nothing_pending_is_0_and_says_how_many_were_asked_about(endpoint: Endpoint, tunnelwatch: Run) -> None:
    done = tunnelwatch("maintenance", *options_for(endpoint))
    assert done.returncode == 0
    assert "maintenance is pending for 0 of 2 tunnels" in done.stdout
    assert endpoint.calls["GetVpnTunnelReplacementStatus"] == 2
    assert endpoint.calls["FilterLogEvents"] == 0


def test_what_is_pending_is_1_with_its_deadline_and_who_dials_afterwards(endpoint: Endpoint, tunnelwatch: Run) -> None:
    due(endpoint)
    done = tunnelwatch("maintenance", *options_for(endpoint))
    assert done.returncode == 1
    assert "in 2d" in done.stdout or "in 3d" in done.stdout
    assert f"hq  {IP}" in done.stdout
    assert "waits for the device to dial, the other tunnel is up" in done.stdout
    assert "replace-vpn-tunnel" in done.stdout


def test_a_connection_that_will_be_down_is_2_also_in_json(endpoint: Endpoint, tunnelwatch: Run) -> None:
    due(endpoint, other="DOWN")
    done = tunnelwatch("maintenance", "--json", *options_for(endpoint))
    document = json.loads(done.stdout)
    (pending,) = document["pending"]
    assert done.returncode == 2
    assert (pending["name"], pending["outside_ip"], pending["other_tunnel_up"]) == ("hq", IP, False)
    assert (pending["comeback"], document["looked_at"], document["unasked"]) == ("device", 2, 0)


def test_a_calendar_file_can_be_printed_if_there_is_anything_to_put_in_it(endpoint: Endpoint, tunnelwatch: Run) -> None:
    done = tunnelwatch("maintenance", "--ics", *options_for(endpoint))
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to put in a calendar" in done.stderr
    due(endpoint)
    done = tunnelwatch("maintenance", "--ics", *options_for(endpoint))
    assert done.stdout.startswith("BEGIN:VCALENDAR")
    assert f"hq {IP}" in done.stdout


def test_it_is_masked_like_all_else(endpoint: Endpoint, tunnelwatch: Run) -> None:
    due(endpoint)
    for form in ((), ("--json",), ("--ics",)):
        done = tunnelwatch("maintenance", *form, "--mask", *options_for(endpoint))
        assert "240.0.1.1" in done.stdout
        assert not [text for text in (IP, OTHER_IP, VPN, "hq ") if text in done.stdout + done.stderr]


def test_what_may_not_be_asked_is_3_and_named(endpoint: Endpoint, tunnelwatch: Run) -> None:
    endpoint.faults = Faults(action_denied="ec2:GetVpnTunnelReplacementStatus")
    done = tunnelwatch("maintenance", *options_for(endpoint))
    assert done.returncode == 3
    assert "EC2 gave no answer for 2 tunnels" in done.stdout
    assert "GetVpnTunnelReplacementStatus" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nothing-of-that-name"], "nothing-of-that-name"), (["--json", "--ics"], "--json or --ics, not both")],
)
def test_what_cannot_be_looked_at_is_one_clear_line_and_3(
    arguments: list[str], words: str, endpoint: Endpoint, tunnelwatch: Run
) -> None:
    done = tunnelwatch("maintenance", *arguments, *options_for(endpoint))
    assert done.returncode == 3
    assert len([line for line in (done.stdout + done.stderr).splitlines() if words in line]) == 1
    assert "Traceback" not in done.stderr
