"""The app: it paints a first frame at once, then loads the main screen and updates it every 0.4 s.

The screen polls the pump: an update costs what is in view, however many events arrive.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import tzinfo
from functools import partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TextIO

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui.app import keys
from tui.app.commands import BY_NAME, Owner
from tui.app.examinations import Examinations, Examine
from tui.app.terminal.ascii_filter import AsciiFilter
from tui.app.terminal.display import GROUPINGS, ORDERS
from tui.app.terminal.textual_internals import QuietApp
from tui.app.terminal.theme import SIXTEEN, ThemeName, palette_for, textual_theme
from tui.app.widgets.lines_view import Lines
from tui.content.layout.ascii_text import ascii_cells
from tui.content.layout.lines import Span, justified
from tui.content.layout.terminal_signals import WindowTitle
from tui.content.layout.tones import Background, Tone
from tui.domain.clock import Clock

if TYPE_CHECKING:  # imported after the first paint, whose time they would double
    from tui.app.main_screen import MainScreen
    from tui.app.terminal.background_query import BackgroundQuery
    from tui.feed.pump import Pump
    from tui.feed.recording.playback import Playback
    from tui.feed.recording.track import Track

TICK: Final = 0.4
"""Seconds between two updates of the screen. Even on a busy machine, 99 of 100 events are then visible within 0.5 s."""
_SOON: Final = 0.1
"""Seconds until the next update if the last one left work for it; keys are answered in between."""


HEAD_START: Final = 0.3
"""Maximum delay of the main screen, seconds, in favour of what is read."""
MOST_LAG: Final = 0.3
"""Seconds that a frame may take to be sent; a healthy terminal takes a few milliseconds."""


_FOR_THE_PAGE: Final = ("q", "enter")
"""Keys that end a page, and that would do something unwanted on the screen below it."""


class TerminalState(Protocol):
    """The state of the terminal: for how many seconds a frame has been waiting for it, and whether it was closed."""

    @property
    def lag(self) -> float: ...

    @property
    def is_gone(self) -> bool: ...

    def forget(self) -> None:
        """Send every cell of the next frame, whatever was sent before."""


class _Ready:
    """A terminal that accepts everything at once, such as the headless one of the tests."""

    lag = 0.0
    is_gone = False

    def forget(self) -> None:
        """Do nothing: this terminal's contents are not tracked."""


class TunnelwatchApp(QuietApp):
    """Shows a pump's fleet. Without a pump, it shows that it is starting until `attach` provides one.

    `colours` is the number that the terminal has; with 16 or fewer its own palette is used. `scope` names what is
    watched (a profile, a scenario). `examine` runs the checkup of the account, if there is one. `device` is the make of
    the customer gateway. `output` is what the driver draws on, stderr by default; `background_query` has already asked
    it. With `has_links` the ids of connections link to AWS's console. `is_read_only` is for viewers: no key writes a
    file or a note. `drawn` is set after the first frame, `painted` once the main screen is shown, which is loaded after
    `head_start`, if that is given. `terminal` is set by the driver; while it is behind, nothing is repainted.
    """

    TITLE = "tunnelwatch"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [  # noqa: RUF012 - so declared by Textual
        (0, "-narrow"),
        (120, "-wide"),
        (160, "-vast"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings(Owner.APP),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    main: "MainScreen"

    def __init__(
        self,
        pump: "Pump | None" = None,
        *,
        clock: Clock,
        region: str = "",
        scope: str = "",
        utc: bool = False,
        their_zone: tzinfo | None = None,
        ascii: bool = False,  # noqa: A002 - the option's own name
        colours: int = 1 << 24,
        theme: ThemeName = ThemeName.DARK,
        device: str | None = None,
        devices: Mapping[str, str] | None = None,
        sort: str = ORDERS[0],
        group: str = GROUPINGS[0],
        examine: Examine | None = None,
        driver_class: type[Driver] | None = None,
        output: TextIO | None = None,
        background_query: "BackgroundQuery | None" = None,
        has_links: bool = False,
        is_read_only: bool = False,
        head_start: asyncio.Event | None = None,
    ) -> None:
        self.palette = palette_for(colours, theme)
        super().__init__(driver_class=driver_class, ansi_color=True if self.palette is SIXTEEN else None)
        if self.palette is not SIXTEEN:
            self.register_theme(textual_theme(self.palette, dark=theme is not ThemeName.LIGHT))
        self.theme = self.palette.name
        self._line_filters = [AsciiFilter()] if ascii else []
        self.output, self.background_query = output, background_query
        self._has_links = has_links
        self.drawn, self.painted = asyncio.Event(), asyncio.Event()
        self._head_start = head_start
        self.terminal: TerminalState = _Ready()
        self.window_title = WindowTitle(os.environ)
        self._held = ExitStack()
        self._is_holding = self._has_missed_a_frame = False
        self._unsent_copy: str | None = None
        self._goes_on = False
        self._is_leaving = False
        self._left_at = 0.0
        self._early_keys: list[events.Key] = []
        self._failure: Exception | None = None
        self._pump = pump
        self._target = " · ".join(text for text in (region, scope) if text)
        self._options: dict[str, Any] = {"clock": clock, "region": region, "scope": scope, "utc": utc}
        self.examinations = Examinations(examine) if examine else None
        self._options |= {"device": device, "devices": devices, "examinations": self.examinations}
        self._options |= {"sort": sort, "group": group, "is_read_only": is_read_only, "their_zone": their_zone}

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._line_filters]

    def get_default_screen(self) -> Screen[None]:
        return LoadingScreen(self._target)

    def on_ready(self) -> None:
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        self.drawn.set()
        if self._head_start is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEAD_START):
                    await self._head_start.wait()
        await asyncio.to_thread(import_module, "tui.app.main_screen")  # reading continues meanwhile
        from tui.app.main_screen import MainScreen
        from tui.app.view.view import ViewState

        self.main = MainScreen(ViewState(self._pump, **self._options))
        await self.push_screen(self.main)
        self.set_interval(TICK, self.tick)
        self.painted.set()
        for event in self._early_keys:
            self.post_message(event.copy())

    def attach(self, pump: "Pump", *, track: "Track | None" = None) -> None:
        """Show this pump's fleet from now on, and let keys go back to the past that `track` holds.

        Wait for `painted` before calling it.
        """
        self.main.view_state.attach(pump, track=track)
        self.tick()

    def remark(self, text: str) -> None:
        """Show a line above the board until the program ends. Wait for `painted` before calling it."""
        view = self.main.view_state
        view.remarks = (*view.remarks, text)
        self.tick()

    def play(self, playback: "Playback") -> None:
        """Show a recording from now on. Wait for `painted` before calling it."""
        self.main.view_state.play(playback)
        self.tick()

    def on_resize(self) -> None:
        self.terminal.forget()  # terminals differ in what they keep after a resize

    def on_key(self, event: events.Key) -> None:
        """Correct the effect of several keys at once, all of which Textual dispatches immediately.

        A slow line delivers keys so. A letter goes into the open prompt, although it was dispatched to the previous
        focus. A `q` or an enter that was pressed while a page was open was meant for the page: it neither quits the
        program nor opens another page. Keys after the one that quits do nothing; keys before the main screen wait for
        it.
        """
        from textual.widgets import Input  # not before the first paint

        if not self.painted.is_set():
            self._early_keys.append(event)
            event.prevent_default()
        elif isinstance(self.focused, Input):
            if event.is_printable and event.character:
                self.focused.insert_text_at_cursor(event.character)
                event.prevent_default()
        elif self._is_leaving or (event.key in _FOR_THE_PAGE and event.time < self._left_at):
            event.prevent_default()

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        self._is_leaving = True
        super().exit(result, return_code, message)

    def pop_screen(self) -> AwaitComplete:
        self._left_at = monotonic()
        return super().pop_screen()

    def tick(self) -> None:
        """Update what is in view, unless the terminal has not accepted the last frames yet; leave if it was closed."""
        if self.terminal.is_gone:
            self.exit(0)
        elif self.is_running and not self._is_behind:
            self._release_repaints()
            self.main.look()
            if not self.main.view_state.is_complete and not self._goes_on:
                self._goes_on = True
                # The feed ticks, too, because a Textual timer dies in any task but the app's own.
                asyncio.get_running_loop().call_later(_SOON, self.call_later, self._go_on)

    def _go_on(self) -> None:
        self._goes_on = False
        self.tick()

    @property
    def _is_behind(self) -> bool:
        """Whether the terminal accepts nothing for now: ctrl+s in tmux, a stalled SSH session, a slow line."""
        return self.terminal.lag > MOST_LAG

    def post_display_hook(self) -> None:
        """Hold back all repaints while the terminal is behind: keys, pages and resizes would pile up frames.

        Textual calls this after each frame, including those that it skipped because repaints are held.
        """
        if self._is_holding:
            self._has_missed_a_frame = True
        elif self._is_behind:
            self._is_holding = True
            self._held.enter_context(self.batch_update())

    def _release_repaints(self) -> None:
        if not self._is_holding:
            return
        self._is_holding = False
        self._held.close()
        if self._has_missed_a_frame:
            self._has_missed_a_frame = False
            self.screen.refresh(layout=True)
        else:
            self.screen.check_idle()  # draws what changed while repaints were held
        if self._unsent_copy is not None:
            self.copy_to_clipboard(self._unsent_copy)

    def copy_to_clipboard(self, text: str) -> None:
        """Send `text` to the terminal's clipboard; while the terminal is behind, keep only the last text for it."""
        if self._is_behind:
            self._unsent_copy = text
        else:
            self._unsent_copy = None
            super().copy_to_clipboard(text)

    def send(self, sequence: str) -> None:
        """Send the terminal an escape sequence that shows no text: the bell, a notification."""
        if self._driver is not None and sequence:
            self._driver.write(sequence)

    def show_title(self, text: str) -> None:
        """Set the title of the terminal's window, until the program ends or is suspended."""
        self.send(self.window_title.change(ascii_cells(text) if self._line_filters else text))

    def say(self, line: str) -> None:
        """Show a warning in the footer for some seconds."""
        self.main.show_notice(line, tone=Tone.WARNING)

    def console_page(self, connection: str) -> str:
        """Return the address of a connection's page in AWS's console; empty if unknown, or while names are masked."""
        pump = self.main.view_state.pump if self._has_links else None
        known = pump.fleet.connection(connection) if pump else None
        if pump is None or known is None:
            return ""
        from tui.content.console_links import console_page

        return console_page(connection, pump.states.get(known.source, pump.state).region)

    def action_redraw(self) -> None:
        """Send every cell again, because something else has written to the terminal."""
        self.terminal.forget()
        self.screen.refresh(layout=True)

    def action_command_palette(self) -> None:
        from tui.app.pages.overlay import Palette  # not before the first paint

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    async def action_quit(self) -> None:
        self.exit(0)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for command in keys.commands():
            run = partial(self.call_later, self.run_action, command.action, self.main)
            yield SystemCommand(command.title, command.description, run)
        for title, action, description in BY_NAME:
            yield SystemCommand(title, description, partial(self.call_later, self.run_action, action, self.main))

    @property
    def failure(self) -> Exception | None:
        """The internal error that ended the app, if one did."""
        return self._failure or self.unhandled

    def fail(self, error: Exception) -> None:
        """End the app because of an error from outside it."""
        self._failure = error
        self.exit(1)


class LoadingScreen(Screen[None]):
    """The first frame: the bars of the main screen while that is being loaded."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target
        self._status = Lines(name="status", background=Background.BAR)
        self._keys = Lines(name="keys", background=Background.BAR)

    def compose(self) -> ComposeResult:
        self._draw(self.app.size.width)
        yield self._status
        yield Lines(name="rest")
        yield self._keys

    def on_resize(self) -> None:
        self._draw(self.size.width)

    def _draw(self, width: int) -> None:
        left = [Span(" tunnelwatch", Tone.STRONG), Span(f"  {self._target}", Tone.QUIET)]
        self._status.show([justified(left, [Span("◌ starting ", Tone.QUIET)], width, background=Background.BAR)])
        self._keys.show([keys.footer_line(width)])
