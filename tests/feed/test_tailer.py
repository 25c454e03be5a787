"""The tailer over real sockets: everything once and in order, whatever the server does."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.feed.conftest import (
    IKE,
    QUICK,
    SELDOM,
    Reader,
    Writer,
    held,
    read_once,
    reading,
    streams,
    tailer_of,
    until_it_rests,
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
        await reader.until(lambda: any("sign-in page" in notice for notice in reader.state.notices))
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
