"""The calls of Logs Insights, by a real client over a real socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.demo.conftest import arn, connected
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock

GROUP = "/vpn/insights"
AT = 1_782_000_000_000
SECOND = AT // 1000
WHOLE = {"startTime": SECOND, "endTime": SECOND + 60}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AT)


@pytest.fixture
async def queries(clock: ManualClock) -> AsyncIterator[tuple[Endpoint, Any]]:
    store = Store(clock=clock)
    for stream in ("a", "b"):
        store.put(GROUP, stream, [(AT + number * 1000, f"line {number}") for number in range(10)])
    async with Endpoint(store) as endpoint, connected(endpoint) as client:
        yield endpoint, client


async def ask(client: Any, query: str = "fields @message", **options: Any) -> dict[str, Any]:
    started = await client.start_query(queryString=query, **{"logGroupName": GROUP, **WHOLE, **options})
    answer: dict[str, Any] = await client.get_query_results(queryId=started["queryId"])
    return answer


Queries = tuple[Endpoint, Any]


@asynccontextmanager
async def refused(code: str, says: str = "") -> AsyncIterator[None]:
    with pytest.raises(ClientError, match=says or None) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


async def test_a_query_answers_with_rows_and_with_what_it_scanned(queries: Queries) -> None:
    _, client = queries
    answer = await ask(client, 'fields @message, @logStream | filter @message like "line 3"')
    assert answer["status"] == "Complete"
    rows = [{item["field"]: item["value"] for item in row} for row in answer["results"]]
    assert [(row["@message"], row["@logStream"]) for row in rows] == [("line 3", "a"), ("line 3", "b")]
    assert len({row["@ptr"] for row in rows}) == 2
    statistics = answer["statistics"]
    assert (statistics["recordsScanned"], statistics["recordsMatched"]) == (20, 2)
    assert statistics["bytesScanned"] == 20 * (len("line 0") + 26)


async def test_the_range_is_in_seconds_and_both_its_ends_belong_to_it(queries: Queries) -> None:
    _, client = queries
    answer = await ask(client, startTime=SECOND + 2, endTime=SECOND + 4)
    assert len(answer["results"]) == 2 * 3


async def test_the_index_on_the_stream_skips_the_others(queries: Queries) -> None:
    _, client = queries
    statistics = (await ask(client, 'fields @message | filter @logStream in ["a"]'))["statistics"]
    assert (statistics["recordsScanned"], statistics["estimatedRecordsSkipped"]) == (10, 10)


@pytest.mark.parametrize(
    "groups", [{"logGroupNames": [GROUP]}, {"logGroupIdentifiers": [GROUP]}, {"logGroupIdentifiers": [arn(GROUP)]}]
)
async def test_groups_are_named_in_three_ways(queries: Queries, groups: dict[str, Any]) -> None:
    _, client = queries
    started = await client.start_query(queryString="limit 5", **WHOLE, **groups)
    assert len((await client.get_query_results(queryId=started["queryId"]))["results"]) == 5


async def test_long_results_come_in_pages(queries: Queries) -> None:
    _, client = queries
    started = await client.start_query(queryString="fields @message", logGroupName=GROUP, **WHOLE)
    pages = []
    token: dict[str, str] = {}
    while True:
        page = await client.get_query_results(queryId=started["queryId"], maxItems=8, **token)
        pages.append(len(page["results"]))
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert pages == [8, 8, 4]


async def test_a_query_that_runs_has_no_rows_yet_and_can_be_stopped_once(queries: Queries) -> None:
    endpoint, client = queries
    endpoint.faults = Faults(query_slow=5)
    started = await client.start_query(queryString="limit 5", logGroupName=GROUP, **WHOLE)
    running = await client.get_query_results(queryId=started["queryId"])
    assert (running["status"], running["results"], endpoint.queries_open) == ("Running", [], 1)
    assert (await client.stop_query(queryId=started["queryId"]))["success"] is True
    assert (await client.get_query_results(queryId=started["queryId"]))["status"] == "Cancelled"
    assert endpoint.queries_open == 0
    async with refused("InvalidParameterException", "not running"):
        await client.stop_query(queryId=started["queryId"])


async def test_a_query_is_over_after_its_time(queries: Queries, clock: ManualClock) -> None:
    endpoint, client = queries
    endpoint.faults = Faults(query_slow=5)
    started = await client.start_query(queryString="limit 5", logGroupName=GROUP, **WHOLE)
    clock.advance(6)
    assert (await client.get_query_results(queryId=started["queryId"]))["status"] == "Complete"


@pytest.mark.parametrize(("faults", "status"), [(Faults(query_fail=1), "Failed"), (Faults(query_timeout=1), "Timeout")])
async def test_a_query_can_fail_or_time_out(queries: Queries, faults: Faults, status: str) -> None:
    endpoint, client = queries
    endpoint.faults = faults
    answer = await ask(client)
    assert (answer["status"], answer["results"]) == (status, [])


async def test_ten_queries_a_second_may_be_started(queries: Queries, clock: ManualClock) -> None:
    _, client = queries
    for _ in range(10):
        await ask(client)
    async with refused("ThrottlingException"):
        await ask(client)
    clock.advance(1)
    await ask(client)


async def test_more_queries_at_once_than_the_account_may_run_are_refused(queries: Queries) -> None:
    endpoint, client = queries
    endpoint.faults = Faults(query_slow=5, query_concurrent=2)
    await ask(client)
    await ask(client)
    async with refused("LimitExceededException", "concurrency limit of .2. reached"):
        await ask(client)


async def test_the_queries_are_listed_newest_first(queries: Queries) -> None:
    _, client = queries
    await ask(client, "limit 1")
    await ask(client, "limit 2")
    listed = (await client.describe_queries(logGroupName=GROUP, status="Complete"))["queries"]
    assert [query["queryString"] for query in listed] == ["limit 2", "limit 1"]


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ({"logGroupName": "/nosuch"}, "ResourceNotFoundException", "log group does not exist"),
        ({"query": "pattern @message"}, "MalformedQueryException", "'pattern' is not supported"),
        ({"startTime": 0, "endTime": SECOND - 1}, "MalformedQueryException", "before the log groups creation time"),
        ({"startTime": SECOND + 61}, "InvalidParameterException", "End time should not be less"),
        ({"logGroupNames": [GROUP]}, "InvalidParameterException", "Exactly one of"),
        ({"queryLanguage": "SQL"}, "InvalidParameterException", "Only the query language CWLI"),
    ],
)
async def test_what_cannot_be_run_is_refused(queries: Queries, options: dict[str, Any], code: str, says: str) -> None:
    _, client = queries
    async with refused(code, says):
        await ask(client, **options)


async def test_a_query_that_is_not_known_is_not_found(queries: Queries) -> None:
    _, client = queries
    calls: list[Callable[..., Any]] = [client.get_query_results, client.stop_query]
    for call in calls:
        async with refused("ResourceNotFoundException", "query does not exist"):
            await call(queryId="nosuch")


async def test_a_group_that_may_not_be_read_is_denied(queries: Queries) -> None:
    endpoint, client = queries
    endpoint.faults = Faults(group_denied="/vpn/*")
    async with refused("AccessDeniedException", "logs:StartQuery"):
        await ask(client)


async def test_a_group_of_infrequent_access_can_be_queried(queries: Queries) -> None:
    endpoint, client = queries
    endpoint.store.create_group("/rare", log_class="INFREQUENT_ACCESS")
    assert (await ask(client, logGroupName="/rare"))["status"] == "Complete"
