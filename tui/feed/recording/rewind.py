"""The watch as it stood at an earlier moment: exactly what was known then, and nothing that came later.

    rewind = Rewind(track)          # a Journal (this run so far) or an Archive (a file)
    rewind.go(t)                    # ms; the moment that can be shown and is nearest
    rewind.intake.fleet, rewind.intake.state, rewind.intake.caught_up, rewind.now

Going on from the moment shown changes the same fleet; going back, or far on, brings another `intake`, so whoever keeps
something beside a fleet has to look whether `intake` is the same. What time alone decides (how long something lasts,
silence) is to be asked with `rewind.now`, never with the time of day.
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
    """Goes to and fro in a track. `now` is the moment shown, ms; `intake` is what was known then."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.now = track.begin
        self.intake: Intake
        self._cursor: Cursor
        self._ahead: Header | Recorded | None = None
        self._ahead_t = 0
        """What the cursor returned last and was after `now`, and when it was."""
        self._depart(track.stations[0])
        self.go(self.now)

    def __repr__(self) -> str:
        return f"Rewind({self.now} of {self.track.begin}–{self.track.end})"

    def _depart(self, station: Station) -> None:
        self.intake, self._cursor = station.depart(self.track.catalogue)
        self.now, self._ahead = station.t, None

    def go(self, t: int) -> None:
        """Go to a moment, ms; to the nearest that can be shown, where it cannot be."""
        t = self._within(t)
        station = station_before(self.track, t)
        with garbage_kept(spared=True):
            if t < self.now or station.t > self.now:
                self._depart(station)
            self.advance(t)

    def advance(self, t: int, *, most: int | None = None) -> None:
        """Go on to a later moment, ms, through all that came until then; with `most`, no further than so many events,
        and the rest of the batch that the last of them came with."""
        t = self._within(t)
        if t >= self.now:
            self.now = self._take_until(t, most)

    def _within(self, t: int) -> int:
        return min(max(t, self.track.begin), self.track.end)

    def _take_until(self, t: int, most: int | None) -> int:
        """Take in what came until `t`; return how far that went."""
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
        """Take in what was read; return how many events that were."""
        if isinstance(read, Header):
            self.intake = Intake(Fleet(self.track.catalogue))
            return 0
        for part in parts(read.batch or Batch()):
            self.intake.take(part)
        return len(read.batch.events) if read.batch else 0

    @property
    def stops(self) -> Sequence[int]:
        """When something changed, ms, each moment once: what `step` goes to."""
        return list(dict.fromkeys(change.t for change in self.track.changes))

    def step(self, by: int) -> bool:
        """Go so many changes on, or back where `by` is negative; return whether there is one."""
        stops = self.stops
        index = bisect_right(stops, self.now) + by - 1 if by > 0 else bisect_left(stops, self.now) + by
        if not 0 <= index < len(stops):
            return False
        self.go(stops[index])
        return True
