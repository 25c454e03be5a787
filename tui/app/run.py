"""Runs the app and the feed together: neither outlives the other, and the terminal is always restored."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TextIO

from tui.app import keys
from tui.app.app import TunnelwatchApp
from tui.app.driver import TerminalDriver
from tui.app.examinations import Examine
from tui.app.loading import garbage_kept_for
from tui.app.terminal.display import Display
from tui.app.terminal.terminal import BROWSER, Terminal, describe_terminal, screen_output
from tui.app.terminal.theme import ThemeName, usual_theme
from tui.content.console_links import wants_links
from tui.domain.clock import Clock

if TYPE_CHECKING:
    from tui.app.terminal.background_query import BackgroundQuery

_LOADING: Final = 3.0
"""Seconds within which the first states usually arrive."""
Feed = Callable[[], Awaitable[None]]
"""Reads until it is cancelled, or its source ends."""
OnSignal = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Registers a callback for the signals that end the program, within a block."""


class NoScreenError(Exception):
    """No screen can be drawn here; the message says why and what works instead."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how a screen is drawn, and what its header says: the region, and the `scope` beside it.

    `query` has asked the terminal for its background.
    """

    display: Display
    clock: Clock
    on_ending_signal: OnSignal
    region: str = ""
    scope: str = ""
    query: "BackgroundQuery | None" = None


def _usable(output: TextIO | None) -> Terminal:
    """Return the abilities of this output; raises NoScreenError if no screen can be drawn."""
    terminal = describe_terminal(os.environ, output)
    # Keys are read from stdin.
    refusal = terminal.refusal or describe_terminal(os.environ, sys.stdin).refusal
    if refusal:
        raise NoScreenError(refusal)
    return terminal


def _fitting_theme(query: "BackgroundQuery | None") -> ThemeName:
    return usual_theme(os.environ, is_light=query.is_light() if query else None)


def on_terminal(
    feed: Callable[[TunnelwatchApp], Awaitable[None]],
    setting: Setting,
    *,
    examine: Examine | None = None,
    head_start: asyncio.Event | None = None,
    has_links: bool = False,
) -> int:
    """Draw the screen on this terminal while `feed` runs, until the user quits; return the exit code.

    With a `head_start`, the feed begins at the first frame, and the main screen is loaded once that is set, or soon
    anyway. Raises NoScreenError, KeyChoiceError, and whatever ended the feed.
    """
    display = setting.display
    chosen = keys.choose(display.keys)
    with screen_output() as output:
        terminal = BROWSER if display.for_viewer else _usable(output)
        app = TunnelwatchApp(
            clock=setting.clock,
            region=setting.region,
            scope=setting.scope,
            utc=display.utc,
            their_zone=display.their_zone,
            device=display.cgw,
            devices=display.devices,
            sort=display.sort,
            group=display.group,
            ascii=display.ascii_only or not terminal.is_utf8,
            colours=terminal.colours,
            theme=ThemeName(display.theme) if display.theme else _fitting_theme(setting.query),
            examine=examine,
            driver_class=None if display.for_viewer else TerminalDriver,  # textual-serve sets its own
            output=output,
            background_query=setting.query,
            has_links=has_links and output is not None and wants_links(output),
            is_read_only=display.for_viewer,
            head_start=head_start,
        )
        app.set_keymap(chosen)
        running = run(
            app,
            lambda: feed(app),
            after=app.painted if head_start is None else app.drawn,
            mouse=not display.no_mouse,
            on_ending_signal=setting.on_ending_signal,
        )
        return asyncio.run(_keeping_garbage(running))


async def _keeping_garbage(running: Coroutine[Any, Any, int]) -> int:
    with garbage_kept_for(_LOADING):
        return await running


async def run(
    app: TunnelwatchApp,
    feed: Feed,
    *,
    on_ending_signal: OnSignal,
    mouse: bool = True,
    after: asyncio.Event | None = None,
) -> int:
    """Run app and feed until the user quits or a signal ends the program; return the exit code.

    `feed` starts `after` the first paint, or by default once the main screen is shown, so that its imports never delay
    that. It runs outside the app, so that its clean-up (sessions at the server) is waited for. An error of the feed or
    of the app is raised here, once the terminal is restored.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(app, feed, after or app.painted))
        with on_ending_signal(lambda: loop.call_soon_threadsafe(app.exit, 0)):
            code = await app.run_async(mouse=mouse)
        if app.examinations is not None:
            await app.examinations.close()
        reading.cancel()
    if app.failure is not None:
        raise app.failure
    return code or 0


async def _read(app: TunnelwatchApp, feed: Feed, after: asyncio.Event) -> None:
    await after.wait()
    try:
        await feed()
    except Exception as error:
        # `run` raises it once the screen is closed. Raised here, it would cancel the app in the middle of a frame.
        app.fail(error)
