"""`tunnelwatch wait`: a gate for scripts, that opens when the tunnels are as they shall be."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.content.cells import harmless
from tui.content.exit_codes import ExitCode
from tui.content.gate import (
    aim_sentence,
    obstacle_sentence,
    reached_text,
    shortfall,
    standing_key,
    standing_text,
)
from tui.content.wording import Moment
from tui.domain.clock import Clock
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.fleet import Applied, Fleet
from tui.domain.gate import Aim, Gate, Look, obstacle
from tui.domain.sighting import ConnectionSighting, Freshness, Roll, sightings
from tui.domain.times import length
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.selection import matching_nothing
from tui.feed.pump import Pump, Sink
from tui.feed.source import Batch, Source
from tui.headless.deadline import pump_until
from tui.headless.feed_lines import feed_lines

Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the waiting ended; `reason` says why the aim was not reached, and is empty where it was."""

    code: ExitCode
    reason: str = ""


class Wait:
    """Waits until the tunnels are as wanted, and says on the way what changes."""

    def __init__(
        self,
        source: Source,
        fleet: Fleet,
        aim: Aim,
        *,
        clock: Clock,
        timeout: int,
        write: Write,
        moment: Moment,
        selectors: Sequence[str] = (),
        sinks: Sequence[Sink] = (),
    ) -> None:
        """`timeout` in ms. `write` gets a line for each change. `sinks` get every event, too."""
        self._pump = Pump(source, fleet, sinks=[*sinks, self._take])
        self._fleet = fleet
        self._aim = aim
        self._clock = clock
        self._timeout = timeout
        self._write = write
        self._moment = moment
        self._selectors = selectors
        self._gate = Gate(aim)
        self._roll = Roll()
        self._freshness = Freshness(clock.now())
        self._began = clock.monotonic()
        self._ended: float | None = None
        self._feed = FeedState()
        self._look: Look | None = None
        self._told: dict[str, object] = {}
        self.verdict: Verdict | None = None
        """How it ended, None before that."""

    @property
    def waited(self) -> float:
        """For how many seconds it has waited, or had at its end."""
        return (self._clock.monotonic() if self._ended is None else self._ended) - self._began

    async def run(self) -> None:
        """Wait until the aim is reached, cannot be reached, or the time is up; `verdict` then says which."""
        self._say(aim_sentence(self._aim, timeout=self._timeout))
        try:
            await pump_until(lambda: self.verdict is not None, self._pump, tick=self._tick)
        except FeedError as error:
            self._end(ExitCode.UNKNOWN, error.message)
        if self.verdict is None:
            self._end(ExitCode.UNKNOWN, "the events ended")

    def cut_short(self, reason: str, code: ExitCode) -> None:
        """Record that the waiting was ended from outside."""
        if self.verdict is None:
            self._end(code, self._with_shortfall(reason))

    def _take(self, batch: Batch, applied: Applied) -> None:
        self._tick()

    def _tick(self) -> None:
        if self.verdict is not None:
            return
        now = self._clock.now()
        feed = self._pump.state
        self._freshness.note(feed, now=now)
        if self._look is not None or feed.mode is FeedMode.OFFLINE:
            self._say_feed(feed)  # not before: what stops the waiting at once is said alone
        if self._pump.caught_up:
            self._look_around(now)
        if self.verdict is None and self.waited * 1000 >= self._timeout:
            is_known = self._look is not None and self._look.is_known
            code = ExitCode.WARNING if is_known else ExitCode.UNKNOWN
            self._end(code, self._with_shortfall(f"timed out after {length(self._timeout)}"))

    def _say_feed(self, feed: FeedState) -> None:
        for text in feed_lines(feed, self._feed):
            self._say(text)
        self._feed = feed

    def _look_around(self, now: int) -> None:
        seen = sightings(self._fleet, self._pump.state, now=now)
        if self._look is None and (refusal := self._refusal(seen)):
            self._end(ExitCode.UNKNOWN, refusal)
            return
        known_until = self._fleet.known_until(now)
        is_fresh = self._freshness.is_fresh(self._fleet.watermark, now=now)
        self._look = self._gate.look(self._roll.complete(seen), known_until=known_until, is_fresh=is_fresh)
        for standing in self._look.standings:
            key = standing_key(standing)
            if self._told.get(standing.connection.id) != key:
                self._told[standing.connection.id] = key
                self._say(standing_text(standing, self._aim, self._moment))
        if self._look.is_reached:
            self._end(ExitCode.OK)

    def _refusal(self, seen: Sequence[ConnectionSighting]) -> str:
        """Return why waiting would be in vain, empty where it would not."""
        unmatched = self._pump.state.unmatched or self._without_stream(seen)
        if unmatched:
            notice = next((text for text in self._pump.state.notices if unmatched[0] in text), "")
            return notice or f"Nothing matches {' or '.join(unmatched)}."
        stop = obstacle(self._aim, seen)
        return obstacle_sentence(*stop, why=self._pump.state.reason) if stop is not None else ""

    def _without_stream(self, seen: Sequence[ConnectionSighting]) -> tuple[str, ...]:
        """Return the selectors that match nothing where EC2 is not asked, and the names of streams are all there is."""
        if any(connection.facts is not None for connection in self._fleet.connections):
            return ()
        names = [name for each in seen for name in (each.id, *(tunnel.outside_ip for tunnel in each.tunnels))]
        return matching_nothing(self._selectors, names)

    def _with_shortfall(self, reason: str) -> str:
        return f"{reason}: {shortfall(self._look, self._aim, self._moment)}"

    def _end(self, code: ExitCode, reason: str = "") -> None:
        self._ended = self._clock.monotonic()
        self.verdict = Verdict(code, harmless(reason))

    def _say(self, text: str) -> None:
        self._write(f"{self._moment(self._clock.now())} {harmless(text)}")

    def text(self) -> str:
        """Return the verdict as one line."""
        verdict = self.verdict or Verdict(ExitCode.UNKNOWN)
        if verdict.code is ExitCode.OK and self._look is not None:
            waited = round(self.waited * 1000)
            return harmless(reached_text(self._look, self._aim, waited=waited, moment=self._moment))
        return f"not reached: {verdict.reason}"

    def json(self) -> str:
        """Return the one object of `wait --json`."""
        verdict = self.verdict or Verdict(ExitCode.UNKNOWN)
        return json.dumps(
            {
                "reached": verdict.code is ExitCode.OK,
                "until": self._aim.until.value,
                "waited_seconds": round(self.waited, 1),
                "connections": [
                    {
                        "id": standing.connection.id or None,
                        "name": standing.connection.name or None,
                        "verdict": standing.connection.verdict.value,
                        "carrying": standing.connection.carrying,
                        "total": len(standing.connection.tunnels),
                    }
                    for standing in (self._look.standings if self._look is not None else ())
                ],
                "reason": verdict.reason or None,
            }
        )
