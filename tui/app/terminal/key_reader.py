"""Reads keys, clicks and answers as Textual does, without mistaking answers for keys."""

import errno
import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable
from threading import Event
from typing import Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.message import Message

from tui.app.terminal.reports import Reports

_SILENCE: Final = 0.1
"""Seconds after which held text counts as a key; Textual waits as long for what follows an escape."""


class KeyReader:
    """Reads a terminal in a thread of its own.

    Textual's own reader takes a terminal's answers about its colours for keys, and ends the program at a byte that is
    not UTF-8, which a Latin-1 terminal sends for `é`.
    """

    def __init__(self, descriptor: int, reports: Reports, *, typed: bytes = b"") -> None:
        self._descriptor, self._reports, self._typed = descriptor, reports, typed
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode

    def run(self, until: Event, deliver: Callable[[Message], None]) -> None:
        """Deliver what was `typed` before, then what arrives, until the event is set and nothing is left.

        Raises OSError if the terminal is gone.
        """
        with selectors.SelectSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            self._feed(self._typed, deliver)
            is_last = False
            while not is_last:
                is_last = until.is_set()
                if selector.select(_SILENCE):
                    self._feed(self._reports.take(self._read()), deliver)
                else:
                    self._feed(self._reports.settle(), deliver)
        try:
            for _ in self._parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _read(self) -> bytes:
        """Return what has arrived. An empty result, repeated for ever, would mean that the terminal was closed."""
        data = os.read(self._descriptor, 4096)
        if not data:
            raise OSError(errno.EIO, os.strerror(errno.EIO))  # as for a read interrupted by the closing
        return data

    def _feed(self, data: bytes, deliver: Callable[[Message], None]) -> None:
        text = self._decode(data)
        for message in self._parser.feed(text) if text else ():
            deliver(message)
        for message in self._parser.tick():
            deliver(message)
