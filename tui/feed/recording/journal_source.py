"""A source that replays what a watch has seen so far, and then continues with the watch."""

import asyncio
from collections.abc import AsyncGenerator

from tui.domain.clock import Clock
from tui.domain.state.fleet import Applied
from tui.feed.pump import Pump
from tui.feed.recording.format import Recorded
from tui.feed.recording.journal import Journal, held_by
from tui.feed.source import Batch


class JournalSource:
    """Replays the batches of a pump from its journal, then yields each new one.

    As a clock it shows the arrival time of the last batch yielded, and once it has caught up, the underlying clock's
    time. `is_level` is set at that moment.
    """

    def __init__(self, pump: Pump, journal: Journal, clock: Clock) -> None:
        self.is_level = asyncio.Event()
        self._pump = pump
        self._journal = journal
        self._clock = clock
        self._t: int | None = journal.begin
        self._went_on = asyncio.Event()

    def __repr__(self) -> str:
        return f"JournalSource({self._journal!r})"

    def now(self) -> int:
        """Return the arrival time of the last batch yielded, ms."""
        return self._clock.now() if self._t is None else self._t

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def retry(self) -> None:
        """Let the pump's own source retry."""
        self._pump.retry()

    def _notice(self, batch: Batch, applied: Applied) -> None:
        self._went_on.set()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches until the consumer closes the iterator."""
        known, cursor = self._journal.stations[0].depart(self._journal.catalogue)
        self._pump.add_sink(self._notice)
        try:
            for batch in held_by(known):
                yield batch
            while True:
                read = cursor.next()
                if read is None:
                    self._t = None
                    self.is_level.set()
                    await self._went_on.wait()
                    self._went_on.clear()
                elif isinstance(read, Recorded) and read.batch is not None:
                    self._t = read.t
                    yield read.batch
        finally:
            self._pump.remove_sink(self._notice)
