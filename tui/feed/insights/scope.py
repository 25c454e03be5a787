"""The scope of a look-back by Insights: log groups, streams and time, and the estimated size."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.domain.clock import Clock
from tui.feed.aws.client import Aws, Heard, connect
from tui.feed.aws.target import AwsTarget
from tui.feed.insights import queries
from tui.feed.insights.cost import described_group, share, usd
from tui.feed.insights.engine import MOST_ROWS
from tui.feed.insights.look_back import chosen_streams
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Surveyor
from tui.feed.tail.budgets import Budgets
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.timing import Timing


@dataclass(frozen=True, slots=True)
class Scope:
    """What to read of one account and region, from `since` to `until`, ms.

    `bytes` is estimated from the groups' sizes as if every day were equal; the selected streams have less. The sizes of
    the groups in `unsized` are unknown. `notice` says why there is nothing to read.
    """

    region: str
    groups: tuple[str, ...]
    streams: frozenset[str] | None
    since: int
    until: int
    bytes: int = 0
    unsized: tuple[str, ...] = ()
    notice: str = ""

    @property
    def usd(self) -> float:
        """The approximate cost in US dollars."""
        return usd(self.bytes, self.region)

    @property
    def query(self) -> str:
        """The query for the lines that change states, ready to be pasted into the console."""
        return queries.informative_lines(self.streams, MOST_ROWS)


async def find_scope(
    target: AwsTarget,
    *,
    selectors: Sequence[str],
    log_groups: Sequence[str],
    since: int,
    clock: Clock,
    heard: Heard | None = None,
    asks_ec2: bool = False,
) -> Scope:
    """Return the scope of a look-back from `since` (ms); the other parameters are those of the `Tailer` that reads it.

    Raises FeedError if it cannot be determined.
    """
    until = clock.now()
    async with connect(target, clock=clock, in_threads=True, heard=heard) as aws:
        surveyor = Surveyor(selectors=selectors, log_groups=log_groups, wants_arns=False, asks_ec2=asks_ec2)
        plan = await surveyor.survey(aws)
        groups = tuple(plan.groups.values())
        streams = await chosen_streams(aws, groups, plan, _budget(clock))
        read = groups if streams is None or streams else ()
        sizes = {group.name: await _size(aws, group, since=since, until=until) for group in read}
        return Scope(
            aws.target.region or "",
            tuple(plan.groups),
            streams,
            since,
            until,
            sum(size or 0 for size in sizes.values()),
            tuple(name for name, size in sizes.items() if size is None),
            plan.reason,
        )


def _budget(clock: Clock) -> TokenBucket:
    import random

    budgets = Budgets(clock, Timing(), random.Random())  # noqa: S311 - spreads retries, keeps no secret
    return budgets.of(10, 10)


async def _size(aws: Aws, group: LogGroup, *, since: int, until: int) -> int | None:
    """Return the approximate number of a group's bytes within that time, None if AWS reports no size."""
    described = await described_group(aws, group)
    return None if described is None else share(described, since=since, until=until)
