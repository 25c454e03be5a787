"""The estimate of a look-back: each group's share for its time, and what is said if that is unknown."""

import pytest

from tests.accounts import GROUP, account
from tests.factories import stream_of
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.domain.clock import SystemClock
from tui.domain.times import DAY
from tui.feed.aws.target import AwsTarget
from tui.feed.insights.cost import GIGABYTE, usd
from tui.feed.insights.scope import Scope, find_scope


async def scope(
    *, days: int = 10, made: int = 40, retention: int | None = None, denied: str = "", selectors: tuple[str, ...] = ()
) -> Scope:
    """Return the scope of some days of a group that was created this many days ago and holds 4,000 bytes."""
    store, clock = account(), SystemClock()
    now = clock.now()
    group = store.groups[GROUP]
    group.created_at, group.retention_days, group.size = now - made * DAY, retention, 4_000
    async with Endpoint(store, faults=Faults(action_denied=denied)) as endpoint:
        target = AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)
        return await find_scope(target, selectors=selectors, log_groups=(), since=now - days * DAY, clock=clock)


@pytest.mark.parametrize(
    ("days", "made", "retention", "expected"),
    [(10, 40, None, 1_000), (10, 5, None, 4_000), (10, 40, 20, 2_000), (30, 40, 14, 4_000)],
)
async def test_days_count_alike_since_the_group_was_made_or_its_retention_began(
    days: int, made: int, retention: int | None, expected: int
) -> None:
    found = await scope(days=days, made=made, retention=retention)
    assert found.bytes == pytest.approx(expected, rel=0.01)
    assert (found.region, found.groups, found.unsized) == ("eu-west-1", (GROUP,), ())


async def test_a_size_that_may_not_be_asked_for_is_said_to_be_unknown() -> None:
    found = await scope(denied="logs:DescribeLogGroups")
    assert (found.bytes, found.unsized) == (0, (GROUP,))


async def test_what_is_selected_is_named_by_its_streams() -> None:
    assert (await scope(selectors=("hq",))).streams == frozenset({stream_of()})
    assert (await scope()).streams is None
    assert (await scope(selectors=("hq",), denied="logs:DescribeLogStreams")).streams is None


def test_a_gigabyte_costs_what_the_region_takes_for_it() -> None:
    assert usd(2 * GIGABYTE, "us-east-1") == pytest.approx(0.01)
    assert usd(GIGABYTE, "ap-northeast-1") == pytest.approx(0.0076)
