"""The board of a fleet, updated incrementally: only rows that may have changed are made again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.content.assessment import Diagnose, Judge, judging, standing
from tui.content.board.board import Board
from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.content.most_telling import most_telling
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.diagnosis.recurring import bgp_losses
from tui.domain.diagnosis.unrouted import unrouted
from tui.domain.events import Phase
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.judgement import Judgement
from tui.domain.judgement.quiet import quiet_for
from tui.domain.judgement.verdict import Verdict, verdict_of
from tui.domain.knowledge.rule import Severity
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health
from tui.domain.times import HOUR, MINUTE

STALE: Final = 90_000
"""Milliseconds behind the watermark after which the board is no longer of the present. Polling reads a tunnel every
30 s or so, and CloudWatch itself takes up to a minute."""
OFFLINE: Final = 10_000
"""The same while the feed is offline, ms."""
PATIENCE: Final = 10_000
"""Maximum time, ms, until the effects of time alone (a silence that lasts, a flap an hour ago) are looked at again
if there are many connections: looking at all of them twice a second would cost a core."""
_PATIENCE_EACH: Final = 25
"""What `PATIENCE` becomes for each of more than 400 connections, ms, so that a look makes 20 rows at any number of
them."""
FEW: Final = 50
"""Number of connections up to which all are looked at each time."""
_FULL: Final = HOUR - MINUTE
"""An hour's look-back, less the time of reading it."""


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What all rows depend on apart from their own tunnels; when it changes, all of them are made again."""

    unread: tuple[str, ...]
    caught_up: bool
    flaps_since: int | None


class FleetBoard:
    """The board of one fleet. A look costs what has changed since the last one, and a share of the rest."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._connections: tuple[Connection, ...] = ()
        self._index: dict[str, int] = {}
        self._rows: list[ConnectionRow] = []
        self._circumstances: _Circumstances | None = None
        self._revision = 0
        self._looked_at = 0
        self._uncertain: dict[int, tuple[int, ...]] = {}
        """Connections with a tunnel that is silent or in doubt, as of these revisions; any line may end that."""
        self._waiting: dict[int, None] = {}
        """Connections that are still to be looked at, in the order of their arrival."""
        self._next = 0
        """The next connection whose turn it is to be looked at again."""
        self._board = Board()
        self.made = 0
        """Number of rows of connections made so far."""

    @property
    def is_complete(self) -> bool:
        """Whether the last look included every connection that it had to."""
        return not self._waiting

    def look(
        self,
        *,
        now: int,
        feed: FeedState,
        diagnose: Diagnose,
        caught_up: bool = True,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> Board:
        """Return the board at `now` (ms), with all connections; the same object as before if nothing changed.

        Once `may_go_on` says no, the remaining connections stay as they were until the next look reaches them; those
        never looked at are unknown.
        """
        as_of = stale(self._fleet, now=now, feed=feed)
        # Ages stop at the watermark, because nothing is known after it.
        seen_at = now if as_of is None else as_of
        is_partial = feed.since is not None and now - feed.since < _FULL
        circumstances = _Circumstances(feed.unread, caught_up, feed.since if is_partial else None)
        known = self._connections
        self._waiting |= dict.fromkeys(self._due(now, circumstances))
        judge = judging(self._fleet, now=now)
        has_changed = self._connections is not known
        for index in [*self._waiting]:
            del self._waiting[index]
            row = _connection(self._connections[index], seen_at, diagnose, judge, is_partial=is_partial)
            self.made += 1
            if row != self._rows[index]:
                self._rows[index], has_changed = row, True
            if row.is_uncertain:
                self._uncertain[index] = _revisions(self._connections[index])
            else:
                self._uncertain.pop(index, None)
            if not may_go_on():
                break
        if has_changed:
            self._board = replace(self._board, connections=tuple(self._rows))
        if (self._board.as_of, self._board.flaps_since) != (as_of, circumstances.flaps_since):
            self._board = replace(self._board, as_of=as_of, flaps_since=circumstances.flaps_since)
        return self._board

    def _due(self, now: int, circumstances: _Circumstances) -> Iterable[int]:
        """Return the connections to look at: those that changed, and those whose turn it is."""
        connections, changed = self._fleet.connections, self._fleet.changed_since(self._revision)
        elapsed = now - self._looked_at
        is_known = connections is self._connections and circumstances == self._circumstances and changed is not None
        self._revision, self._looked_at, self._circumstances = self._fleet.revision, now, circumstances
        if connections is not self._connections:
            self._connections = connections
            self._index = {connection.id: index for index, connection in enumerate(connections)}
            rows = {row.id: row for row in self._rows}
            self._rows = [rows.get(connection.id) or _unseen(connection) for connection in connections]
            self._uncertain = {index: () for index, row in enumerate(self._rows) if row.is_uncertain}
            self._waiting = {}
        number = len(connections)
        if not is_known or changed is None or number <= FEW or not 0 <= elapsed < PATIENCE:
            return range(number)
        due = {self._index[tunnel.connection] for tunnel in changed if tunnel.connection in self._index}
        due.update(index for index, seen in self._uncertain.items() if _revisions(connections[index]) != seen)
        turns = -(-number * elapsed // max(PATIENCE, number * _PATIENCE_EACH))
        due.update((self._next + turn) % number for turn in range(turns))
        self._next = (self._next + turns) % number
        return due


def _revisions(connection: Connection) -> tuple[int, ...]:
    return tuple(tunnel.revision for tunnel in connection.tunnels)


def _unseen(connection: Connection) -> ConnectionRow:
    """Return the row of a connection that has not been looked at: nothing is known of its tunnels."""
    return _row(connection, verdict_of(()), tuple(map(_unseen_tunnel, connection.tunnels)))


def _unseen_tunnel(tunnel: Tunnel) -> TunnelRow:
    return TunnelRow(
        key=(tunnel.connection, tunnel.outside_ip),
        since=Since(None),
        health=Health.UNKNOWN,
        carries=None,
        doubt=None,
        phase1=Phase.UNKNOWN,
        phase2=Phase.UNKNOWN,
        bgp="–",
        bgp_is_up=None,
        dpd=None,
        nat_t=None,
        flaps=0,
        cause=None,
        severity=None,
    )


def board(fleet: Fleet, *, now: int, feed: FeedState, diagnose: Diagnose) -> Board:
    """Return the board at `now` (ms), with all connections."""
    return FleetBoard(fleet).look(now=now, feed=feed, diagnose=diagnose)


def stale(fleet: Fleet, *, now: int, feed: FeedState) -> int | None:
    """Return the instant up to which the feed has read, if that is too long ago to count as the present; else None."""
    if fleet.watermark is None:
        return None
    behind = now - fleet.watermark
    limit = OFFLINE if feed.mode is FeedMode.OFFLINE else STALE
    return fleet.watermark if behind > limit else None


def _connection(
    connection: Connection,
    now: int,
    diagnose: Diagnose,
    judge: Judge,
    *,
    is_partial: bool,
) -> ConnectionRow:
    judgements = [(tunnel, judge(tunnel)) for tunnel in connection.tunnels]
    rows = tuple(
        replace(
            _tunnel(tunnel, judgement, now, diagnose(tunnel)),
            flaps_are_partial=is_partial,
            unrouted=unrouted(tunnel, connection, judgement, now=now),
        )
        for tunnel, judgement in judgements
    )
    return _row(connection, verdict_of(judgement for _, judgement in judgements), rows)


def _row(connection: Connection, verdict: Verdict, rows: tuple[TunnelRow, ...]) -> ConnectionRow:
    state = connection.facts.state if connection.facts else ""
    return ConnectionRow(
        id=connection.id,
        name=connection.name,
        verdict=verdict,
        up=sum(1 for row in rows if row.health is Health.UP),
        carrying=sum(1 for row in rows if row.carries),
        total=len(rows),
        left_out=connection.left_out,
        remark="" if state == "available" else state,
        tunnels=rows,
        site=connection.source or _first_part(connection.name),
    )


def _first_part(name: str) -> str:
    """Return the part of a name before a `/`: some users name their connections `osaka/branch-17`."""
    site, slash, _ = name.partition("/")
    return site if slash else ""


def _tunnel(tunnel: Tunnel, judgement: Judgement, now: int, diagnoses: Sequence[Diagnosis]) -> TunnelRow:
    state = tunnel.state
    bgp, is_up = _bgp(tunnel)
    cause, severity = _cause(tunnel, diagnoses)
    quiet = quiet_for(tunnel, judgement, now=now)
    has_no_age = quiet is not None or (judgement.health is Health.UNKNOWN and judgement.carries is None)
    return TunnelRow(
        key=(tunnel.connection, tunnel.outside_ip),
        since=Since(None) if has_no_age else standing(state, judgement),
        health=judgement.health,
        carries=judgement.carries,
        doubt=judgement.doubt,
        phase1=state.phase1.value,
        phase2=state.phase2.value,
        bgp=bgp,
        bgp_is_up=is_up,
        dpd=state.dpd_enabled,
        nat_t=state.nat_t_detected,
        flaps=state.flaps(now) + bgp_losses(state, now=now),
        silent_since=None if quiet is None else now - quiet,
        cause=cause,
        severity=severity,
    )


def _cause(tunnel: Tunnel, diagnoses: Sequence[Diagnosis]) -> tuple[str | None, Severity | None]:
    """Return the leading cause in a few words, or the meaning of the most telling message if a tunnel is not up."""
    if diagnoses:
        return diagnoses[0].cause.brief, diagnoses[0].severity
    entry = most_telling(tunnel) if tunnel.health is not Health.UP else None
    explanation = entry.explanation if entry else None
    return (explanation.brief, explanation.severity) if explanation else (None, None)


def _bgp(tunnel: Tunnel) -> tuple[str, bool | None]:
    """Return the session in one word with the number of prefixes, and whether it is up."""
    bgp = tunnel.state.bgp
    if bgp.session is None:
        return "–", None
    if not bgp.is_up:
        return bgp.session, False
    # The log names only prefixes announced within the look-back; EC2 counts all of them, minutes late.
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    accepted = telemetry.accepted_routes if telemetry else None
    prefixes = max(len(bgp.prefixes), accepted or 0)
    return f"up {prefixes}" if prefixes else "up", True
