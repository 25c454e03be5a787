"""`tail` on a terminal: repeated attempts are folded, the first ones printed whole and the others as one line.

A peer with a wrong key logs the same nine lines every eleven seconds. Nothing is folded in a pipe or a file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tui.content.messages.attempts import PAUSE
from tui.content.messages.messages import event_brief
from tui.content.past.known_changes import KnownChange
from tui.domain.feed_state import FeedState
from tui.domain.knowledge.rule import Severity
from tui.domain.past.common_falls import CommonFall
from tui.domain.state.fleet import Noted
from tui.domain.state.history import Entry
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health, Transition
from tui.domain.times import length
from tui.headless.tail_lines import TextLines

_WHOLE: Final = 2
"""Number of attempts written line by line before further ones share a line."""

Write = Callable[[], None]


@dataclass(slots=True)
class _Attempts:
    """The attempts that a tunnel repeats: their steps, their number, and the lines of the current attempt.

    `held` are the lines of the current attempt, for as long as it repeats the ones before.
    """

    steps: tuple[str, ...] = ()
    times: int = 0
    first_at: int = 0
    telling: Entry | None = None
    under_way: list[str] = field(default_factory=list)
    began_at: int = 0
    last_at: int | None = None
    worst: Entry | None = None
    held: list[Write] = field(default_factory=list)
    is_folding: bool = False
    is_summed_up: bool = False
    """Whether the current attempt already has its single line."""

    def close(self) -> None:
        """Count the attempt that has just ended: as a repetition, or as the first of another kind."""
        if self.last_at is None:
            return
        if self.is_folding and not self.is_summed_up:
            self.release()
        self.held.clear()
        if tuple(self.under_way) == self.steps:
            self.times += 1
        else:
            self.steps, self.times, self.first_at = tuple(self.under_way), 1, self.began_at
            self.telling = self.worst
        self.under_way, self.last_at, self.worst = [], None, None

    def begin(self, at: int) -> None:
        """Start another attempt."""
        self.close()
        self.began_at = at
        self.is_folding = self.times >= _WHOLE and self.telling is not None
        self.is_summed_up = False

    def release(self) -> None:
        """Write the held lines, and write the rest of this attempt line by line, because it differs from the ones
        before.
        """
        self.is_folding = False
        for write in self.held:
            write()
        self.held.clear()


class FoldedAttempts:
    """Writes text through `lines`, with a single line for attempts that repeat at least two earlier ones.

    The single line appears when the most telling line of the attempt arrives. If several attempts arrive at once, as in
    the look-back, the line of the last one represents them all.
    """

    def __init__(self, lines: TextLines) -> None:
        self._lines = lines
        self._attempts: dict[Tunnel, _Attempts] = {}
        self._unwritten: dict[Tunnel, Write] = {}

    def event(self, noted: Noted, *, late: bool) -> None:
        """Write an event, or hold it as part of a repeated attempt."""

        def write() -> None:
            self._lines.event(noted, late=late)

        entry, tunnel = noted.entry, noted.tunnel
        step = None if entry.is_chatter else entry.rule.id if entry.rule else entry.event.message
        self._take(tunnel, step, entry.at, write, entry=entry, is_up=entry.state.is_up.value is True)

    def transition(self, tunnel: Tunnel, transition: Transition) -> None:
        """Write a change of a tunnel's health, or hold it as part of a repeated attempt."""

        def write() -> None:
            self._lines.transition(tunnel, transition)

        # The beginning of the log says nothing about an attempt.
        step = None if transition.before is Health.UNKNOWN else f"→ {transition.after}"
        self._take(tunnel, step, transition.at, write, is_up=transition.after is Health.UP)

    def unlogged(self, tunnel: Tunnel, change: Transition) -> None:
        """Write a change that only EC2 reports."""
        self.transition(tunnel, change)

    def feed(self, feed: FeedState, before: FeedState | None, *, site: str) -> None:
        """Write the state of the feed."""
        self._lines.feed(feed, before, site=site)

    def mark(self, mark: Mark) -> None:
        """Write a note of the user."""
        self._lines.mark(mark)

    def change(self, known: KnownChange) -> None:
        """Write a change made at AWS."""
        self._lines.change(known)

    def common_fall(self, fall: CommonFall) -> None:
        """Write what connections that went down together have in common."""
        self._lines.common_fall(fall)

    def end_batch(self) -> None:
        """Write the line for the attempts since the last batch."""
        for tunnel in list(self._unwritten):
            self._write_summary(tunnel)

    def close(self) -> None:
        """Write the lines held of unfinished attempts, because nothing more will come."""
        self.end_batch()
        for attempts in self._attempts.values():
            attempts.close()

    def _take(
        self, tunnel: Tunnel, step: str | None, at: int, write: Write, *, is_up: bool, entry: Entry | None = None
    ) -> None:
        attempts = self._attempts.setdefault(tunnel, _Attempts())
        if is_up:
            attempts.close()
            self._attempts[tunnel] = _Attempts()
            self._write(tunnel, write)
            return
        if step is not None:
            if attempts.last_at is None or at - attempts.last_at > PAUSE:
                attempts.begin(at)
            attempts.under_way.append(step)
            attempts.last_at = at
            if entry is not None and (attempts.worst is None or _weight(entry) > _weight(attempts.worst)):
                attempts.worst = entry
        if not attempts.is_folding:
            self._write(tunnel, write)
            return
        attempts.held.append(write)
        if tuple(attempts.under_way) != attempts.steps[: len(attempts.under_way)]:
            self._write_summary(tunnel)
            attempts.release()
        elif step is not None and entry is not None and _is_same(entry, attempts.telling):
            attempts.is_summed_up = True
            self._unwritten[tunnel] = self._summary(tunnel, attempts, entry)

    def _write(self, tunnel: Tunnel, write: Write) -> None:
        self._write_summary(tunnel)
        write()

    def _write_summary(self, tunnel: Tunnel) -> None:
        if (write := self._unwritten.pop(tunnel, None)) is not None:
            write()

    def _summary(self, tunnel: Tunnel, attempts: _Attempts, entry: Entry) -> Write:
        every = (attempts.began_at - attempts.first_at) // attempts.times
        text = f"attempt ×{attempts.times + 1}, every {length(every)}: {event_brief(entry) or entry.event.message}"
        return lambda: self._lines.attempts(tunnel, entry, text)


def _is_same(entry: Entry, other: Entry | None) -> bool:
    return other is not None and (entry.rule, entry.event.message) == (other.rule, other.event.message)


def _weight(entry: Entry) -> int:
    return entry.explanation.severity.rank if entry.explanation else Severity.OK.rank
