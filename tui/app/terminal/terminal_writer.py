"""Writes to the terminal from a thread of its own, so that a terminal that accepts nothing blocks only that thread."""

import os
import select
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from time import monotonic
from typing import Final

MOST_WAITING: Final = 1_000
"""Maximum number of queued texts. Frames are held back long before; this bounds the answers to mouse and resizes."""


class TerminalWriter:
    """Writes texts to a file descriptor in order; `write` never blocks and never raises.

    After a failure (the terminal was closed) all further texts are discarded.
    """

    def __init__(self, descriptor: int, *, encoding: str = "utf-8") -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._texts: deque[tuple[str, float]] = deque()  # each with its time of submission; the first is being written
        self._is_closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._write_all, name="terminal-writer", daemon=True)
        self._thread.start()

    @property
    def lag(self) -> float:
        """The seconds since the text that is being written was submitted; 0 if all is written."""
        with self._changed:
            return monotonic() - self._texts[0][1] if self._texts else 0.0

    def write(self, text: str) -> bool:
        """Queue `text` for writing; drop it and return False if `MOST_WAITING` are queued already."""
        with self._changed:
            if len(self._texts) >= MOST_WAITING:
                return False
            self._texts.append((text, monotonic()))
            self._changed.notify()
            return True

    def discard(self) -> None:
        """Drop the queue. The text that is being written is not cut."""
        with self._changed:
            while len(self._texts) > 1:
                self._texts.pop()

    def close(self, *, timeout: float) -> None:
        """Write what is queued, end the thread, and wait at most `timeout` seconds for both."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(timeout)

    def _write_all(self) -> None:
        while (text := self._next()) is not None:
            unwritten = text.encode(self._encoding, "replace")
            with suppress(OSError):
                while unwritten:
                    unwritten = unwritten[self._write_some(unwritten) :]
            with self._changed:
                self._texts.popleft()

    def _next(self) -> str | None:
        """Wait for the next text; None once the writer is closed and the queue is empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._texts or self._is_closed)
            return self._texts[0][0] if self._texts else None

    def _write_some(self, data: bytes) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # another program has set the shared terminal to non-blocking
            select.select([], [self._descriptor], [])
            return 0
