"""`wait` as a process: each of its outcomes, and an interruption of AWS."""

import json
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.accounts import GROUP, options_for
from tests.conftest import Run
from tests.factories import IP, OTHER_IP, VPN, ike_line, stream_of
from tests.pipes import Piped, run_piped
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTelemetry, VpnTunnel

PATIENCE = 30
AWAY = Faults(auth_expired=1.0)
DPD = "AWS tunnel is sending DPD request"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An account with one static connection, of which one tunnel is up and the other is not."""
    store = Store()
    long_ago = time.time_ns() // 1_000_000 - 7_200_000
    tunnels = (
        VpnTunnel(IP, "169.254.50.84/30", GROUP, telemetry=VpnTelemetry("UP", "", long_ago)),
        VpnTunnel(OTHER_IP, "169.254.61.12/30", GROUP, telemetry=VpnTelemetry("DOWN", "IPSEC IS DOWN", long_ago)),
    )
    store.connections[VPN] = VpnConnection(VPN, "hq", "cgw-0a1b2c3d4e5f67890", tunnels, static_routes_only=True)
    with serve_in_thread(store) as running:
        log(running, IP, "EE", ago=600)
        log(running, OTHER_IP, "DD", ago=60)
        yield running


def log(endpoint: Endpoint, ip: str, states: str | None, *, ago: float = 0) -> None:
    """Make a tunnel log a line in these states."""
    at = time.time_ns() // 1_000_000 - round(ago * 1000)
    endpoint.store.put(GROUP, stream_of(ip), [(at, ike_line(DPD, states, at=at))])


@contextmanager
def waiting(endpoint: Endpoint, *arguments: str) -> Iterator[Piped]:
    with run_piped("-m", "tui", "wait", "--json", "--timeout", "40s", *arguments, *options_for(endpoint)) as wait:
        yield wait


def read_until(wait: Piped, text: str) -> list[str]:
    """Read stderr until a line contains `text`, or until the timeout; return what was read."""
    lines = []
    for line in wait.stderr:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"no {text!r} in {lines}")


def verdict(wait: Piped) -> tuple[int, dict[str, Any]]:
    code = wait.process.wait(PATIENCE)
    (line,) = wait.stdout.read().splitlines()
    return code, json.loads(line)


def test_what_is_so_already_is_reached_at_once(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "up", "--stable", "5m") as wait:
        code, found = verdict(wait)
    assert code == 0
    assert found.pop("waited_seconds") < PATIENCE
    assert found == {
        "reached": True,
        "until": "up",
        "connections": [{"id": VPN, "name": "hq", "verdict": "at_risk", "carrying": 1, "total": 2}],
        "reason": None,
    }


def test_what_becomes_so_is_reached_and_each_change_is_a_line(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "redundant") as wait:
        assert "1/2 carry" in read_until(wait, "hq: ")[-1]
        log(endpoint, OTHER_IP, "EE")
        code, found = verdict(wait)
        assert "2/2 carry" in wait.stderr.read()
    assert (code, found["reached"], found["connections"][0]["verdict"]) == (0, True, "redundant")


def test_down_is_reached_when_no_tunnel_is_left(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "down") as wait:
        read_until(wait, "1/2 carry")
        log(endpoint, IP, "DD")
        assert verdict(wait)[0] == 0


def test_what_does_not_become_so_in_time_is_1_and_says_what_is_in_the_way(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "redundant", "--timeout", "8s") as wait:
        code, found = verdict(wait)
    assert (code, found["reached"]) == (1, False)
    assert found["reason"].startswith(f"timed out after 8s: hq: 1/2 carry; {OTHER_IP} down since ")


def test_a_span_that_is_not_over_in_time_is_1(endpoint: Endpoint) -> None:
    log(endpoint, IP, "DD", ago=20)
    log(endpoint, IP, "EE", ago=10)
    with waiting(endpoint, "--until", "up", "--stable", "10m", "--timeout", "8s") as wait:
        code, found = verdict(wait)
        assert code == 1
        assert "not for 10m yet" in found["reason"]
        assert "reached at" in wait.stderr.read()


def test_what_nobody_knows_is_3(endpoint: Endpoint) -> None:
    """The tunnel's only line has no state, and EC2 is not asked: it may carry traffic."""
    silent = "198.51.100.9"
    log(endpoint, silent, None)
    with waiting(endpoint, "--until", "up", "--timeout", "8s", "--log-group", GROUP, silent) as wait:
        code, found = verdict(wait)
    assert (code, found["reached"]) == (3, False)


def test_aws_that_is_away_at_the_end_is_3(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "redundant", "--timeout", "5s") as wait:
        read_until(wait, "1/2 carry")
        endpoint.faults = AWAY
        code, found = verdict(wait)
    assert code == 3
    assert "nothing is known since" in found["reason"]


@pytest.mark.parametrize("faults", [AWAY, Faults(conn_reset=1.0)], ids=str)
def test_aws_away_for_a_while_is_said_and_waited_out(endpoint: Endpoint, faults: Faults) -> None:
    with waiting(endpoint, "--until", "redundant", "--source", "poll") as wait:
        read_until(wait, "1/2 carry")
        endpoint.faults = faults
        read_until(wait, "feed offline: ")
        log(endpoint, OTHER_IP, "EE")
        endpoint.faults = Faults()
        code, found = verdict(wait)
        assert "feed polling" in wait.stderr.read()
    assert (code, found["reached"]) == (0, True)


def test_what_fell_while_aws_was_away_is_not_counted_as_carrying(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "redundant", "--timeout", "12s") as wait:
        read_until(wait, "1/2 carry")
        endpoint.faults = AWAY
        read_until(wait, "feed offline: ")
        log(endpoint, OTHER_IP, "EE")
        log(endpoint, IP, "DD")
        endpoint.faults = Faults()
        code, found = verdict(wait)
    assert (code, found["reached"]) == (1, False)
    assert f"{IP} down" in found["reason"]


def test_one_log_group_that_cannot_be_read_any_more_leaves_its_tunnels_unknown(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "redundant", "--source", "poll", "--timeout", "15s") as wait:
        read_until(wait, "1/2 carry")
        endpoint.faults = Faults(filter_failing=GROUP)
        code, _ = verdict(wait)
        assert "its log cannot be read" in wait.stderr.read()
    assert code == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--until"),
        (["--until", "sideways"], "sideways"),
        (["--until", "up", "--stable", "soon"], "'soon' is not a span of time"),
        (["--until", "up", "--timeout", "60"], "'60' is not a span of time"),
        (["--until", "down", "--bgp"], "--bgp"),
        (["--until", "redundant", IP], f"Only {IP} of hq was chosen"),
        (["--until", "up", "nothing-of-that-name"], "nothing-of-that-name"),
        (["--until", "up", "hq", "nothing-of-that-name"], "nothing-of-that-name"),
        (["--until", "up", "--log-group", "/no/such/group"], "/no/such/group"),
    ],
)
def test_what_cannot_be_waited_for_is_one_clear_line_and_3(
    arguments: list[str], words: str, endpoint: Endpoint, tunnelwatch: Run
) -> None:
    done = tunnelwatch("wait", *arguments, *options_for(endpoint))
    lines = [line for line in (done.stdout + done.stderr).splitlines() if words in line]
    assert done.returncode == 3
    assert len(lines) == 1
    assert "Traceback" not in done.stderr


def test_no_access_at_the_start_is_3_at_once(tunnelwatch: Run) -> None:
    done = tunnelwatch(
        "wait", "--json", "--until", "up", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"
    )
    assert done.returncode == 3
    assert json.loads(done.stdout)["reached"] is False


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 3), (signal.SIGHUP, 3)], ids=lambda each: str(each)
)
def test_a_signal_ends_it_with_a_verdict_and_closes_its_session(
    endpoint: Endpoint, number: signal.Signals, code: int
) -> None:
    with waiting(endpoint, "--until", "redundant") as wait:
        read_until(wait, "1/2 carry")
        wait.process.send_signal(number)
        ended, found = verdict(wait)
        assert "Traceback" not in wait.stderr.read()
    assert (ended, found["reached"]) == (code, False)
    assert endpoint.sessions_open == 0


def test_a_reader_that_goes_away_ends_it_quietly_and_is_no_success(endpoint: Endpoint) -> None:
    with waiting(endpoint, "--until", "redundant") as wait:
        read_until(wait, "1/2 carry")
        wait.stdout.close()
        assert wait.process.wait(PATIENCE) == 3
        assert [line for line in wait.stderr if "feed live" not in line] == []


def test_nobody_has_to_read_the_changes(endpoint: Endpoint) -> None:
    with run_piped("-m", "tui", "wait", "--until", "redundant", *options_for(endpoint)) as wait:
        wait.stderr.close()
        log(endpoint, OTHER_IP, "EE")
        assert wait.process.wait(PATIENCE) == 0
        assert wait.stdout.read().startswith("reached after ")


def test_a_cutover_is_waited_out_to_its_end() -> None:
    """The demo's cutover at high speed: a wrong key, wrong proposals, BGP later than IKE, and a flap at the end."""
    with run_piped("-m", "tui", "demo", "--serve", "--scenario", "cutover", "--speed", "15") as demo:
        words = shlex.split(demo.stdout.readline())
        where = dict(word.split("=", 1) for word in words if "=" in word)
        options = ["--endpoint-url", where["AWS_ENDPOINT_URL"], "--region", where["AWS_REGION"], "--timeout", "40s"]
        with run_piped("-m", "tui", "wait", "--json", "--until", "redundant", "--stable", "5s", *options) as wait:
            changes = [line.split(" ", 1)[1] for line in wait.stderr]
            code, found = verdict(wait)
    assert (code, found["reached"]) == (0, True)
    assert {connection["name"]: connection["verdict"] for connection in found["connections"]} == {
        "hq": "redundant",
        "osaka": "redundant",
    }
    assert [change for change in changes if change.startswith("osaka: 2/2 carry; redundant since")]


def test_a_terminal_that_was_stopped_holds_up_neither_the_feed_nor_the_end(endpoint: Endpoint) -> None:
    options = ["--until", "redundant", "--source", "poll", *options_for(endpoint)]
    with Pseudo("-m", "tui", "wait", *options) as terminal:
        terminal.wait_for("1/2 carry")
        terminal.press("\x13")  # ctrl+s
        log(endpoint, IP, "DD")
        read = endpoint.calls["FilterLogEvents"]
        # The second read brings the line at the latest, so whoever waits to print it makes no third.
        terminal.wait_unread_for(lambda: endpoint.calls["FilterLogEvents"] > read + 2)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(PATIENCE) == 3


def test_a_stopped_terminal_gets_the_verdict_when_it_goes_on(endpoint: Endpoint) -> None:
    with Pseudo("-m", "tui", "wait", "--until", "redundant", *options_for(endpoint)) as terminal:
        terminal.wait_for("1/2 carry")
        terminal.press("\x13")
        log(endpoint, OTHER_IP, "EE")
        terminal.wait_unread_for(lambda: endpoint.sessions_open == 0)
        terminal.press("\x11")  # ctrl+q
        assert terminal.finish() == 0
        assert "reached after" in terminal.text
