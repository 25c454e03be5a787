"""The tailer over real sockets: everything once and in order, whatever the server does."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.feed.conftest import (
    BGP,
    IKE,
    QUICK,
    SELDOM,
    Reader,
    Writer,
    connection,
    held,
    read_once,
    reading,
    streams,
    tailer_of,
    until_it_rests,
    vpn_id,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.events import Origin
from tui.domain.feed_state import ErrorKind, FeedMode
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.mode import Mode
from tui.feed.pump import Pump
from tui.feed.tail.tailer import Tailer


async def test_the_session_is_closed_at_the_server_when_the_reader_leaves(endpoint: Endpoint) -> None:
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        assert endpoint.sessions_open == 1
    async with asyncio.timeout(10):
        await endpoint.sessions_closed()


async def test_new_lines_come_live(writer: Writer, endpoint: Endpoint) -> None:
    async with reading(endpoint, timing=SELDOM) as reader:
        await until_it_rests(reader, endpoint)
        writer.write("now")
        await reader.until(lambda: reader.events)
        assert [event.origin for event in reader.events.values()] == [Origin.LIVE]


async def test_a_session_is_rotated_before_the_server_ends_it(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    async with reading(endpoint, timing=replace(QUICK, rotate_after=0.2)) as reader:
        await reader.until(lambda: endpoint.sessions_started >= 3)
        assert {state.mode for state in reader.states} <= {FeedMode.STARTING, FeedMode.LIVE}
        writer.write("a", "a")
        await reader.until_all_of(store)


async def test_where_live_tail_is_refused_it_polls_says_why_and_tries_again(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(live_denied=1)
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.POLLING)
        assert "logs:StartLiveTail" in reader.state.reason
        writer.write("polled")
        await reader.until_all_of(store)
        endpoint.faults = Faults()
        await reader.until_it_is(FeedMode.LIVE)
        assert reader.state.reason == ""


async def test_polling_on_request_opens_no_session_and_needs_no_reason(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    async with reading(endpoint, mode=Mode.POLL) as reader:
        await reader.until_it_is(FeedMode.POLLING)
        writer.write("polled")
        await reader.until_all_of(store)
        assert (reader.state.reason, endpoint.sessions_started) == ("", 0)


async def test_the_region_that_the_settings_chose_is_told(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    reader = Reader()
    await reader.read(Tailer(AwsTarget(endpoint_url=endpoint.url), follow=False))
    assert reader.state.region == "eu-west-3"


async def test_lost_access_is_a_state_and_what_was_missed_comes_when_it_is_back(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    async with reading(endpoint, timing=SELDOM) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        endpoint.faults = Faults(auth_expired=1, live_end=1)
        await reader.until_it_is(FeedMode.OFFLINE)
        assert "expired" in reader.state.reason
        writer.write("while we were away")
        endpoint.faults = Faults()
        await reader.until_all_of(store)
        await reader.until_it_is(FeedMode.LIVE)


async def test_a_server_that_goes_and_comes_back_leaves_no_hole(store: Store, writer: Writer) -> None:
    async with Endpoint(store, update_every=0.03) as first:
        running = reading(first, timing=SELDOM)
        reader = await running.__aenter__()
        await reader.until_it_is(FeedMode.LIVE)
    await reader.until_it_is(FeedMode.OFFLINE)
    assert "could not be reached" in reader.state.reason
    writer.write("while it was away")
    async with Endpoint(store, port=first.port, update_every=0.03):
        await reader.until_all_of(store)
        await reader.until_it_is(FeedMode.LIVE)
        await running.__aexit__(None, None, None)


async def test_a_start_without_credentials_waits_for_them(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.OFFLINE)
        assert "No AWS credentials" in reader.state.reason
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        await reader.until_it_is(FeedMode.LIVE)


async def test_access_is_tried_again_at_once_where_the_user_wants_it(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    hour = replace(QUICK, access_retry_min=3_600, retry_max=3_600)
    began = SystemClock().now()
    async with reading(endpoint, timing=hour) as reader:
        await reader.until_it_is(FeedMode.OFFLINE)
        assert reader.state.retry_at is not None
        assert reader.state.retry_at > began
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        reader.retry()
        await reader.until_it_is(FeedMode.LIVE)
        assert reader.state.retry_at is None


async def test_live_tail_is_tried_again_at_once_where_the_user_wants_it(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(live_denied=1)
    async with reading(endpoint, timing=replace(QUICK, live_again_every=3_600)) as reader:
        await reader.until_it_is(FeedMode.POLLING)
        endpoint.faults = Faults()
        reader.retry()
        await reader.until_it_is(FeedMode.LIVE)


@pytest.mark.parametrize(
    "output",
    ["no JSON", "[1]", "{}", '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": "soon"}'],
)
async def test_a_helper_whose_output_is_no_credentials_is_told_as_that(
    output: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {shlex.join(('printf', '%s', output))}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(FeedError, match="credentials") as caught:
        await read_once(endpoint)
    assert caught.value.kind is ErrorKind.CREDENTIALS
    assert "AWS did not accept" not in caught.value.message


@pytest.fixture
def helper_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], int]:
    """The number of times that the credential helper of the settings was run."""
    runs = tmp_path / "runs"
    runs.write_text("")
    script = (
        f"""echo run >> {shlex.quote(str(runs))}; echo '{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}}'"""
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {shlex.join(('sh', '-c', script))}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return lambda: runs.read_text().count("run")


async def test_a_credential_helper_is_run_once_for_both_connections_of_the_start(
    endpoint: Endpoint, helper_runs: Callable[[], int]
) -> None:
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.LIVE)
    assert helper_runs() == 1


async def test_a_credential_helper_is_run_again_once_its_credentials_were_refused(
    endpoint: Endpoint, helper_runs: Callable[[], int]
) -> None:
    endpoint.faults = Faults(auth_expired=1)
    async with reading(endpoint) as reader:
        await reader.until(lambda: reader.state.trouble is not None)
        endpoint.faults = Faults()
        reader.retry()
        await reader.until_it_is(FeedMode.LIVE)
    assert helper_runs() >= 2


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
        await reader.until(lambda: any("was not found" in str(each) for each in reader.states))
        writer.write("new")
        await reader.until(lambda: len(reader.events) == 2)


async def test_one_missing_group_is_a_notice_beside_the_others(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.connections = {vpn_id(): connection(bgp="/vpn/missing")}
    writer.write("a", ago=60)
    async with reading(endpoint) as reader:
        await reader.until_all_of(store)
        await reader.until(lambda: any("/vpn/missing" in each for each in reader.state.notices))
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


class SteppedClock(SystemClock):
    """The machine's clock, `step` ms off."""

    def __init__(self, step: int = 0) -> None:
        self.step = step

    def now(self) -> int:
        return super().now() + self.step


@pytest.mark.parametrize("step", [600_000, -600_000])
async def test_a_machine_that_slept_or_whose_clock_was_set_fills_the_hole(
    step: int, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    clock = SteppedClock()
    endpoint.faults = Faults(live_withhold=1)
    async with reading(endpoint, clock=clock, timing=SELDOM) as reader:
        await until_it_rests(reader, endpoint)
        writer.write("while we slept")
        clock.step = step
        await reader.until_all_of(store)
    assert reader.watermarks == sorted(reader.watermarks)


async def test_an_event_that_comes_in_minutes_late_is_found(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    endpoint.faults = Faults(live_withhold=1)
    async with reading(endpoint) as reader:
        await until_it_rests(reader, endpoint)
        at = SystemClock().now() - 150_000
        store.put(IKE, streams()[0], [(at, "late")])
        await reader.until_all_of(store)


async def test_tokens_that_never_end_do_not_hold_up_the_start(writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", ago=60)
    endpoint.faults = Faults(filter_endless=1)
    async with reading(endpoint) as reader:
        await reader.until(lambda: reader.caught_up)
        assert len(reader.events) == 1


async def test_what_comes_after_many_empty_pages_is_not_given_up(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("before the overlap", ago=1_800)
    endpoint.faults = Faults(filter_empty=1)
    async with reading(endpoint, timing=replace(QUICK, empty_pages=40)) as reader:
        await reader.until(lambda: reader.caught_up and any("40 empty pages" in each for each in reader.state.notices))
        assert reader.watermarks == []
        await reader.until(lambda: any("80 empty pages" in each for each in reader.state.notices))
        endpoint.faults = Faults()
        await reader.until_all_of(store)
        await reader.until(lambda: reader.watermarks and reader.state.notices == ())


async def test_reading_once_says_that_events_may_be_missing_after_empty_pages(
    writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("a", ago=60)
    endpoint.faults = Faults(filter_empty=1)
    reader = await read_once(endpoint, timing=replace(QUICK, empty_pages=10))
    assert "may be missing" in reader.state.notices[0]


async def test_a_long_look_back_of_many_pages_comes_whole(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    for minutes in range(175, 0, -5):
        writer.write(f"{minutes} {'x' * 200_000}", ago=minutes * 60)
    async with reading(endpoint, since=SystemClock().now() - 3 * 3_600_000) as reader:
        await reader.until(lambda: reader.caught_up)
        assert reader.histories == held(store)
        assert endpoint.calls["FilterLogEvents"] >= 7


@pytest.mark.parametrize(("late", "late_read_every"), [(290, 3_600), (3_000, 0.3)])
async def test_an_event_that_comes_in_up_to_an_hour_late_is_found(
    late: int, late_read_every: float, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(live_withhold=1)
    writer.write("known", "the same", "the same", ago=late)
    async with reading(endpoint, timing=replace(QUICK, late_read_every=late_read_every)) as reader:
        await until_it_rests(reader, endpoint)
        store.put(IKE, streams()[0], [(SystemClock().now() - late * 1000, "late")])
        await reader.until_all_of(store)
        await reader.until(lambda: reader.histories == held(store))


@pytest.mark.parametrize("seed", range(4))
async def test_a_throttled_page_is_asked_for_again(seed: int, store: Store, writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", stream=streams()[0], ago=60)
    writer.write("b", stream=streams()[1], ago=60)
    endpoint.faults = Faults(filter_throttle=0.35, seed=seed)
    assert (await read_once(endpoint)).histories == held(store)


async def test_a_clock_that_is_ahead_of_the_server_misses_nothing(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(live_withhold=1)
    async with reading(endpoint, clock=SteppedClock(1_800_000)) as reader:
        await reader.until(lambda: reader.caught_up)
        writer.write("now")
        await reader.until_all_of(store)


async def test_the_watermark_never_goes_back(writer: Writer, endpoint: Endpoint) -> None:
    endpoint.faults = Faults(live_end=0.3, seed=3)
    async with reading(endpoint) as reader:
        await reader.until(lambda: len(reader.watermarks) > 20)
    assert reader.watermarks == sorted(reader.watermarks)


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
    for place, stream in enumerate(streams() * 10):
        store.put(IKE, stream, [(at + second * 1000 + place, "x") for second in range(1000)], ingested_at=at)
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


@pytest.mark.parametrize("action", ["logs:FilterLogEvents", "ec2:DescribeVpnConnections|logs:DescribeLogGroups"])
async def test_a_page_of_a_proxy_is_no_answer_that_nothing_is_there(action: str, endpoint: Endpoint) -> None:
    endpoint.faults = Faults(action_portal=action)
    with pytest.raises(FeedError, match="sign-in page") as caught:
        await read_once(endpoint)
    assert caught.value.kind is ErrorKind.SERVER


async def test_what_a_proxy_kept_away_comes_when_it_is_gone(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    writer.write("before the overlap", ago=1_800)
    endpoint.faults = Faults(action_portal="logs:FilterLogEvents")
    async with reading(endpoint) as reader:
        await reader.until(lambda: any("sign-in page" in each for each in reader.state.notices))
        endpoint.faults = Faults()
        await reader.until_all_of(store)
        await reader.until(lambda: reader.state.notices == ())


async def test_an_event_from_the_far_future_does_not_end_the_feed(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("a", ago=60)
    store.put(IKE, streams()[0], [(at, "far") for at in (253_402_300_800_000, 10**17, 2**63 - 1)])
    pump = Pump(tailer_of(endpoint, follow=False), Fleet(load()))
    await pump.run()
    assert pump.caught_up
    assert (await read_once(endpoint)).histories == held(store)


async def test_a_slow_reader_gets_everything(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    for minutes in range(1, 40):
        writer.write(*(f"line {number}" for number in range(100)), ago=minutes * 60)
    slow = Reader()
    async for batch in tailer_of(endpoint).batches():
        slow.events.update({event.serial: event for event in batch.events})
        await asyncio.sleep(0.01)
        if batch.caught_up:
            break
    assert slow.histories == held(store)
