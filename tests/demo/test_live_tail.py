"""StartLiveTail over a socket, read by aiobotocore."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.demo.conftest import GROUP, IKE_STREAM, arn, connected
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock

NOW = 1_790_000_000_000


@asynccontextmanager
async def session(logs: Any, **request: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Open a session and yield what follows its start."""
    answer = await logs.start_live_tail(**{"logGroupIdentifiers": [arn()]} | request)
    stream = answer["responseStream"]
    try:
        frames = aiter(stream)
        assert "sessionStart" in await anext(frames)
        yield frames
    finally:
        stream.close()


async def results(frames: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Read until that many events have arrived."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        found += (await anext(frames))["sessionUpdate"]["sessionResults"]
    return found


async def test_a_session_starts_by_repeating_what_was_asked(store: Store, logs: Any) -> None:
    store.create_group(GROUP)
    answer = await logs.start_live_tail(
        logGroupIdentifiers=[arn()], logStreamNamePrefixes=["vpn-"], logEventFilterPattern="DPD"
    )
    start = (await anext(aiter(answer["responseStream"])))["sessionStart"]
    answer["responseStream"].close()
    assert start.pop("requestId")
    assert start.pop("sessionId")
    assert start == {
        "logGroupIdentifiers": [arn()],
        "logStreamNamePrefixes": ["vpn-"],
        "logEventFilterPattern": "DPD",
    }


async def test_updates_come_also_when_nothing_happens(store: Store, logs: Any) -> None:
    store.create_group(GROUP)
    async with session(logs) as frames:
        for _ in range(3):
            assert await anext(frames) == {
                "sessionUpdate": {"sessionMetadata": {"sampled": False}, "sessionResults": []}
            }


async def test_what_is_ingested_after_the_start_is_shown_and_nothing_before(store: Store, logs: Any) -> None:
    store.put(GROUP, IKE_STREAM, [(NOW, "before")])
    async with session(logs) as frames:
        store.put(GROUP, IKE_STREAM, [(NOW - 60_000, "an old stamp"), (NOW, "é")], ingested_at=NOW + 5)
        first, second = await results(frames, 2)
    assert first == {
        "logStreamName": IKE_STREAM,
        "logGroupIdentifier": arn(),
        "message": "an old stamp",
        "timestamp": NOW - 60_000,
        "ingestionTime": NOW + 5,
    }
    assert second["message"] == "é"


@pytest.mark.parametrize(
    "narrowed",
    [{"logStreamNames": ["b"]}, {"logStreamNamePrefixes": ["x", "b"]}, {"logEventFilterPattern": '"of b"'}],
)
async def test_streams_and_patterns_narrow_a_session(store: Store, logs: Any, narrowed: dict[str, Any]) -> None:
    store.create_group(GROUP)
    async with session(logs, **narrowed) as frames:
        for stream in "abab":
            store.put(GROUP, stream, [(NOW, f"of {stream}")])
        found = await results(frames, 2)
        assert [event["message"] for event in found] == ["of b", "of b"]
        assert (await anext(frames))["sessionUpdate"]["sessionResults"] == []


async def test_a_session_may_watch_several_groups(store: Store, logs: Any) -> None:
    store.create_group("one")
    store.create_group("two")
    async with session(logs, logGroupIdentifiers=[arn("one"), arn("two")]) as frames:
        store.put("two", "s", [(NOW, "2")])
        store.put("one", "s", [(NOW, "1")])
        found = await results(frames, 2)
    assert {(event["logGroupIdentifier"], event["message"]) for event in found} == {
        (arn("one"), "1"),
        (arn("two"), "2"),
    }


async def test_more_than_500_in_an_update_are_sampled(store: Store, logs: Any) -> None:
    store.create_group(GROUP)
    async with session(logs) as frames:
        store.put(GROUP, "s", [(NOW, str(number)) for number in range(1300)])
        update = (await anext(frames))["sessionUpdate"]
        while not update["sessionResults"]:
            update = (await anext(frames))["sessionUpdate"]
    assert update["sessionMetadata"]["sampled"] is True
    numbers = [int(event["message"]) for event in update["sessionResults"]]
    assert len(numbers) == 500
    assert numbers == sorted(set(numbers))


async def test_exactly_500_are_not_sampled(store: Store, logs: Any) -> None:
    store.create_group(GROUP)
    async with session(logs) as frames:
        store.put(GROUP, "s", [(NOW, "m")] * 500)
        assert len(await results(frames, 500)) == 500


async def test_a_session_ends_after_three_hours(store: Store) -> None:
    clock = ManualClock(NOW)
    store.clock = clock
    store.create_group(GROUP)
    async with Endpoint(store, update_every=0.02) as endpoint, connected(endpoint) as logs, session(logs) as frames:
        clock.advance(3 * 3600 - 1)
        assert "sessionUpdate" in await anext(frames)
        clock.advance(2)
        with pytest.raises(EventStreamError, match="SessionTimeoutException"):
            await results(frames, 1)


async def test_the_sixteenth_session_is_refused(store: Store, endpoint: Endpoint) -> None:
    store.create_group(GROUP)
    async with connected(endpoint) as one, connected(endpoint) as other:
        streams = [
            (await logs.start_live_tail(logGroupIdentifiers=[arn()]))["responseStream"]
            for logs in [one] * 8 + [other] * 7
        ]
        with pytest.raises(ClientError, match="LimitExceededException"):
            await one.start_live_tail(logGroupIdentifiers=[arn()])
        for stream in streams:
            stream.close()
        await endpoint.sessions_closed()
        assert endpoint.sessions_open == 0
        assert endpoint.sessions_started == 15


async def test_a_session_whose_reader_left_is_closed(store: Store, endpoint: Endpoint, logs: Any) -> None:
    store.create_group(GROUP)
    async with session(logs):
        assert endpoint.sessions_open == 1
    async with asyncio.timeout(5):
        await endpoint.sessions_closed()
    assert endpoint.sessions_open == 0


async def test_a_group_made_again_is_watched_on(store: Store, logs: Any) -> None:
    store.put(GROUP, "s", [(NOW, "before")])
    async with session(logs) as frames:
        store.delete_group(GROUP)
        assert "sessionUpdate" in await anext(frames)
        store.put(GROUP, "s", [(NOW, "after")])
        assert [event["message"] for event in await results(frames, 1)] == ["after"]


@pytest.mark.parametrize(
    ("request_", "code", "says"),
    [
        ({"logGroupIdentifiers": [GROUP]}, "InvalidParameterException", "ARN"),
        ({"logGroupIdentifiers": [arn() + ":*"]}, "InvalidParameterException", "regular expression"),
        ({"logGroupIdentifiers": [arn("none")]}, "ResourceNotFoundException", "does not exist"),
        ({"logGroupIdentifiers": [arn("rare")]}, "InvalidOperationException", "INFREQUENT_ACCESS"),
        (
            {"logGroupIdentifiers": [arn(), arn()], "logStreamNames": ["s"]},
            "InvalidParameterException",
            "one log group",
        ),
        ({"logStreamNames": ["s"], "logStreamNamePrefixes": ["s"]}, "InvalidParameterException", "both"),
        ({"logEventFilterPattern": "{ $.a"}, "InvalidParameterException", "pattern"),
    ],
)
async def test_what_aws_refuses_is_refused_before_the_stream(
    store: Store, endpoint: Endpoint, logs: Any, request_: dict[str, Any], code: str, says: str
) -> None:
    store.create_group(GROUP)
    store.create_group("rare", log_class="INFREQUENT_ACCESS")
    with pytest.raises(ClientError) as caught:
        await logs.start_live_tail(**{"logGroupIdentifiers": [arn()]} | request_)
    assert caught.value.response["Error"]["Code"] == code
    assert says in caught.value.response["Error"]["Message"]
    assert endpoint.sessions_started == 0
