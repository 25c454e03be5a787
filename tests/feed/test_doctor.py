"""What `doctor` finds out of AWS: real calls to the endpoint, and to a server that is not ours."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import REGION
from tests.factories import ike_line, stream_of
from tests.feed.conftest import BGP, IKE, Writer, connection, vpn_id
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.facts import Examination
from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.actions import ACTIONS, TURNING_LOGS_ON
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.doctor.access import principal_of
from tui.feed.doctor.examine import examine

HQ, FIRST, SECOND = vpn_id(), "203.0.113.1", "198.51.100.1"


async def examined(endpoint: Endpoint, *selectors: str) -> Examination:
    return await examine(AwsTarget(region=endpoint.region, endpoint_url=endpoint.url), selectors=selectors)


def codes(found: Examination) -> set[str]:
    return {finding.code for finding in findings(found)}


async def test_it_knows_the_account_the_groups_and_how_new_each_log_is(endpoint: Endpoint, writer: Writer) -> None:
    writer.write("a", "b", ago=30)
    writer.store.groups[IKE].retention_days = 30
    found = await examined(endpoint)
    assert (found.caller.account, found.caller.region) == ("123456789012", "eu-west-1")
    group = found.groups[IKE]
    assert (group.exists, group.log_class, group.retention_days) == (True, "STANDARD", 30)
    newest = found.streams[HQ, FIRST, Log.IKE].newest_at
    assert newest is not None
    assert 25_000 <= found.at - newest <= 60_000
    assert found.streams[HQ, SECOND, Log.IKE].exists is False
    assert all(trial.failure is None for trial in found.trials)


async def test_how_new_a_log_is_does_not_come_from_the_list_of_streams(endpoint: Endpoint, writer: Writer) -> None:
    writer.write("old", ago=7_200)
    writer.write("new", ago=30)
    endpoint.faults = Faults(streams_lag=3_600)
    newest = (await examined(endpoint)).streams[HQ, FIRST, Log.IKE].newest_at
    assert newest is not None
    assert time.time() * 1000 - newest < 60_000


async def test_a_group_that_does_not_exist_is_known_to_be_missing(endpoint: Endpoint, store: Store) -> None:
    store.connections = {HQ: connection(ike="/gone", bgp=BGP)}
    found = await examined(endpoint)
    assert found.groups["/gone"].exists is False
    assert "log_group_missing" in codes(found)


async def test_what_is_denied_costs_its_own_part_alone(endpoint: Endpoint, writer: Writer) -> None:
    writer.write("a")
    endpoint.faults = Faults(action_denied="logs:DescribeLogGroups|logs:DescribeResourcePolicies")
    found = await examined(endpoint)
    assert found.groups[IKE].exists is None
    assert found.policies is None
    assert found.streams[HQ, FIRST, Log.IKE].newest_at is not None
    failure = found.failure("logs:DescribeResourcePolicies")
    assert failure
    assert failure.kind is ErrorKind.DENIED


async def test_without_ec2_the_connections_are_unknown(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(ec2_denied=1.0)
    assert (await examined(endpoint)).inventory is None


async def test_credentials_that_are_not_accepted_end_it(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(auth_expired=1.0)
    with pytest.raises(FeedError, match="expired"):
        await examined(endpoint)


async def test_a_selector_that_matches_nothing_is_told(endpoint: Endpoint) -> None:
    found = await examined(endpoint, "hq", "nowhere")
    assert "nowhere" in found.unmatched


async def test_many_groups_are_found_in_few_calls(endpoint: Endpoint, store: Store) -> None:
    for number in range(60):
        group = f"/aws/vendedlogs/vpn/{number}"
        store.connections[vpn_id(number)] = connection(number, ike=group)
        store.create_group(group)
    found = await examined(endpoint)
    assert {facts.exists for facts in found.groups.values()} == {True}
    assert len(found.groups) == 60
    assert endpoint.calls["DescribeLogGroups"] <= 3


async def test_a_server_that_is_not_ours_is_examined_too(moto: Callable[[str], Any], moto_server: str) -> None:
    logs = moto("logs")
    logs.create_log_group(logGroupName=IKE)
    logs.put_retention_policy(logGroupName=IKE, retentionInDays=14)
    document = '{"Version":"2012-10-17","Statement":[]}'
    logs.put_resource_policy(policyName="AWSLogDeliveryWrite20150319", policyDocument=document)
    logs.create_log_stream(logGroupName=IKE, logStreamName=stream_of())
    now = time.time_ns() // 1_000_000
    line = {"timestamp": now, "message": ike_line("AWS tunnel is sending DPD request", at=now)}
    logs.put_log_events(logGroupName=IKE, logStreamName=stream_of(), logEvents=[line])
    ec2 = moto("ec2")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    customer = ec2.create_customer_gateway(Type="ipsec.1", IpAddress="198.51.100.7", BgpAsn=65010)
    customer_id = customer["CustomerGateway"]["CustomerGatewayId"]
    ec2.create_vpn_connection(Type="ipsec.1", VpnGatewayId=gateway, CustomerGatewayId=customer_id)
    found = await examine(AwsTarget(region=REGION, endpoint_url=moto_server), named_groups=(IKE,))
    assert found.inventory
    assert len(found.inventory.connections) == 1
    assert found.groups[IKE].retention_days == 14
    assert found.policies
    assert found.policies[0].document == document


async def test_each_action_of_watching_is_tried_or_named(endpoint: Endpoint, store: Store, writer: Writer) -> None:
    writer.write("a")
    found = await examined(endpoint)
    watching = {name for name, action in ACTIONS.items() if action.watches}
    assert {trial.action for trial in found.trials} | set(found.untried) >= watching
    assert found.untried == ()
    store.connections = {}
    untried = (await examined(endpoint)).untried
    assert "ec2:GetActiveVpnTunnelStatus" in untried
    assert "logs:StartLiveTail" in untried


@pytest.mark.parametrize("action", sorted(name for name in ACTIONS if name != "sts:GetCallerIdentity"))
async def test_an_action_that_is_denied_is_named(action: str, endpoint: Endpoint, writer: Writer) -> None:
    writer.write("a")
    endpoint.faults = Faults(action_denied=action)
    found = await examined(endpoint)
    denied = [finding for finding in findings(found) if finding.code in ("access_denied", "look_denied")]
    assert [finding.values["action"] for finding in denied] == [action]
    assert "because no identity-based policy allows" in denied[0].values["reason"]
    assert denied[0].values["user"] == "demo"


async def test_a_live_session_is_tried_and_closed_again(endpoint: Endpoint) -> None:
    live = (await examined(endpoint)).live
    assert live
    assert live.failure is None
    assert live.started_after is not None
    assert live.beat_after is not None
    assert live.beat_after >= live.started_after
    await endpoint.sessions_closed()
    assert endpoint.sessions_started == 1


async def test_why_no_live_session_is_to_be_had_is_told(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(live_limit=1.0)
    live = (await examined(endpoint)).live
    assert live
    assert live.failure
    assert live.failure.kind is ErrorKind.LIMIT
    assert live.record_took is not None


async def test_what_the_caller_may_turn_on_is_simulated(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(action_denied="logs:PutResourcePolicy")
    may = (await examined(endpoint)).may
    assert may
    assert set(may) == set(TURNING_LOGS_ON)
    assert [action for action, is_allowed in may.items() if not is_allowed] == ["logs:PutResourcePolicy"]
    assert not endpoint.calls["PutResourcePolicy"]


@pytest.mark.parametrize(
    ("caller", "principal"),
    [
        ("arn:aws:iam::123456789012:user/team/night", "arn:aws:iam::123456789012:user/team/night"),
        ("arn:aws:sts::123456789012:assumed-role/Ops/session", "arn:aws:iam::123456789012:role/Ops"),
        ("arn:aws:iam::123456789012:root", ""),
        ("", ""),
    ],
)
def test_a_session_is_simulated_as_its_role(caller: str, principal: str) -> None:
    assert principal_of(caller) == principal
