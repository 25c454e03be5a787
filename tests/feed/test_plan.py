"""What there is to watch: log groups of whatever account and partition."""

from typing import Any

import pytest

from tests.feed.conftest import IKE, Writer, reading
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.feed_state import FeedMode
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.plan import Surveyor


async def test_a_group_that_another_account_shares_is_asked_for_by_its_arn_alone(
    store: Store, writer: Writer, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}"
    endpoint._account = Account(id="210987654321")  # who asks, as STS says, is not who has the group
    asked: list[tuple[str | None, str | None]] = []
    real = endpoint._logs.call

    def answer(action: str, request: Any) -> Any:
        asked.append((request.get("logGroupName"), request.get("logGroupIdentifier")))
        return real(action, request)

    monkeypatch.setattr(endpoint._logs, "call", answer)
    writer.write("before", ago=60)
    async with reading(endpoint, log_groups=(arn,)) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        writer.write("now")
        await reader.until_all_of(store)
        assert reader.state.account == "123456789012"
    assert set(asked) == {(None, arn)}


async def test_a_group_of_our_own_is_asked_for_by_its_name(endpoint: Endpoint) -> None:
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}"
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        plan = await Surveyor(selectors=(), log_groups=(arn,), wants_arns=True).survey(aws)
    assert plan.groups[IKE].reference == {"logGroupName": IKE}


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
async def test_an_arn_that_may_not_be_looked_up_is_made_for_the_partition_of_the_region(
    region: str, partition: str, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults(action_denied="logs:DescribeLogGroups")
    async with connect(AwsTarget(region=region, endpoint_url=endpoint.url)) as aws:
        plan = await Surveyor(selectors=(), log_groups=(IKE,), wants_arns=True).survey(aws)
    assert plan.groups[IKE].arn == f"arn:{partition}:logs:{region}:123456789012:log-group:{IKE}"
