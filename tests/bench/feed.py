"""What reading costs beside a plain loop over FilterLogEvents, whole processes on the same endpoint."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.factories import ike_line, stream_of
from tui.demo.server.endpoint import serve_in_thread
from tui.demo.server.store import Store

GROUP = "/aws/vendedlogs/vpn"
TUNNELS = 20
EVENTS = 20_000
RUNS = 5

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
        environment = os.environ | {
            "AWS_ENDPOINT_URL": endpoint.url,
            "AWS_DEFAULT_REGION": endpoint.region,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
        }
        ours = [sys.executable, "-m", "tui", "status", "--log-group", GROUP]
        plain = [sys.executable, "-c", PLAIN]
        pairs = [(_timed(ours, environment), _timed(plain, environment)) for _ in range(RUNS + 1)][1:]
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    report(
        f"status, {TUNNELS} tunnels, {EVENTS:,} events / boto3 FilterLogEvents loop",
        f"{ratio:.2f} x (target 1.2; {statistics.median(mine for mine, _ in pairs):.2f} s)",
    )


def _timed(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began
