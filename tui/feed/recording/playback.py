"""A moment of a track that the user moves: by hand, or as time goes by."""

from bisect import bisect_right
from typing import Final

from tui.domain.clock import Clock
from tui.domain.past.playing import Playing
from tui.domain.times import parse_since
from tui.feed.intake import Intake
from tui.feed.recording.rewind import Rewind
from tui.feed.recording.track import Track

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_AT_ONCE: Final = 5_000
"""Events that are gone through in one step, which takes 70 ms: a speed that asks for more is not reached."""


class Playback:
    """Shows a track as of a moment, which is its time as a clock; its seconds go on as those of the clock below.

    With `is_live` the track is that of a watch that goes on meanwhile.
    """

    def __init__(self, track: Track, clock: Clock, *, speed: float = 1.0, is_live: bool = False) -> None:
        self.track = track
        self.is_live = is_live
        self.is_playing = not is_live
        self.speed = speed
        self._clock = clock
        self._rewind = Rewind(track)
        self._last = clock.monotonic()
        self._wanted: int | None = None
        """A moment that the index has not reached yet, ms."""

    def __repr__(self) -> str:
        return f"Playback({self._rewind!r}, {'playing' if self.is_playing else 'paused'} ×{self.speed:g})"

    @property
    def intake(self) -> Intake:
        """What was known at the moment shown; another one after a jump."""
        return self._rewind.intake

    def now(self) -> int:
        """Return the moment shown, ms."""
        return self._rewind.now

    def monotonic(self) -> float:
        return self._clock.monotonic()

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing after the moment shown."""
        return self.track.is_complete and self._rewind.now >= self.track.end

    def tick(self) -> None:
        """Move on with the time that went by, or to the moment that was asked for once it can be shown."""
        passed = self._clock.monotonic() - self._last
        self._last += passed
        if self._wanted is not None:
            if self.track.is_complete or self.track.end >= self._wanted:
                self._rewind.go(self._wanted)
                self._wanted = None
        elif self.is_playing:
            self._rewind.advance(self._rewind.now + round(passed * 1000 * self.speed), most=_AT_ONCE)
            self.is_playing = not self.has_ended

    def toggle(self) -> None:
        """Play, or pause; at the end play from the beginning again."""
        if not self.is_playing and self.has_ended:
            self._rewind.go(self.track.begin)
        self.is_playing = not self.is_playing
        self._last = self._clock.monotonic()

    def faster(self, by: int) -> None:
        """Take the next speed, or with a negative number the one before."""
        index = bisect_right(SPEEDS, self.speed) - 1 + by
        self.speed = SPEEDS[min(max(index, 0), len(SPEEDS) - 1)]

    def step(self, by: int) -> bool:
        """Go to the next change, or the one before, and stay there; return whether there is one."""
        self.is_playing, self._wanted = False, None
        return self._rewind.step(by)

    def go(self, t: int) -> None:
        """Go to a moment, ms, as soon as it can be shown."""
        self._wanted = t
        self.tick()

    def find(self, text: str) -> int | None:
        """Return the moment that a text names, ms: a time before the end, or the next note with these words.

        None where there is no such moment.
        """
        words = text.strip().lower()
        noted = [mark.at for mark in self.track.marks if words in mark.text.lower()]
        try:
            t = parse_since(text, now=self.track.end)
        except ValueError:
            return next((at for at in noted if at > self._rewind.now), noted[0] if noted else None)
        return t if t >= self.track.begin else None

    def status(self) -> Playing:
        """Return what is told of it."""
        stops = self._rewind.stops
        return Playing(
            today=self._clock.now(),
            is_live=self.is_live,
            is_playing=self.is_playing,
            has_ended=self.has_ended,
            speed=self.speed,
            change=bisect_right(stops, self._rewind.now),
            changes=len(stops),
            share_read=None if self.is_live or self.track.is_complete else self.track.share_read,
            is_waiting=self._wanted is not None,
        )
