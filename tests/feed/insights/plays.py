"""Scenarios that were played for some hours, and the reports on them by either engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.feed.conftest import QUICK
from tui.content.report.report import report_of
from tui.content.report.values import Report
from tui.demo.scenarios.player import Player
from tui.demo.scenarios.scenario_file import load_scenario
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock, SystemClock
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.times import HOUR
from tui.feed.aws.target import AwsTarget
from tui.feed.insights.look_back import InsightsLookBack, InsightsOptions
from tui.feed.pump import Pump
from tui.feed.tail.tailer import Tailer

EVERYTHING = 10**6
"""Kilobytes of lines that are held, so that what is compared is what was read."""


class Play:
    """An endpoint with what a scenario has written until now, and the beginning of its log."""

    def __init__(self, endpoint: Endpoint, now: int, hours: float) -> None:
        self.endpoint = endpoint
        self.now = now
        self.since = now - round((hours + 0.4) * HOUR)

    async def pump(self, look_back: InsightsLookBack | None = None, *, selectors: tuple[str, ...] = ()) -> Pump:
        """Read all of it, with Insights if a look-back is given."""
        target = AwsTarget(region="eu-west-1", endpoint_url=self.endpoint.url)
        tailer = Tailer(
            target,
            since=self.since,
            follow=False,
            timing=QUICK,
            seed=1,
            look_back=look_back,
            selectors=selectors,
        )
        pump = Pump(tailer, Fleet(load(), retained=EVERYTHING, most_each=EVERYTHING))
        await pump.run()
        return pump

    async def report(self, look_back: InsightsLookBack | None = None, *, selectors: tuple[str, ...] = ()) -> Report:
        """Return the report on all of it."""
        return report_of(await self.pump(look_back, selectors=selectors), since=self.since, now=self.now)


@asynccontextmanager
async def play(scenario: str, *, hours: float, faults: str = "") -> AsyncIterator[Play]:
    """Yield an endpoint on which a scenario has been played for this many hours until now."""
    now = SystemClock().now() // 1000 * 1000
    clock = ManualClock(now - round(hours * HOUR))
    store = Store(clock=clock)
    player = Player(load_scenario(scenario), store)
    player.begin()
    while clock.now() < now:
        clock.advance(min(300.0, (now - clock.now()) / 1000))
        player.advance()
    store.clock = SystemClock()
    async with Endpoint(store, faults=Faults.parse(faults)) as endpoint:
        yield Play(endpoint, now, hours)


def quick(*, limit: int = 10_000, most_bytes: int | None = None) -> InsightsLookBack:
    """Return a look-back by Insights that does not wait long for an endpoint on loopback."""
    return InsightsLookBack(
        InsightsOptions(limit=limit, most_bytes=most_bytes, first_pause=0.002, longest_pause=0.01, starts=3)
    )
