"""`tunnelwatch wait`: a gate for scripts that opens when the tunnels are in the wanted state."""

import json
from collections.abc import Sequence

from tui.content.acceptance.gate import (
    aim_sentence,
    obstacle_sentence,
    reached_text,
    shortfall,
    standing_key,
    standing_text,
)
from tui.content.exit_codes import ExitCode
from tui.content.layout.cells import harmless
from tui.domain.acceptance.aim import Aim
from tui.domain.acceptance.gate import Gate, Look, obstacle
from tui.domain.acceptance.sighting import ConnectionSighting
from tui.domain.feed_state import FeedState
from tui.headless.feed_lines import feed_lines
from tui.headless.json_documents import site_of
from tui.headless.waiting import Notes, Outcome


class GateGoal:
    """The goal that the tunnels are in the wanted state; reports changes meanwhile."""

    def __init__(self, aim: Aim, notes: Notes) -> None:
        self._aim = aim
        self._notes = notes
        self._gate = Gate(aim)
        self._look: Look | None = None
        self._shown: dict[str, object] = {}
        self._due_at: int | None = None
        self._feed = FeedState()

    def opening(self, timeout: str) -> str:
        return aim_sentence(self._aim, timeout=timeout)

    def refusal(self, seen: Sequence[ConnectionSighting], feed: FeedState) -> str:
        stop = obstacle(self._aim, seen)
        return obstacle_sentence(*stop, why=feed.reason) if stop is not None else ""

    def look(self, seen: Sequence[ConnectionSighting], *, known_until: int, is_fresh: bool) -> Outcome | None:
        self._look = self._gate.look(seen, known_until=known_until, is_fresh=is_fresh)
        for standing in self._look.standings:
            key = standing_key(standing)
            if self._shown.get(standing.connection.id) != key:
                self._shown[standing.connection.id] = key
                self._notes(standing_text(standing, self._aim, self._notes.moment))
        if self._look.is_reached:
            return Outcome(ExitCode.OK)
        if self._look.due_at is not None and self._look.due_at != self._due_at:
            self._notes(f"all is as wanted; reached at {self._notes.moment(self._look.due_at)} if nothing breaks")
        self._due_at = self._look.due_at or self._due_at
        return None

    def note_feed(self, feed: FeedState) -> None:
        for text in feed_lines(feed, self._feed):
            self._notes(text)
        self._feed = feed

    @property
    def is_missed(self) -> bool:
        return self._look is not None and self._look.is_known

    def shortfall(self) -> str:
        return shortfall(self._look, self._aim, self._notes.moment)

    def text(self, outcome: Outcome, *, waited: float) -> str:
        """Return the outcome after that many seconds as one line."""
        if outcome.code is ExitCode.OK and self._look is not None:
            return harmless(reached_text(self._look, self._aim, waited=round(waited * 1000), moment=self._notes.moment))
        return f"not reached: {outcome.reason}"

    def json(self, outcome: Outcome, *, waited: float) -> str:
        """Return the one object of `wait --json`."""
        return json.dumps(
            {
                "reached": outcome.code is ExitCode.OK,
                "until": self._aim.until.value,
                "waited_seconds": round(waited, 1),
                "connections": [
                    site_of(standing.connection.site)
                    | {
                        "id": standing.connection.id or None,
                        "name": standing.connection.name_at_its_site or None,
                        "verdict": standing.connection.verdict.value,
                        "carrying": standing.connection.carrying,
                        "total": len(standing.connection.tunnels),
                    }
                    for standing in (self._look.standings if self._look is not None else ())
                ],
                "reason": outcome.reason or None,
            }
        )
