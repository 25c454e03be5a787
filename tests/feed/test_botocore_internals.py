"""The internals of botocore and aiobotocore that are used still work as when they were adopted."""

import asyncio
import gc
import inspect
import json
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from ssl import SSLContext
from threading import Event
from typing import Any

import pytest
from aiobotocore.parsers import AioResponseParserFactory
from aiobotocore.session import AioSession
from aiohttp import ClientSession, web
from botocore.model import Shape
from botocore.parsers import ResponseParserError, ResponseParserFactory
from botocore.session import get_session

from tests.feed.bent import bent_endpoint
from tests.feed.conftest import Reader, Writer, connection, held, read_once, streams
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.event_stream import encode_frame, event_frame
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import connect
from tui.feed.aws.error_kinds import foreign_errors
from tui.feed.aws.errors import FeedError
from tui.feed.aws.sessions.aiobotocore_session import ParserFactory
from tui.feed.aws.sessions.threaded_session import ParserFactory as ThreadedParserFactory
from tui.feed.aws.target import AwsTarget

EVENT = {
    "logStreamName": "vpn-0a1b2c3d4e5f60718-203.0.113.17-IKE.log",
    "timestamp": 1_795_435_200_000,
    "ingestionTime": 1_795_435_201_000,
    "eventId": "37" * 28,
    "message": "AWS tunnel is sending DPD request é\u202e",
}


def parsed(factory: ResponseParserFactory, protocol: str, response: Mapping[str, Any], shape: Shape | None) -> Any:
    """Return what a parser of the factory makes of an answer, awaited or not."""
    assert shape is not None
    outcome: Any = factory.create_parser(protocol).parse(response, shape)
    return asyncio.run(outcome) if inspect.iscoroutine(outcome) else outcome


def parse(factory: ResponseParserFactory, answer: object) -> dict[str, Any]:
    model = get_session().get_service_model("logs")
    body = json.dumps(answer).encode()
    response = {"body": body, "headers": {}, "status_code": 200}
    answered: dict[str, Any] = parsed(factory, "json", response, model.operation_model("FilterLogEvents").output_shape)
    return answered


FACTORIES = [(ParserFactory, AioResponseParserFactory), (ThreadedParserFactory, ResponseParserFactory)]
"""Each factory of ours, and the library's own."""
Factory = Callable[[], Any]


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [EVENT, EVENT], "nextToken": "more", "searchedLogStreams": [{"logStreamName": "a"}]},
        {"events": [], "nextToken": "more"},
        {"searchedLogStreams": []},
    ],
)
@pytest.mark.parametrize(("ours", "theirs"), FACTORIES)
def test_an_answer_is_read_as_botocore_reads_it(answer: object, ours: Factory, theirs: Factory) -> None:
    assert parse(ours(), answer) == parse(theirs(), answer)


@pytest.mark.parametrize(("ours", "theirs"), FACTORIES)
def test_events_are_not_walked_through_field_by_field(ours: Factory, theirs: Factory) -> None:
    strange = EVENT | {"more": 7}
    assert parse(ours(), {"events": [strange]})["events"] == [strange]
    assert parse(theirs(), {"events": [strange]})["events"] == [EVENT]


def answer_with(events: object, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    real = endpoint.home.logs.call

    def answer(action: str, request: Any) -> Any:
        said = real(action, request)
        return said | {"events": events} if action == "FilterLogEvents" and "endTime" not in request else said

    monkeypatch.setattr(endpoint.home.logs, "call", answer)


@pytest.mark.parametrize("events", [None, "text", 7, {"a": 1}])
async def test_an_answer_without_a_list_of_events_is_trouble(
    events: object, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write("a", stream=streams()[0], ago=60)
    answer_with(events, endpoint, monkeypatch)
    with pytest.raises(FeedError, match="did not come from AWS"):
        await read_once(endpoint)


async def test_events_of_the_wrong_shape_are_passed_over(
    store: Store, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write("a", stream=streams()[0], ago=60)
    answer_with([7, None, "x", {"timestamp": "x"}, {"message": []}], endpoint, monkeypatch)
    reader: Reader = await read_once(endpoint)
    assert reader.caught_up
    assert reader.histories == held(store)  # from the last lines of the stream, which came in their right shape


async def redirect_to(url: str, request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": url})


async def test_a_redirect_is_never_followed(monkeypatch: pytest.MonkeyPatch, in_threads: bool) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")

    async def empty(request: web.Request) -> web.StreamResponse:
        return web.json_response({"events": []})

    async with bent_endpoint(empty) as elsewhere:
        async with (
            bent_endpoint(partial(redirect_to, elsewhere.url)) as bent,
            connect(bent.target, in_threads=in_threads) as aws,
        ):
            for action in ("logs:FilterLogEvents", "ec2:DescribeVpnConnections"):
                with pytest.raises(FeedError, match="redirect") as caught:
                    await aws.call(action)
                assert caught.value.kind is ErrorKind.SERVER
            assert bent.requests
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [(204, "", "application/x-amz-json-1.1"), (200, "<html>", "text/html"), (200, "{}", "application/x-amz-json-1.1")],
)
async def test_a_live_session_that_is_answered_with_no_stream_is_an_error(
    status: int, body: str, content_type: str
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type=content_type)

    async with bent_endpoint(answer) as bent, connect(bent.target) as aws:
        for _ in range(2):
            with pytest.raises(FeedError) as caught:
                await aws.call("logs:StartLiveTail", streams=True, logGroupIdentifiers=["arn:aws:logs:x"])
            assert caught.value.kind is ErrorKind.SERVER


async def test_a_live_session_that_fails_to_start_is_not_repeated_behind_our_back() -> None:
    async def unavailable(request: web.Request) -> web.StreamResponse:
        return web.json_response({"__type": "ServiceUnavailableException"}, status=503)

    async with bent_endpoint(unavailable) as bent, connect(bent.target) as aws:
        with pytest.raises(FeedError):
            await aws.call("logs:StartLiveTail", streams=True, logGroupIdentifiers=["arn:aws:logs:x"])
        assert len(bent.requests) == 1
        with pytest.raises(FeedError):
            await aws.call("logs:FilterLogEvents", logGroupName="/vpn")
        assert len(bent.requests) == 3


SHAPES = [
    "null",
    "[1, 2]",
    "7",
    '"text"',
    '{"events": {"a": [[]]}}',
    '{"__type": []}',
    "[" * 9_000,
    '{"nextToken": {}}',
]


@pytest.mark.parametrize("body", SHAPES, ids=lambda body: body[:20])
@pytest.mark.parametrize("status", [200, 400])
async def test_an_answer_of_any_shape_is_an_error_of_the_server_and_not_ours(
    body: str, status: int, in_threads: bool
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type="application/x-amz-json-1.1")

    async with bent_endpoint(answer) as bent, connect(bent.target, in_threads=in_threads) as aws:
        for action in ("logs:FilterLogEvents", "logs:DescribeLogStreams"):
            with pytest.raises(FeedError):
                await aws.call(action, logGroupName="/vpn")


@pytest.mark.parametrize("ours", [ours for ours, _ in FACTORIES])
def test_the_parsers_get_what_botocore_wants_them_made_with(ours: Factory) -> None:
    factory = ours()
    factory.set_parser_defaults(timestamp_parser=lambda text: ("read", text))
    model = get_session().get_service_model("ec2").operation_model("DescribeVpnConnections")
    body = (
        b"<r><vpnConnectionSet><item><vgwTelemetry><item><lastStatusChange>x</lastStatusChange></item></vgwTelemetry>"
        b"</item></vpnConnectionSet></r>"
    )
    response = {"body": body, "headers": {}, "status_code": 200}
    answer = parsed(factory, "ec2", response, model.output_shape)
    assert answer["VpnConnections"][0]["VgwTelemetry"][0]["LastStatusChange"] == ("read", "x")


async def test_botocore_resolves_the_protocols_that_have_parsers_of_ours() -> None:
    for service, protocol in (("logs", "json"), ("ec2", "ec2"), ("sts", "query")):
        async with AioSession().create_client(service, region_name="eu-west-1") as client:
            assert client.meta.service_model.resolved_protocol == protocol


@pytest.mark.parametrize("body", ["null", "[[]]", "7", '"text"', '{"sessionResults": 7}', "{"])
async def test_a_frame_of_any_shape_is_empty_or_cannot_be_read(body: str) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {":message-type": "event", ":event-type": "sessionUpdate", ":content-type": "application/json"}
        frames = event_frame("initial-response", {}) + encode_frame(headers, body.encode())
        return web.Response(body=frames, content_type="application/vnd.amazon.eventstream")

    async with bent_endpoint(answer) as bent, connect(bent.target) as aws:
        answered = await aws.call("logs:StartLiveTail", streams=True, logGroupIdentifiers=["arn:aws:logs:x"])
        with suppress(*foreign_errors()):
            async for frame in answered["responseStream"]:
                assert not frame.get("sessionUpdate", {}).get("sessionResults")
        answered["responseStream"].close()


@pytest.mark.parametrize(("count", "is_beside_the_loop"), [(2, False), (5_000, True)])
async def test_a_large_answer_of_ec2_is_read_while_the_loop_goes_on(count: int, is_beside_the_loop: bool) -> None:
    model = get_session().get_service_model("ec2").operation_model("DescribeVpnConnections")
    items = "".join(f"<item><vpnConnectionId>vpn-{number:017x}</vpnConnectionId></item>" for number in range(count))
    body = f"<r><vpnConnectionSet>{items}</vpnConnectionSet></r>".encode()
    went_on = asyncio.Event()
    asyncio.get_running_loop().call_soon(went_on.set)
    parser = ParserFactory().create_parser("ec2")
    answer = await parser.parse({"body": body, "headers": {}, "status_code": 200}, model.output_shape)
    assert (len(answer["VpnConnections"]), went_on.is_set()) == (count, is_beside_the_loop)


async def answers_of_ec2(store: Store) -> list[tuple[str, bytes]]:
    """Return what the endpoint answers to actions that list something, even while a connection is modified."""
    store.connections = {each.id: each for each in map(connection, range(3))}
    answers = [("DescribeRouteTables", b"<r><requestId>1</requestId><routeTableSet/></r>")]
    async with Endpoint(store) as endpoint, ClientSession() as http:
        for endpoint.faults in (Faults(), Faults(ec2_partial=1)):
            for action in ("DescribeVpnConnections", "DescribeCustomerGateways"):
                async with http.post(endpoint.url, data={"Action": action, "Version": "2016-11-15"}) as answer:
                    answers.append((action, await answer.read()))
    return answers


@pytest.mark.parametrize(("ours", "theirs"), FACTORIES)
def test_an_answer_of_ec2_is_read_item_by_item_as_botocore_reads_it(
    ours: Factory, theirs: Factory, store: Store
) -> None:
    model = get_session().get_service_model("ec2")
    for action, body in asyncio.run(answers_of_ec2(store)):
        shape, response = model.operation_model(action).output_shape, {"body": body, "headers": {}, "status_code": 200}
        answer = parsed(ours(), "ec2", response, shape)
        assert answer == parsed(theirs(), "ec2", response, shape)
        assert len(answer.get("VpnConnections", ())) == body.count(b"<vpnConnectionId>")


async def test_a_large_answer_of_ec2_that_cannot_be_read_is_that_error() -> None:
    model = get_session().get_service_model("ec2").operation_model("DescribeVpnConnections")
    parser = ParserFactory().create_parser("ec2")
    with pytest.raises(ResponseParserError):
        await parser.parse({"body": b"<r>" * 100_000, "headers": {}, "status_code": 200}, model.output_shape)


async def test_a_large_answer_that_is_given_up_before_a_thread_is_free_leaves_nothing_behind() -> None:
    busy, free = Event(), Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))

    def block() -> None:
        busy.set()
        free.wait(30)

    blocking = loop.run_in_executor(None, block)
    busy.wait(30)
    large: dict[str, Any] = {"body": b" " * 1_000_000, "headers": {}, "status_code": 200}
    reading = asyncio.create_task(ParserFactory().create_parser("ec2").parse(large, None))
    await asyncio.sleep(0)
    reading.cancel()
    free.set()
    await blocking
    with pytest.raises(asyncio.CancelledError):
        await reading
    del reading
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        gc.collect()
    assert warned == []


def contexts() -> set[int]:
    gc.collect()
    return {id(context) for context in gc.get_objects() if isinstance(context, SSLContext)}


async def test_clients_share_the_certificates_that_they_verify_by_and_leave_none_behind(endpoint: Endpoint) -> None:
    gc.unfreeze()  # a screen of an earlier test may have hidden a client that is garbage
    gc.collect()
    before, target = contexts(), AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)
    async with connect(target) as one, connect(target) as another:
        for aws in (one, another):
            await aws.call("ec2:DescribeVpnConnections")
            await aws.call("logs:DescribeLogGroups")
        assert len(contexts() - before) == 1
    assert contexts() == before
