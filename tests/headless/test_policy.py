"""The policy lists what the program calls and nothing else, and each refusal affects only its own part."""

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.factories import ike_line, stream_of
from tests.feed.conftest import BGP, IKE, Reader, connection, read_once, reading, streams, vpn_id
from tests.pipes import run_piped
from tests.terminal.pseudo import Pseudo
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.demo.server.vpn import CustomerGateway, LogDelivery
from tui.domain.feed_state import FeedMode, FeedState
from tui.feed.aws.actions import ACTIONS
from tui.headless.policy import POLICIES, causes_policy, fleet_policy, logging_policy, monitor_policy

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
FREE = "sts:GetCallerIdentity"
QUERYING = {"logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery"}
"""What reading weeks takes, and following does without."""
OPTIONAL = sorted(
    name for name, action in ACTIONS.items() if action.watches and not action.needed and name not in {FREE, *QUERYING}
)


def allowed(policy: str) -> set[str]:
    return {action for statement in json.loads(policy)["Statement"] for action in statement["Action"]}


def filled() -> Store:
    """One connection talks, of the next one tunnel spoke last month and one never did, a third logs by a delivery."""
    store = Store()
    delivered = connection(2, name="delivered", ike=None)
    store.connections = {each.id: each for each in (connection(0, bgp=BGP), connection(1, name="idle"), delivered)}
    store.deliveries = [LogDelivery(delivered.id, "CONNECTION_LOGS", IKE)]
    to_vpc = replace(connection(3, name="to a VPC"), transit_gateway=None, vpn_gateway="vgw-0f1e2d3c4b5a69788")
    store.connections[to_vpc.id] = to_vpc
    gateway = CustomerGateway(to_vpc.customer_gateway, certificate=CERTIFICATE, certificate_ends=2 * 10**12)
    store.customer_gateways[gateway.id] = gateway
    now = time.time_ns() // 1_000_000
    for stream, ago in [*((each, 60_000) for each in streams(0)), (streams(1)[0], 30 * 86_400_000)]:
        store.put(IKE, stream, [(now - ago, ike_line("AWS tunnel is sending DPD request", at=now))])
    store.put(BGP, stream_of("203.0.113.1", vpn=vpn_id(), log="BGP"), [(now - 60_000, "a")])
    return store


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with serve_in_thread(filled(), update_every=0.1) as endpoint:
        yield endpoint


def follow(endpoint: Endpoint, *arguments: str) -> None:
    """Run `tail` until it reports that it is live."""
    with run_piped("-m", "tui", "tail", "--json", *options_for(endpoint), *arguments) as tail:
        assert any('"state": "live"' in line for line in tail.stdout)
        tail.process.send_signal(signal.SIGTERM)
        tail.process.wait(20)


def watch(endpoint: Endpoint) -> None:
    """Run the screen until it is live."""
    with Pseudo("-m", "tui", *options_for(endpoint), columns=120) as terminal:
        terminal.wait_for("idle")
        terminal.wait_for(lambda: endpoint.sessions_open == 1)
        terminal.press("q")
        terminal.finish()


def test_the_policy_is_exactly_what_all_commands_together_call(served: Endpoint, tunnelwatch: Run) -> None:
    tunnelwatch("status", *options_for(served))
    tunnelwatch("status", "--json", "hq", *options_for(served))
    tunnelwatch("tail", "--no-follow", *options_for(served))
    follow(served)
    follow(served, "--source", "live", "--log-group", IKE)
    follow(served, "--log-group", served.store.groups[IKE].name, "hq*", "vpn-*")
    tunnelwatch("status", "--log-group", f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}", *options_for(served))
    watch(served)
    tunnelwatch("history", *options_for(served))
    served.faults = Faults(query_fail=1)  # stopped, in case that it was not over
    tunnelwatch("history", *options_for(served))
    served.faults = Faults(action_denied="ec2:DescribeVpnConnections")
    tunnelwatch("status", *options_for(served))
    called = actions_of(served)
    assert called == {name for name, action in ACTIONS.items() if action.watches}
    assert allowed(monitor_policy()) == called - {FREE}


def test_the_policy_for_causes_is_what_doctor_calls_beside_watching(served: Endpoint, tunnelwatch: Run) -> None:
    tunnelwatch("doctor", *options_for(served))
    called = actions_of(served)
    assert called == {name for name, action in ACTIONS.items() if not action.is_of_fleets}
    assert allowed(causes_policy()) == called - {FREE}


def actions_of(served: Endpoint) -> set[str]:
    called = {name for name, action in ACTIONS.items() if served.calls[action.operation]}
    assert set(served.calls) == {ACTIONS[name].operation for name in called}
    return called


def test_every_action_that_the_program_can_call_only_reads() -> None:
    reading = ("Describe", "Filter", "Get", "List", "Lookup", "Search", "SimulatePrincipalPolicy")
    queries = {"StartLiveTail", "StartQuery", "StopQuery"}
    others = {action.operation for action in ACTIONS.values() if not action.operation.startswith(reading)}
    assert others == queries  # each of them reads, too: what they start or stop is a reading


def test_a_policy_for_single_groups_narrows_what_can_be_narrowed() -> None:
    china = "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/vpn/c"
    document = json.loads(monitor_policy(["/vpn/a", "arn:aws:logs:eu-west-1:123456789012:log-group:/vpn/b:*", china]))
    narrow, wide = document["Statement"]
    assert narrow["Resource"] == [
        "arn:aws:logs:*:*:log-group:/vpn/a:*",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/vpn/b:*",
        f"{china}:*",
    ]
    assert "logs:FilterLogEvents" in narrow["Action"]
    assert "ec2:DescribeVpnConnections" in wide["Action"]


def test_turning_logs_on_is_another_policy() -> None:
    assert allowed(monitor_policy()) & allowed(logging_policy()) == {"logs:DescribeLogGroups"}
    assert not any(action.startswith("ec2:Modify") for action in allowed(monitor_policy()))


def test_watching_a_fleet_adds_the_search_for_its_sites_and_their_roles(tunnelwatch: Run) -> None:
    linked = Hosted(Account("eu-west-1", "111122223333", "watch"), account(), shares_logs=True)
    with serve_in_thread(account(), hosted=[linked]) as endpoint:
        done = tunnelwatch("status", "--json", "--all-regions", "--linked-accounts", *options_for(endpoint))
        called = actions_of(endpoint)
    assert {*json.loads(done.stdout)["sites"]} == {"eu-west-1", "111122223333-euw1"}
    added = allowed(fleet_policy()) - allowed(monitor_policy())
    assert added == {"sts:AssumeRole"} | {name for name in called if ACTIONS[name].is_of_fleets}
    assert called <= allowed(fleet_policy()) | {FREE}


@pytest.mark.parametrize("purpose", POLICIES)
def test_each_policy_is_printed_for_its_purpose(purpose: str, tunnelwatch: Run) -> None:
    assert json.loads(tunnelwatch("policy", "--for", purpose).stdout) == json.loads(POLICIES[purpose](()))


def said(state: FeedState) -> str:
    return " ".join((state.reason, *state.notices))


@pytest.mark.parametrize("action", OPTIONAL)
async def test_an_action_that_is_denied_is_named_and_every_event_comes_all_the_same(action: str) -> None:
    store = filled()
    faults = Faults(action_denied=action)
    async with Endpoint(store, update_every=0.03, faults=faults) as endpoint, reading(endpoint) as reader:
        await reader.until(lambda: reader.caught_up)
        now = time.time_ns() // 1_000_000
        store.put(IKE, streams(0)[0], [(now, ike_line("now", at=now))])
        await reader.until(lambda: any("now" in event.message for event in reader.events.values()))
        if action == "logs:DescribeLogGroups":  # only asked for where EC2 names no groups
            endpoint.faults = Faults(action_denied=f"{action}|ec2:DescribeVpnConnections")
            await again_without_ec2(endpoint)
        else:
            await reader.until(lambda: action in said(reader.state))
            await reader.until_it_is(FeedMode.POLLING if action == "logs:StartLiveTail" else FeedMode.LIVE)


async def again_without_ec2(endpoint: Endpoint) -> None:
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.OFFLINE)
        assert "logs:DescribeLogGroups" in reader.state.reason


async def test_where_only_the_record_is_denied_the_feed_says_so_by_name() -> None:
    faults = Faults(action_denied="logs:FilterLogEvents")
    async with Endpoint(filled(), update_every=0.03, faults=faults) as endpoint, reading(endpoint) as reader:
        await reader.until(lambda: "logs:FilterLogEvents" in said(reader.state))
        await reader.until_it_is(FeedMode.LIVE)


async def test_one_group_that_is_denied_costs_only_its_own_events() -> None:
    store = filled()
    faults = Faults(group_denied=BGP)
    async with Endpoint(store, update_every=0.03, faults=faults) as endpoint, reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        now = time.time_ns() // 1_000_000
        store.put(IKE, streams(0)[0], [(now, ike_line("now", at=now))])
        await reader.until_all_of(store, IKE)
        await reader.until(
            lambda: all(word in said(reader.state) for word in ("logs:FilterLogEvents", "logs:StartLiveTail", BGP))
        )


async def test_a_single_read_without_ec2_names_the_action() -> None:
    async with Endpoint(filled(), faults=Faults(action_denied="ec2:*")) as endpoint:
        reader: Reader = await read_once(endpoint)
    assert reader.events
    assert "ec2:DescribeVpnConnections" in said(reader.state)
