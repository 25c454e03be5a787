"""The first look: the last states of all tunnels in few calls, with nothing lost."""

from dataclasses import replace

import pytest

from tests.feed.conftest import (
    BGP,
    IKE,
    SELDOM,
    Writer,
    connection,
    held,
    read_once,
    reading,
    streams,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.feed.aws.errors import FeedError
from tui.feed.mode import Mode


async def test_the_last_state_of_an_idle_tunnel_is_found_beyond_the_look_back(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("days ago", stream=streams()[0], ago=3 * 86_400)
    writer.write("a month ago", stream=streams()[1], ago=13 * 86_400)
    reader = await read_once(endpoint)
    assert reader.histories == held(store)


async def test_the_first_states_of_200_tunnels_take_few_calls(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    store.connections = {each.id: each for each in (connection(number, bgp=BGP) for number in range(100))}
    store.create_group(BGP)
    for number in range(100):
        for stream in streams(number):
            for ago in range(2, 60, 6):
                writer.write("DPD", "DPD", "DPD", stream=stream, ago=ago)
    once = replace(SELDOM, poll_every=3_600, discover_every=3_600)
    async with reading(endpoint, timing=once, details=False) as reader:
        await reader.until(lambda: len(reader.histories) == 200)
        assert sum(endpoint.calls.values()) <= 10


async def test_what_the_first_look_has_seen_is_not_asked_for_again(writer: Writer, endpoint: Endpoint) -> None:
    for stream in streams():
        writer.write("DPD", stream=stream, ago=60)
    once = replace(SELDOM, poll_every=3_600, discover_every=3_600)
    async with reading(endpoint, mode=Mode.POLL, timing=once, details=False) as reader:
        await reader.until(lambda: reader.caught_up)
        assert len(reader.events) == 2
        assert (endpoint.calls["DescribeVpnConnections"], endpoint.calls["FilterLogEvents"]) == (1, 1)


async def test_the_first_look_takes_a_few_of_the_newest_lines_and_the_rest_follows(
    store: Store, endpoint: Endpoint
) -> None:
    at = SystemClock().now() - 3_000_000
    for stream in streams():
        store.put(IKE, stream, [(at + second * 1000, f"line {second}") for second in range(1_500)], ingested_at=at)
    async with reading(endpoint, mode=Mode.POLL, timing=SELDOM) as reader:
        await reader.until(lambda: reader.events)
        assert 900 <= len(reader.events) <= 1_000
        assert {lines[-1] for lines in reader.histories.values()} == {"line 1499"}
        assert not reader.caught_up
        await reader.until(lambda: reader.caught_up)
        assert reader.histories == held(store)


async def test_a_first_look_that_takes_too_long_is_given_up_and_nothing_is_lost(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("DPD", "DPD", ago=60)
    async with reading(endpoint, mode=Mode.POLL, timing=replace(SELDOM, first_look_within=0.0)) as reader:
        await reader.until(lambda: reader.caught_up)
        assert reader.histories == held(store)


async def test_a_group_that_the_first_look_cannot_read_holds_up_nothing(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("DPD", ago=60)
    endpoint.faults = Faults(action_portal="logs:FilterLogEvents")
    async with reading(endpoint, mode=Mode.POLL) as reader:
        await reader.until(lambda: reader.state.failing)
        endpoint.faults = Faults()
        await reader.until_all_of(store)


async def test_reading_once_takes_few_calls_more_than_there_are_pages(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    at = SystemClock().now() - 3_000_000
    for index, stream in enumerate(streams() * 10):
        store.put(IKE, stream, [(at + second * 1000 + index, "x") for second in range(1000)], ingested_at=at)
    reader = await read_once(endpoint)
    assert reader.caught_up
    assert len(reader.events) == 20_000
    details = {"DescribeCustomerGateways": 1, "GetActiveVpnTunnelStatus": 2, "GetVpnTunnelReplacementStatus": 2}
    # Two pages; a window that turns out to be empty; the events of the millisecond in which the first page was cut.
    assert dict(endpoint.calls) == {"DescribeVpnConnections": 1, "FilterLogEvents": 4, **details}


async def test_reading_once_where_nothing_answers_raises_one_clear_line(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(conn_reset=1)
    with pytest.raises(FeedError, match="could not be reached") as caught:
        await read_once(endpoint)
    assert "\n" not in caught.value.message
