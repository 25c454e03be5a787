"""A single read of the look-back, for the commands that print and end."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from tui.cli.completion import remember_selectors
from tui.cli.process import Ending, run_until_signal

if TYPE_CHECKING:
    from tui.feed.pump import Pump
    from tui.feed.source import Source


def read_once(source: "Source", *, then: str) -> "Pump | None":
    """Return the pump after reading the source to its end; None if a signal ended it before.

    `then` names the module that is needed next. Loading it, the catalogue and the fleet takes 90 ms, which pass while
    AWS answers the first calls.
    """
    from tui.feed.source import begun

    pumps: list[Pump] = []

    async def read() -> None:
        async with begun(source) as begun_source:
            await asyncio.wait([begun_source.first])  # loading it before the calls would only delay them
            pump = await asyncio.to_thread(_new_pump, begun_source, then)
            await pump.run()
            pumps.append(pump)

    return pumps[0] if run_until_signal(read) is Ending.DONE else None


def _new_pump(source: "Source", then: str) -> "Pump":
    from tui.domain.knowledge.catalogue_file import load
    from tui.domain.state.fleet import Fleet
    from tui.feed.pump import Pump

    pump = Pump(source, Fleet(load()), sinks=[remember_selectors])
    import_module(then)
    return pump
