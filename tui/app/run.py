"""Runs the app and the feed together: neither outlives the other, and the terminal is always restored."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TextIO

from tui.app import keys
from tui.app.app import TunnelwatchApp
from tui.app.driver import TerminalDriver
from tui.app.examinations import Examine
from tui.app.loading import garbage_kept_for
from tui.app.terminal.display import Display
from tui.app.terminal.terminal import BROWSER, Terminal, describe_terminal, screen_output
from tui.app.terminal.theme import ThemeName, usual_theme
from tui.content.console_links import wants_links
from tui.content.layout.tones import Tone
from tui.domain.clock import Clock

if TYPE_CHECKING:
    from tui.app.mask_key import MaskKey
    from tui.app.terminal.background_query import BackgroundQuery
    from tui.domain.knowledge.catalogue import Catalogue
    from tui.feed.pump import Pump, Sink
    from tui.feed.recording.reader import Rewrite
    from tui.feed.recording.writer import Recording
    from tui.feed.source import Source

_LOADING: Final = 3.0
"""Seconds within which the first states usually arrive."""
_PAUSE: Final = 0.002
"""Seconds between two parts of a batch, 500 events each, in which keys are answered."""
Feed = Callable[[], Awaitable[None]]
"""Reads until it is cancelled, or its source ends."""
OnSignal = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Registers a callback for the signals that end the program, within a block."""


class Companion(Protocol):
    """Something that accompanies the feed of a screen, such as notices of changes."""

    def begin(self, pump: "Pump", screen: TunnelwatchApp) -> None:
        """Start, just before the pump reads."""

    def turn_to(self, pump: "Pump | None") -> None:
        """Accompany this pump instead of the previous one; none if None is given."""

    async def end(self) -> None:
        """Release everything, after the feed or the screen has ended."""


class NoScreenError(Exception):
    """No screen can be drawn here; the message says why and what works instead."""


def show(
    source: "Source",
    *,
    display: Display,
    clock: Clock,
    on_ending_signal: OnSignal,
    region: str = "",
    scope: str = "",
    sinks: "Sequence[Sink]" = (),
    recording: "Recording | None" = None,
    companion: Companion | None = None,
    examine: Examine | None = None,
    mask: "MaskKey | None" = None,
    query: "BackgroundQuery | None" = None,
    has_links: bool = True,
) -> int:
    """Show what a source brings until the user quits; return the exit code.

    `sinks` receive every batch, too, and a `recording` the user's notes; if it ends early, that is shown. `mask` serves
    the masking key, None if the source is masked already. `query` has asked the terminal for its background.
    `has_links` says whether ids may link to AWS's console, if the terminal can show links.

    Raises NoScreenError if no screen can be drawn, and KeyChoiceError for keys that cannot be chosen. An error that
    ended the screen or the feed is raised once the terminal is restored.
    """

    async def feed(app: TunnelwatchApp) -> None:
        from tui.feed.source import begun

        async with begun(source) as reading:
            reading.first.add_done_callback(lambda _: head_start.set())
            await app.painted.wait()
            await watch(app, reading)

    async def watch(app: TunnelwatchApp, source: "Source") -> None:
        catalogue = await asyncio.to_thread(_catalogue)
        from tui import __version__
        from tui.app.first_states import FirstStates
        from tui.app.garbage import SparedLookBack
        from tui.app.masking import WatchMasking
        from tui.domain.state.fleet import Fleet
        from tui.feed.aws.errors import FeedError
        from tui.feed.pump import Pump
        from tui.feed.recording.format import Header
        from tui.feed.recording.journal import Journal

        pump = Pump(FirstStates(source, app.tick), Fleet(catalogue), sinks=sinks, pause=_PAUSE)
        header = Header(program=__version__, region=region, scope=scope, started=clock.now())
        journal = Journal(pump, clock, header)
        pump.add_sink(journal)
        pump.add_sink(SparedLookBack(pump))
        if recording is not None:
            pump.add_sink(recording)
            app.main.view_state.is_recorded = True

            def end_recording(trouble: str) -> None:
                app.main.view_state.is_recorded = False
                app.remark(trouble)

            recording.on_trouble = end_recording  # not on stderr, where the screen is drawn
        app.attach(pump, track=journal)
        if companion is not None:
            companion.begin(pump, app)
        masking = None
        if mask is not None:
            masking = WatchMasking(app, mask, pump=pump, journal=journal, clock=clock, notices=companion)
            app.main.view_state.masking = masking
        try:
            await pump.run()
        except FeedError as error:
            raise FeedError(masking.text(error.message), error.kind, error.detail) if masking else error from None
        finally:
            if masking is not None:
                await masking.close()
            if companion is not None:
                await companion.end()

    head_start = asyncio.Event()
    return _on_terminal(
        feed,
        place=Place(region, scope),
        display=display,
        clock=clock,
        on_ending_signal=on_ending_signal,
        examine=examine,
        query=query,
        head_start=head_start,
        has_links=has_links,
    )


def _catalogue() -> "Catalogue":
    """Return the catalogue, and load the other modules of a watch with it, before AWS's answers need them."""
    for name in ("tui.app.masking", "tui.feed.pump", "tui.feed.recording.journal"):
        import_module(name)
    from tui.domain.knowledge.catalogue_file import load

    return load()


def replay(
    file: str,
    *,
    display: Display,
    clock: Clock,
    on_ending_signal: OnSignal,
    region: str = "",
    scope: str = "",
    rewrite: "Rewrite | None" = None,
    speed: float = 1.0,
    at: int | None = None,
    mask: "MaskKey | None" = None,
    query: "BackgroundQuery | None" = None,
) -> int:
    """Play a recording until the user quits; return the exit code. With `at` (ms) it starts paused at that moment.

    `rewrite` changes each batch as it is read, as a mask does; otherwise `mask` serves the masking key. Raises the
    errors of `show`, and RecordingError if the file is no longer a recording.
    """

    async def feed(app: TunnelwatchApp) -> None:
        from tui.app.masking import ReplayMasking
        from tui.domain.knowledge.catalogue_file import load
        from tui.feed.recording.archive import Archive
        from tui.feed.recording.playback import Playback

        catalogue = await asyncio.to_thread(load)
        archive = Archive(file, catalogue, rewrite=rewrite)
        playback = Playback(archive, clock, speed=speed)
        if at is not None:
            playback.toggle()
            playback.go(at)
        app.play(playback)
        masking = None
        if mask is not None:
            masking = ReplayMasking(app, mask, playback=playback, archive=archive, clock=clock)
            app.main.view_state.masking = masking
        try:
            await archive.index()
            if archive.trouble:
                app.main.show_notice(masking.text(archive.trouble) if masking else archive.trouble, tone=Tone.WARNING)
            await asyncio.Event().wait()
        finally:
            if masking is not None:
                await masking.close()

    place = Place(region, scope)
    return _on_terminal(feed, place=place, display=display, clock=clock, on_ending_signal=on_ending_signal, query=query)


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


class Place(NamedTuple):
    """What is watched: the region, and the header's text beside it."""

    region: str
    scope: str


def _on_terminal(
    feed: Callable[[TunnelwatchApp], Awaitable[None]],
    *,
    place: Place,
    display: Display,
    clock: Clock,
    on_ending_signal: OnSignal,
    examine: Examine | None = None,
    query: "BackgroundQuery | None" = None,
    head_start: asyncio.Event | None = None,
    has_links: bool = False,
) -> int:
    chosen = keys.choose(display.keys)
    with screen_output() as output:
        terminal = BROWSER if display.for_viewer else _usable(output)
        app = TunnelwatchApp(
            clock=clock,
            region=place.region,
            scope=place.scope,
            utc=display.utc,
            their_zone=display.their_zone,
            device=display.cgw,
            devices=display.devices,
            sort=display.sort,
            group=display.group,
            ascii=display.ascii_only or not terminal.is_utf8,
            colours=terminal.colours,
            theme=ThemeName(display.theme) if display.theme else _fitting_theme(query),
            examine=examine,
            driver_class=None if display.for_viewer else TerminalDriver,  # textual-serve sets its own
            output=output,
            background_query=query,
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
            on_ending_signal=on_ending_signal,
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
