"""The app and the feed, run beside each other: neither outlives the other, and the terminal is restored in any case."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from tui.app.app import TunnelwatchApp

Feed = Callable[[], Awaitable[None]]
"""Reads until it is cancelled, or its source ends."""

_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)


async def run(app: TunnelwatchApp, feed: Feed, *, mouse: bool = True) -> int:
    """Return the exit code once the reader quits, or SIGTERM or SIGHUP comes.

    `feed` starts after the first paint, so that whatever it imports or builds never delays that; it stands outside
    the app, so that its clean-up (sessions at the server) is waited for. An error of the feed or of the app is raised
    here, after the terminal was restored.
    """
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(app, feed))
        with _endings(app):
            code = await app.run_async(mouse=mouse)
        reading.cancel()
    if app.failure is not None:
        raise app.failure
    return code or 0


async def _read(app: TunnelwatchApp, feed: Feed) -> None:
    await app.painted.wait()
    try:
        await feed()
    except Exception as error:
        # Raised by `run` when the screen is down. To let it out here would cancel the app in the middle of a frame.
        app.fail(error)


@contextmanager
def _endings(app: TunnelwatchApp) -> Iterator[None]:
    """Turn the signals that end a program into leaving the app; by default they leave the terminal in ruins."""
    loop = asyncio.get_running_loop()
    for each in _ENDINGS:
        loop.add_signal_handler(each, app.exit, 0)
    try:
        yield
    finally:
        for each in _ENDINGS:
            loop.remove_signal_handler(each)
