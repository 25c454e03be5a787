"""The board as values: one frozen snapshot of the fleet at an instant. Pure, and ignorant of terminals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from tui.content.assessment import Diagnose, Judge, judging, standing
from tui.content.wording import age_of
from tui.domain.catalogue import Severity
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.events import Phase
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.fleet import Connection, Fleet, Tunnel, Verdict
from tui.domain.history import Entry
from tui.domain.judgement import Doubt, Judgement, verdict_of
from tui.domain.tunnel import BURST, Health

STALE: Final = 90_000
"""Milliseconds behind the watermark from which the board no longer claims to show the present. Polling reads a tunnel
each 30 s or so, and CloudWatch itself takes up to a minute."""
OFFLINE: Final = 10_000
"""The same where it is known that nothing comes."""
_LOOKED_BACK: Final = 400
_MANY: Final = 8
"""Connections from which those in trouble come first: the others do not fit on a screen, and fewer are better found
where they always are."""

_WORST_FIRST: Final = (Verdict.DOWN, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.REDUNDANT)

Key = tuple[str, str]
"""A tunnel's identity: connection id and outside address."""


@dataclass(frozen=True, slots=True)
class TunnelRow:
    """One tunnel, as the board shows it.

    `carries`: whether traffic can pass, None if unknown. `bgp_is_up` is None where no BGP log was seen. `severity` is
    the cause's.
    """

    key: Key
    age: str
    health: Health
    carries: bool | None
    doubt: Doubt | None
    phase1: Phase
    phase2: Phase
    bgp: str
    bgp_is_up: bool | None
    dpd: bool | None
    nat_t: bool | None
    flaps: int
    cause: str | None
    severity: Severity | None

    @property
    def is_troubled(self) -> bool:
        """Whether something about the tunnel wants a human."""
        return self._warns or self.health in (Health.DOWN, Health.NEGOTIATING) or self.carries is False

    @property
    def is_unsteady(self) -> bool:
        """Whether it carries traffic, and wants a human all the same."""
        return self._warns and self.carries is True

    @property
    def _warns(self) -> bool:
        return self.severity is not None and self.severity.rank >= Severity.WARNING.rank


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection with its tunnels. `remark` is EC2's state where that is not the ordinary one.

    `up` counts the tunnels that are up by IKE, `carrying` those through which traffic can pass.
    """

    id: str
    name: str
    verdict: Verdict
    up: int
    carrying: int
    total: int
    left_out: int
    remark: str
    tunnels: tuple[TunnelRow, ...]

    @property
    def up_without_bgp(self) -> int:
        """How many tunnels are up and carry nothing, because BGP is down."""
        return sum(1 for row in self.tunnels if row.health is Health.UP and row.carries is False)

    @property
    def unsteady(self) -> int:
        """How many tunnels carry traffic, and are in trouble all the same: they fall again and again, or soon will."""
        return sum(1 for each in self.tunnels if each.is_unsteady)

    @property
    def is_troubled(self) -> bool:
        """Whether the connection, or a tunnel of it, wants a human."""
        is_at_risk = self.verdict is Verdict.AT_RISK and not self.left_out
        return self.verdict is Verdict.DOWN or is_at_risk or any(each.is_troubled for each in self.tunnels)


@dataclass(frozen=True, slots=True)
class Board:
    """What the board shows. `as_of` is the instant of which it is, where that is not the present: the feed has read no
    further, or the reader paused.

    `tally`, `up_without_bgp` and `unsteady` (carries traffic, and in trouble all the same) count all tunnels, including
    hidden ones.
    """

    connections: tuple[ConnectionRow, ...] = ()
    tally: tuple[tuple[Health, int], ...] = ()
    up_without_bgp: int = 0
    unsteady: int = 0
    hidden: int = 0
    as_of: int | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """The tunnels from top to bottom."""
        return tuple(tunnel.key for tunnel in self.tunnels)

    @property
    def tunnels(self) -> tuple[TunnelRow, ...]:
        """The tunnels' rows from top to bottom."""
        return tuple(tunnel for connection in self.connections for tunnel in connection.tunnels)

    def worst_first(self) -> "Board":
        """Return the board with the connections that carry least at the top, and those in trouble before the others."""
        order = sorted(self.connections, key=lambda row: (_WORST_FIRST.index(row.verdict), not row.is_troubled))
        return replace(self, connections=tuple(order))

    def narrowed(self, *, problems_only: bool = False, text: str = "") -> "Board":
        """Return the board with the connections in trouble alone, or with those that hold `text`."""
        shown = [each for each in self.connections if each.is_troubled or not problems_only]
        if text:
            shown = [kept for each in shown if (kept := _matching(each, text.casefold()))]
        hidden = len(self.keys) - sum(len(each.tunnels) for each in shown)
        return replace(self, connections=tuple(shown), hidden=hidden)


def board(fleet: Fleet, *, now: int, feed: FeedState, diagnose: Diagnose) -> Board:
    """Return the board at `now` (ms), with all connections."""
    as_of = stale(fleet, now=now, feed=feed)
    # What happened after the watermark nobody knows: a state's age is not counted on into the dark.
    seen_at = now if as_of is None else as_of
    judge = judging(fleet, now=now)
    connections = [_connection(each, seen_at, diagnose, judge) for each in fleet.connections]
    if len(connections) > _MANY:
        connections.sort(key=lambda each: not each.is_troubled)
    tally = Counter(tunnel.health for each in connections for tunnel in each.tunnels)
    return Board(
        tuple(connections),
        tuple((health, tally[health]) for health in _LOUDEST_FIRST if tally[health]),
        sum(each.up_without_bgp for each in connections),
        sum(each.unsteady for each in connections),
        as_of=as_of,
    )


_LOUDEST_FIRST: Final = (Health.DOWN, Health.NEGOTIATING, Health.UP, Health.UNKNOWN)


def stale(fleet: Fleet, *, now: int, feed: FeedState) -> int | None:
    """Return the instant up to which the feed has read where that is too long ago, else None."""
    if fleet.watermark is None:
        return None
    behind = now - fleet.watermark
    limit = OFFLINE if feed.mode is FeedMode.OFFLINE else STALE
    return fleet.watermark if behind > limit else None


def _connection(connection: Connection, now: int, diagnose: Diagnose, judge: Judge) -> ConnectionRow:
    state = connection.facts.state if connection.facts else ""
    judgements = [(tunnel, judge(tunnel)) for tunnel in connection.tunnels]
    rows = tuple(_tunnel(tunnel, judgement, now, diagnose(tunnel)) for tunnel, judgement in judgements)
    return ConnectionRow(
        id=connection.id,
        name=connection.name,
        verdict=verdict_of(judgement for _, judgement in judgements),
        up=sum(1 for row in rows if row.health is Health.UP),
        carrying=sum(1 for row in rows if row.carries),
        total=len(rows),
        left_out=connection.left_out,
        remark="" if state == "available" else state,
        tunnels=rows,
    )


def _tunnel(tunnel: Tunnel, judgement: Judgement, now: int, diagnoses: Sequence[Diagnosis]) -> TunnelRow:
    state = tunnel.state
    bgp, is_up = _bgp(tunnel)
    cause, severity = _cause(tunnel, diagnoses)
    return TunnelRow(
        key=(tunnel.connection, tunnel.outside_ip),
        age=age_of(standing(tunnel, judgement), now),
        health=judgement.health,
        carries=judgement.carries,
        doubt=judgement.doubt,
        phase1=state.phase1.value,
        phase2=state.phase2.value,
        bgp=bgp,
        bgp_is_up=is_up,
        dpd=state.dpd_enabled,
        nat_t=state.nat_t_detected,
        flaps=state.flaps(now),
        cause=cause,
        severity=severity,
    )


def _cause(tunnel: Tunnel, diagnoses: Sequence[Diagnosis]) -> tuple[str | None, Severity | None]:
    """Return the leading cause in a few words, or what the telling line says where a tunnel is not up unexplained."""
    if diagnoses:
        return diagnoses[0].cause.brief, diagnoses[0].severity
    entry = telling(tunnel) if tunnel.health is not Health.UP else None
    explanation = entry.explanation if entry else None
    return (explanation.brief, explanation.severity) if explanation else (None, None)


def _bgp(tunnel: Tunnel) -> tuple[str, bool | None]:
    """Return the session in a word, with the number of prefixes, and whether it is up."""
    bgp = tunnel.state.bgp
    if bgp.session is None:
        return "–", None
    if not bgp.is_up:
        return bgp.session, False
    # The log tells only of prefixes announced within the look-back; EC2 counts all, minutes late.
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    accepted = telemetry.accepted_routes if telemetry else None
    prefixes = max(len(bgp.prefixes), accepted or 0)
    return f"up {prefixes}" if prefixes else "up", True


def _matching(connection: ConnectionRow, text: str) -> ConnectionRow | None:
    """Return the connection with the tunnels that hold `text`; all of them where its own name or id does."""
    if text in connection.name.casefold() or text in connection.id.casefold():
        return connection
    kept = tuple(
        each
        for each in connection.tunnels
        if any(text in held.casefold() for held in (each.key[1], each.health.value, each.cause or ""))
    )
    return replace(connection, tunnels=kept) if kept else None


def telling(tunnel: Tunnel) -> Entry | None:
    """Return the event that likely tells why the tunnel is not up: one since it last was.

    An error beats a newer warning: devices retry, and what a retry warns of tells less than what made it necessary.
    Of the errors of one burst the first is taken: real daemons name the cause, and then what they do about it.
    """
    error = warning = None
    for entry in islice(tunnel.history.newest_first(), _LOOKED_BACK):
        if (error and error.at - entry.at > BURST) or entry.state.health.value is Health.UP:
            break
        explanation = entry.explanation
        if explanation is None:
            continue
        if explanation.severity is Severity.ERROR:
            error = entry
        elif explanation.severity is Severity.WARNING:
            warning = warning or entry
    return error or warning
