"""Each injected fault, as a client sees it."""

from collections import Counter
from dataclasses import fields
from typing import Any

import aiohttp
import botocore.eventstream
import botocore.exceptions
import pytest
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError

from tests.demo.conftest import CREDENTIALS, GROUP, ONE_TRY, arn, at, client_session, connected, read_on, vpn
from tests.demo.test_live_tail import session
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.faults import FaultError, Faults, describe_faults
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock

NOW = 1_790_000_000_000


def test_faults_are_read_as_they_are_written() -> None:
    faults = Faults(live_reset=0.1, live_bad_crc=1, group_denied="/a/*|/b", seed=7, ec2_slow=2.5)
    assert Faults.parse(str(faults)) == faults
    assert Faults.parse("live.reset=0.1, live.bad_crc ,group.denied=/a/*|/b,seed=7,ec2.slow=2.5") == faults
    assert Faults.parse("") == Faults()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("live.rest=1", "no fault named 'live.rest'"),
        ("live.reset=often", "needs a number, not 'often'"),
        ("live.reset=2", "between 0 and 1"),
        ("live.reset=nan", "between 0 and 1"),
        ("ec2.slow=-1", "between 0 and 86400"),
        ("seed=x", "needs a number"),
    ],
)
def test_a_fault_that_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(FaultError) as caught:
        Faults.parse(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_help_names_every_fault() -> None:
    shown = {line.split()[0].replace(".", "_") for line in describe_faults().splitlines()[1:]}
    assert shown == {field.name for field in fields(Faults)}


@pytest.mark.parametrize(
    ("fault", "call", "code", "status"),
    [
        ("filter.throttle", "filter_log_events", "ThrottlingException", 400),
        ("filter.error", "filter_log_events", "InternalFailure", 500),
        ("logs.throttle", "describe_log_streams", "ThrottlingException", 400),
        (f"group.denied=/other|{GROUP[:-3]}*", "filter_log_events", "AccessDeniedException", 400),
        ("auth.expired", "filter_log_events", "ExpiredTokenException", 400),
    ],
)
async def test_a_fault_refuses_a_call(store: Store, fault: str, call: str, code: str, status: int) -> None:
    async with at(store, fault) as (_, logs):
        with pytest.raises(ClientError) as caught:
            await getattr(logs, call)(logGroupName=GROUP)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


async def test_a_quota_refuses_the_calls_beyond_it_within_a_second(store: Store) -> None:
    store.clock = clock = ManualClock(NOW)
    async with at(store, "filter.quota=2") as (_, logs):
        for _second in range(2):
            await logs.filter_log_events(logGroupName=GROUP)
            await logs.filter_log_events(logGroupName=GROUP)
            with pytest.raises(ClientError, match="ThrottlingException"):
                await logs.filter_log_events(logGroupName=GROUP)
            clock.advance(1.0)


async def test_a_denied_group_names_the_action_and_leaves_the_others(store: Store) -> None:
    store.create_group("open")
    async with at(store, f"group.denied={GROUP}") as (_, logs):
        with pytest.raises(ClientError, match=r"not authorized to perform: logs:StartLiveTail on resource: arn:aws:"):
            await logs.start_live_tail(logGroupIdentifiers=[arn()])
        assert (await logs.filter_log_events(logGroupName="open"))["events"] == []


async def test_the_events_of_a_group_can_be_denied_or_fail_while_its_streams_are_listed(store: Store) -> None:
    store.create_group("open")
    store.create_stream(GROUP, "s")
    for fault, code in (("filter.denied", "AccessDeniedException"), ("filter.failing", "InternalFailure")):
        async with at(store, f"{fault}={GROUP}") as (_, logs):
            with pytest.raises(ClientError, match=code):
                await logs.filter_log_events(logGroupName=GROUP)
            assert (await logs.filter_log_events(logGroupName="open"))["events"] == []
            assert len((await logs.describe_log_streams(logGroupName=GROUP))["logStreams"]) == 1


async def test_a_portal_answers_with_a_page_instead_of_the_service(store: Store) -> None:
    async with at(store, "action.portal=logs:Filter*") as (_, logs):
        answer = await logs.filter_log_events(logGroupName=GROUP)
        assert "events" not in answer
        assert (await logs.describe_log_groups())["logGroups"]


async def test_empty_pages_carry_a_token_and_lose_nothing(store: Store) -> None:
    store.put(GROUP, "s", [(NOW + number, str(number)) for number in range(12)])
    async with at(store, "filter.empty=0.6,seed=6") as (endpoint, logs):
        pages = [page["events"] async for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, PaginationConfig={"PageSize": 4}
        )]  # fmt: skip
    assert [] in pages[:-1]
    assert [event["message"] for page in pages for event in page] == [str(number) for number in range(12)]
    assert endpoint.calls["FilterLogEvents"] > 3


async def test_small_pages_lose_nothing(store: Store) -> None:
    store.put(GROUP, "s", [(NOW + number, str(number)) for number in range(7)])
    async with at(store, "filter.events=3") as (_, logs):
        paginator = logs.get_paginator("filter_log_events")
        pages = [page["events"] async for page in paginator.paginate(logGroupName=GROUP)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [event["message"] for page in pages for event in page] == [str(number) for number in range(7)]


async def test_a_stream_read_backwards_in_empty_pages_ends_where_it_should(store: Store) -> None:
    store.put(GROUP, "s", [(NOW, "a"), (NOW + 1, "b")])
    async with at(store, "get.empty=0.6,seed=6") as (_, logs):
        request: dict[str, Any] = {"logGroupName": GROUP, "logStreamName": "s", "startFromHead": False, "limit": 1}
        shown, empty = [], 0
        while True:
            answer = await logs.get_log_events(**request)
            shown += [event["message"] for event in answer["events"]]
            empty += not answer["events"]
            if answer["nextBackwardToken"] == request.get("nextToken"):
                break
            request["nextToken"] = answer["nextBackwardToken"]
    assert shown == ["b", "a"]
    assert empty > 1


async def test_an_endless_token_leads_on_to_empty_pages(store: Store) -> None:
    store.put(GROUP, "s", [(NOW, "only")])
    async with at(store, "filter.endless") as (_, logs):
        answer = await logs.filter_log_events(logGroupName=GROUP)
        for _ in range(5):
            answer = await logs.filter_log_events(logGroupName=GROUP, nextToken=answer["nextToken"])
            assert answer["events"] == []
        assert answer["nextToken"]


async def test_a_shuffled_page_is_out_of_order_and_whole(store: Store) -> None:
    store.put(GROUP, "s", [(NOW + number, str(number)) for number in range(30)])
    async with at(store, "filter.shuffle") as (_, logs):
        shown = [event["message"] for event in (await logs.filter_log_events(logGroupName=GROUP))["events"]]
    assert shown != [str(number) for number in range(30)]
    assert Counter(shown) == Counter(str(number) for number in range(30))


async def test_ignored_parameters_are_direction_and_streams(store: Store) -> None:
    store.put(GROUP, "a", [(NOW, "1"), (NOW + 1, "2")])
    store.put(GROUP, "b", [(NOW + 2, "3")])
    request = {"logGroupName": GROUP, "logStreamNamePrefix": "a", "startFromHead": False, "startTime": NOW}
    async with at(store, "filter.ignore") as (_, logs):
        shown = [event["message"] for event in (await logs.filter_log_events(**request))["events"]]
    assert shown == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [("ec2.throttle", "RequestLimitExceeded", 503), ("ec2.denied", "UnauthorizedOperation", 403)],
)
async def test_a_fault_refuses_ec2(store: Store, fault: str, code: str, status: int) -> None:
    async with at(store, fault) as (endpoint, _), connected(endpoint, "ec2") as ec2:
        with pytest.raises(ClientError) as caught:
            await ec2.describe_vpn_connections()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("fault", "service", "call"),
    [("ec2.slow=30", "ec2", "describe_vpn_connections"), ("filter.slow=30", "logs", "filter_log_events")],
)
async def test_a_slow_answer_outlasts_a_readers_patience(store: Store, fault: str, service: str, call: str) -> None:
    async with at(store, fault) as (endpoint, _):
        patience = AioConfig(**ONE_TRY, read_timeout=0.1)
        made = client_session().create_client(service, endpoint_url=endpoint.url, config=patience, **CREDENTIALS)
        async with made as client:
            with pytest.raises(botocore.exceptions.ReadTimeoutError):
                await getattr(client, call)(**({"logGroupName": GROUP} if service == "logs" else {}))


async def test_a_reset_connection_gives_no_answer(store: Store) -> None:
    async with at(store, "conn.reset") as (endpoint, logs):
        with pytest.raises(botocore.exceptions.BotoCoreError):
            await logs.describe_log_groups()
        assert endpoint.calls == {}


async def test_a_refused_connection_is_accepted_again_on_the_same_port(store: Store) -> None:
    async with at(store, "") as (endpoint, logs):
        await endpoint.refuse()
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            await logs.describe_log_groups()
        await endpoint.accept()
        assert (await logs.describe_log_groups())["logGroups"]


async def test_refusing_cuts_the_sessions_that_are_open(store: Store) -> None:
    async with at(store, "") as (endpoint, logs), session(logs) as frames:
        await endpoint.refuse()
        with pytest.raises(aiohttp.ClientError):
            await read_on(frames)
        await endpoint.sessions_closed()


async def test_the_port_is_refused_as_the_dice_fall(store: Store) -> None:
    async with at(store, "") as (endpoint, logs):
        endpoint.faults = Faults(conn_refuse=1)
        await endpoint.pass_a_second()
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            await logs.describe_log_groups()
        endpoint.faults = Faults()
        await endpoint.pass_a_second()
        assert (await logs.describe_log_groups())["logGroups"]


async def test_a_group_is_deleted_and_made_again(store: Store) -> None:
    store.put(GROUP, "s", [(NOW, "old")])
    async with at(store, "group.recreate") as (endpoint, logs):
        await endpoint.pass_a_second()
        assert (await logs.filter_log_events(logGroupName=GROUP))["events"] == []
        assert (await logs.describe_log_streams(logGroupName=GROUP))["logStreams"] == []


async def test_a_connection_goes_and_comes_back(store: Store) -> None:
    store.connections[vpn().id] = vpn()
    async with at(store, "vpn.flicker") as (endpoint, _), connected(endpoint, "ec2") as ec2:
        await endpoint.pass_a_second()
        assert (await ec2.describe_vpn_connections())["VpnConnections"] == []
        await endpoint.pass_a_second()
        assert len((await ec2.describe_vpn_connections())["VpnConnections"]) == 1


async def test_the_last_event_of_a_stream_may_lag(store: Store) -> None:
    store.clock = clock = ManualClock(NOW)
    store.put(GROUP, "s", [(NOW, "first")])
    clock.advance(600)
    store.put(GROUP, "s", [(NOW + 600_000, "second")])
    async with at(store, "streams.lag=300") as (_, logs):
        [stream] = (await logs.describe_log_streams(logGroupName=GROUP))["logStreams"]
    assert stream["lastEventTimestamp"] == NOW


async def test_faults_change_under_a_running_endpoint(store: Store) -> None:
    async with at(store, "filter.throttle") as (endpoint, logs):
        with pytest.raises(ClientError):
            await logs.filter_log_events(logGroupName=GROUP)
        endpoint.faults = Faults()
        assert (await logs.filter_log_events(logGroupName=GROUP))["events"] == []


def test_a_fault_that_is_off_does_not_change_the_play_of_another() -> None:
    alone, beside = (FaultInjector(Faults(live_reset=0.3, seed=7)) for _ in range(2))
    assert [alone.happens(0.3) for _ in range(50)] == [beside.happens(0) or beside.happens(0.3) for _ in range(50)]


def test_the_same_seed_plays_the_same_faults() -> None:
    def throws(seed: int) -> list[bool]:
        injector = FaultInjector(Faults(live_reset=0.3, seed=seed))
        return [injector.happens(injector.faults.live_reset) for _ in range(50)]

    assert throws(7) == throws(7)
    assert throws(7) != throws(8)
