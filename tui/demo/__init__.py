"""A server on loopback that speaks the AWS protocols, and the scenarios that it plays.

    async with demo(scenario="cutover") as running:
        ...  # point any AWS client at running.url

Importing this loads neither aiohttp nor botocore (280 ms); starting the server does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.demo.scenarios.scenario_file import DEFAULT, ScenarioSummary, UnknownScenario, load_scenario, scenarios
from tui.demo.server.faults import FaultError, Faults, describe_faults
from tui.domain.clock import Clock, SystemClock

if TYPE_CHECKING:
    from tui.demo.scenarios.scenario import ScenarioSite
    from tui.demo.server.endpoint import Endpoint

__all__ = [
    "DEFAULT",
    "FaultError",
    "Faults",
    "RunningDemo",
    "ScenarioSummary",
    "UnknownScenario",
    "demo",
    "describe_faults",
    "load_scenario",
    "scenarios",
]


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """A running demo, with what a client needs to know to read it."""

    url: str
    region: str
    log_groups: tuple[str, ...]
    endpoint: "Endpoint"
    sites: "tuple[ScenarioSite, ...]" = ()
    """The accounts and regions, where there are several; the first is the one that watches."""


@asynccontextmanager
async def demo(
    *,
    scenario: str = DEFAULT,
    speed: float = 1.0,
    port: int = 0,
    faults: Faults | None = None,
    clock: Clock | None = None,
    capacity: int | None = None,
) -> AsyncIterator[RunningDemo]:
    """Yield a demo that runs until the block ends; `port` 0 takes a free one.

    `capacity` is how many events of each log group are kept, and no fewer than there are at the beginning; without, as
    many as an endpoint on its own keeps.

    Raises UnknownScenario, ValueError for a speed that is not above 0, and OSError where the port is taken, all before
    anything is open.
    """
    loaded = await asyncio.to_thread(load_scenario, scenario)
    from tui.demo.scenarios.hosting import players_of
    from tui.demo.server.endpoint import Endpoint

    players, hosted = players_of(loaded, clock or SystemClock(), speed=speed)
    # In a thread: the history of 200 tunnels takes most of a second, and the screen's loop may be this one.
    for player in players:
        await asyncio.to_thread(player.begin)
    if capacity is not None:
        for site in hosted:
            groups = site.store.groups.values()
            site.store.capacity = max(capacity, *(len(group.events) for group in groups), 0)
    async with Endpoint.of(hosted, port=port, faults=faults) as endpoint:
        playing = [asyncio.create_task(player.go_on()) for player in players]
        try:
            yield RunningDemo(endpoint.url, endpoint.region, loaded.log_groups, endpoint, loaded.sites)
        finally:
            for task in playing:
                task.cancel()
            await asyncio.gather(*playing, return_exceptions=True)
