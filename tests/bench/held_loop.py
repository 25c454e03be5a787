"""How long single callbacks hold an event loop, in which no key is answered."""

import asyncio
import time
from typing import NamedTuple


class Held(NamedTuple):
    """One callback: when it ended, by the wall clock, how long it took, and how much of that it computed, seconds."""

    at: float
    took: float
    computed: float


class HeldLoop:
    """Times each callback of all loops of this process from now on, and keeps the `most` longest."""

    def __init__(self, *, most: int = 200, least: float = 0.02) -> None:
        self.longest: list[Held] = []
        self._most = most
        self._least = least
        run = asyncio.Handle._run

        def timed_run(handle: asyncio.Handle) -> None:
            began, computed = time.perf_counter(), time.thread_time()
            run(handle)
            took = time.perf_counter() - began
            if took >= self._least:
                self._note(Held(time.time(), took, time.thread_time() - computed))

        asyncio.Handle._run = timed_run  # type: ignore[assignment, method-assign]  # nothing else sees all of them

    def _note(self, held: Held) -> None:
        self.longest.append(held)
        if len(self.longest) > 2 * self._most:
            self.longest = sorted(self.longest, key=lambda each: -each.took)[: self._most]
