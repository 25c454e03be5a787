"""What there is to watch: log groups of any account and partition."""

from dataclasses import replace
from typing import Any

import pytest

from tests.feed.conftest import BGP, IKE, QUICK, Reader, Writer, connection, held, reading, vpn_id
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnRoute, VpnTelemetry
from tui.domain.feed_state import FeedMode
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.ec2_records import read_connection
from tui.feed.inventory.plan import Surveyor
from tui.feed.tail.tailer import Tailer


async def test_a_group_that_another_account_shares_is_asked_for_by_its_arn_alone(
    store: Store, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}"
    endpoint.home.account = Account(id="210987654321")  # who asks, as STS says, is not who has the group
    asked: list[tuple[str | None, str | None]] = []
    real = endpoint.home.logs.call

    def answer(action: str, request: Any) -> Any:
        asked.append((request.get("logGroupName"), request.get("logGroupIdentifier")))
        return real(action, request)

    monkeypatch.setattr(endpoint.home.logs, "call", answer)
    writer.write("before", ago=60)
    async with reading(endpoint, log_groups=(arn,)) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        writer.write("now")
        await reader.until_all_of(store)
        assert reader.state.account == "123456789012"
    assert set(asked) == {(None, arn)}


async def test_a_group_of_our_own_is_asked_for_by_its_name(endpoint: Endpoint) -> None:
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}"
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        plan = await Surveyor(selectors=(), log_groups=(arn,), wants_arns=True).survey(aws)
    assert plan.groups[IKE].reference == {"logGroupName": IKE}


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
async def test_an_arn_that_may_not_be_looked_up_is_made_for_the_partition_of_the_region(
    region: str, partition: str, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(action_denied="logs:DescribeLogGroups")
    async with connect(AwsTarget(region=region, endpoint_url=endpoint.url)) as aws:
        plan = await Surveyor(selectors=(), log_groups=(IKE,), wants_arns=True).survey(aws)
    assert plan.groups[IKE].arn == f"arn:{partition}:logs:{region}:123456789012:log-group:{IKE}"


async def test_a_group_by_its_arn_is_read_where_sts_cannot_be_reached(
    store: Store, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", endpoint.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    writer.write("before", ago=60)
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}"
    reader = Reader()
    await reader.read(Tailer(AwsTarget(region="eu-west-1"), log_groups=(arn,), follow=False, timing=QUICK))
    assert reader.histories == held(store)


async def test_a_name_waits_for_ec2_and_the_feed_is_not_live_meanwhile(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("before", ago=60)
    endpoint.faults = Faults(action_portal="ec2:DescribeVpnConnections")
    async with reading(endpoint, selectors=("hq",)) as reader:
        await reader.until(lambda: endpoint.calls["DescribeVpnConnections"] >= 3)
        assert {state.mode for state in reader.states} == {FeedMode.STARTING, FeedMode.OFFLINE}
        assert "ec2:DescribeVpnConnections" in reader.state.reason
        endpoint.faults = Faults()
        await reader.until_it_is(FeedMode.LIVE)
        await reader.until_all_of(store)


async def test_an_id_does_not_wait_for_ec2(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    writer.write("before", ago=60)
    endpoint.faults = Faults(action_portal="ec2:DescribeVpnConnections")
    async with reading(endpoint, selectors=(vpn_id(),), timing=replace(QUICK, discover_every=3_600)) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        await reader.until_all_of(store)
        endpoint.faults = Faults()
        await reader.until(lambda: reader.inventory and reader.inventory.connections)  # and is asked again soon
        assert reader.state.notices == ()


@pytest.mark.parametrize("faults", [Faults(ec2_denied=1), Faults(ec2_throttle=1), Faults(action_portal="ec2:*")])
async def test_what_ec2_said_stays_in_force_when_it_no_longer_answers(
    faults: Faults, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.create_group("/elsewhere")  # a search by name would not find it
    vpn = connection(ike="/elsewhere")
    store.connections = {vpn.id: vpn}
    async with reading(endpoint, selectors=("hq",), details=False) as reader:  # those are asked for seldom
        await reader.until_it_is(FeedMode.LIVE)
        seen = len(reader.states)
        endpoint.faults = faults
        await reader.until(lambda: any("ec2:DescribeVpnConnections" in line for line in reader.state.notices))
        writer.write("now", group="/elsewhere")
        await reader.until_all_of(store, "/elsewhere")
        assert {state.mode for state in reader.states[seen:]} == {FeedMode.LIVE}
        endpoint.faults = Faults()
        await reader.until(lambda: reader.state.notices == ())


async def test_an_answer_in_part_leaves_what_was_known_until_it_is_contradicted(
    store: Store, endpoint: Endpoint
) -> None:
    plain = connection(bgp=BGP)
    vpn = plain.with_tunnel(replace(plain.tunnels[0], telemetry=VpnTelemetry("UP", "4 BGP ROUTES", 9_000, 4)))
    vpn = replace(vpn, static_routes_only=True, accelerated=True, routes=(VpnRoute("10.0.0.0/8"),))
    store.connections = {vpn.id: vpn}
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        surveyor = Surveyor(selectors=("hq",), log_groups=(), wants_arns=True)
        before = await surveyor.survey(aws)
        assert before.inventory
        endpoint.faults = Faults(ec2_partial=1)
        store.connections = {vpn.id: replace(vpn, state="modifying")}
        modifying = await surveyor.survey(aws)
        assert modifying.inventory
        (facts,) = before.inventory.connections
        assert modifying.inventory.connections == (replace(facts, state="modifying"),)
        assert modifying.groups == before.groups
        endpoint.faults = Faults()
        off = replace(vpn, tunnels=tuple(replace(tunnel, bgp_group=None) for tunnel in vpn.tunnels))
        store.connections = {vpn.id: replace(off, static_routes_only=False, routes=())}
        after = await surveyor.survey(aws)
        assert after.inventory
        (facts,) = after.inventory.connections
        assert (facts.static_routes_only, facts.routes) == (False, ())
        assert [tunnel.bgp_group for tunnel in facts.tunnels] == [None, None]


def test_a_tunnel_that_an_answer_passes_over_is_still_there() -> None:
    def answer(*ips: str) -> dict[str, object]:
        options = [{"OutsideIpAddress": ip, "IkeVersions": [{"Value": "ikev2"}]} for ip in ips]
        return {"VpnConnectionId": vpn_id(), "Options": {"StaticRoutesOnly": False, "TunnelOptions": options}}

    whole = read_connection(answer("203.0.113.1", "203.0.113.2"), {})
    assert whole is not None
    assert read_connection(answer("203.0.113.1"), {}, {vpn_id(): whole}) == whole
    moved = read_connection(answer("203.0.113.1", "203.0.113.3"), {}, {vpn_id(): whole})
    assert moved is not None
    assert [tunnel.outside_ip for tunnel in moved.tunnels] == ["203.0.113.1", "203.0.113.3"]
