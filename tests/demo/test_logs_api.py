"""CloudWatch Logs over a socket, with real clients."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.demo.conftest import GROUP, IKE_STREAM, arn
from tui.demo.server.account import Account
from tui.demo.server.apis.logs_api import LogsApi
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.errors import ApiError
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store

NOW = 1_790_000_000_000


def fill(store: Store, *, count: int = 50, streams: int = 3, message: str = "event {}") -> list[str]:
    """Write events alternately into several streams; return their messages in order."""
    for number in range(count):
        store.put(GROUP, f"vpn-{number % streams}-IKE.log", [(NOW + number, message.format(number))])
    return [message.format(number) for number in range(count)]


async def filtered(logs: Any, **request: Any) -> list[dict[str, Any]]:
    request = {"logGroupName": GROUP} | request
    answer = await logs.filter_log_events(**request)
    events = list(answer["events"])
    while "nextToken" in answer:
        answer = await logs.filter_log_events(**request | {"nextToken": answer["nextToken"]})
        events += answer["events"]
    return events


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"] for event in events]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.integers(0, 9), max_size=30),
    limit=st.integers(1, 12),
    forward=st.booleans(),
    start=st.integers(0, 9),
    end=st.integers(0, 9),
    stream=st.sampled_from([None, "a", "b"]),
)
def test_pages_of_any_size_hold_every_event_of_the_window_once_and_in_order(
    times: list[int], limit: int, forward: bool, start: int, end: int, stream: str | None
) -> None:
    store = Store()
    store.create_group("g")
    for number, at in enumerate(times):
        store.put("g", "ab"[number % 2], [(NOW + at, str(number))], ingested_at=NOW)
    api = LogsApi(store, account=Account(), injector=FaultInjector(Faults()))
    request: dict[str, Any] = {"logGroupName": "g", "limit": limit, "startTime": NOW + start}
    request |= {"endTime": NOW + max(start, end), "startFromHead": forward}
    request |= {"logStreamNamePrefix": stream} if stream else {}
    got: list[str] = []
    for _ in range(100):
        answer: Any = api.call("FilterLogEvents", request)
        assert len(answer["events"]) <= limit
        got += texts(answer["events"])
        if "nextToken" not in answer:
            break
        request["nextToken"] = answer["nextToken"]
    wanted = [n for n in range(len(times)) if start <= times[n] <= max(start, end)]
    wanted = [n for n in wanted if stream is None or "ab"[n % 2] == stream]
    wanted.sort(key=lambda n: (times[n], n), reverse=not forward)
    assert got == [str(n) for n in wanted]


async def test_events_of_all_streams_come_interleaved_by_time(store: Store, logs: Any) -> None:
    messages = fill(store)
    assert texts(await filtered(logs)) == messages
    assert texts(await filtered(logs, limit=7)) == messages


async def test_newest_first_is_the_exact_reverse(store: Store, logs: Any) -> None:
    messages = fill(store)
    assert texts(await filtered(logs, startFromHead=False, startTime=NOW, limit=7)) == messages[::-1]


async def test_a_page_holds_one_megabyte_at_most(store: Store, logs: Any) -> None:
    messages = fill(store, count=12, message="{}" + "x" * 200_000)
    answer = await logs.filter_log_events(logGroupName=GROUP)
    assert len(answer["events"]) == 5
    assert texts(await filtered(logs)) == messages


async def test_streams_are_chosen_by_prefix_or_by_name(store: Store, logs: Any) -> None:
    fill(store)
    by_prefix = await filtered(logs, logStreamNamePrefix="vpn-1")
    by_name = await filtered(logs, logStreamNames=["vpn-1-IKE.log", "vpn-2-IKE.log"])
    assert {event["logStreamName"] for event in by_prefix} == {"vpn-1-IKE.log"}
    assert {event["logStreamName"] for event in by_name} == {"vpn-1-IKE.log", "vpn-2-IKE.log"}


async def test_an_event_that_arrives_between_two_pages_disturbs_neither(store: Store, logs: Any) -> None:
    messages = fill(store, count=10)
    first = await logs.filter_log_events(logGroupName=GROUP, limit=5)
    store.put(GROUP, "vpn-0-IKE.log", [(NOW - 5, "early"), (NOW + 20, "late")])
    second = await logs.filter_log_events(logGroupName=GROUP, limit=20, nextToken=first["nextToken"])
    assert texts(first["events"] + second["events"]) == [*messages, "late"]


async def test_a_group_may_be_named_by_its_arn(store: Store, logs: Any) -> None:
    messages = fill(store)
    answer = await logs.filter_log_events(logGroupIdentifier=arn())
    assert texts(answer["events"]) == messages


async def test_a_pattern_chooses_events(store: Store, logs: Any) -> None:
    store.put(GROUP, IKE_STREAM, [(NOW, json.dumps({"ike_phase1_state": state})) for state in ("down", "established")])
    found = await filtered(logs, filterPattern='{ $.ike_phase1_state = "down" }')
    assert texts(found) == ['{"ike_phase1_state": "down"}']


@pytest.mark.parametrize(
    ("request_", "code", "says"),
    [
        ({"logGroupName": "none"}, "ResourceNotFoundException", "The specified log group does not exist."),
        ({"logGroupIdentifier": arn("none")}, "ResourceNotFoundException", "log group does not exist"),
        ({"logGroupIdentifier": arn().replace("eu-west-1", "eu-west-2")}, "ResourceNotFoundException", "not exist"),
        ({}, "InvalidParameterException", "logGroupName"),
        ({"logGroupName": GROUP, "logGroupIdentifier": arn()}, "InvalidParameterException", "logGroupName"),
        (
            {"logGroupName": GROUP, "logStreamNames": ["a"], "logStreamNamePrefix": "a"},
            "InvalidParameterException",
            "LogStreamNamePrefix",
        ),
        ({"logGroupName": GROUP, "nextToken": "made-up"}, "InvalidParameterException", "nextToken"),
        ({"logGroupName": GROUP, "filterPattern": "{"}, "InvalidParameterException", "pattern"),
        ({"logGroupName": GROUP, "startTime": 2, "endTime": 1}, "InvalidParameterException", "startTime"),
        (
            {"logGroupName": GROUP, "startFromHead": False, "startTime": 1},
            "InvalidParameterException",
            "startFromHead",
        ),
    ],
)
async def test_what_aws_refuses_is_refused(
    store: Store, logs: Any, request_: dict[str, Any], code: str, says: str
) -> None:
    fill(store)
    with pytest.raises(ClientError) as caught:
        await logs.filter_log_events(**request_)
    error = caught.value.response
    assert error["Error"]["Code"] == code
    assert says in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == code
    assert error["ResponseMetadata"]["RequestId"]


async def test_a_token_of_another_question_is_refused(store: Store, logs: Any) -> None:
    fill(store)
    answer = await logs.filter_log_events(logGroupName=GROUP, limit=5)
    with pytest.raises(ClientError, match="nextToken"):
        await logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="vpn-1", nextToken=answer["nextToken"])


async def test_get_log_events_gives_the_newest_of_a_stream(store: Store, logs: Any) -> None:
    fill(store, streams=1)
    answer = await logs.get_log_events(logGroupName=GROUP, logStreamName="vpn-0-IKE.log", limit=1)
    assert texts(answer["events"]) == ["event 49"]


async def test_get_log_events_leaves_out_the_end_time_itself(store: Store, logs: Any) -> None:
    fill(store, streams=1, count=5)
    answer = await logs.get_log_events(
        logGroupName=GROUP, logStreamName="vpn-0-IKE.log", startTime=NOW + 1, endTime=NOW + 3, startFromHead=True
    )
    assert texts(answer["events"]) == ["event 1", "event 2"]


@pytest.mark.parametrize("forward", [True, False])
async def test_get_log_events_ends_with_the_token_it_was_given(store: Store, logs: Any, forward: bool) -> None:
    messages = fill(store, streams=1, count=11)
    request: dict[str, Any] = {"logGroupName": GROUP, "logStreamName": "vpn-0-IKE.log", "limit": 4}
    token, pages = None, []
    while True:
        more: dict[str, Any] = {"nextToken": token} if token else {}
        answer = await logs.get_log_events(**request, startFromHead=forward, **more)
        following = answer["nextForwardToken" if forward else "nextBackwardToken"]
        pages.append(texts(answer["events"]))
        if following == token:
            break
        token = following
    assert pages[-1] == []
    assert [text for page in (pages if forward else pages[::-1]) for text in page] == messages


async def test_get_log_events_turns_round_at_the_end_without_losing_an_event(store: Store, logs: Any) -> None:
    fill(store, streams=1, count=6)
    request: dict[str, Any] = {"logGroupName": GROUP, "logStreamName": "vpn-0-IKE.log", "limit": 6}
    first = await logs.get_log_events(**request, startFromHead=True)
    beyond = await logs.get_log_events(**request, startFromHead=True, nextToken=first["nextForwardToken"])
    back = await logs.get_log_events(**request, nextToken=beyond["nextBackwardToken"])
    assert texts(back["events"]) == texts(first["events"])


async def test_groups_come_in_pages_by_name(store: Store, logs: Any) -> None:
    names = sorted(f"/aws/vendedlogs/vpn/{number:03}" for number in range(120))
    for name in names:
        store.create_group(name)
    pages = [page async for page in logs.get_paginator("describe_log_groups").paginate()]
    assert [len(page["logGroups"]) for page in pages] == [50, 50, 20]
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == names


async def test_a_groups_arn_ends_in_a_star_and_its_group_arn_does_not(store: Store, logs: Any) -> None:
    store.create_group(GROUP)
    [group] = (await logs.describe_log_groups(logGroupNamePrefix="/aws/vended"))["logGroups"]
    assert group["arn"] == arn() + ":*"
    assert group["logGroupArn"] == arn()


async def test_groups_are_found_by_prefix_or_by_part(store: Store, logs: Any) -> None:
    for name in ("alpha", "beta", "alphabet"):
        store.create_group(name)
    by_prefix = await logs.describe_log_groups(logGroupNamePrefix="alpha")
    by_part = await logs.describe_log_groups(logGroupNamePattern="bet")
    assert [group["logGroupName"] for group in by_prefix["logGroups"]] == ["alpha", "alphabet"]
    assert [group["logGroupName"] for group in by_part["logGroups"]] == ["alphabet", "beta"]


async def test_streams_are_ordered_by_name_or_by_their_last_event(store: Store, logs: Any) -> None:
    for at, name in enumerate(("b", "c", "a")):
        store.put(GROUP, name, [(NOW + at, "m")])
    by_name = await logs.describe_log_streams(logGroupName=GROUP)
    by_time = await logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True)
    assert [stream["logStreamName"] for stream in by_name["logStreams"]] == ["a", "b", "c"]
    assert [stream["logStreamName"] for stream in by_time["logStreams"]] == ["a", "c", "b"]
    assert by_time["logStreams"][0]["lastEventTimestamp"] == NOW + 2


async def test_streams_by_time_take_no_prefix(store: Store, logs: Any) -> None:
    fill(store)
    with pytest.raises(ClientError, match="LastEventTime"):
        await logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", logStreamNamePrefix="v")


async def test_what_is_put_can_be_read(store: Store, logs: Any) -> None:
    now = store.clock.now()
    await logs.create_log_group(logGroupName="own")
    await logs.create_log_stream(logGroupName="own", logStreamName="s")
    events = [{"timestamp": now - 5, "message": "one"}, {"timestamp": now, "message": "two ✓"}]
    await logs.put_log_events(logGroupName="own", logStreamName="s", logEvents=events)
    [first, second] = await filtered(logs, logGroupName="own")
    assert (first["timestamp"], first["message"], second["message"]) == (now - 5, "one", "two ✓")
    assert first["ingestionTime"] >= now
    await logs.delete_log_group(logGroupName="own")
    with pytest.raises(ClientError, match="log group does not exist"):
        await filtered(logs, logGroupName="own")


async def test_events_too_old_or_too_new_are_rejected_and_told(store: Store, logs: Any) -> None:
    day, now = 24 * 3_600_000, store.clock.now()
    store.create_stream(GROUP, "s")
    old = await logs.put_log_events(
        logGroupName=GROUP, logStreamName="s", logEvents=[{"timestamp": now - 15 * day, "message": "old"}]
    )
    new = await logs.put_log_events(
        logGroupName=GROUP,
        logStreamName="s",
        logEvents=[{"timestamp": now, "message": "fine"}, {"timestamp": now + day // 2, "message": "new"}],
    )
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert texts(await filtered(logs)) == ["fine"]


@pytest.mark.parametrize(
    ("offsets", "size", "says"),
    [([0, -1], 1, "chronological"), ([-25 * 3_600_000, 0], 1, "24 hours"), ([0, 0], 600_000, "too large")],
)
def test_a_batch_that_breaks_a_rule_is_refused_whole(store: Store, offsets: list[int], size: int, says: str) -> None:
    store.create_stream(GROUP, "s")
    api = LogsApi(store, account=Account(), injector=FaultInjector(Faults()))
    now = store.clock.now()
    events = [{"timestamp": now + offset, "message": "x" * size} for offset in offsets]
    with pytest.raises(ApiError, match=says):
        api.call("PutLogEvents", {"logGroupName": GROUP, "logStreamName": "s", "logEvents": events})
    assert store.groups[GROUP].events == []


async def test_an_action_that_is_not_served_is_unknown(logs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        await logs.describe_metric_filters()
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


async def test_calls_are_counted_by_action(endpoint: Endpoint, store: Store, logs: Any) -> None:
    fill(store)
    await filtered(logs, limit=20)
    assert endpoint.calls == {"FilterLogEvents": 3}
