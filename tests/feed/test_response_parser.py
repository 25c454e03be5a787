"""The short cut through botocore's parser changes nothing that is read."""

import json
from typing import Any

import pytest
from aiobotocore.parsers import AioResponseParserFactory
from botocore.session import get_session

from tests.feed.conftest import Reader, Writer, held, read_once, streams
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.feed.aws.errors import FeedError
from tui.feed.aws.response_parser import FastEventParserFactory

EVENT = {
    "logStreamName": "vpn-0a1b2c3d4e5f60718-203.0.113.17-IKE.log",
    "timestamp": 1_795_435_200_000,
    "ingestionTime": 1_795_435_201_000,
    "eventId": "37" * 28,
    "message": "AWS tunnel is sending DPD request é\u202e",
}


async def parse(factory: AioResponseParserFactory, answer: object) -> dict[str, Any]:
    model = get_session().get_service_model("logs")
    body = json.dumps(answer).encode()
    response = {"body": body, "headers": {}, "status_code": 200}
    shape = model.operation_model("FilterLogEvents").output_shape
    assert shape is not None
    parsed: dict[str, Any] = await factory.create_parser("json").parse(response, shape)
    return parsed


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [EVENT, EVENT], "nextToken": "more", "searchedLogStreams": [{"logStreamName": "a"}]},
        {"events": [], "nextToken": "more"},
        {"searchedLogStreams": []},
    ],
)
async def test_an_answer_is_read_as_botocore_reads_it(answer: object) -> None:
    assert await parse(FastEventParserFactory(), answer) == await parse(AioResponseParserFactory(), answer)


async def test_events_are_not_walked_through_field_by_field() -> None:
    strange = EVENT | {"more": 7}
    assert (await parse(FastEventParserFactory(), {"events": [strange]}))["events"] == [strange]
    assert (await parse(AioResponseParserFactory(), {"events": [strange]}))["events"] == [EVENT]


def answer_with(events: object, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    real = endpoint._logs.call

    def answer(action: str, request: Any) -> Any:
        said = real(action, request)
        return said | {"events": events} if action == "FilterLogEvents" and "endTime" not in request else said

    monkeypatch.setattr(endpoint._logs, "call", answer)


@pytest.mark.parametrize("events", [None, "text", 7, {"a": 1}])
async def test_an_answer_without_a_list_of_events_is_trouble(
    events: object, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write("a", stream=streams()[0], ago=60)
    answer_with(events, endpoint, monkeypatch)
    with pytest.raises(FeedError, match="not AWS's answer"):
        await read_once(endpoint)


async def test_events_of_the_wrong_shape_are_passed_over(
    store: Store, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write("a", stream=streams()[0], ago=60)
    answer_with([7, None, "x", {"timestamp": "x"}, {"message": []}], endpoint, monkeypatch)
    reader: Reader = await read_once(endpoint)
    assert reader.caught_up
    assert reader.histories == held(store)  # from the last lines of the stream, which came in their right shape
