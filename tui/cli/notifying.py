"""`--notify` and `--on-change`: notices of changes, by the means that the user has chosen."""

import functools
import os
import select
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import click

from tui.cli.output import print_note
from tui.content.layout.terminal_signals import WindowTitle
from tui.domain.clock import Clock

if TYPE_CHECKING:
    from tui.content.notices import Notice
    from tui.feed.pump import Pump
    from tui.headless.notifier import Notifier
    from tui.headless.on_change import OnChange

Command = Callable[..., int]


@dataclass(frozen=True, slots=True)
class NoticeOptions:
    """The user's choice of notices.

    `notify`: whether the terminal rings and shows notifications, None if the user has not decided. `on_change`: a
    command.
    """

    notify: bool | None = None
    on_change: tuple[str, ...] = ()


class Signals(Protocol):
    """The outlets for notices: escape sequences and window titles for a terminal, and lines for the reader."""

    def send(self, sequence: str) -> None:
        """Send an escape sequence that shows no text."""

    def show_title(self, text: str) -> None:
        """Set the window's title."""

    def say(self, line: str) -> None:
        """Show a line."""


def _words(ctx: click.Context, param: click.Parameter, command: str | None) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command or ""))
    except ValueError as wrong:
        raise click.BadParameter(f"{command!r} cannot be read as a command: {wrong}.", ctx, param) from None
    if command is not None and not words:
        raise click.BadParameter("a command is missing.", ctx, param)
    return words


_OPTIONS = (
    click.option(
        "--notify/--no-notify",
        default=None,
        help="Ring the bell and show a notification when a tunnel starts or stops carrying traffic. By default, only "
        "the screen sets the window's title; --no-notify leaves the title alone.",
    ),
    click.option(
        "--on-change",
        metavar="CMD",
        callback=_words,
        help="Run CMD on each such change, without a shell, with JSON on its stdin and TUNNELWATCH_* variables.",
    ),
)


def noticing(command: Command) -> Command:
    """Give a command the options for notices; it receives them as one `notices` argument."""

    @functools.wraps(command)
    def with_notices(*, notify: bool | None, on_change: tuple[str, ...], **others: Any) -> int:
        return command(notices=NoticeOptions(notify, on_change), **others)

    for option in reversed(_OPTIONS):
        with_notices = option(with_notices)
    return with_notices


class Notifying:
    """The notices of one run. `titles`: whether to set the window's title if the user has not decided."""

    def __init__(self, options: NoticeOptions, clock: Clock, *, titles: bool = False) -> None:
        self._options = options
        self._clock = clock
        self._has_titles = titles if options.notify is None else options.notify
        self._command: OnChange | None = None
        self._notifiers: WeakKeyDictionary[Pump, Notifier] = WeakKeyDictionary()
        self._notifier_of: Callable[[Pump], Notifier] | None = None
        self._signals: Signals | None = None

    def begin(self, pump: "Pump", signals: Signals) -> None:
        """Report the changes in a pump, from its next batch on."""
        tell: list[Callable[[Sequence[Notice]], object]] = []
        if self._options.on_change:
            from tui.headless.on_change import OnChange

            self._command = OnChange(self._options.on_change, tell=signals.say)
            tell.append(self._command.notify)
        if self._options.notify:
            tell.append(functools.partial(_ring, signals))
        if not tell and not self._has_titles:
            return
        from tui.headless.notifier import Notifier

        self._notifier_of = (
            functools.partial(Notifier, clock=self._clock, tell=tell, show_title=signals.show_title)
            if self._has_titles
            else functools.partial(Notifier, clock=self._clock, tell=tell)
        )
        self._signals = signals
        self.switch_to(pump)

    def switch_to(self, pump: "Pump | None") -> None:
        """Report the changes in this pump instead of the previous one; in none if None is given.

        Pending notices are discarded: they contain the names of the previous pump.
        """
        if self._notifier_of is None or self._signals is None:
            return
        if self._command is not None:
            self._command.forget()
        for notifier in self._notifiers.values():
            notifier.is_silent = True
        if pump is None:
            if self._has_titles:
                self._signals.show_title("tunnelwatch")
        elif pump in self._notifiers:
            self._notifiers[pump].speak()
        else:
            notifier = self._notifiers[pump] = self._notifier_of(pump)
            pump.add_sink(notifier)
            notifier.speak()

    async def accompany(self, pump: "Pump", work: Callable[[], Awaitable[None]]) -> None:
        """Run some work and report changes on stderr meanwhile; when it returns, every change has been reported."""
        signals = _ErrorOutput()
        self.begin(pump, signals)
        try:
            await work()
            await self.finish()
        finally:
            await self.end()
            signals.leave()

    async def finish(self) -> None:
        """Wait until the command has run for every change."""
        if self._command is not None:
            await self._command.finish()

    async def end(self) -> None:
        """Stop the command if it is still running."""
        if self._command is not None:
            await self._command.close()


class _ErrorOutput:
    """The outlets of a command without a screen: escape sequences only if stderr is a terminal that accepts them."""

    def __init__(self) -> None:
        self._title = WindowTitle(os.environ)

    def send(self, sequence: str) -> None:
        try:
            # A stopped terminal (ctrl+s) would block everything.
            if sys.stderr.isatty() and select.select([], [sys.stderr], [], 0)[1]:
                sys.stderr.write(sequence)
                sys.stderr.flush()
        except (OSError, ValueError):  # it is closed
            return

    def show_title(self, text: str) -> None:
        self.send(self._title.change(text))

    def say(self, line: str) -> None:
        print_note(f"tunnelwatch: {line}")

    def leave(self) -> None:
        """Restore the window's previous title."""
        self.send(self._title.leave())


def _ring(signals: Signals, notices: "Sequence[Notice]") -> None:
    """Ring the bell, which tmux marks beside the window's name, and show a desktop notification."""
    from tui.content.layout.terminal_signals import BELL, notification
    from tui.content.notices import notice_text

    signals.send(BELL + notification(notice_text(notices), os.environ))
