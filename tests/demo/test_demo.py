"""The demo as the command line uses it."""

import asyncio
import socket
import subprocess
import sys
from contextlib import AsyncExitStack

import pytest

from tests.demo.conftest import GROUP, arn, blocking_client, connected
from tui.demo import demo
from tui.demo.scenarios.scenario_file import BGP_GROUP, IKE_GROUP, UnknownScenario
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.store import Store


async def test_a_running_demo_can_be_read_by_what_it_says_of_itself() -> None:
    async with demo(scenario="healthy", speed=10) as running:
        assert running.region == "eu-west-1"
        assert running.log_groups == (IKE_GROUP, BGP_GROUP)
        async with connected(running.endpoint, "ec2") as ec2, connected(running.endpoint) as logs:
            found = (await ec2.describe_vpn_connections())["VpnConnections"]
            page = await logs.filter_log_events(logGroupName=running.log_groups[0])
    assert [vpn["Tags"][0]["Value"] for vpn in found] == ["hq", "branch"]
    assert page["events"]


async def test_a_running_demo_goes_on_writing() -> None:
    async with demo(scenario="rekey", speed=400) as running, connected(running.endpoint) as logs:
        answer = await logs.start_live_tail(logGroupIdentifiers=[arn(IKE_GROUP)])
        async with asyncio.timeout(10):
            async for frame in answer["responseStream"]:
                if frame.get("sessionUpdate", {}).get("sessionResults"):
                    break
        answer["responseStream"].close()


async def test_a_demo_keeps_what_it_begins_with_and_no_more_than_it_is_to() -> None:
    async with demo(scenario="rekey", speed=1_000, capacity=16) as running:
        store = running.endpoint.store
        most = store.capacity
        assert most == max(len(group.events) for group in store.groups.values()) > 16
        for number in range(2 * most):
            store.put(IKE_GROUP, "s", [(number, "a line")])
        assert len(store.groups[IKE_GROUP].events) <= most * 9 // 8


async def test_nobody_listens_once_the_demo_is_over() -> None:
    async with demo(scenario="idle") as running:
        port = running.endpoint.port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_sessions_still_open_end_with_the_endpoint(store: Store) -> None:
    store.create_group(GROUP)
    async with AsyncExitStack() as stack:
        endpoint = await stack.enter_async_context(Endpoint(store))
        async with connected(endpoint) as logs:
            answer = await logs.start_live_tail(logGroupIdentifiers=[arn()])
            assert endpoint.sessions_open == 1
            await stack.aclose()
            assert endpoint.sessions_open == 0
            answer["responseStream"].close()


async def test_an_unknown_scenario_opens_nothing() -> None:
    with pytest.raises(UnknownScenario):
        async with demo(scenario="nope"):
            raise AssertionError("it must not start")


async def test_it_listens_on_loopback_alone(endpoint: Endpoint) -> None:
    assert endpoint.url == f"http://127.0.0.1:{endpoint.port}"
    with pytest.raises(ConnectionRefusedError):  # another address of this very machine
        await asyncio.open_connection("127.0.0.2", endpoint.port)


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with Endpoint(Store(), port=port):
                raise AssertionError("it must not start")


def test_a_port_that_is_taken_is_named_from_a_thread_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="cannot listen"), serve_in_thread(Store(), port=port):
            raise AssertionError("it must not start")


def test_an_endpoint_in_a_thread_serves_a_blocking_client(store: Store) -> None:
    store.put(GROUP, "s", [(store.clock.now(), "hello")])
    with serve_in_thread(store) as running:
        [event] = blocking_client(running, "logs").filter_log_events(logGroupName=GROUP)["events"]
    assert event["message"] == "hello"


def test_importing_the_demo_loads_no_server_and_no_aws_library() -> None:
    code = "import sys, tui.demo; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiohttp", "aiobotocore", "botocore", "boto3", "textual"} & set(loaded)
