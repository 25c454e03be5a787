"""Ends Live Tail when a run has used as much of it as the user allows."""

import asyncio

from tui.feed.aws.meter import LiveLimit
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.timing import Timing


async def watch_live_limit(progress: FeedProgress, limit: LiveLimit, timing: Timing) -> None:
    """Wait until the limit is reached, then switch the groups to polling and return."""
    while True:
        if limit.left == 0:
            break
        await asyncio.sleep(timing.tick)
    await progress.end_live(
        f"Live Tail was open for the {limit.minutes:g} minutes that --live-limit allows. "
        f"Polling every {timing.poll_every:.0f} s instead."
    )
