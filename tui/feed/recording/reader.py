"""Reads a recording's file from the start, line by line, and counts what could not be read."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from tui.feed.recording.format import Decoder, Header, Recorded, RecordingError
from tui.feed.recording.lines import FileLines, OpenFile
from tui.feed.source import Batch

_TIME: Final = re.compile(rb'\{"t":(\d{1,15})[,}]')
_HEADER: Final = b'{"format"'
Rewrite = Callable[[Batch], Batch]


class Run(NamedTuple):
    """One of the runs in a recording, which begins with its header and ends at `end`, ms."""

    header: Header
    end: int


class Cursor(Protocol):
    """Reads a recording from some moment on. `fork` returns an independent cursor at the same position."""

    @property
    def t(self) -> int:
        """The time of the item returned last, ms. It never decreases."""

    def next(self) -> Header | Recorded | None:
        """Return the next item: the header of a run, or a batch in it. None at the end, which may move."""

    def fork(self) -> "Cursor": ...


class Reader:
    """Reads a recording's file. Truncated or damaged parts are left out and counted.

    The time never decreases: a clock that was set back does not reorder the batches.
    """

    def __init__(self, lines: FileLines, name: str, *, rewrite: Rewrite | None = None) -> None:
        self.t = 0
        self._lines = lines
        self._name = name
        self._rewrite = rewrite
        self._decoder = Decoder()
        self._unread = 0
        self._has_begun = False

    @classmethod
    def open(cls, path: str, *, rewrite: Rewrite | None = None) -> "Reader":
        """Return a reader of the file; raises RecordingError if it is not a recording, or one of a newer version.

        `rewrite` changes each batch as it is read, for example masks it.
        """
        try:
            file = OpenFile(path)
        except OSError as trouble:
            raise RecordingError(f"{path}: {(trouble.strerror or str(trouble)).rstrip('.')}.") from None
        reader = cls(FileLines(file), path, rewrite=rewrite)
        reader.header()
        return reader

    @property
    def offset(self) -> int:
        """The position up to which the file has been read, in bytes."""
        return self._lines.offset

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self._lines.size

    @property
    def damage(self) -> str:
        """One sentence about what could not be read so far; empty if everything could."""
        lost = self._unread + self._lines.lost
        damaged = f"{lost} {'place' if lost == 1 else 'places'} in it could not be read" if lost else ""
        cut = f"its last {self._lines.unfinished:,} bytes are no whole line" if self._lines.unfinished else ""
        return f"{self._name}: {' and '.join(filter(None, (damaged, cut)))}; the rest is shown." if lost or cut else ""

    def fork(self) -> "Reader":
        """Return an independent reader that continues from here."""
        other = Reader(self._lines.fork(), self._name, rewrite=self._rewrite)
        other.t, other._decoder = self.t, self._decoder.copy()
        other._unread, other._has_begun = self._unread, self._has_begun
        return other

    def next(self) -> Header | Recorded | None:
        """Return the next item, None at the present end. Raises RecordingError for a newer version."""
        while (line := self._lines.next()) is not None:
            read = self._read(line) if line else None
            if read is None:
                continue
            self.t = max(self.t, read.t)
            if isinstance(read, Header) or read.batch is None:
                return read
            return Recorded(self.t, self._rewrite(read.batch) if self._rewrite else read.batch)
        return None

    def end(self) -> int:
        """Return the last time in the file, ms. It takes 1 s for a million events, since the whole file is read."""
        return max(run.end for run in self.runs())

    def runs(self) -> tuple["Run", ...]:
        """Return the runs in the file, oldest first. It takes as long as `end`."""
        lines, runs, decoder = self.fork()._lines, list[Run](), Decoder()
        while (line := lines.next()) is not None:
            if time := _TIME.match(line):
                runs[-1:] = [Run(run.header, max(run.end, int(time[1]))) for run in runs[-1:]]
            elif line.startswith(_HEADER):
                with suppress(RecordingError, ValueError):  # a newer version, damage: reported when it is read
                    if isinstance(header := decoder.read(line), Header):
                        runs.append(Run(header, header.started))
        return tuple(runs)

    def header(self) -> Header:
        """Return the header of the first run, without advancing."""
        first = self.fork().next()
        if not isinstance(first, Header):
            raise self._no_recording()
        return first

    def _no_recording(self) -> RecordingError:
        return RecordingError(f"{self._name} is not a recording of tunnelwatch.")

    def _read(self, line: bytes) -> Header | Recorded | None:
        """Return the content of a line, None if it is damaged. The first line must be a header."""
        try:
            read = self._decoder.read(line)
        except RecordingError as newer:
            raise RecordingError(f"{self._name} was {newer}.") from None
        except ValueError:
            self._unread += 1
            read = None
        if not self._has_begun and not isinstance(read, Header):
            raise self._no_recording()
        self._has_begun = True
        return read
