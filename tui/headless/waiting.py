"""The common part of `wait` and `accept`: they follow the feed until a goal is met, or the time is up."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.content.exit_codes import ExitCode
from tui.content.layout.cells import harmless
from tui.content.wording import Moment
from tui.domain.acceptance.sighting import ConnectionSighting, Freshness, Roll, sightings
from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState, combine, selected_feeds
from tui.domain.state.fleet import Applied, Fleet
from tui.domain.times import length
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.selection import matching_nothing
from tui.feed.pump import Pump, Sink
from tui.feed.source import Batch, Source
from tui.headless.deadline import pump_until


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the waiting ended; `reason` says why it failed, and is empty if it did not."""

    code: ExitCode
    reason: str = ""


class Notes:
    """Writes a line for each change, with the time; all text is made harmless to a terminal."""

    def __init__(self, write: Callable[[str], object], clock: Clock, moment: Moment) -> None:
        self.moment = moment
        self._write = write
        self._clock = clock

    def __call__(self, text: str) -> None:
        """Write a line."""
        self._write(f"{self.moment(self._clock.now())} {harmless(text)}")


class Goal(Protocol):
    """What to wait for."""

    def opening(self, timeout: str) -> str:
        """Return the opening line: what is waited for, and for how long (`timeout`) at most."""

    def refusal(self, seen: Sequence[ConnectionSighting], feed: FeedState) -> str:
        """Return why waiting would be pointless, empty if it would not; asked once, at the first look."""

    def look(self, seen: Sequence[ConnectionSighting], *, known_until: int, is_fresh: bool) -> Outcome | None:
        """Look at what is known and report changes; return the outcome if there is one already."""

    def note_feed(self, feed: FeedState) -> None:
        """Report what is new about the feed."""

    @property
    def is_missed(self) -> bool:
        """Whether the goal is certainly not reached."""

    def shortfall(self) -> str:
        """Return what is missing."""


class Waiting:
    """Follows the feed, looks at the tunnels after every batch, and ends with an outcome.

    Trouble after the start is reported and waited out: only knowledge newer than it counts.
    """

    def __init__(
        self,
        source: Source,
        fleet: Fleet,
        goal: Goal,
        *,
        clock: Clock,
        timeout: int,
        notes: Notes,
        selectors: Sequence[str] = (),
        sinks: Sequence[Sink] = (),
    ) -> None:
        """`timeout` in ms. `sinks` receive every batch, too."""
        self.outcome: Outcome | None = None
        """The outcome, None until there is one."""
        self._pump = Pump(source, fleet, sinks=[*sinks, self._take])
        self._fleet = fleet
        self._goal = goal
        self._clock = clock
        self._timeout = timeout
        self._notes = notes
        self._selectors = selectors
        self._roll = Roll()
        self._freshness = Freshness(clock.now())
        self._began = clock.monotonic()
        self._ended: float | None = None
        self._has_looked = False

    @property
    def pump(self) -> Pump:
        """What brings the events."""
        return self._pump

    @property
    def waited(self) -> float:
        """The seconds waited so far, or in total once it has ended."""
        return (self._clock.monotonic() if self._ended is None else self._ended) - self._began

    async def run(self) -> None:
        """Wait until the goal is met, cannot be met, or the time is up; `outcome` then says which."""
        self._notes(self._goal.opening(length(self._timeout)))
        try:
            await pump_until(lambda: self.outcome is not None, self._pump, tick=self._tick)
        except FeedError as error:
            self._end(Outcome(ExitCode.UNKNOWN, error.message))
        if self.outcome is None:
            self._end(Outcome(ExitCode.UNKNOWN, "the events ended"))

    def cut_short(self, reason: str, code: ExitCode) -> None:
        """Record that the waiting was interrupted from outside."""
        if self.outcome is None:
            self._end(Outcome(code, f"{reason}: {self._goal.shortfall()}"))

    def _end(self, outcome: Outcome) -> None:
        self._ended = self._clock.monotonic()
        self.outcome = Outcome(outcome.code, harmless(outcome.reason))

    def _take(self, batch: Batch, applied: Applied) -> None:
        self._tick()

    def _tick(self) -> None:
        if self.outcome is not None:
            return
        now, feeds = self._clock.now(), selected_feeds(self._pump.states)
        feed, caught_up = combine(feeds), self._pump.caught_up_by_source
        self._freshness.note(feed, now=now)
        if self._has_looked or feed.mode is FeedMode.OFFLINE:
            self._goal.note_feed(feed)  # not before: an obstacle is reported alone
        if feeds and all(caught_up.get(source, False) for source in feeds):
            self._look_around(now, feed)
        elif feed.trouble is ErrorKind.SELECTOR or (not self._has_looked and _cannot_start(feeds.values())):
            self._end(Outcome(ExitCode.UNKNOWN, feed.reason))
        if self.outcome is None and self.waited * 1000 >= self._timeout:
            code = ExitCode.WARNING if self._goal.is_missed else ExitCode.UNKNOWN
            why = feed.reason if feed.reason and not self._has_looked else self._goal.shortfall()
            self._end(Outcome(code, f"timed out after {length(self._timeout)}: {why}"))

    def _look_around(self, now: int, feed: FeedState) -> None:
        seen = sightings(self._fleet, feed, now=now)
        if not self._has_looked and (refusal := self._unmatched(seen, feed) or self._goal.refusal(seen, feed)):
            self._end(Outcome(ExitCode.UNKNOWN, refusal))
            return
        self._has_looked = True
        outcome = self._goal.look(
            self._roll.complete(seen),
            known_until=self._fleet.known_until(now),
            is_fresh=self._freshness.is_fresh(self._fleet.watermark, now=now),
        )
        if outcome is not None:
            self._end(outcome)

    def _unmatched(self, seen: Sequence[ConnectionSighting], feed: FeedState) -> str:
        """Return the selectors that match nothing: a mistyped one must not leave only the others to wait for."""
        unmatched = feed.unmatched or self._without_stream(seen)
        if not unmatched:
            return ""
        notice = next((text for text in feed.notices if unmatched[0] in text), "")
        return notice or f"Nothing matches {' or '.join(unmatched)}."

    def _without_stream(self, seen: Sequence[ConnectionSighting]) -> tuple[str, ...]:
        """Return the selectors that match no stream, if EC2 is not asked and streams are the only names."""
        if any(connection.facts is not None for connection in self._fleet.connections):
            return ()
        names = [
            name
            for connection in seen
            for name in (connection.id, *(tunnel.outside_ip for tunnel in connection.tunnels))
        ]
        return matching_nothing(self._selectors, names)


def _cannot_start(feeds: Collection[FeedState]) -> bool:
    """Whether no feed can be read, for reasons that will not pass by themselves."""
    return bool(feeds) and all(feed.trouble is not None and not feed.trouble.is_passing for feed in feeds)
