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
    """A running demo and what a client needs in order to read from it."""

    url: str
    region: str
    log_groups: tuple[str, ...]
    endpoint: "Endpoint"
    sites: "tuple[ScenarioSite, ...]" = ()
    """The demo's accounts and regions if it has several; the first is the one that watches."""


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
    """Yield a demo that runs until the block ends; `port` 0 picks a free one.

    `capacity` limits the events kept per log group, but never below what a group starts with; the default is the limit
    of a standalone endpoint.

    Raises UnknownScenario, ValueError for a speed of 0 or less, and OSError if the port is taken, each before anything
    is opened.
    """
    loaded = await asyncio.to_thread(load_scenario, scenario)
    from tui.demo.scenarios.hosting import players_of
    from tui.demo.server.endpoint import Endpoint

    players, hosted = players_of(loaded, clock or SystemClock(), speed=speed)
    # In a thread: writing the history of 200 tunnels takes most of a second, and the screen may share this event loop.
    for player in players:
        await asyncio.to_thread(player.begin)
    if capacity is not None:
        for site in hosted:
            groups = site.store.groups.values()
            site.store.capacity = max(capacity, *(len(group.events) for group in groups), 0)
    async with Endpoint.of(hosted, port=port, faults=faults) as endpoint:
        playing = [asyncio.create_task(player.run()) for player in players]
        try:
            yield RunningDemo(endpoint.url, endpoint.region, loaded.log_groups, endpoint, loaded.sites)
        finally:
            for task in playing:
                task.cancel()
            await asyncio.gather(*playing, return_exceptions=True)
