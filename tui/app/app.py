"""The app: binds the keys and looks at the scene twice a second.

The screen pulls. What it costs depends on what is in view, never on how many events come.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from textual.app import App, SystemCommand
from textual.driver import Driver
from textual.screen import Screen

from tui.app import keys
from tui.app.clipboard import copy_to_file
from tui.app.detail import feed_blocks, to_tell
from tui.app.messages import Filter
from tui.app.page import Page
from tui.app.scene import Scene
from tui.app.screen import MainScreen
from tui.app.sheet import Block
from tui.app.theme import SIXTEEN, THEME, TRUE_COLOUR, AsciiFilter, Tone
from tui.app.view import Cause, telling, telling_brief
from tui.domain.clock import Clock
from tui.feed.pump import Pump

TICK: Final = 0.5
"""Seconds between two looks."""


class TunnelwatchApp(App[int]):
    """Shows a pump's fleet. Made without a pump, it paints at once and says that it is starting; see `attach`.

    `colours` is what the terminal has; with 16 or fewer its own palette is used. `scope` names what is watched (a
    profile, a scenario). `painted` is set once the first frame is out.
    """

    TITLE = "tunnelwatch"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [  # noqa: RUF012 - so declared by Textual
        (0, "-narrow"),
        (120, "-wide"),
        (160, "-vast"),
    ]
    BINDINGS = keys.bindings()

    def __init__(
        self,
        pump: Pump | None = None,
        *,
        clock: Clock,
        region: str = "",
        scope: str = "",
        utc: bool = False,
        ascii: bool = False,  # noqa: A002 - the option's own name
        colours: int = 1 << 24,
        cause: Cause = telling_brief,
        driver_class: type[Driver] | None = None,
    ) -> None:
        self.palette = SIXTEEN if colours <= 16 else TRUE_COLOUR
        super().__init__(driver_class=driver_class, ansi_color=True if self.palette is SIXTEEN else None)
        self.register_theme(THEME)
        self.theme = self.palette.theme
        if ascii:
            self._filters.append(AsciiFilter())
        self.scene = Scene(pump, clock=clock, region=region, scope=scope, utc=utc, cause=cause)
        self.painted = asyncio.Event()
        self._failure: Exception | None = None
        self.main = MainScreen(self.scene)

    def get_default_screen(self) -> Screen[Any]:
        return self.main

    def on_mount(self) -> None:
        self.set_interval(TICK, self.tick)

    def on_ready(self) -> None:
        self.call_after_refresh(self.painted.set)

    def attach(self, pump: Pump) -> None:
        """Show this pump's fleet from now on."""
        self.scene.pump = pump
        self.tick()

    def tick(self) -> None:
        """Bring what is in view up to date. A terminal that has not taken the last frame yet gets no other."""
        if getattr(self._driver, "is_gone", False):
            self.exit(0)
        elif not getattr(self._driver, "is_clogged", False):
            self.main.look()
            if isinstance(self.screen, Page):
                self.screen.renew()

    def _fatal_error(self) -> None:
        """Leave after an unforeseen error. Textual would print every local variable; `run` raises the error instead."""
        self._close_messages_no_wait()

    @property
    def failure(self) -> Exception | None:
        """The unforeseen error that ended the app, if one did."""
        return self._failure or self._exception

    def fail(self, error: Exception) -> None:
        """Leave because of an error from outside the app."""
        self._failure = error
        self.exit(1)

    # --- what keys and palette do

    async def action_back(self) -> None:
        main, scene = self.main, self.scene
        if main.focused is main.detail:
            (main.messages if main.about_message else main.board).focus()
        elif main.messages.needle or scene.wanted or scene.board_text or scene.problems_only:
            main.messages.needle, scene.wanted, scene.board_text, scene.problems_only = "", Filter(), "", False
            main.resettle()
        else:
            main.board.focus()

    def action_pause(self) -> None:
        self.scene.toggle_pause()
        self.main.look()

    def action_problems(self) -> None:
        self.scene.problems_only = not self.scene.problems_only
        self.main.resettle()
        self.main.tell("only connections in trouble; ! shows all" if self.scene.problems_only else "all connections")

    def action_unfold(self) -> None:
        self.scene.unfolded = not self.scene.unfolded
        self.main.look()
        self.main.tell("chatter line by line; u folds it" if self.scene.unfolded else "chatter folded")

    def action_search(self) -> None:
        self._ask("/", "text in the messages", self.main.messages.needle, self._search)

    def action_filter(self) -> None:
        if self.main.focused is self.main.board:
            self._ask("tunnels with", "a name, an id, an address, a state", self.scene.board_text, self._filter_board)
        else:
            self._ask(
                "messages with", "a text, or the word warning or error", str(self.scene.wanted), self._filter_messages
            )

    def _ask(self, label: str, hint: str, value: str, answer: keys.Answer) -> None:
        # Imported here: the input line brings in modules that the first paint does not need.
        from tui.app.prompt import Prompt

        if self.screen is self.main and not self.main.query(Prompt):
            self.main.mount(Prompt(label, hint=hint, value=value, back=self.main.focused, answer=answer))

    def _search(self, text: str, is_final: bool) -> None:
        messages = self.main.messages
        messages.needle = text.strip().lower()
        self.main.look()
        if is_final and messages.needle:
            messages.focus()
            self.action_seek(-1 if messages.is_following else 0)

    def _filter_board(self, text: str, is_final: bool) -> None:
        self.scene.board_text = text.strip()
        self.main.resettle()

    def _filter_messages(self, text: str, is_final: bool) -> None:
        self.scene.wanted = Filter.read(text)
        self.main.look()

    def action_seek(self, direction: int) -> None:
        messages = self.main.messages
        found = messages.seek(direction)
        if found:
            self.main.tell(f"match {found[0]} of {found[1]}   n next  N previous  esc done")
        elif messages.needle:
            self.main.tell(f"nothing holds “{messages.needle}”", tone=Tone.WARNING)
        else:
            self.main.tell("/ searches the messages", tone=Tone.QUIET)

    def action_copy(self) -> None:
        tunnel = self.scene.tunnel
        if tunnel is None:
            return
        chosen = self.main.chosen
        text = to_tell(tunnel, chosen.newest if chosen else telling(tunnel), now=self.scene.clock.now())
        self.copy_to_clipboard(text)
        try:
            self.main.tell(f"copied; also in {copy_to_file(text)}")
        except OSError as error:
            self.main.tell(f"sent to the terminal's clipboard; no file: {error.strerror}", tone=Tone.WARNING)

    def action_about_feed(self) -> None:
        self.main.show_page(self._about_feed)

    def _about_feed(self) -> tuple[tuple[Block, ...], object]:
        return feed_blocks(self.scene.look().status), "feed"

    def action_help(self) -> None:
        self.main.show_page(lambda: (keys.help_blocks(), "help"))

    async def action_quit(self) -> None:
        self.exit(0)

    def action_open(self) -> None:
        self.main.open()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for command in keys.COMMANDS:
            run = partial(self.call_later, self.run_action, f"app.{command.action}")
            yield SystemCommand(command.title, command.told, run)
