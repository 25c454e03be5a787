"""Each fault of a Live Tail session, as a client sees it."""

import asyncio
from typing import Any

import aiohttp
import botocore.eventstream
import botocore.exceptions
import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.demo.conftest import GROUP, arn, at, read_on
from tests.demo.test_live_tail import results, session
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock

NOW = 1_790_000_000_000


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("live.reset", aiohttp.ClientError, None),
        ("live.reset_inside", aiohttp.ClientError, None),
        ("live.timeout", EventStreamError, "SessionTimeoutException"),
        ("live.streaming_error", EventStreamError, "SessionStreamingException"),
        ("live.bad_crc", botocore.eventstream.ChecksumMismatch, None),
        ("live.oversized", botocore.eventstream.InvalidPayloadLength, None),
    ],
)
async def test_a_fault_breaks_a_session(store: Store, fault: str, error: type[Exception], says: str | None) -> None:
    async with at(store, fault) as (endpoint, logs), session(logs) as frames:
        with pytest.raises(error, match=says):
            await read_on(frames)
        await endpoint.sessions_closed()


@pytest.mark.parametrize("fault", ["live.end", "live.truncated"])
async def test_a_fault_ends_a_session_without_an_error(store: Store, fault: str) -> None:
    async with at(store, fault) as (endpoint, logs), session(logs) as frames:
        await read_on(frames)
        await endpoint.sessions_closed()


async def test_a_truncated_frame_is_cut_in_its_middle(store: Store) -> None:
    async with at(store, "live.truncated") as (endpoint, _), aiohttp.ClientSession() as http:
        headers = {"X-Amz-Target": "Logs_20140328.StartLiveTail"}
        async with http.post(endpoint.url, json={"logGroupIdentifiers": [arn()]}, headers=headers) as answer:
            data = await answer.read()
    whole = 0
    while (rest := len(data) - whole) >= 4 and (announced := int.from_bytes(data[whole : whole + 4])) <= rest:
        whole += announced
    assert 0 < rest < announced


@pytest.mark.parametrize(
    ("fault", "code"), [("live.denied", "AccessDeniedException"), ("live.limit", "LimitExceededException")]
)
async def test_a_fault_refuses_a_session(store: Store, fault: str, code: str) -> None:
    async with at(store, fault) as (_, logs):
        with pytest.raises(ClientError) as caught:
            await logs.start_live_tail(logGroupIdentifiers=[arn()])
    assert caught.value.response["Error"]["Code"] == code


async def test_a_silent_session_stays_open_and_says_nothing(store: Store) -> None:
    async with at(store, "live.silent") as (endpoint, logs), session(logs) as frames:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(frames)
        assert endpoint.sessions_open == 1


async def test_a_silent_session_is_closed_when_its_reader_leaves(store: Store) -> None:
    async with at(store, "live.silent") as (endpoint, logs):
        async with session(logs):
            assert endpoint.sessions_open == 1
        async with asyncio.timeout(5):
            await endpoint.sessions_closed()


async def test_a_skipped_update_brings_its_events_later(store: Store) -> None:
    async with at(store, "live.skip=0.7,seed=3") as (_, logs), session(logs) as frames:
        store.put(GROUP, "s", [(NOW, str(number)) for number in range(20)])
        assert [event["message"] for event in await results(frames, 20)] == [str(number) for number in range(20)]


async def test_a_sampled_update_says_so_and_lacks_half(store: Store) -> None:
    async with at(store, "live.sampled") as (_, logs), session(logs) as frames:
        store.put(GROUP, "s", [(NOW, str(number)) for number in range(20)])
        update: dict[str, Any] = {"sessionResults": []}
        while not update["sessionResults"]:
            update = (await anext(frames))["sessionUpdate"]
        assert update["sessionMetadata"]["sampled"] is True
        assert len(update["sessionResults"]) == 10


async def test_withheld_events_are_missing_live_and_present_in_the_record(store: Store) -> None:
    async with at(store, "live.withhold=0.5,seed=1") as (_, logs), session(logs) as frames:
        messages = [str(number) for number in range(200)]
        store.put(GROUP, "s", [(NOW, message) for message in messages])
        shown = [event["message"] for event in await results(frames, 1)]
        answer = await logs.filter_log_events(logGroupName=GROUP)
    assert 60 < len(shown) < 140
    assert [event["message"] for event in answer["events"]] == messages


async def test_duplicated_events_come_twice_live_and_once_in_the_record(store: Store) -> None:
    async with at(store, "live.duplicate") as (_, logs), session(logs) as frames:
        store.put(GROUP, "s", [(NOW, "a"), (NOW, "b")])
        shown = [event["message"] for event in await results(frames, 4)]
        answer = await logs.filter_log_events(logGroupName=GROUP)
    assert shown == ["a", "a", "b", "b"]
    assert len(answer["events"]) == 2


async def test_a_shuffled_update_is_out_of_order(store: Store) -> None:
    async with at(store, "live.shuffle,seed=2") as (_, logs), session(logs) as frames:
        messages = [str(number) for number in range(30)]
        store.put(GROUP, "s", [(NOW, message) for message in messages])
        shown = [event["message"] for event in await results(frames, 30)]
    assert shown != messages
    assert sorted(shown) == sorted(messages)


@pytest.mark.parametrize(("fault", "soonest", "latest"), [("ingest.late", 2, 15), ("ingest.very_late", 60, 240)])
async def test_a_late_event_is_in_neither_feed_before_its_time(
    store: Store, fault: str, soonest: int, latest: int
) -> None:
    store.clock = clock = ManualClock(NOW)
    async with at(store, fault) as (_, logs), session(logs) as frames:
        store.put(GROUP, "s", [(NOW, "late")])
        clock.advance(soonest - 0.5)
        assert (await logs.filter_log_events(logGroupName=GROUP))["events"] == []
        assert (await anext(frames))["sessionUpdate"]["sessionResults"] == []
        clock.advance(latest)
        [live] = await results(frames, 1)
        [recorded] = (await logs.filter_log_events(logGroupName=GROUP))["events"]
    assert live["ingestionTime"] == recorded["ingestionTime"]
    assert soonest * 1000 <= recorded["ingestionTime"] - NOW <= latest * 1000
