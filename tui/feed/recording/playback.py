"""A moment of a track that the user moves, manually or by playing."""

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
"""The events applied in one step, which takes 70 ms: speeds that need more are not reached."""


class Playback:
    """Shows a track as of a moment, which is its time as a clock; monotonic time is that of the underlying clock.

    With `is_live` the track belongs to a watch that continues meanwhile.
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
        """A requested moment that the index has not reached yet, ms."""

    def __repr__(self) -> str:
        return f"Playback({self._rewind!r}, {'playing' if self.is_playing else 'paused'} ×{self.speed:g})"

    @property
    def intake(self) -> Intake:
        """The knowledge at the moment shown; a different object after a jump."""
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
        """Advance by the time passed, or go to the requested moment once it can be shown."""
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
        """Play or pause; at the end, play from the beginning."""
        if not self.is_playing and self.has_ended:
            self._rewind.go(self.track.begin)
        self.is_playing = not self.is_playing
        self._last = self._clock.monotonic()

    def faster(self, by: int) -> None:
        """Select the next speed, or with a negative number a previous one."""
        index = bisect_right(SPEEDS, self.speed) - 1 + by
        self.speed = SPEEDS[min(max(index, 0), len(SPEEDS) - 1)]

    def step(self, by: int) -> bool:
        """Go to the next change, or the previous one, and pause there; return whether there is one."""
        self.is_playing, self._wanted = False, None
        return self._rewind.step(by)

    def go(self, t: int) -> None:
        """Go to a moment (ms) as soon as it can be shown."""
        self._wanted = t
        self.tick()

    def find(self, text: str) -> int | None:
        """Return the moment named by a text, ms: a time before the end, or the next mark containing these words.

        None if there is none.
        """
        words = text.strip().lower()
        noted = [mark.at for mark in self.track.marks if words in mark.text.lower()]
        try:
            t = parse_since(text, now=self.track.end)
        except ValueError:
            return next((at for at in noted if at > self._rewind.now), noted[0] if noted else None)
        return t if t >= self.track.begin else None

    def status(self) -> Playing:
        """Return the state of playback for display."""
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
