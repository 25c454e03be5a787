"""The watch as of an earlier moment: exactly what was known then, and nothing later.

    rewind = Rewind(track)          # a Journal (this run so far) or an Archive (a file)
    rewind.go(t)                    # ms; the nearest moment that can be shown
    rewind.intake.fleet, rewind.intake.state, rewind.intake.caught_up, rewind.now

Advancing changes the same fleet; going back, or far ahead, replaces `intake`, so anything kept beside a fleet must
check whether `intake` is still the same. Whatever depends on time alone (durations, silence) must be computed with
`rewind.now`, never with the time of day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tui.domain.state.fleet import Fleet
from tui.feed.intake import Intake, parts
from tui.feed.recording.checkpoint import garbage_kept
from tui.feed.recording.format import Header, Recorded
from tui.feed.recording.reader import Cursor
from tui.feed.recording.track import Station, Track, station_before
from tui.feed.source import Batch


class Rewind:
    """Moves within a track. `now` is the moment shown, ms; `intake` is what was known then."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.now = track.begin
        self.intake: Intake
        self._cursor: Cursor
        self._ahead: Header | Recorded | None = None
        self._ahead_t = 0
        """The item read ahead, which is later than `now`, and its time."""
        self._depart(track.stations[0])
        self.go(self.now)

    def __repr__(self) -> str:
        return f"Rewind({self.now} of {self.track.begin}–{self.track.end})"

    def _depart(self, station: Station) -> None:
        self.intake, self._cursor = station.depart(self.track.catalogue)
        self.now, self._ahead = station.t, None

    def go(self, t: int) -> None:
        """Go to a moment (ms), or to the nearest one that can be shown."""
        t = self._within(t)
        station = station_before(self.track, t)
        with garbage_kept(spared=True):
            if t < self.now or station.t > self.now:
                self._depart(station)
            self.advance(t)

    def advance(self, t: int, *, most: int | None = None) -> None:
        """Advance to a later moment (ms) through everything that arrived until then.

        With `most`, stop after about that many events, completing the batch of the last one.
        """
        t = self._within(t)
        if t >= self.now:
            self.now = self._take_until(t, most)

    def _within(self, t: int) -> int:
        return min(max(t, self.track.begin), self.track.end)

    def _take_until(self, t: int, most: int | None) -> int:
        """Apply everything that arrived until `t`; return the time reached."""
        taken, reached = 0, self.now
        while True:
            if self._ahead is None:
                self._ahead, self._ahead_t = self._cursor.next(), self._cursor.t
            if self._ahead is None or self._ahead_t > t:
                return t
            if most is not None and taken >= most and self._ahead_t > reached:
                return reached
            read, reached, self._ahead = self._ahead, self._ahead_t, None
            taken += self._take(read)

    def _take(self, read: Header | Recorded) -> int:
        """Apply an item; return its number of events."""
        if isinstance(read, Header):
            self.intake = Intake(Fleet(self.track.catalogue))
            return 0
        for part in parts(read.batch or Batch()):
            self.intake.take(part)
        return len(read.batch.events) if read.batch else 0

    @property
    def stops(self) -> Sequence[int]:
        """The times of changes, ms, without duplicates: the targets of `step`."""
        return list(dict.fromkeys(change.t for change in self.track.changes))

    def step(self, by: int) -> bool:
        """Go forward by `by` changes, or back if it is negative; return whether there is one."""
        stops = self.stops
        index = bisect_right(stops, self.now) + by - 1 if by > 0 else bisect_left(stops, self.now) + by
        if not 0 <= index < len(stops):
            return False
        self.go(stops[index])
        return True
