"""Standard output for pipes: a reader that is slow, has stopped or has gone never keeps the program from ending."""

import contextlib
import os
import queue
import select
import shutil
import sys
import threading
from typing import Final

_LAST_WAIT: Final = 0.4
"""Seconds that the last lines wait for a slow reader."""

_IN_A_PIPE: Final = 80
"""Cells per line if no terminal reports its width."""

_MOST_NOTES: Final = 500
"""Maximum number of texts queued for a reader of stderr."""


class ReaderGone(BaseException):
    """A signal arrived while a line was waiting for its reader."""


class Output:
    """Prints lines to stdout. A reader that has stopped blocks the program, but not the signal that ends it.

    A blocked write resumes after a signal (PEP 475) unless the signal's handler raises, and the handlers of the event
    loop, which stands still meanwhile, do not. So at most PIPE_BUF bytes are written at a time, after select() has
    reported room for them.
    """

    def __init__(self, *, is_last: bool = False) -> None:
        """If `is_last`, do not wait for a reader that has stopped."""
        self._is_writing = False
        self._is_last = is_last

    def __call__(self, line: str) -> None:
        """Print a line. Raises ReaderGone if a signal has ended the program and the reader makes no room."""
        stdout = sys.stdout
        left = f"{line}\n".encode(stdout.encoding, stdout.errors or "strict")
        while left:
            while not _has_room(_LAST_WAIT):
                if self._is_last:
                    raise ReaderGone
            self._is_writing = True
            try:
                left = left[os.write(stdout.fileno(), left[: select.PIPE_BUF]) :]
            finally:
                self._is_writing = False

    def stop_waiting(self) -> None:
        """Stop waiting for a reader that has gone or stopped; to be called by a signal's handler.

        Raises ReaderGone if a stopped terminal blocks a write: such a terminal reports room but has too little.
        """
        self._is_last = True
        if self._is_writing and not _has_room(0):
            raise ReaderGone


class ErrorOutput:
    """Writes messages to stderr without ever waiting or failing for lack of a reader.

    A thread of its own writes, because a stopped terminal (ctrl+s) blocks every writer.
    """

    def __init__(self) -> None:
        self._texts: queue.Queue[str | None] = queue.Queue(_MOST_NOTES)
        self._thread: threading.Thread | None = None

    def __call__(self, text: str, *, end: str = "\n") -> None:
        """Write a text; once a few hundred are waiting for a reader, further ones are dropped."""
        if sys.stderr is None:  # closed by the parent process
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, daemon=True)
            self._thread.start()
        with contextlib.suppress(queue.Full):
            self._texts.put_nowait(f"{text}{end}")

    def close(self) -> None:
        """Wait briefly until everything is written."""
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._texts.put_nowait(None)
            self._thread.join(_LAST_WAIT)

    def _write(self) -> None:
        stderr = sys.stderr
        while (text := self._texts.get()) is not None:
            with contextlib.suppress(OSError, ValueError):  # a pipe without a reader, a closed descriptor
                left = text.encode(stderr.encoding, stderr.errors or "strict")
                while left:
                    left = left[os.write(stderr.fileno(), left) :]


def print_width() -> int:
    """Return the width for printed text in cells: that of the terminal, or 80 in a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _IN_A_PIPE


def print_note(line: str) -> None:
    """Print a line to stderr. If nobody reads it, it is lost and the command goes on."""
    with contextlib.suppress(OSError, ValueError):  # a pipe without a reader, a closed descriptor
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - stderr is its purpose


def print_result(text: str, *, waits: bool = True) -> None:
    """Print a command's result to stdout, waiting for its reader only if it `waits`.

    If nobody reads it, the exit code alone carries the result.
    """
    output = Output(is_last=not waits)
    try:
        output(text)
    except (BrokenPipeError, ReaderGone):
        discard_output()


def _has_room(timeout: float) -> bool:
    return bool(select.select([], [sys.stdout], [], timeout)[1])


def discard_output() -> None:
    """Redirect buffered output to /dev/null: it has no reader, and flushing it would fail or block."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
