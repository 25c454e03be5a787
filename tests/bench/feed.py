"""The cost of reading compared with a plain FilterLogEvents loop and `aws logs tail`: whole processes, alternately."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.table import Report
from tests.factories import ike_line, stream_of
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store

GROUP = "/aws/vendedlogs/vpn"
TUNNELS = 20
EVENTS = 20_000
RUNS = 5
QUIET = 200
LATENCY = 0.15
"""Seconds that AWS takes for a page, as measured from within its region."""
SETTLING = 8
"""Seconds after the first states until the memory is looked at: the look-back has been read by then."""
STATUS = [sys.executable, "-m", "tui", "status", "--log-group", GROUP]

PLAIN = f"""
import boto3, time
logs = boto3.client("logs")
start, token, count = int(time.time() * 1000) - 3_600_000, {{}}, 0
while True:
    page = logs.filter_log_events(logGroupName={GROUP!r}, startTime=start, **token)
    for event in page["events"]:
        print(event["timestamp"], event["logStreamName"], event["message"])
    if "nextToken" not in page:
        break
    token = {{"nextToken": page["nextToken"]}}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a process: seconds of wall time, seconds of processor time, MB at its peak."""

    seconds: float
    processor: float
    memory: float


def run(report: Report) -> None:
    """Measure and report."""
    store = Store()
    now = int(time.time() * 1000)
    for number in range(EVENTS):
        at = now - 3_500_000 + number * 170
        ip = f"203.0.113.{number % TUNNELS + 1}"
        line = ike_line(f"AWS tunnel is sending a DPD request with sequence number {number}", "EE", at=at)
        store.put(GROUP, stream_of(ip), [(at, line)])
    with serve_in_thread(store) as endpoint, TemporaryDirectory() as cache:
        environment = _environment(endpoint, cache)
        _beside_others(report, endpoint, environment)
        endpoint.faults = Faults(filter_slow=LATENCY)
        _first_states(report, endpoint, environment)
        endpoint.faults = Faults()
        _quiet(report, cache)


def _beside_others(report: Report, endpoint: Endpoint, environment: Mapping[str, str]) -> None:
    """Compare `status` with the others, with calls answered at once, and as slowly as AWS answers them."""
    loop = [sys.executable, "-c", PLAIN]
    what = f"status of {TUNNELS} tunnels, {EVENTS:,} events / "
    cli = _aws_cli(endpoint)
    for latency, of_cli, of_loop in ((0.0, 1.0, None), (LATENCY, 0.6, 0.75)):
        endpoint.faults = Faults(filter_slow=latency)
        where = f", {latency * 1000:.0f} ms a call" if latency else ", loopback"
        ours, theirs, plain = _turn_by_turn([STATUS, cli, loop] if cli else [STATUS, loop, loop], environment)
        took = f"{statistics.median(cost.seconds for cost in ours):.2f} s"
        if cli:
            report(f"{what}`aws logs tail`{where}", _ratio(ours, theirs), "×", at_most=of_cli, note=took)
        else:
            report(f"{what}`aws logs tail`{where}", "not measured: no AWS CLI v2")
        report(f"{what}boto3 FilterLogEvents loop{where}", _ratio(ours, plain), "×", at_most=of_loop)
        if not latency:
            if cli:
                used = statistics.median(a.processor / b.processor for a, b in zip(ours, theirs, strict=True))
                report(f"{what}`aws logs tail`, processor time", used, "×")
            more = statistics.median(a.memory - b.memory for a, b in zip(ours, plain, strict=True))
            report(f"memory of status over that of the loop{where}", more, "MB", at_most=35)


def _ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """Return the median of the ratios of consecutive runs."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))


def _turn_by_turn(commands: Sequence[list[str]], environment: Mapping[str, str]) -> list[list[Cost]]:
    """Return the cost of each command, run alternately, so that other load on the machine affects all of them alike."""
    turns = [[_cost(command, environment) for command in commands] for _ in range(RUNS + 1)]
    return [list(costs) for costs in zip(*turns[1:], strict=True)]  # the first turn compiles, and fills caches


def _first_states(report: Report, endpoint: Endpoint, environment: Mapping[str, str]) -> None:
    """Compare the time until the screen shows states with `aws logs tail`, and measure the screen's memory then."""
    cli = _aws_cli(endpoint)
    ratios, seconds, resident = [], [], 0.0
    for turn in range(RUNS + 1):
        begun = time.perf_counter()
        # Not by `-m`: that may be a fork of a process that has imported the program.
        command = ("-c", "from tui.__main__ import main; main()", "--log-group", GROUP)
        with Pseudo(*command, columns=120, rows=40, draws=False, answers=True, env=environment) as terminal:
            terminal.wait_for(lambda sent=terminal.sent: "● up".encode() in sent)  # type: ignore[misc] # of this turn
            took = time.perf_counter() - begun
            if turn == RUNS:
                resident = _resident_once_read(terminal)
        if turn:
            seconds.append(took)
            ratios += [took / _cost(cli, environment).seconds] if cli else []
    name, took_text = "first states on the screen / `aws logs tail`", f"{statistics.median(seconds):.2f} s"
    if ratios:
        where = f", {LATENCY * 1000:.0f} ms a call"
        report(f"{name}{where}", statistics.median(ratios), "×", at_most=0.5, note=took_text)
    else:
        report(name, "not measured: no AWS CLI v2", note=took_text)
    report(f"resident, {TUNNELS} tunnels, {EVENTS:,} events on the screen", resident, "MB", at_most=110)


def _resident_once_read(terminal: Pseudo) -> float:
    """Return the program's resident memory after reading everything, MB; 0 without /proc."""
    end = time.monotonic() + SETTLING
    terminal.wait_for(lambda: time.monotonic() > end)
    with suppress(OSError):
        for line in Path(f"/proc/{terminal.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1000
    return 0.0


def _aws_cli(endpoint: Endpoint) -> list[str] | None:
    """Return `aws logs tail` of the AWS CLI v2, the only version that has it; None if there is none."""
    for folder in os.get_exec_path():
        path = shutil.which("aws", path=folder)
        if path and "aws-cli/2" in _version(path):
            # An older one does not know AWS_ENDPOINT_URL.
            return [path, "--endpoint-url", endpoint.url, "logs", "tail", GROUP, "--since", "1h"]
    return None


def _version(path: str) -> str:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, env=_foreign(os.environ), check=False)
    return done.stdout


def _foreign(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a program of another Python."""
    return {name: value for name, value in environment.items() if not name.startswith("PYTHON")}


def _quiet(report: Report, cache: str) -> None:
    """Measure `status` if no tunnel has logged within the look-back, at the rate that AWS's quotas allow."""
    store = Store()
    now = int(time.time() * 1000)
    for number in range(QUIET):
        at = now - (1 + number % 27) * 86_400_000 - number * 60_000
        for log in ("IKE", "BGP"):
            stream = stream_of(f"203.0.113.{number % 250 + 1}", vpn=f"vpn-{number:017x}", log=log)
            store.put(f"{GROUP}/{log}", stream, [(at, ike_line("AWS tunnel DPD timed out", "DD", at=at))] * 20)
    with serve_in_thread(store) as endpoint:
        environment = _environment(endpoint, cache)
        groups = [f"--log-group={GROUP}/{log}" for log in ("IKE", "BGP")]
        took = _cost([sys.executable, "-m", "tui", "status", *groups], environment).seconds
        calls = sum(endpoint.calls.values())
    name = f"status of {QUIET} tunnels that have been quiet for days"
    report(name, took, "s", at_most=15)
    report(f"{name}, calls", calls, at_most=60)


def _environment(endpoint: Endpoint, cache: str) -> dict[str, str]:
    """Return an environment in which modules are compiled once, as in an installation, and not at each start."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {
        "PYTHONPYCACHEPREFIX": cache,
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_DEFAULT_REGION": endpoint.region,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


_MEASURING = """
import json, os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, _, used = os.wait4(process.pid, 0)
print(json.dumps([time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
# In a process of its own: the peak of a child is that of its parent at least, and this one grows large.


def _cost(command: list[str], environment: Mapping[str, str]) -> Cost:
    environment = environment if command[0] == sys.executable else _foreign(environment)
    measuring = [sys.executable, "-S", "-c", _MEASURING, *command]
    done = subprocess.run(measuring, env=environment, capture_output=True, text=True, check=True)
    seconds, processor, peak = json.loads(done.stdout)
    return Cost(seconds, processor, peak / (1e6 if sys.platform == "darwin" else 1e3))  # macOS counts bytes, Linux KB
