"""The processor time of one refresh of the screen, in fleets of 20 to 5,000 tunnels: at rest and with events."""

import asyncio
import statistics
import time
from typing import Final

from tests.bench.table import Report
from tests.scenes import CHATTER, NOW, fleet, ike
from tui.app.app import TICK, TunnelwatchApp
from tui.domain.clock import ManualClock
from tui.domain.state.tunnel_state import Health
from tui.feed.source import Batch

TUNNELS: Final = (20, 200, 2_000, 5_000)
TICKS: Final = 20
"""So many refreshes are measured: as long as it takes until every row has been looked at again."""
EVENTS: Final = round(500 * TICK)
"""Events between two refreshes, where there are any."""


def run(report: Report) -> None:
    """Measure and report."""
    took = {tunnels: asyncio.run(_measured(tunnels)) for tunnels in TUNNELS}
    for tunnels, (rest, busy) in took.items():
        report(f"a refresh of {tunnels:,} tunnels, 120×40", rest, "ms", note=f"{busy:.1f} ms at 500 events/s")
    few, many = took[20], took[2_000]
    report("a refresh of 2,000 tunnels / of 20, at rest", many[0] / few[0], "×")
    report("a refresh of 2,000 tunnels / of 20, at 500 events/s", many[1] / few[1], "×")


async def _measured(tunnels: int) -> tuple[float, float]:
    """Return the median milliseconds of processor time of a refresh, at rest and with events."""
    pump, clock = fleet(tunnels // 2, down=range(0, tunnels // 2, 50)), ManualClock(NOW)
    app = TunnelwatchApp(pump, clock=clock, region="eu-west-1", scope="prod", utc=True)
    # Of those that are down, a line of DPD would say that they are up again.
    keys = [(tunnel.connection, tunnel.outside_ip) for tunnel in pump.fleet.tunnels if tunnel.health is Health.UP]
    # Each has logged before: after hours of silence, its first line changes what is known of it.
    pump.take(Batch(tuple(ike(CHATTER[0], ago=1, vpn=vpn, ip=ip) for vpn, ip in keys)))
    medians, number = [], 0
    async with app.run_test(size=(120, 40)) as pilot:
        await app.painted.wait()
        await pilot.pause()
        for events in (0, EVENTS):
            taken = []
            for _ in range(TICKS):
                clock.advance(TICK)
                batch = []
                for _ in range(events):
                    vpn, ip = keys[number * 7 % len(keys)]
                    batch.append(ike(CHATTER[number % len(CHATTER)], vpn=vpn, ip=ip, now=clock.now()))
                    number += 1
                pump.take(Batch(tuple(batch), watermark=clock.now()))
                begun = time.process_time()
                app.tick()
                taken.append((time.process_time() - begun) * 1e3)
                await pilot.pause()
            medians.append(statistics.median(taken))
    return medians[0], medians[1]
