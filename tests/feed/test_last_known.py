"""The last state of tunnels that have been quiet for long is found in few calls, and gaps are reported."""

from collections.abc import Sequence

import pytest

from tests.feed.conftest import (
    BGP,
    IKE,
    Writer,
    connection,
    held,
    read_once,
    reading,
    streams,
    tailer_of,
    vpn_id,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.judgement.verdict import Verdict, verdict
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel_state import Health
from tui.feed.pump import Pump

DAY = 86_400


def quiet_tunnels(
    store: Store,
    writer: Writer,
    *,
    connections: int,
    lines: int = 4,
    days: Sequence[int] = range(1, 28),
    bgp: bool = False,
) -> None:
    """Two tunnels a connection, each with a few lines a day or more ago and none since."""
    store.connections = {vpn_id(number): connection(number, bgp=BGP if bgp else None) for number in range(connections)}
    logs = [(IKE, "IKE"), (BGP, "BGP")] if bgp else [(IKE, "IKE")]
    for group, log in logs:
        store.create_group(group)
        for number in range(connections):
            for index, stream in enumerate(streams(number)):
                day = days[(number * 2 + index) % len(days)]
                texts = [f"{number} {line}" for line in range(lines)]
                writer.write(*texts, stream=stream.replace("IKE", log), group=group, ago=day * DAY + number * 60)


def last_lines(store: Store, *groups: str, most: int = 10) -> dict[str, list[str]]:
    return {stream: lines[-most:] for group in groups for stream, lines in held(store, group).items()}


async def test_200_quiet_tunnels_of_two_logs_are_known_after_few_calls(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    quiet_tunnels(store, writer, connections=100, bgp=True)
    reader = await read_once(endpoint, details=False)
    assert reader.histories == last_lines(store, IKE, BGP)
    assert len(reader.histories) == 400
    assert sum(endpoint.calls.values()) <= 60
    assert reader.state.notices == ()


async def test_quiet_tunnels_that_logged_very_much_are_known_or_said_not_to_be(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    """Their lines fill page after page. The rest is counted, and no old line passes for the last one."""
    quiet_tunnels(store, writer, connections=30, lines=12)
    endpoint.faults = Faults(filter_events=10)
    reader = await read_once(endpoint, details=False)
    last = last_lines(store, IKE)
    read = reader.histories
    assert 20 <= len(read) < 60
    assert all(read[stream][-1] == last[stream][-1] for stream in read)
    (notice,) = reader.state.notices
    assert f"{60 - len(read)} quiet tunnels" in notice
    assert sum(endpoint.calls.values()) <= 60


async def test_what_was_left_is_read_on_while_following(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    quiet_tunnels(store, writer, connections=30, lines=12)
    endpoint.faults = Faults(filter_events=10)
    async with reading(endpoint, details=False) as reader:
        await reader.until(lambda: len(reader.histories) == 60)
        await reader.until(lambda: reader.state.notices == ())


@pytest.mark.parametrize("log_groups", [(IKE,), ()])
async def test_without_ec2_every_tunnel_that_has_a_stream_is_there(
    log_groups: tuple[str, ...], store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    quiet_tunnels(store, writer, connections=40)
    endpoint.faults = Faults(ec2_denied=1)
    reader = await read_once(endpoint, log_groups=log_groups)
    assert reader.histories == last_lines(store, IKE)
    assert reader.inventory is not None
    assert len(reader.inventory.listed) == 80


async def test_a_tunnel_whose_lines_have_expired_is_there_and_unknown(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.create_stream(IKE, streams()[0])
    writer.write("up", stream=streams()[1], ago=60)
    pump = Pump(tailer_of(endpoint, follow=False, log_groups=(IKE,)), Fleet(load()))
    await pump.run()
    health = {tunnel.outside_ip: tunnel.health for tunnel in pump.fleet.tunnels}
    assert health == {"203.0.113.1": Health.UNKNOWN, "198.51.100.1": Health.UP}


async def test_the_tunnels_of_a_group_that_may_not_be_read_are_there_and_unknown(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.create_group("/vpn/other")
    writer.write("up", ago=60)
    writer.write("up", stream=streams(1)[0], group="/vpn/other", ago=60)
    endpoint.faults = Faults(filter_denied="/vpn/other")
    pump = Pump(tailer_of(endpoint, follow=False, log_groups=(IKE, "/vpn/other")), Fleet(load()))
    await pump.run()
    unread = pump.fleet.connection(vpn_id(1))
    assert unread is not None
    assert verdict(unread, now=pump.fleet.newest or 0) is Verdict.UNKNOWN
    assert pump.state.unread == ("/vpn/other",)


async def test_only_selected_tunnels_are_listed(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    quiet_tunnels(store, writer, connections=3)
    pump = Pump(tailer_of(endpoint, follow=False, log_groups=(IKE,), selectors=(vpn_id(1),)), Fleet(load()))
    await pump.run()
    assert {connection.id for connection in pump.fleet.connections} == {vpn_id(1)}


async def test_streams_that_are_no_tunnels_are_not_listed(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    store.create_stream(IKE, "vpn-report")
    writer.write("up", ago=60)
    pump = Pump(tailer_of(endpoint, follow=False, log_groups=(IKE,)), Fleet(load()))
    await pump.run()
    assert len(pump.fleet.tunnels) == 1


async def test_more_streams_than_fit_on_one_page_are_all_listed(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    quiet_tunnels(store, writer, connections=120)
    assert len((await read_once(endpoint, log_groups=(IKE,))).histories) == 240
    assert endpoint.calls["DescribeLogStreams"] == 5


async def test_empty_pages_before_the_last_lines_are_passed(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    quiet_tunnels(store, writer, connections=2)
    endpoint.faults = Faults(get_empty=0.8, seed=2)
    assert (await read_once(endpoint)).histories == last_lines(store, IKE)


async def test_empty_pages_of_many_streams_use_nothing_up(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    quiet_tunnels(store, writer, connections=40)
    endpoint.faults = Faults(filter_empty=0.9, seed=5)
    assert (await read_once(endpoint)).histories == last_lines(store, IKE)


async def test_a_server_that_ignores_the_direction_gives_no_old_line_for_the_last_one(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    quiet_tunnels(store, writer, connections=6, lines=30)
    endpoint.faults = Faults(filter_ignore=1, filter_events=25)
    assert (await read_once(endpoint)).histories == last_lines(store, IKE)


async def test_a_page_that_holds_everything_suffices_whatever_its_direction(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    quiet_tunnels(store, writer, connections=6, lines=30)
    endpoint.faults = Faults(filter_ignore=1)
    assert (await read_once(endpoint)).histories == last_lines(store, IKE)
    assert endpoint.calls["GetLogEvents"] == 0


async def test_a_last_event_that_lags_hides_no_later_line(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    """lastEventTimestamp may be a day old: the end of what is read must not rely on it."""
    quiet_tunnels(store, writer, connections=10, days=[20])
    for number in range(10):
        for stream in streams(number):
            writer.write("later", stream=stream, ago=2 * DAY)
    endpoint.faults = Faults(streams_lag=5 * DAY)
    reader = await read_once(endpoint)
    assert {lines[-1] for lines in reader.histories.values()} == {lines[-1] for lines in held(store).values()}


async def test_where_streams_may_not_be_listed_it_is_said_and_the_newest_pages_are_read(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    quiet_tunnels(store, writer, connections=2, days=[1, 2, 12])
    endpoint.faults = Faults(action_denied="logs:DescribeLogStreams", filter_empty=0.5, seed=1)
    reader = await read_once(endpoint)
    assert len(reader.histories) == 3
    (notice,) = reader.state.notices
    assert "logs:DescribeLogStreams" in notice
    assert "unknown" in notice
