"""The terminal's driver, made to survive a terminal that goes away or stops reading."""

import select
from typing import TYPE_CHECKING, Any, Final, TextIO

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

_PARTING: Final = 1.0
"""Seconds that the last bytes have to leave, where the terminal reads no more."""
_FRAMES: Final = 3
"""Writes that may wait. Textual's own limit is 30; at that point its event loop stands still, and the feed with it."""


class _Output:
    """Standard error, of which the end is no error: a terminal that was closed takes no more bytes."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except (OSError, ValueError):
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except (OSError, ValueError):
            return

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


class TerminalDriver(LinuxDriver):
    """Textual's driver for POSIX terminals; `is_clogged` and `is_gone` tell how the other end is doing."""

    def __init__(self, app: "App[Any]", **options: Any) -> None:
        super().__init__(app, **options)
        self._file: Any = _Output(self._file)

    @property
    def is_clogged(self) -> bool:
        """Whether the terminal has not yet taken what it was sent: ctrl+s, a stalled SSH session, a slow line."""
        writer = self._writer_thread
        return writer is not None and writer._queue.qsize() > _FRAMES

    @property
    def is_gone(self) -> bool:
        """Whether the terminal was closed. It then reads as an endless stream of nothing, not as an error."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            # EIO: the terminal is gone. Textual would print a traceback to it.
            self._app.call_later(self._app.exit, 0)

    def close(self) -> None:
        """Wait for the last bytes, but not for ever."""
        writer = self._writer_thread
        if writer is not None and writer.is_alive():
            writer._queue.put_nowait(None)
            writer.join(_PARTING)
