"""Standard output for pipes: a reader that is slow, takes nothing or goes away never keeps the program from ending."""

import contextlib
import os
import select
import sys
from typing import Final

_LAST_WAIT: Final = 0.4
"""Seconds that the last lines wait for a reader that is slow, and not gone."""


class ReaderGone(BaseException):
    """A signal came while a line was waiting for its reader."""


class Output:
    """Prints lines to stdout. A reader that takes nothing blocks the program, but not the signal that ends it.

    A write that blocks goes on after a signal (PEP 475) unless the signal's handler raises, and the event loop, whose
    own handlers do not, stands still meanwhile. So at most PIPE_BUF bytes are written at a time, after select() has
    reported room for them.
    """

    def __init__(self) -> None:
        self._is_writing = False
        self._is_last = False

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
        """Wait no longer for a reader that is gone or takes nothing; to be called by a signal's handler.

        Raises ReaderGone where a stopped terminal blocks a write: it reports room, and has too little.
        """
        self._is_last = True
        if self._is_writing and not _has_room(0):
            raise ReaderGone


def print_note(line: str, *, end: str = "\n") -> None:
    """Print a line to stderr. Where nobody reads it, it is lost: what the command is for goes on."""
    with contextlib.suppress(OSError, ValueError):  # a pipe without a reader, a closed descriptor
        print(line, file=sys.stderr, end=end, flush=True)  # noqa: T201 - stderr is what it is for


def print_result(text: str) -> None:
    """Print a command's result to stdout. Where nobody reads it, the exit code alone tells it."""
    try:
        print(text, flush=True)  # noqa: T201 - a result
    except BrokenPipeError:
        discard_output()


def _has_room(timeout: float) -> bool:
    return bool(select.select([], [sys.stdout], [], timeout)[1])


def discard_output() -> None:
    """Send what is still buffered to /dev/null: it has no reader, and to flush it would fail or block."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
