"""Measures how far behind a terminal is: it answers a question behind a frame once it has drawn the frame.

Sent data may be queued for minutes: in the pseudo-terminal, in SSH, on a slow line. Skipping a frame while earlier ones
are queued costs nothing; a frame that is queued behind them costs the reader all of that time.
"""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

QUESTION: Final = "\x1b[?2026$p"
"""Asks for support of synchronized output (DECRQM). Textual asks it at the start and tells the answer from keys."""
_BYTES: Final = 1_500
"""Bytes that are sent without a question: on any line so few arrive at once."""
_MOST_UNSEEN: Final = 3_000
"""Maximum number of bytes sent behind an unanswered question: half a second on a line of 64 kbit/s."""
_LONGEST: Final = 10.0
"""Seconds after which no answer is expected any more: the terminal may have been replaced."""


class RoundTrip:
    """Asks a terminal that has answered before, one question at a time; used by the event loop and the input thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._unasked = 0
        self._asked_at: float | None = None
        self._shortest: float | None = None
        self._is_answered = Event()
        self.has_answered = False

    def question(self, size: int) -> str:
        """Return the question to send after a frame of that many bytes; usually empty."""
        self._unasked += size
        if not self.has_answered or self._asked_at is not None or self._unasked < _BYTES:
            return ""
        self._unasked, self._asked_at = 0, self._clock()
        self._is_answered.clear()
        return QUESTION

    def answered(self) -> None:
        """Accept an answer; the first one is to Textual's own question."""
        if self._asked_at is not None:
            took = self._clock() - self._asked_at
            self._shortest = took if self._shortest is None else min(took, self._shortest)
        self.has_answered, self._asked_at = True, None
        self._is_answered.set()

    @property
    def lag(self) -> float:
        """The seconds by which the answer exceeds the line's best round trip; 0 if none is awaited.

        If much was sent behind the question, the longest possible lag.
        """
        if self._asked_at is None:
            return 0.0
        waited = self._clock() - self._asked_at
        if waited > _LONGEST:
            self.has_answered, self._asked_at = False, None
            return 0.0
        return _LONGEST if self._unasked > _MOST_UNSEEN else max(0.0, waited - (self._shortest or 0.0))

    def wait(self, timeout: float) -> None:
        """Wait for an answer that is on its way: after the program ends, it would be typed into the shell."""
        if self._asked_at is not None:
            self._is_answered.wait(timeout)
