"""What reading costs beside a plain loop over FilterLogEvents, whole processes on the same endpoint."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.factories import ike_line, stream_of
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store

GROUP = "/aws/vendedlogs/vpn"
TUNNELS = 20
EVENTS = 20_000
RUNS = 5
QUIET = 200

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


def run(report: Callable[[str, str], None]) -> None:
    store = Store()
    now = int(time.time() * 1000)
    for number in range(EVENTS):
        at = now - 3_500_000 + number * 170
        ip = f"203.0.113.{number % TUNNELS + 1}"
        line = ike_line(f"AWS tunnel is sending a DPD request with sequence number {number}", "EE", at=at)
        store.put(GROUP, stream_of(ip), [(at, line)])
    with serve_in_thread(store) as endpoint:
        environment = _environment(endpoint)
        ours = [sys.executable, "-m", "tui", "status", "--log-group", GROUP]
        plain = [sys.executable, "-c", PLAIN]
        for latency, target in ((0.0, "1.2"), (0.15, "0.75")):
            endpoint.faults = Faults(filter_slow=latency)
            pairs = [(_timed(ours, environment), _timed(plain, environment)) for _ in range(RUNS + 1)][1:]
            ratio = statistics.median(mine / theirs for mine, theirs in pairs)
            seconds = statistics.median(mine for mine, _ in pairs)
            where = f"{latency * 1000:.0f} ms a call" if latency else "loopback"
            report(
                f"status, {TUNNELS} tunnels, {EVENTS:,} events / boto3 FilterLogEvents loop, {where}",
                f"{ratio:.2f} x (target {target}; {seconds:.2f} s)",
            )
    _quiet(report)


def _quiet(report: Callable[[str, str], None]) -> None:
    """Measure `status` where no tunnel has logged within the look-back, at the pace that AWS's quotas allow."""
    store = Store()
    now = int(time.time() * 1000)
    for number in range(QUIET):
        at = now - (1 + number % 27) * 86_400_000 - number * 60_000
        for log in ("IKE", "BGP"):
            stream = stream_of(f"203.0.113.{number % 250 + 1}", vpn=f"vpn-{number:017x}", log=log)
            store.put(f"{GROUP}/{log}", stream, [(at, ike_line("AWS tunnel DPD timed out", "DD", at=at))] * 20)
    with serve_in_thread(store) as endpoint:
        environment = _environment(endpoint)
        groups = [f"--log-group={GROUP}/{log}" for log in ("IKE", "BGP")]
        took = _timed([sys.executable, "-m", "tui", "status", *groups], environment)
        calls = sum(endpoint.calls.values())
    report(f"status, {QUIET} tunnels that have been quiet for days", f"{took:.1f} s, {calls} calls (target 15 s, 60)")


def _environment(endpoint: Endpoint) -> dict[str, str]:
    return os.environ | {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_DEFAULT_REGION": endpoint.region,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


def _timed(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began
