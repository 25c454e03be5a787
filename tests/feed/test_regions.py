"""Every region of an account: those with connections are found in few calls, denied ones are reported once."""

from collections.abc import AsyncIterator

import pytest

from tests.demo.conftest import vpn
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.regions import Regions, short_region, vpn_regions


def holding(number: int) -> Store:
    store = Store()
    store.connections[vpn(number).id] = vpn(number)
    return store


@pytest.fixture
async def hosting() -> AsyncIterator[Endpoint]:
    """An account with connections in two regions, an empty third, and a fourth that the organization denies."""
    hosted = [
        Hosted(Account("ap-northeast-1"), holding(1)),
        Hosted(Account("us-east-1")),
        Hosted(Account("sa-east-1"), holding(2), is_denied=True),
    ]
    async with Endpoint(holding(0), hosted=hosted) as endpoint:
        yield endpoint


async def found(endpoint: Endpoint) -> Regions:
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        return await vpn_regions(aws)


async def test_the_regions_with_connections_are_found_with_one_call_each(hosting: Endpoint) -> None:
    regions = await found(hosting)
    assert regions.names == ("ap-northeast-1", "eu-west-1")
    assert (hosting.calls["DescribeRegions"], hosting.calls["DescribeVpnConnections"]) == (1, 4)


async def test_regions_that_are_denied_are_one_line(hosting: Endpoint) -> None:
    assert (await found(hosting)).notices == ("Regions that are left out: sa-east-1 (access denied).",)


@pytest.mark.parametrize("denied", ["ec2:DescribeRegions", "ec2:DescribeVpnConnections"])
async def test_an_account_that_may_not_be_asked_at_all_is_an_error(hosting: Endpoint, denied: str) -> None:
    hosting.faults = Faults(action_denied=denied)
    with pytest.raises(FeedError, match=f"Access denied: {denied}"):
        await found(hosting)


@pytest.mark.parametrize(
    ("region", "short"),
    [
        ("eu-west-1", "euw1"),
        ("ap-northeast-1", "apne1"),
        ("us-gov-east-1", "usge1"),
        ("ca-central-1", "cac1"),
        ("us-iso-east-1", "us-iso-east-1"),
        ("nowhere", "nowhere"),
    ],
)
def test_a_region_is_shortened_as_aws_does_in_the_ids_of_its_zones(region: str, short: str) -> None:
    assert short_region(region) == short
