"""`tunnelwatch accept`: decides whether a cutover is complete, and writes the protocol of what was seen."""

import json
from collections.abc import Sequence

from tui.content.acceptance.conditions import (
    STATES,
    chapter_notes,
    code_of,
    condition_text,
    evidence_text,
    missing_text,
    opening_sentence,
    where,
)
from tui.content.acceptance.lines import acceptance_lines
from tui.content.acceptance.protocol import Protocol, protocol_markdown
from tui.content.exit_codes import ExitCode
from tui.content.wording import ANYWHERE
from tui.domain.acceptance.acceptance import Acceptance, Condition, Progress, Rekeyed, Routing, State, Switch
from tui.domain.acceptance.expected_prefixes import ExpectedPrefixes
from tui.domain.acceptance.sighting import ConnectionSighting
from tui.domain.clock import Clock
from tui.domain.feed_state import FeedState
from tui.domain.state.fleet import Fleet
from tui.domain.times import iso
from tui.headless.feed_lines import feed_lines
from tui.headless.json_documents import site_of
from tui.headless.live_list import LiveList
from tui.headless.waiting import Notes, Outcome


class AcceptanceGoal:
    """The goal that every condition of a cutover has been met; shows what is open meanwhile."""

    def __init__(
        self,
        fleet: Fleet,
        notes: Notes,
        *,
        clock: Clock,
        expected: ExpectedPrefixes | None,
        expected_in: str = "",
        drill: bool = False,
        live_list: LiveList | None = None,
    ) -> None:
        """`expected_in` is the file that lists the prefixes. With `live_list` the conditions are drawn in place."""
        self._fleet = fleet
        self._notes = notes
        self._clock = clock
        self._expected_in = expected_in
        self._live_list = live_list
        self._acceptance = Acceptance(clock.now(), expected, drill)
        self._progress: Progress | None = None
        self._shown: dict[tuple[str, str, str], State] = {}
        self._feed = FeedState()

    def opening(self, timeout: str) -> str:
        has_list = self._acceptance.expected is not None
        return opening_sentence(drill=self._acceptance.drill, has_list=has_list, timeout=timeout)

    def refusal(self, seen: Sequence[ConnectionSighting], feed: FeedState) -> str:
        if not any(connection.tunnels for connection in seen):
            return f"No tunnel was chosen: {feed.reason or 'there is none.'}"
        for connection in seen:
            if self._acceptance.drill and connection.left_out:
                return f"A drill needs both tunnels, and only one of {connection.label} was chosen."
            if silent := self._without_log(connection):
                return f"The log of {connection.label} {silent} is off, so no rekey can be seen on it."
            if unlisted := self._unlisted(connection):
                return f"{self._expected_in} lists no prefix for {connection.label} ({connection.id}) {unlisted}."
        return ""

    def _without_log(self, connection: ConnectionSighting) -> str:
        known = self._fleet.connection(connection.id)
        tunnels = known.tunnels if known is not None else ()
        silent = (tunnel for tunnel in tunnels if tunnel.facts is not None and tunnel.facts.ike_group is None)
        return next((tunnel.outside_ip for tunnel in silent), "")

    def _unlisted(self, connection: ConnectionSighting) -> str:
        expected = self._acceptance.expected
        if expected is None or connection.is_static:
            return ""
        tunnels = (tunnel.outside_ip for tunnel in connection.tunnels)
        return next((ip for ip in tunnels if not expected.over(connection.id, connection.name, ip)), "")

    def look(self, seen: Sequence[ConnectionSighting], *, known_until: int, is_fresh: bool) -> Outcome | None:
        pairs = [(sighting, self._fleet.connection(sighting.id)) for sighting in seen]
        self._progress = progress = self._acceptance.look(pairs, known_until=known_until, is_fresh=is_fresh)
        self._show(progress)
        if progress.is_accepted:
            return Outcome(ExitCode.OK)
        return Outcome(ExitCode.WARNING, self.shortfall()) if progress.has_failed else None

    def note_feed(self, feed: FeedState) -> None:
        if self._live_list is None:
            for text in feed_lines(feed, self._feed):
                self._notes(text)
        self._feed = feed

    def _show(self, progress: Progress) -> None:
        if self._live_list is not None:
            now, rows = self._clock.now(), self._live_list.rows
            self._live_list.draw(acceptance_lines(progress, self._feed, now=now, moment=self._notes.moment, rows=rows))
            return
        for chapter in progress.chapters:
            for condition in chapter.conditions:
                key = chapter.connection.id, condition.outside_ip, code_of(condition.evidence)
                if self._shown.get(key) is not condition.state:
                    self._shown[key] = condition.state
                    symbol, _, _ = STATES[condition.state]
                    text = condition_text(condition, self._notes.moment)
                    self._notes(f"{symbol} {where(chapter, condition)} {text}")

    @property
    def is_missed(self) -> bool:
        return self._progress is not None and self._progress.is_known

    def shortfall(self) -> str:
        return missing_text(self._progress, ANYWHERE)

    def protocol(self, outcome: Outcome) -> Protocol:
        """Return the protocol, to be printed after the outcome."""
        acceptance = self._acceptance
        return Protocol(acceptance.began, self._clock.now(), acceptance.drill, outcome.reason, self._progress)


def protocol_json(protocol: Protocol) -> str:
    """Return the protocol as one JSON object."""
    return json.dumps(
        {
            "accepted": protocol.is_accepted,
            "reason": protocol.reason or None,
            "began": iso(protocol.began),
            "ended": iso(protocol.ended),
            "watched_seconds": (protocol.ended - protocol.began) // 1000,
            "drill": protocol.drill,
            "connections": [
                site_of(chapter.connection.site)
                | {
                    "id": chapter.connection.id or None,
                    "name": chapter.connection.name_at_its_site or None,
                    "accepted": all(condition.state is State.MET for condition in chapter.conditions),
                    "conditions": [_condition(condition) for condition in chapter.conditions],
                    "notes": list(chapter_notes(chapter)),
                }
                for chapter in protocol.chapters
            ],
        }
    )


def _condition(condition: Condition) -> dict[str, object]:
    document: dict[str, object] = {
        "code": code_of(condition.evidence),
        "outside_ip": condition.outside_ip or None,
        "state": condition.state.value,
        "evidence": evidence_text(condition, ANYWHERE),
    }
    match condition.evidence:
        case Routing() as routing:
            document |= {
                "announced": routing.announced,
                "expected": routing.expected,
                "missing": list(routing.missing),
                "unexpected": list(routing.unexpected),
            }
        case Rekeyed(at=at, ahead=ahead):
            document |= {
                "at": _time(at),
                "next_opens": _time(ahead.opens if ahead is not None else None),
                "next_closes": _time(ahead.closes if ahead is not None else None),
                "sa_ends": _time(ahead.expires if ahead is not None else None),
            }
        case Switch(lost_at=lost_at, gap=gap, back_at=back_at):
            seconds = None if gap is None else -(-gap // 1000)
            document |= {"lost_at": _time(lost_at), "gap_seconds": seconds, "back_at": _time(back_at)}
    return document


def _time(at: int | None) -> str | None:
    return None if at is None else iso(at)


RENDERERS = {"md": protocol_markdown, "json": protocol_json}
"""The formats of a protocol."""
