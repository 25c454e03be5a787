"""The app and the feed, run beside each other: neither outlives the other, and the terminal is restored in any case."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from tui.app.app import TunnelwatchApp
from tui.app.driver import TerminalDriver
from tui.app.terminal import describe_terminal
from tui.domain.clock import Clock

if TYPE_CHECKING:
    from tui.feed.source import Source

Feed = Callable[[], Awaitable[None]]
"""Reads until it is cancelled, or its source ends."""

_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)


COULD_NOT: Final = 3


class Display(Protocol):
    """How the reader wants the screen drawn."""

    @property
    def no_mouse(self) -> bool: ...

    @property
    def ascii_only(self) -> bool: ...

    @property
    def utc(self) -> bool: ...

    @property
    def cgw(self) -> str | None: ...


def show(source: "Source", *, display: Display, clock: Clock, region: str = "", scope: str = "") -> int:
    """Show what a source brings until the reader quits; return the exit code.

    Where no screen can be drawn, one line on stderr says so. Whatever unforeseen ends it is raised when the terminal is
    restored.
    """
    # Textual draws on stderr, so that stdout is free for data, and it reads the keys from stdin.
    terminal = describe_terminal(os.environ, sys.stderr)
    refusal = terminal.refusal or describe_terminal(os.environ, sys.stdin).refusal
    if refusal:
        sys.stderr.write(f"tunnelwatch: {refusal}\n")
        return COULD_NOT
    app = TunnelwatchApp(
        clock=clock,
        region=region,
        scope=scope,
        utc=display.utc,
        device=display.cgw,
        ascii=display.ascii_only or not terminal.is_utf8,
        colours=terminal.colours,
        driver_class=TerminalDriver,
    )

    async def feed() -> None:
        from tui.domain.catalogue_file import load
        from tui.domain.fleet import Fleet
        from tui.feed.pump import Pump

        catalogue = await asyncio.to_thread(load)
        pump = Pump(source, Fleet(catalogue))
        app.attach(pump)
        await pump.run()

    return asyncio.run(run(app, feed, mouse=not display.no_mouse))


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
