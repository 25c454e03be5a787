"""Runs a pump until something is decided, or the time is up."""

import asyncio
from collections.abc import Callable
from typing import Final

from tui.feed.pump import Pump

TICK: Final = 0.5
"""Seconds between two checks of the clock."""


async def pump_until(is_decided: Callable[[], bool], pump: Pump, *, tick: Callable[[], object]) -> None:
    """Run the pump until `is_decided`, or until its source ends; call `tick` every half second.

    Raises whatever the source raises. The source is closed in every case, and with it its sessions at the server.
    """
    reading = asyncio.create_task(pump.run())
    try:
        while not is_decided():
            await asyncio.wait({reading}, timeout=TICK)
            if reading.done():
                reading.result()
                return
            tick()
    finally:
        reading.cancel()
        await asyncio.wait([reading])
