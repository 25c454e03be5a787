"""Log groups: the meaning of their names, and the limits of a search for them."""

import pytest
from aiohttp import web

from tests.factories import stream_of
from tests.feed.bent import bent_endpoint
from tests.feed.conftest import read_once, vpn_id
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.feed.aws.client import connect
from tui.feed.inventory.log_groups import LogGroup, find_vpn_groups, read_group

ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:/vpn/ike"


@pytest.mark.parametrize(
    ("identifier", "group"),
    [
        ("/vpn/ike", LogGroup("/vpn/ike")),
        (ARN, LogGroup("/vpn/ike", ARN)),
        (f" {ARN}:* ", LogGroup("/vpn/ike", ARN)),
        ("123456789012:/vpn/ike", LogGroup("/vpn/ike")),
    ],
)
def test_a_group_is_named_in_each_of_the_ways_of_aws(identifier: str, group: LogGroup) -> None:
    assert read_group(identifier) == group


async def test_of_many_groups_with_vpn_in_their_name_a_few_are_asked_for_streams(
    store: Store, endpoint: Endpoint
) -> None:
    store.connections = {}
    for number in range(60):
        store.create_stream(f"/vpn/{number:02d}", stream_of("203.0.113.1", vpn=vpn_id()))
    await read_once(endpoint)
    assert endpoint.calls["DescribeLogGroups"] == 4  # two pages of them, and no other spelling
    assert 25 <= endpoint.calls["DescribeLogStreams"] <= 25 + 25  # to find the groups, then one for each that is read


async def test_a_search_whose_pages_never_end_ends() -> None:
    pages = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal pages
        pages += 1
        return web.json_response({"logGroups": [], "nextToken": f"page {pages}"})

    async with bent_endpoint(endless) as bent, connect(bent.target) as aws:
        assert await find_vpn_groups(aws) == ()
    assert pages == 3 * 20
