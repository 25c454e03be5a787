"""The terminal's driver, which survives a terminal that goes away or stops reading."""

import os
import select
import sys
from typing import TYPE_CHECKING, Any, Final

from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from tui.app.terminal.key_reader import KeyReader
from tui.app.terminal.reports import Reports
from tui.app.terminal.round_trip import RoundTrip
from tui.app.terminal.shown_cells import ShownCells
from tui.app.terminal.terminal_writer import TerminalWriter

if TYPE_CHECKING:
    from tui.app.app import TunnelwatchApp

_CLOSE_TIMEOUT: Final = 1.0
"""Seconds to wait for the last bytes if the terminal has stopped reading."""


class TerminalDriver(LinuxDriver):
    """Textual's driver for POSIX terminals, with a writer that never blocks the event loop.

    Textual's own writer queues 30 writes and then blocks its caller: event loop, feed and signals stood still. Its
    thread is still started, and idles. This driver also draws if stderr goes to a file, which Textual's does not, and
    reads with `KeyReader`. Textual does not document the module; this was checked against 8.2.8.
    """

    def __init__(self, app: "TunnelwatchApp", **options: Any) -> None:
        super().__init__(app, **options)
        self._owner = app
        self._output = app.output or sys.__stderr__
        self._writer: TerminalWriter | None = None
        self._shown = ShownCells()
        self._round_trip = RoundTrip()
        self._reports = app.background_query.reports if app.background_query else Reports()
        self._typed = b""
        app.terminal = self

    @property
    def lag(self) -> float:
        """The seconds by which the terminal is behind what was drawn; 0 if it has accepted everything."""
        return max(self._writer.lag, self._round_trip.lag) if self._writer else 0.0

    @property
    def is_gone(self) -> bool:
        """Whether the terminal was closed. Reading from it then gives endless empty results, not an error."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return the columns and rows of the terminal that is drawn on; Textual asks stdout, which may be a file."""
        try:
            size = os.get_terminal_size(self._output.fileno()) if self._output else None
        except OSError:
            size = None
        if size and size.columns and size.lines:
            return size.columns, size.lines
        return super()._get_terminal_size()

    def write(self, data: str) -> None:
        """Send a text to the terminal, without the parts that it already shows."""
        if self._writer is None or not (text := self._shown.changes(data)):
            return
        if not self._writer.write(text + self._round_trip.question(len(text))):
            self._shown.forget()

    def forget(self) -> None:
        """Send every row of the next frame, because the terminal may show something other than what was sent."""
        self._shown.forget()

    def start_application_mode(self) -> None:
        """Take over the terminal: at the start, and again after a suspension, which closed the writer."""
        if self._writer is None and self._output is not None:
            self._writer = TerminalWriter(self._output.fileno(), encoding=self._output.encoding)
        self._shown.forget()
        self._round_trip = RoundTrip()
        query = self._owner.background_query
        before, self._typed = query.hand_over() if query else (None, b"")
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual leaves it untyped
        self.attrs_before = before or self.attrs_before
        self.write(self._owner.window_title.take_again())

    def stop_application_mode(self) -> None:
        """Restore the terminal. Frames that are still waiting are dropped, because they would only delay that."""
        if self._writer is not None:
            self._writer.discard()
        self._round_trip.wait(_CLOSE_TIMEOUT)
        super().stop_application_mode()
        self.write(self._owner.window_title.leave())

    def _sigcont_application(self, *_: object) -> None:
        """Take over the terminal again after a stop.

        ctrl+z restored the terminal first. SIGSTOP did not, so the shell's changes to the terminal are undone. A
        process whose terminal is closed is continued, too; Textual would then start a second reader of the keys, which
        never ends.
        """
        if not self._auto_restart or self.is_gone:
            return
        if self._must_signal_resume:
            self.resume_application_mode()
        elif self._writer is not None and self._owner.is_running:
            self.suspend_application_mode()
            self.resume_application_mode()

    def process_message(self, message: Message) -> None:
        """Pass on what the terminal sends, except its answers to our own questions behind frames."""
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            is_first = not self._round_trip.has_answered
            self._round_trip.answered()
            if not is_first:
                if self._owner.painted.is_set():
                    self._owner.call_later(self._owner.tick)  # draws at once what was held back
                return
        super().process_message(message)

    def close(self) -> None:
        """Wait for the last bytes to be written, for a limited time."""
        if self._writer is not None:
            self._writer.close(timeout=_CLOSE_TIMEOUT)
            self._writer = None
        super().close()

    def run_input_thread(self) -> None:
        typed, self._typed = self._typed, b""
        try:
            KeyReader(self.fileno, self._reports, typed=typed).run(self.exit_event, self.process_message)
        except OSError:
            # EIO: the terminal is gone. Textual would print a traceback to it.
            self._owner.call_later(self._owner.exit, 0)
