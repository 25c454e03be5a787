"""The screen at 500 events a second, the newest of them numbered: `python -m tests.bench.numbered FILE`.

FILE gets a line for each number: the number, and the monotonic time in seconds at which the source yielded it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

from tests.scenes import ike
from tests.terminal.program import PLACES
from tui.app.run import Setting
from tui.app.terminal.display import Display
from tui.app.watch import Watch
from tui.cli.signals import on_ending_signal
from tui.domain.clock import SystemClock
from tui.feed.source import Batch

EACH: Final = 50
"""Events in a batch."""
EVERY: Final = 0.1
"""Seconds between two batches."""


class Numbered:
    """A source whose batches end with a numbered event."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def retry(self) -> None:
        """Do nothing, because nothing fails."""

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches until the screen is left."""
        clock = SystemClock()
        with self._file.open("w", buffering=1) as file:
            number = 0
            while True:
                number += 1
                now = clock.now()
                events = [ike("a line", vpn=vpn, ip=ip, now=now) for vpn, ip in (PLACES * 3)[: EACH - 1]]
                events.append(ike(f"numbered {number:06}", vpn=PLACES[0][0], ip=PLACES[0][1], now=now))
                file.write(f"{number} {time.monotonic()}\n")
                yield Batch(tuple(events), watermark=now, caught_up=True)
                await asyncio.sleep(EVERY)


if __name__ == "__main__":
    setting = Setting(Display(utc=True), SystemClock(), on_ending_signal)
    Watch(source=Numbered(Path(sys.argv[1])), setting=setting).show()
