"""Which log groups and streams the tailer reads: those of EC2, those that appear later, and the selected ones."""

import asyncio

import pytest

from tests.feed.conftest import (
    IKE,
    SELDOM,
    Reader,
    Writer,
    connection,
    held,
    read_once,
    reading,
    streams,
    vpn_id,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.feed_state import ErrorKind, FeedMode
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.tail.tailer import Tailer


async def test_without_ec2_the_tunnels_come_from_the_streams_and_a_notice_says_so(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("a", ago=60)
    endpoint.faults = Faults(ec2_denied=1)
    async with reading(endpoint) as reader:
        await reader.until_all_of(store)
        await reader.until(lambda: reader.state.notices)
        assert "ec2:DescribeVpnConnections" in reader.state.notices[0]
        assert reader.inventory is None


async def test_where_ec2_cannot_be_reached_the_logs_are_read_all_the_same(
    store: Store, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", endpoint.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:1")
    writer.write("a", ago=60)
    reader = Reader()
    await reader.read(Tailer(AwsTarget(region="eu-west-1"), follow=False))
    assert reader.histories == held(store)
    assert "could not be reached for ec2:DescribeVpnConnections" in reader.state.notices[0]
    store.delete_group(IKE)
    reader = Reader()
    await reader.read(Tailer(AwsTarget(region="eu-west-1"), follow=False))
    assert "--log-group" in reader.state.reason


async def test_a_connection_and_a_log_group_that_appear_later_join(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        writer.write("before it is known", stream=streams(1)[0], group="/vpn/new")
        store.connections = {each.id: each for each in (connection(0), connection(1, name="new", ike="/vpn/new"))}
        await reader.until(lambda: reader.events and reader.inventory and len(reader.inventory.connections) == 2)
        writer.write("after", stream=streams(1)[0], group="/vpn/new")
        await reader.until_all_of(store, "/vpn/new")


async def test_a_log_group_that_was_not_watched_for_a_while_has_lost_nothing(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    known = {each.id: each for each in (connection(0), connection(1, name="other", ike="/vpn/other"))}
    store.connections = known
    store.create_group("/vpn/other")
    async with reading(endpoint, timing=SELDOM) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        store.connections = {vpn_id(0): known[vpn_id(0)]}
        await reader.until(lambda: reader.inventory and len(reader.inventory.connections) == 1)
        writer.write("while nobody watched", stream=streams(1)[0], group="/vpn/other", ago=60)
        store.connections = known
        await reader.until_all_of(store, "/vpn/other")


async def test_a_log_group_that_is_made_again_is_read_again(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    writer.write("old", ago=60)
    async with reading(endpoint) as reader:
        await reader.until(lambda: reader.caught_up and reader.events)
        store.delete_group(IKE)
        await reader.until(lambda: any("was not found" in str(state) for state in reader.states))
        writer.write("new")
        await reader.until(lambda: len(reader.events) == 2)


async def test_one_missing_group_is_a_notice_beside_the_others(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.connections = {vpn_id(): connection(bgp="/vpn/missing")}
    writer.write("a", ago=60)
    async with reading(endpoint) as reader:
        await reader.until_all_of(store)
        await reader.until(lambda: any("/vpn/missing" in notice for notice in reader.state.notices))
        await reader.until(lambda: reader.state.mode is FeedMode.LIVE and reader.caught_up)


async def test_only_what_was_selected_comes_also_from_a_server_that_ignores_parameters(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.connections = {each.id: each for each in (connection(0, name="hq"), connection(1, name="osaka"))}
    endpoint.faults = Faults(filter_ignore=1)
    for number in (0, 1):
        writer.write(f"of {number}", stream=streams(number)[0], ago=60)
    async with reading(endpoint, selectors=("osa*",)) as reader:
        await reader.until(lambda: reader.caught_up)
        writer.write("live", stream=streams(0)[0])
        writer.write("live", stream=streams(1)[0])
        await reader.until(lambda: len(reader.events) == 2)
        assert set(reader.histories) == {streams(1)[0]}
        assert reader.inventory is not None
        assert [connection.name for connection in reader.inventory.connections] == ["osaka"]


async def test_an_unknown_selector_is_told_with_what_exists(endpoint: Endpoint) -> None:
    with pytest.raises(FeedError, match="hq") as caught:
        await read_once(endpoint, selectors=("nagoya",))
    assert caught.value.kind is ErrorKind.SELECTOR
    async with reading(endpoint, selectors=("nagoya",)) as reader:
        await reader.until_it_is(FeedMode.OFFLINE)
        assert "nagoya" in reader.state.reason


async def test_a_selector_that_no_stream_matches_is_told_with_the_streams(writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", ago=60)
    with pytest.raises(FeedError, match=vpn_id()):
        await read_once(endpoint, log_groups=(IKE,), selectors=("203.0.113.250",))


async def test_an_unknown_log_group_is_told_with_its_neighbours(endpoint: Endpoint) -> None:
    with pytest.raises(FeedError, match=f"/aws/vendedlogs/vpn/iky was not found.*{IKE}"):
        async with asyncio.timeout(10):
            await read_once(endpoint, log_groups=("/aws/vendedlogs/vpn/iky",))
