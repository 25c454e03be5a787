"""`accept` as a process: each of its outcomes, its list, its protocol, and an interruption of AWS."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.accounts import GROUP, options_for
from tests.conftest import Run
from tests.factories import IP, OTHER_IP, VPN, bgp, ike_line, route, stream_of
from tests.pipes import Piped, run_piped
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTelemetry, VpnTunnel

PATIENCE = 30
BOTH = (IP, OTHER_IP)
OPENED = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
LONG_AGO = 3_000.0


def now() -> int:
    return time.time_ns() // 1_000_000


def log(endpoint: Endpoint, ip: str, states: str, *, ago: float = 0, text: str = "dial") -> None:
    at = now() - round(ago * 1000)
    endpoint.store.put(GROUP, stream_of(ip), [(at, ike_line(text, states, at=at))])


def set_up(endpoint: Endpoint, ip: str, number: int, *, ago: float = 0) -> None:
    """Log that a pair of SAs was set up; for a tunnel that is up, a rekey."""
    spis = f"inbound SPI: 0xc1f2a3{number:02x}: outbound SPI: 0x0d1e2f{number:02x}"
    log(endpoint, ip, "EE", ago=ago, text=f"AWS tunnel Phase 2 SA is established with {spis}: traffic selectors: x")


def announce(endpoint: Endpoint, ip: str, *prefixes: str) -> None:
    at = now() - 2_000_000
    events = [bgp(OPENED, ip=ip), *(route("ADVERTISED", prefix, ip=ip) for prefix in prefixes)]
    lines = [(at, json.dumps(json.loads(event.message) | {"event_timestamp": at})) for event in events]
    endpoint.store.put(GROUP, stream_of(ip, log="BGP"), lines)


@contextmanager
def account(*, static: bool = True) -> Iterator[Endpoint]:
    """A connection whose tunnels came up 50 minutes ago."""
    store = Store()
    telemetry = VpnTelemetry("UP", "", now() - 4_000_000)
    bgp_group = None if static else GROUP
    tunnels = tuple(VpnTunnel(ip, "169.254.50.84/30", GROUP, bgp_group, telemetry=telemetry) for ip in BOTH)
    store.connections[VPN] = VpnConnection(VPN, "hq", "cgw-0a1b2c3d4e5f67890", tunnels, static_routes_only=static)
    with serve_in_thread(store) as endpoint:
        for ip in BOTH:
            log(endpoint, ip, "DD", ago=LONG_AGO + 9)
            set_up(endpoint, ip, 1, ago=LONG_AGO)
        yield endpoint


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with account() as running:
        yield running


@contextmanager
def accepting(endpoint: Endpoint, *arguments: str) -> Iterator[Piped]:
    options = ["--format", "json", "--timeout", "40s", *arguments, *options_for(endpoint)]
    with run_piped("-m", "tui", "accept", *options) as accept:
        yield accept


def read_until(accept: Piped, text: str) -> None:
    """Read stderr until a line contains `text`, or until the timeout."""
    lines = []
    for line in accept.stderr:
        lines.append(line)
        if text in line:
            return
    raise AssertionError(f"no {text!r} in {lines}")


def ended(accept: Piped) -> tuple[int, dict[str, Any]]:
    code = accept.process.wait(PATIENCE)
    (line,) = accept.stdout.read().splitlines()
    return code, json.loads(line)


def states(found: dict[str, Any]) -> dict[tuple[str, str], str]:
    (connection,) = found["connections"]
    return {(each["code"], each["outside_ip"]): each["state"] for each in connection["conditions"]}


def test_what_the_log_shows_whole_is_accepted_at_once(endpoint: Endpoint) -> None:
    for ip in BOTH:
        set_up(endpoint, ip, 2, ago=100)
    with accepting(endpoint) as accept:
        code, found = ended(accept)
    assert (code, found["accepted"], found["reason"]) == (0, True, None)
    assert states(found) == {(code, ip): "met" for ip in BOTH for code in ("carries", "rekey", "no_flap")}
    assert found["connections"][0]["notes"] == ["Static routes only: there is no BGP to wait for."]


def test_what_is_missing_when_the_time_is_up_is_1(endpoint: Endpoint) -> None:
    set_up(endpoint, IP, 2, ago=100)
    with accepting(endpoint, "--timeout", "8s") as accept:
        code, found = ended(accept)
    assert (code, found["accepted"]) == (1, False)
    assert found["reason"] == f"timed out after 8s: still open: hq {OTHER_IP} (phase 2 rekey survived)"
    (rekey,) = (
        each
        for each in found["connections"][0]["conditions"]
        if each["code"] == "rekey" and each["outside_ip"] == OTHER_IP
    )
    assert rekey["next_opens"] < rekey["next_closes"] < rekey["sa_ends"]


def test_a_flap_in_the_watch_is_1_at_once(endpoint: Endpoint) -> None:
    with accepting(endpoint) as accept:
        read_until(accept, "no flap")
        log(endpoint, IP, "DD")
        code, found = ended(accept)
    assert code == 1
    assert found["reason"].startswith(f"hq {IP} went down at ")


def test_a_rekey_that_comes_while_aws_is_away_is_found_afterwards(endpoint: Endpoint) -> None:
    set_up(endpoint, IP, 2, ago=100)
    with accepting(endpoint, "--source", "poll") as accept:
        read_until(accept, "rekey survived: expected")
        endpoint.faults = Faults(auth_expired=1.0)
        read_until(accept, "feed offline: ")
        set_up(endpoint, OTHER_IP, 2, ago=60)
        endpoint.faults = Faults()
        code, found = ended(accept)
    assert (code, found["accepted"]) == (0, True)


def test_aws_that_is_away_at_the_end_is_3(endpoint: Endpoint) -> None:
    with accepting(endpoint, "--timeout", "10s") as accept:
        read_until(accept, "rekey survived: expected")
        endpoint.faults = Faults(auth_expired=1.0)
        code, found = ended(accept)
    assert (code, found["accepted"]) == (3, False)
    assert "nothing is known since" in found["reason"]


def test_a_drill_is_measured(endpoint: Endpoint) -> None:
    for ip in BOTH:
        set_up(endpoint, ip, 2, ago=100)
    with accepting(endpoint, "--drill") as accept:
        read_until(accept, f"hq {OTHER_IP} down once")
        for number, ip in enumerate(BOTH, start=3):
            log(endpoint, ip, "DD")
            read_until(accept, f"… hq {ip} carries traffic: down")
            with pytest.raises(subprocess.TimeoutExpired):  # an SA that is back within a burst did not fall
                accept.process.wait(2)
            set_up(endpoint, ip, number)
        code, found = ended(accept)
    assert (code, found["drill"]) == (0, True)
    drills = [each for each in found["connections"][0]["conditions"] if each["code"] == "drill"]
    assert [(drill["state"], drill["gap_seconds"]) for drill in drills] == [("met", 0), ("met", 0)]


def test_the_prefixes_are_written_edited_and_held_against_what_is_announced(tmp_path: Path, tunnelwatch: Run) -> None:
    path = tmp_path / "hq.txt"
    with account(static=False) as endpoint:
        for ip in BOTH:
            announce(endpoint, ip, "10.10.0.0/16", "10.11.0.0/16")
            set_up(endpoint, ip, 2, ago=100)
        where = options_for(endpoint)
        written = tunnelwatch("accept", "--write-prefixes", str(path), *where)
        assert (written.returncode, path.stat().st_mode & 0o077) == (0, 0o044)
        again = tunnelwatch("accept", "--write-prefixes", str(path), *where)
        assert (again.returncode, len(again.stderr.splitlines())) == (3, 1)
        assert tunnelwatch("accept", "--prefixes", str(path), *where).returncode == 0
        path.write_text(path.read_text() + "10.99.0.0/16\n")
        missing = tunnelwatch("accept", "--prefixes", str(path), "--timeout", "8s", "--format", "json", *where)
        assert missing.returncode == 1
        assert json.loads(missing.stdout)["connections"][0]["conditions"][1]["missing"] == ["10.99.0.0/16"]
        path.write_text("[somewhere-else]\n10.0.0.0/8\n")
        other = tunnelwatch("accept", "--prefixes", str(path), *where)
        assert other.returncode == 3
        assert f"{path} lists no prefix for hq" in other.stdout


def test_a_list_of_several_sites_names_each_and_says_which_one_it_lacks(
    config: Path, tmp_path: Path, tunnelwatch: Run
) -> None:
    path = tmp_path / "list.txt"
    with account(static=False) as endpoint:
        announce(endpoint, IP, "10.10.0.0/16")
        site = f'region = "eu-west-1"\nendpoint_url = "{endpoint.url}"\n'
        config.write_text(f'[sites.osaka]\n{site}[sites.gone]\nprofile = "nobody"\n{site}')
        done = tunnelwatch("accept", "--write-prefixes", str(path), "--all-sites")
    assert done.returncode == 3
    assert done.stderr.startswith("tunnelwatch: site gone: The profile nobody was not found")
    assert "# osaka/hq" in path.read_text()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("10.0.0.0/8\nten\n", ":2: 'ten' is no prefix"),
        ("", ":1: there is no prefix"),
        ("\x00\xff", "it is not UTF-8 text"),
        (None, "No such file"),
    ],
)
def test_a_list_that_is_none_is_one_clear_line(
    content: str | None, words: str, tmp_path: Path, tunnelwatch: Run
) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    done = tunnelwatch("accept", "--prefixes", str(path))
    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (3, 1, "")
    assert str(path) in done.stderr
    assert words in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--drill", IP], "A drill needs both tunnels"),
        (["--prefixes", "a", "--write-prefixes", "b"], "give one of them"),
        (["--mask", "--write-prefixes", "b"], "--mask hides the prefixes"),
        (["nothing-of-that-name"], "nothing-of-that-name"),
        (["--timeout", "soon"], "'soon' is not a span"),
    ],
)
def test_what_cannot_be_accepted_is_one_clear_line_and_3(
    arguments: list[str], words: str, endpoint: Endpoint, tunnelwatch: Run
) -> None:
    done = tunnelwatch("accept", *arguments, *options_for(endpoint))
    assert done.returncode == 3
    assert len([line for line in (done.stdout + done.stderr).splitlines() if words in line]) == 1
    assert "Traceback" not in done.stderr


def test_a_tunnel_that_was_chosen_alone_is_accepted_alone_and_said_to_be(endpoint: Endpoint) -> None:
    set_up(endpoint, IP, 2, ago=100)
    with accepting(endpoint, IP) as accept:
        code, found = ended(accept)
    assert code == 0
    assert (
        f"Only {IP} was chosen: this says nothing of the connection's redundancy." in found["connections"][0]["notes"]
    )


def test_a_tunnel_whose_log_is_off_is_said_at_once(endpoint: Endpoint) -> None:
    connection = endpoint.store.connections[VPN]
    silent = VpnTunnel(OTHER_IP, "169.254.61.12/30", None, telemetry=VpnTelemetry("UP", "", now() - 4_000_000))
    endpoint.store.connections[VPN] = connection.with_tunnel(silent)
    with accepting(endpoint) as accept:
        code, found = ended(accept)
    assert (code, found["reason"]) == (3, f"The log of hq {OTHER_IP} is off, so no rekey can be seen on it.")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 3)], ids=lambda each: str(each))
def test_a_signal_ends_it_with_the_protocol_of_what_was_seen(
    endpoint: Endpoint, number: signal.Signals, code: int
) -> None:
    with accepting(endpoint) as accept:
        read_until(accept, "rekey survived: expected")
        accept.process.send_signal(number)
        found_code, found = ended(accept)
        assert "Traceback" not in accept.stderr.read()
    assert (found_code, found["accepted"]) == (code, False)
    assert states(found)["carries", IP] == "met"
    assert endpoint.sessions_open == 0


def test_a_reader_that_goes_away_ends_it_quietly_and_is_no_success(endpoint: Endpoint) -> None:
    with accepting(endpoint) as accept:
        read_until(accept, "rekey survived: expected")
        accept.stdout.close()
        assert accept.process.wait(PATIENCE) == 3


def test_what_was_read_is_recorded_and_played_again(endpoint: Endpoint, tmp_path: Path, tunnelwatch: Run) -> None:
    path = tmp_path / "night.jsonl"
    for ip in BOTH:
        set_up(endpoint, ip, 2, ago=100)
    assert tunnelwatch("accept", "--record", str(path), *options_for(endpoint)).returncode == 0
    lines = tunnelwatch("replay", str(path), "--json").stdout.splitlines()
    assert sum(json.loads(line)["type"] == "event" for line in lines) == 6


def test_on_a_terminal_the_conditions_are_a_list_in_place_and_the_protocol_follows(endpoint: Endpoint) -> None:
    set_up(endpoint, IP, 2, ago=100)
    with Pseudo("-m", "tui", "accept", "--utc", *options_for(endpoint), columns=110, rows=60) as terminal:
        terminal.wait_for("5 of 6 seen")
        terminal.wait_for("expected between")  # the rows below the count come after it
        rows = terminal.text.splitlines()
        assert any(row.startswith(f" ✔ {IP}") and "carries traffic" in row for row in rows)
        assert any(row.startswith(f" … {OTHER_IP}") and "expected between" in row for row in rows)
        log(endpoint, IP, "DD")
        assert terminal.finish() == 1
        assert sum("of 6 seen" in row for row in terminal.text.splitlines()) == 1
        assert "# Acceptance of VPN connections" in terminal.text
        assert terminal.is_restored()
