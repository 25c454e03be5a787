"""Detects that events may have been missed: the machine slept, a clock was set, a session missed its heartbeat."""

import asyncio
import logging
from typing import NoReturn

from tui.domain.clock import Clock
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.interruptions")


async def watch_clocks(progress: FeedProgress, timing: Timing, clock: Clock) -> NoReturn:
    """Request a deep read of every group if the machine slept or its clock was set; runs until cancelled."""
    while True:
        wall, steady = clock.now(), clock.monotonic()
        await asyncio.sleep(timing.tick)
        passed = clock.monotonic() - steady
        step = (clock.now() - wall) / 1000 - passed
        if passed > timing.tick + timing.heartbeat_gap or abs(step) > timing.heartbeat_gap:
            log.info("interrupted: %.1f s passed, the clock stepped by %.1f s", passed, step)
            progress.note_gap(progress.groups, deep=True)


async def watch_heartbeats(progress: FeedProgress, timing: Timing, clock: Clock) -> NoReturn:
    """Request a read of the groups of each session that is silent for a while; runs until cancelled."""
    while True:
        await asyncio.sleep(timing.tick)
        for scope in progress.sessions.take_silent(before=clock.monotonic() - timing.heartbeat_gap):
            log.info("%s: no update for more than %.1f s", scope, timing.heartbeat_gap)
            progress.note_gap([group.name for group in scope.groups])
