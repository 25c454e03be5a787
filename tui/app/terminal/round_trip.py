"""How far behind a terminal is: it is asked after every few frames, and shows all that came before once it answers.

What the system takes from us may wait for minutes on its way: in the pseudo-terminal, in SSH, on a slow line. A frame
that is not drawn because the ones before are still on their way costs nothing; one that waits behind them costs the
reader its whole time.
"""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

QUESTION: Final = "\x1b[?2026$p"
"""Does it know synchronized output (DECRQM)? Textual asks it at the start, and knows the answer among the keys."""
_BYTES: Final = 1_500
"""What is sent without asking: less is there at once on any line."""
_MOST_UNSEEN: Final = 3_000
"""Bytes behind a question that has no answer yet: half a second of a line of 64 kbit/s."""
_LONGEST: Final = 10.0
"""Seconds after which no answer is expected any more: another terminal may have taken its place."""


class RoundTrip:
    """Asks a terminal that has answered before, one question at a time; from the event loop and the input thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._unasked = 0
        self._asked_at: float | None = None
        self._shortest: float | None = None
        self._is_answered = Event()
        self.has_answered = False

    def question(self, size: int) -> str:
        """Return what to ask behind a frame of so many bytes; mostly nothing."""
        self._unasked += size
        if not self.has_answered or self._asked_at is not None or self._unasked < _BYTES:
            return ""
        self._unasked, self._asked_at = 0, self._clock()
        self._is_answered.clear()
        return QUESTION

    def answered(self) -> None:
        """Take an answer; the first one is to what Textual asked."""
        if self._asked_at is not None:
            took = self._clock() - self._asked_at
            self._shortest = took if self._shortest is None else min(took, self._shortest)
        self.has_answered, self._asked_at = True, None
        self._is_answered.set()

    @property
    def lag(self) -> float:
        """Seconds by which the answer takes longer than the line does at its best; 0 where none is awaited.

        Where much was sent behind the question, it is the longest that there is.
        """
        if self._asked_at is None:
            return 0.0
        waited = self._clock() - self._asked_at
        if waited > _LONGEST:
            self.has_answered, self._asked_at = False, None
            return 0.0
        return _LONGEST if self._unasked > _MOST_UNSEEN else max(0.0, waited - (self._shortest or 0.0))

    def wait(self, timeout: float) -> None:
        """Wait for an answer that is on its way: left for the shell, it would be typed there."""
        if self._asked_at is not None:
            self._is_answered.wait(timeout)
