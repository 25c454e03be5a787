"""A recording's file as a track: opened at once, indexed in the background."""

import asyncio
from collections import deque
from time import perf_counter
from typing import Final

from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.feed.intake import Intake, parts
from tui.feed.recording.checkpoint import Freezing
from tui.feed.recording.format import Header, Recorded, RecordingError
from tui.feed.recording.reader import Reader, Rewrite
from tui.feed.recording.track import EVERY, Change, Station, changes_of
from tui.feed.source import Batch

_SLICE: Final = 0.02
"""The duration of one slice of indexing, in seconds; a key pressed meanwhile waits that long."""


class Archive:
    """A file, as far as it has been indexed; `end` advances while `index` goes through it.

    `header` is that of its first run. Events before a run has read its look-back are not changes: they happened
    earlier.
    """

    def __init__(self, path: str, catalogue: Catalogue, *, rewrite: Rewrite | None = None) -> None:
        """Open the file; raises RecordingError if it is not a recording, or one of a newer version.

        `rewrite` changes each batch as it is read, for example masks it.
        """
        self.path = path
        self.catalogue = catalogue
        self._reader = Reader.open(path, rewrite=rewrite)
        self.header = self._reader.header()
        self._unread = self._reader.fork()
        self.stations: list[Station] = [Station(self.header.started, None, self._unread)]
        self.changes: list[Change] = []
        self.marks: list[Mark] = []
        self.events = 0
        self.begin = self.end = self.ready = self.header.started
        self.is_complete = False
        self.trouble = ""
        """One sentence about what could not be read."""
        self._intake = Intake(Fleet(catalogue))
        self._since_station = 0
        self._parts: deque[Batch] = deque()
        """The remaining parts of the batch read last."""
        self._was_caught_up = False
        self._freezing: Freezing | None = None

    def cursor(self) -> Reader:
        """Return a cursor before the first run."""
        return self._unread.fork()

    @property
    def share_read(self) -> float:
        """The share of the file that has been indexed, from 0 to 1."""
        return 1.0 if self.is_complete else self._reader.offset / max(1, self._reader.size)

    async def index(self) -> None:
        """Index the whole file, in slices that do not block the event loop, up to the first unreadable part."""
        while not self.is_complete:
            self._go_on(until=perf_counter() + _SLICE)
            await asyncio.sleep(0)

    def _go_on(self, *, until: float) -> None:
        is_first = True
        while is_first or perf_counter() < until:
            is_first = False
            if self._freezing is not None:
                self._go_on_freezing(self._freezing)
                continue
            if self._parts:
                self._take_part(self._parts.popleft(), is_last=not self._parts)
                continue
            try:
                read = self._reader.next()
            except RecordingError as newer:
                self.trouble, self.is_complete = str(newer), True
                return
            if read is None:
                self.trouble, self.is_complete = self._reader.damage, True
                return
            self._take(read)

    def _take(self, read: Header | Recorded) -> None:
        if isinstance(read, Header):
            self._intake = Intake(Fleet(self.catalogue))
        elif read.batch is not None:
            self.marks += read.batch.marks
            self._was_caught_up = self._intake.caught_up
            self._parts.extend(parts(read.batch))
            return
        self.end = self._reader.t

    def _take_part(self, part: Batch, *, is_last: bool) -> None:
        """Apply a part of the batch read last; `end` advances with the last part."""
        t = self._reader.t
        applied = self._intake.take(part)
        if self._was_caught_up:
            self.changes += changes_of(t, applied)
        self._since_station += len(part.events)
        self.events += len(part.events)
        if not is_last:
            return
        self.end = t
        if self._intake.caught_up and self.ready == self.begin:
            self.ready = t
        if self._since_station >= EVERY:
            self._freezing = Freezing(self._intake)

    def _go_on_freezing(self, freezing: Freezing) -> None:
        frozen = freezing.step()
        if frozen is not None:
            self.stations.append(Station(self.end, frozen, self._reader.fork()))
            self._since_station, self._freezing = 0, None
