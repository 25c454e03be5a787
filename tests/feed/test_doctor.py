"""The facts that `doctor` collects from AWS: real calls to the endpoint, and to a server that is not ours."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import REGION
from tests.factories import ike_line, stream_of
from tests.feed.conftest import BGP, IKE, Writer, connection, streams, vpn_id
from tests.feed.proxy import proxy
from tui.content.doctor.words import codes as words_known
from tui.demo import demo
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import SECRET_MARK, CustomerGateway, TrailEvent
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.facts import Examination
from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.actions import ACTIONS, TURNING_LOGS_ON
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.doctor.access import principal_of
from tui.feed.doctor.examine import examine, examine_way_back

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
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


async def test_where_no_selector_matches_anything_there_is_nothing_to_look_at(endpoint: Endpoint) -> None:
    with pytest.raises(FeedError, match=r"No VPN connection in eu-west-1 at .* matches nowhere"):
        await examined(endpoint, "nowhere")


async def test_an_account_without_connections_is_told(endpoint: Endpoint, store: Store) -> None:
    store.connections = {}
    assert "no_connections" in codes(await examined(endpoint))


async def test_the_way_back_is_looked_at_without_a_log_being_read(endpoint: Endpoint, writer: Writer) -> None:
    writer.write("a")
    target = AwsTarget(region=endpoint.region, endpoint_url=endpoint.url)
    found = await examine_way_back(target, selectors=("hq",))
    assert found.transit
    assert found.transit[HQ].association
    assert found.traffic
    assert found.trail
    assert not {"StartLiveTail", "FilterLogEvents", "GetLogEvents", "DescribeLogStreams"} & set(endpoint.calls)


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


async def test_each_action_that_is_denied_is_named(endpoint: Endpoint, store: Store, writer: Writer) -> None:
    """Some actions are tried only once another one is allowed: four looks reach them all."""
    writer.write("a")
    to_vpc = replace(connection(1), transit_gateway=None, vpn_gateway="vgw-0f1e2d3c4b5a69788")
    store.connections[to_vpc.id] = to_vpc
    certified = CustomerGateway(to_vpc.customer_gateway, "192.0.2.7", certificate=CERTIFICATE, certificate_ends=1)
    store.customer_gateways[certified.id] = certified
    denied = [name for name, each in ACTIONS.items() if name != "sts:GetCallerIdentity" and not each.is_of_fleets]
    while denied:
        endpoint.faults = Faults(action_denied="|".join(denied))
        found = findings(await examined(endpoint))
        named = [finding for finding in found if finding.code in ("access_denied", "look_denied")]
        assert named, f"nobody says that these are denied: {denied}"
        for finding in named:
            denied.remove(finding.values["action"])
            reason = f"because no identity-based policy allows the {finding.values['action']} action"
            assert reason in finding.values["reason"]
            assert finding.values["user"] == "demo"


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


LOOKED_AT_ELSEWHERE = {
    # What is denied or fails, and what depends on the machine: the tests above and those of the domain.
    *(
        "no_connections",
        "access_denied",
        "look_denied",
        "access_failed",
        "access_untried",
        "identity_unknown",
        "selector_unmatched",
    ),
    *("live_held_by_proxy", "live_host_out_of_reach", "traffic_down"),
    *("live_refused", "live_silent", "record_slow", "clock_off", "stream_unknown", "stream_unread"),
    *(
        "maintenance_unknown",
        "log_group_unknown",
        "path_unknown",
        "may_not_turn_logging_on",
        "resource_policies_used_up",
    ),
}


async def test_the_two_scenarios_hold_every_finding_that_an_account_can_cause() -> None:
    found: set[str] = set()
    for name in ("broken-logging", "no-return-path"):
        async with demo(scenario=name) as running:
            found |= codes(await examined(running.endpoint))
    of_the_terminal = {code for code in words_known() if code.startswith(("terminal_", "tmux_", "screen_"))}
    assert set(words_known()) - found == LOOKED_AT_ELSEWHERE | of_the_terminal | {"versions"}


def policies_of(number: int) -> dict[str, str]:
    return {f"policy {each}": "{}" for each in range(number)}


async def test_ten_policies_are_all_that_there_may_be(endpoint: Endpoint, store: Store) -> None:
    store.resource_policies = policies_of(10)
    assert "resource_policies_used_up" in codes(await examined(endpoint))
    store.resource_policies = policies_of(9)
    assert "resource_policies_used_up" not in codes(await examined(endpoint))


UNKNOWN = {
    "ec2:DescribeTransitGatewayAttachments": "path_unknown",
    "logs:DescribeLogStreams": "stream_unknown",
    "logs:GetLogEvents": "stream_unread",
    "logs:DescribeLogGroups": "log_group_unknown",
    "logs:PutResourcePolicy": "may_not_turn_logging_on",
}


async def codes_without(action: str, store: Store) -> set[str]:
    async with Endpoint(store, update_every=0.03, faults=Faults(action_denied=action)) as endpoint:
        return codes(await examined(endpoint))


async def test_what_may_not_be_looked_at_is_unknown(store: Store, writer: Writer) -> None:
    writer.write("a", ago=20 * 86_400)
    known, *others = await asyncio.gather(*(codes_without(action, store) for action in ("", *UNKNOWN)))
    assert not known & set(UNKNOWN.values())
    for code, partly_known in zip(UNKNOWN.values(), others, strict=True):
        assert code in partly_known


async def test_of_two_hundred_connections_it_asks_within_the_quotas(store: Store) -> None:
    """The counts are bounds by design: tunnels are asked about one by one up to forty, the rest through tables."""
    store.connections = {each.id: each for each in (connection(number, bgp=BGP) for number in range(200))}
    store.create_group(BGP)
    now = time.time_ns() // 1_000_000
    for number in range(200):
        for stream in streams(number):
            store.put(IKE, stream, [(now - 60_000, ike_line("AWS tunnel is sending DPD request", at=now))])
    async with Endpoint(store, update_every=0.03) as endpoint:
        found = await examined(endpoint)
        calls = endpoint.calls
    assert found.traffic
    assert len(found.traffic.tunnels) == 400
    assert sum(stream.newest_at is not None for stream in found.streams.values()) == 400
    assert calls["LookupEvents"] <= 3
    assert calls["GetMetricData"] <= 2
    assert calls["FilterLogEvents"] + calls["GetLogEvents"] <= 25
    tunnel_calls = calls["GetActiveVpnTunnelStatus"] + calls["GetVpnTunnelReplacementStatus"]
    assert tunnel_calls <= 80
    assert calls.total() - tunnel_calls <= 80


@pytest.mark.parametrize(("refused", "wanted"), [(b"StartLiveTail", {"live_held_by_proxy"}), (b"Nothing", set())])
async def test_a_proxy_that_live_tail_cannot_pass_is_named_and_one_that_it_passes_is_not(
    refused: bytes, wanted: set[str], endpoint: Endpoint, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write("a")
    monkeypatch.setenv("no_proxy", "10.0.0.1")
    async with proxy(refuses=lambda head: refused in head) as url:
        monkeypatch.setenv("HTTP_PROXY", url.replace("//", "//user:hunter2@"))
        found = await examined(endpoint)
    assert codes(found) & {"live_held_by_proxy", "live_refused", "live_silent"} == wanted
    assert found.live
    assert (f"http://{found.live.proxy}", found.live.past_proxy) == (url, "10.0.0.1")
    assert "hunter2" not in str(found)


async def test_a_host_of_live_tail_that_is_out_of_reach_while_the_record_answers_is_told(
    endpoint: Endpoint, writer: Writer
) -> None:
    writer.write("a")
    endpoint.faults = Faults(live_unreachable=1)
    assert "live_host_out_of_reach" in codes(await examined(endpoint))
    endpoint.faults = Faults()
    assert "live_host_out_of_reach" not in codes(await examined(endpoint))


async def test_live_tail_is_asked_at_a_host_of_its_own_unless_an_endpoint_was_set(endpoint: Endpoint) -> None:
    async def hosts(target: AwsTarget) -> list[tuple[str, str]]:
        async with connect(target) as aws:
            actions = ("logs:StartLiveTail", "logs:FilterLogEvents")
            return [await aws.host_and_proxy(action, streams=True) for action in actions]

    asked = await hosts(AwsTarget(region="eu-west-1"))
    assert asked == [("stream-logs.eu-west-1.amazonaws.com", ""), ("logs.eu-west-1.amazonaws.com", "")]
    own = endpoint.url.removeprefix("http://")
    assert await hosts(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) == [(own, ""), (own, "")]


async def test_only_names_of_what_was_changed_are_told_and_never_a_key(endpoint: Endpoint, store: Store) -> None:
    options = {"PreSharedKey": SECRET_MARK, "Phase1DHGroupNumbers": [{"Value": 20}]}
    now = store.clock.now()
    store.trail = [
        TrailEvent(now - 1, "ModifyVpnTunnelOptions", "ops", HQ, FIRST, parameters={"TunnelOptions": options})
    ]
    found = await examined(endpoint)
    assert found.trail
    (change,) = found.trail.changes
    assert change.options == ("PreSharedKey", "Phase1DHGroupNumbers")
    assert (change.user, change.source_ip, change.outside_ip) == ("user ops", "192.0.2.200", FIRST)
    assert SECRET_MARK not in str(found)


async def test_moto_tells_the_way_back_through_a_vpn_gateway(moto: Callable[[str], Any], moto_server: str) -> None:
    ec2 = moto("ec2")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    customer = ec2.create_customer_gateway(Type="ipsec.1", IpAddress="198.51.100.7", BgpAsn=65010)
    customer_id = customer["CustomerGateway"]["CustomerGatewayId"]
    made = ec2.create_vpn_connection(Type="ipsec.1", VpnGatewayId=gateway, CustomerGatewayId=customer_id)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    found = await examine(AwsTarget(region=REGION, endpoint_url=moto_server))
    assert "gateway_detached" in codes(found)
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    found = await examine(AwsTarget(region=REGION, endpoint_url=moto_server))
    assert found.vpcs
    assert found.vpcs[gateway].vpcs == (vpc,)
    assert {finding.connection for finding in findings(found) if finding.code == "not_propagated_to_vpc"} == {
        made["VpnConnection"]["VpnConnectionId"]
    }
    (table,) = found.vpcs[gateway].tables
    ec2.create_route(RouteTableId=table.id, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway)
    assert "not_propagated_to_vpc" not in codes(await examine(AwsTarget(region=REGION, endpoint_url=moto_server)))
