"""The program as a process against somebody else's server: every state, and every event once."""

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import REGION, Run
from tests.factories import ike_line, stream_of
from tests.pipes import run_piped

GROUP = "/aws/vendedlogs/vpn"
TUNNELS = {  # address: the phases that its records go through
    "203.0.113.11": ["DD", "ND", "ED", "EE"],
    "203.0.113.12": ["EE", "ER", "EE"],
    "203.0.113.21": ["EE", "ED"],
    "203.0.113.22": ["EE", "EE"],
    "203.0.113.31": ["ND", "DD"],
    "203.0.113.32": ["ED", "ED"],
}
VPNS = [f"vpn-0a1b2c3d4e5f6071{digit}" for digit in "123"]
HEALTH = {"203.0.113.11": "up", "203.0.113.12": "up", "203.0.113.21": "down"} | {
    "203.0.113.22": "up",
    "203.0.113.31": "down",
    "203.0.113.32": "down",
}


def vpn_of(ip: str) -> str:
    return VPNS[int(ip.split(".")[-1]) // 10 - 1]


@pytest.fixture
def written(moto: Callable[[str], Any]) -> Counter[str]:
    """Six tunnels' events in moto, some lines twice; returns how often each line was written."""
    logs = moto("logs")
    logs.create_log_group(logGroupName=GROUP)
    lines: Counter[str] = Counter()
    start = int(time.time()) * 1000 - 300_000
    for ip, states in TUNNELS.items():
        stream = stream_of(ip, vpn=vpn_of(ip))
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        events = []
        for step, pair in enumerate(states):
            at = start + step * 10_000
            line = ike_line(f"{ip} step {step}", pair, at=at)
            times = 2 if step == 1 else 1
            events += [{"timestamp": at, "message": line}] * times
            lines[line] += times
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)
    return lines


def where(server: str) -> list[str]:
    return ["--endpoint-url", server, "--region", REGION]


def test_status_finds_every_state(written: Counter[str], moto_server: str, tunnelwatch: Run) -> None:
    done = tunnelwatch("status", "--json", "--log-group", GROUP, *where(moto_server))
    found = json.loads(done.stdout)
    tunnels = [tunnel for connection in found["connections"] for tunnel in connection["tunnels"]]
    assert {tunnel["outside_ip"]: tunnel["health"] for tunnel in tunnels} == HEALTH
    assert [connection["verdict"] for connection in found["connections"]] == ["redundant", "at_risk", "down"]
    assert done.stderr == ""
    assert done.returncode == 2


def test_tail_prints_every_event_once_and_follows(
    written: Counter[str], moto: Callable[[str], Any], moto_server: str
) -> None:
    with run_piped("-m", "tui", "tail", "--json", "--log-group", GROUP, *where(moto_server)) as tail:
        printed: Counter[str] = Counter()
        for line in tail.stdout:
            event = json.loads(line)
            if event["type"] == "event":
                printed[event["raw"]] += 1
            if printed.total() == written.total():
                break
        assert printed == written
        ip = "203.0.113.11"
        now = int(time.time()) * 1000
        new = ike_line("one more", "EE", at=now)
        moto("logs").put_log_events(
            logGroupName=GROUP,
            logStreamName=stream_of(ip, vpn=vpn_of(ip)),
            logEvents=[{"timestamp": now, "message": new}],
        )
        events = (json.loads(line) for line in tail.stdout)
        following = next(event for event in events if event["type"] == "event")
        assert following["raw"] == new
        assert following["late"] is False


def test_tail_without_following_ends_with_the_look_back(
    written: Counter[str], moto_server: str, tunnelwatch: Run
) -> None:
    done = tunnelwatch("tail", "--json", "--no-follow", "--log-group", GROUP, *where(moto_server))
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert Counter(event["raw"] for event in events if event["type"] == "event") == written
    assert done.returncode == 0
    times = [event["at"] for event in events if event["type"] == "event"]
    assert times == sorted(times)


def test_tunnels_are_discovered_through_ec2(moto: Callable[[str], Any], moto_server: str, tunnelwatch: Run) -> None:
    ec2 = moto("ec2")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    customer = ec2.create_customer_gateway(Type="ipsec.1", IpAddress="198.51.100.7", BgpAsn=65010)
    made = ec2.create_vpn_connection(
        Type="ipsec.1",
        VpnGatewayId=gateway,
        CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"],
        TagSpecifications=[{"ResourceType": "vpn-connection", "Tags": [{"Key": "Name", "Value": "hq"}]}],
    )
    vpn = made["VpnConnection"]["VpnConnectionId"]
    done = tunnelwatch("status", "--json", "hq", *where(moto_server))
    found = json.loads(done.stdout)
    assert [(connection["id"], connection["name"]) for connection in found["connections"]] == [(vpn, "hq")]
    assert done.returncode == 3
