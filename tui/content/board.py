"""The board as values: every connection and tunnel of the fleet at one instant, in rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.content.assessment import Diagnose, Judge, judging, standing
from tui.content.most_telling import most_telling
from tui.content.wording import age_of
from tui.domain.catalogue import Severity
from tui.domain.conditions import Condition
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.diagnosis.recurring import bgp_losses
from tui.domain.diagnosis.unrouted import Unrouted, unrouted
from tui.domain.doubt import Doubt
from tui.domain.events import Phase
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.fleet import Connection, Fleet, Tunnel, Verdict
from tui.domain.judgement import Judgement, verdict_of
from tui.domain.quiet import quiet_for
from tui.domain.times import HOUR, MINUTE
from tui.domain.tunnel import Health

STALE: Final = 90_000
"""Milliseconds behind the watermark after which the board no longer claims to show the present. Polling reads a tunnel
every 30 s or so, and CloudWatch itself takes up to a minute."""
OFFLINE: Final = 10_000
"""The same while the feed is offline."""
_MANY: Final = 3
"""With more connections than this, those in trouble come first, because not all fit on a screen of 24 lines. Fewer keep
their places, where the user finds them again."""
_FULL: Final = HOUR - MINUTE
"""A look-back of an hour, with what its reading takes."""

_WORST_FIRST: Final = (Verdict.DOWN, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.REDUNDANT)

Key = tuple[str, str]
"""A tunnel's identity: connection id and outside address."""


@dataclass(frozen=True, slots=True)
class TunnelRow:
    """One tunnel, as the board shows it. `age` is that of the trouble, or of the time without any.

    `flaps` counts how often it, or BGP over it, went down in the last hour. `quiet` is for how long it has been silent
    against its habit, ms.
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
    quiet: int | None = None
    flaps_within: int | None = None
    """The time over which flaps could be counted, ms, where that is less than the hour."""
    unrouted: Unrouted | None = None
    """Why AWS certainly sends nothing into a tunnel that carries."""
    recent: tuple[Condition, ...] = ()
    """The worst condition in each of the last minutes, the newest last; empty where there is no room to show it."""

    @property
    def is_troubled(self) -> bool:
        """Whether the tunnel needs attention."""
        return (
            self._warns
            or self.quiet is not None
            or self.health in (Health.DOWN, Health.NEGOTIATING)
            or self.carries is False
        )

    @property
    def is_quiet(self) -> bool:
        """Whether the row says that the tunnel is quiet, instead of that it is up."""
        return self.quiet is not None and self.health is Health.UP and self.carries is not False

    @property
    def is_unsteady(self) -> bool:
        """Whether the tunnel carries traffic and needs attention all the same."""
        return (self._warns or self.quiet is not None) and self.carries is True

    @property
    def _warns(self) -> bool:
        return self.severity is not None and self.severity.rank >= Severity.WARNING.rank


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection with its tunnels. `remark` is EC2's state of the connection, unless that is `available`.

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
    def unknown(self) -> int:
        """How many tunnels there are of which neither the logs nor EC2 say whether they carry traffic."""
        return sum(1 for row in self.tunnels if row.carries is None)

    @property
    def unrouted(self) -> int:
        """How many tunnels carry traffic, and AWS sends nothing into them."""
        return sum(1 for row in self.tunnels if row.unrouted is not None)

    @property
    def unsteady(self) -> int:
        """How many tunnels carry traffic and are in trouble all the same: they keep falling, or soon will."""
        return sum(1 for row in self.tunnels if row.is_unsteady)

    @property
    def is_troubled(self) -> bool:
        """Whether the connection, or a tunnel of it, needs attention."""
        is_at_risk = self.verdict is Verdict.AT_RISK and not self.left_out
        return self.verdict is Verdict.DOWN or is_at_risk or any(row.is_troubled for row in self.tunnels)


@dataclass(frozen=True, slots=True)
class Board:
    """What the board shows. `as_of` is its instant (ms) if that is not the present, as the feed has read no further
    or the reader paused.

    `hidden` counts the tunnels that the reader has left out.
    """

    connections: tuple[ConnectionRow, ...] = ()
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

    @property
    def flaps_within(self) -> int | None:
        """The time over which flaps could be counted, ms, where that is less than the hour."""
        return next((row.flaps_within for row in self.tunnels), None)

    @property
    def has_recent(self) -> bool:
        """Whether the rows tell how their tunnels were in the last minutes."""
        return any(row.recent for row in self.tunnels)

    def worst_first(self) -> "Board":
        """Return the board with the connections that carry least at the top, and those in trouble before the others."""
        order = sorted(self.connections, key=lambda row: (_WORST_FIRST.index(row.verdict), not row.is_troubled))
        return replace(self, connections=tuple(order))


def board(
    fleet: Fleet,
    *,
    now: int,
    feed: FeedState,
    diagnose: Diagnose,
    recent: Callable[[Tunnel], tuple[Condition, ...]] = lambda tunnel: (),
) -> Board:
    """Return the board at `now` (ms), with all connections; `recent` gives a tunnel's condition in each minute."""
    as_of = stale(fleet, now=now, feed=feed)
    # Ages stop at the watermark, because nothing is known after it.
    seen_at = now if as_of is None else as_of
    judge = judging(fleet, now=now)
    within = now - feed.since if feed.since is not None and now - feed.since < _FULL else None
    rows = [_connection(connection, seen_at, diagnose, judge, within, recent) for connection in fleet.connections]
    if len(rows) > _MANY:
        rows.sort(key=lambda row: not row.is_troubled)
    return Board(tuple(rows), as_of=as_of)


def stale(fleet: Fleet, *, now: int, feed: FeedState) -> int | None:
    """Return the instant up to which the feed has read, if that is too long ago to be called the present; else None."""
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
    within: int | None,
    recent: Callable[[Tunnel], tuple[Condition, ...]],
) -> ConnectionRow:
    state = connection.facts.state if connection.facts else ""
    judgements = [(tunnel, judge(tunnel)) for tunnel in connection.tunnels]
    rows = tuple(
        replace(
            _tunnel(tunnel, judgement, now, diagnose(tunnel)),
            flaps_within=within,
            unrouted=unrouted(tunnel, connection, judgement, now=now),
            recent=recent(tunnel),
        )
        for tunnel, judgement in judgements
    )
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
    quiet = quiet_for(tunnel, judgement, now=now)
    has_no_age = quiet is not None or (judgement.health is Health.UNKNOWN and judgement.carries is None)
    return TunnelRow(
        key=(tunnel.connection, tunnel.outside_ip),
        age="" if has_no_age else age_of(standing(state, judgement), now),
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
        quiet=quiet,
        cause=cause,
        severity=severity,
    )


def _cause(tunnel: Tunnel, diagnoses: Sequence[Diagnosis]) -> tuple[str | None, Severity | None]:
    """Return the leading cause in a few words, or what the most telling message means if a tunnel is not up."""
    if diagnoses:
        return diagnoses[0].cause.brief, diagnoses[0].severity
    entry = most_telling(tunnel) if tunnel.health is not Health.UP else None
    explanation = entry.explanation if entry else None
    return (explanation.brief, explanation.severity) if explanation else (None, None)


def _bgp(tunnel: Tunnel) -> tuple[str, bool | None]:
    """Return the session in one word, with the number of prefixes, and whether it is up."""
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
