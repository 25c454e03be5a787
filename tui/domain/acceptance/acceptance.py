"""The acceptance of a cutover: what must be observed before the call may end, and how far it is. Pure; times in ms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui.domain.acceptance.expected_prefixes import ExpectedPrefixes, normal
from tui.domain.acceptance.rekey import Rekey, next_rekeys, rekeyed_at
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting, Uncertainty
from tui.domain.past.outages import Outage, outages
from tui.domain.state.connection import Connection
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import SECOND

SURVIVED: Final = 40 * SECOND
"""How long a tunnel must carry traffic after a rekey. By then BGP's hold timer (30 s at AWS) would have expired over
SAs that pass nothing.
"""


class State(StrEnum):
    """The state of a condition."""

    MET = "met"
    OPEN = "open"
    """Not met yet, or no longer; it can still be met."""
    FAILED = "failed"
    """It can no longer be met in this watch."""
    UNKNOWN = "unknown"
    """Nothing is known for certain."""


@dataclass(frozen=True, slots=True)
class Carrying:
    """Whether the tunnel carries traffic: since when, or why not."""

    tunnel: TunnelSighting


@dataclass(frozen=True, slots=True)
class Routing:
    """Whether BGP is established and announces the expected prefixes.

    `announced` is their number, None if the session began before the look-back; `expected` is the number expected, None
    without a list.
    """

    established_at: int | None = None
    is_established: bool | None = None
    announced: int | None = None
    expected: int | None = None
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """The prefixes that AWS refuses, with the reason."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """Whether a rekey of phase 2 was survived: when, and until then, when the next one is due.

    `seen_at` is the time of a rekey not yet survived.
    """

    at: int | None = None
    seen_at: int | None = None
    ahead: Rekey | None = None
    is_logged: bool = True
    """Whether the tunnel has a log that would show a rekey."""


@dataclass(frozen=True, slots=True)
class Steady:
    """Whether the tunnel stayed up during the watch, apart from what a drill allows."""

    since: int
    falls: tuple[Outage, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether the tunnel was down once during the watch while the other one carried traffic.

    `gap` is how long neither did, in ms of the log's own times.
    """

    lost_at: int | None = None
    gap: int | None = None
    back_at: int | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """Whether all tunnels of the connection are known; one known only from its log says nothing about the other."""

    total: int


Evidence = Carrying | Routing | Rekeyed | Steady | Switch | Whole


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `outside_ip` is empty if it concerns the whole connection."""

    outside_ip: str
    state: State
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Chapter:
    """The conditions of one connection."""

    connection: ConnectionSighting
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """All conditions at one time."""

    chapters: tuple[Chapter, ...]
    known_until: int
    is_fresh: bool

    @property
    def states(self) -> frozenset[State]:
        """The states that occur."""
        return frozenset(condition.state for chapter in self.chapters for condition in chapter.conditions)

    @property
    def is_accepted(self) -> bool:
        """Whether everything has been observed and still holds."""
        return self.is_fresh and self.states == {State.MET}

    @property
    def has_failed(self) -> bool:
        """Whether some condition can no longer be met."""
        return State.FAILED in self.states

    @property
    def is_known(self) -> bool:
        """Whether it is certain that something is missing."""
        return self.has_failed or (self.is_fresh and State.OPEN in self.states)


@dataclass(slots=True)
class Acceptance:
    """Tracks the conditions during one watch: a rekey once survived stays so."""

    began: int
    """The start of the watch; earlier outages do not count."""
    expected: ExpectedPrefixes | None = None
    drill: bool = False
    _rekeyed: dict[tuple[str, str], int] = field(default_factory=dict)
    _rekeying: dict[tuple[str, str], int] = field(default_factory=dict)
    """Rekeys not yet survived."""

    def look(
        self,
        seen: Iterable[tuple[ConnectionSighting, Connection | None]],
        *,
        known_until: int,
        is_fresh: bool,
    ) -> Progress:
        """Return the progress of all conditions. A connection that no longer exists comes with None."""
        chapters = tuple(
            Chapter(sighting, tuple(self._conditions(sighting, connection, known_until)))
            for sighting, connection in seen
        )
        return Progress(chapters, known_until, is_fresh)

    def _conditions(
        self, sighting: ConnectionSighting, connection: Connection | None, known_until: int
    ) -> Iterable[Condition]:
        if len(sighting.tunnels) < 2 and not sighting.left_out:
            yield Condition("", State.UNKNOWN, Whole(len(sighting.tunnels)))
        for seen in sighting.tunnels:
            yield Condition(seen.outside_ip, _state_of_carrying(seen), Carrying(seen))
            tunnel = connection.find(seen.outside_ip) if connection is not None else None
            if tunnel is None or connection is None:
                continue
            if not sighting.is_static:
                yield self._routing(sighting, seen, tunnel)
            yield self._rekey(seen, tunnel, connection, known_until)
            falls = self._falls(seen, tunnel, connection)
            yield self._steady(seen, falls)
            if self.drill:
                yield _switch(seen, falls, sighting, connection)

    def _routing(self, sighting: ConnectionSighting, seen: TunnelSighting, tunnel: Tunnel) -> Condition:
        bgp = tunnel.state.bgp
        is_whole = bool(bgp.is_established.value) and bgp.is_established.seen
        announced = frozenset(normal(prefix) for prefix, _ in bgp.prefixes)
        wanted = None
        if self.expected is not None:
            wanted = self.expected.over(sighting.id, sighting.name, seen.outside_ip)
        routing = Routing(
            bgp.is_established.at if seen.has_bgp and bgp.is_up else None,
            seen.has_bgp,
            len(announced) if is_whole else None,
            len(wanted) if wanted is not None else None,
            tuple(sorted(wanted - announced)) if wanted is not None else (),
            tuple(sorted(announced - wanted)) if wanted is not None else (),
            tuple((denied.prefix, denied.reason) for denied in bgp.denied),
        )
        return Condition(seen.outside_ip, _state_of_routing(seen, routing), routing)

    def _rekey(self, seen: TunnelSighting, tunnel: Tunnel, connection: Connection, known_until: int) -> Condition:
        key = tunnel.connection, tunnel.outside_ip
        if key not in self._rekeyed:
            self._follow_rekey(key, seen, tunnel, connection, known_until)
        survived_at = self._rekeyed.get(key)
        is_logged = tunnel.facts is None or tunnel.facts.ike_group is not None
        ahead = [rekey for rekey in next_rekeys(tunnel, connection.facts, now=known_until) if rekey.phase == 2]
        evidence = Rekeyed(survived_at, self._rekeying.get(key), next(iter(ahead), None), is_logged)
        if survived_at is not None:
            return Condition(seen.outside_ip, State.MET, evidence)
        is_seen = is_logged and seen.uncertainty is not Uncertainty.UNREAD
        return Condition(seen.outside_ip, State.OPEN if is_seen else State.UNKNOWN, evidence)

    def _follow_rekey(
        self, key: tuple[str, str], seen: TunnelSighting, tunnel: Tunnel, connection: Connection, known_until: int
    ) -> None:
        """Record a rekey and whether it was survived: its SAs still exist, and traffic did not stop after it."""
        newest = rekeyed_at(tunnel)
        if newest is None:
            self._rekeying.pop(key, None)
            return
        at = min(newest, self._rekeying.get(key, newest))
        if any(at <= outage.start <= at + SURVIVED for outage in outages(tunnel, connection, seen.judgement)):
            self._rekeying.pop(key, None)
            return
        self._rekeying[key] = at
        if seen.carries and known_until - at >= SURVIVED:
            self._rekeyed[key] = at

    def _falls(self, seen: TunnelSighting, tunnel: Tunnel, connection: Connection) -> tuple[Outage, ...]:
        spans = outages(tunnel, connection, seen.judgement)
        return tuple(outage for outage in spans if outage.start >= self.began)

    def _steady(self, seen: TunnelSighting, falls: tuple[Outage, ...]) -> Condition:
        has_failed = len(falls) > (1 if self.drill else 0)
        return Condition(seen.outside_ip, State.FAILED if has_failed else State.MET, Steady(self.began, falls))


def _state_of_carrying(seen: TunnelSighting) -> State:
    if seen.carries is None:
        return State.UNKNOWN
    return State.MET if seen.carries and seen.unrouted is None else State.OPEN


def _state_of_routing(seen: TunnelSighting, routing: Routing) -> State:
    if seen.uncertainty is not None or (routing.is_established is None and seen.carries):
        return State.UNKNOWN
    if not routing.is_established or routing.unexpected:
        return State.OPEN
    if routing.expected is None:
        return State.OPEN if routing.announced == 0 else State.MET
    if routing.announced is None:
        return State.UNKNOWN  # announcements before the look-back were not read
    return State.OPEN if routing.missing else State.MET


def _switch(
    seen: TunnelSighting, falls: Sequence[Outage], sighting: ConnectionSighting, connection: Connection
) -> Condition:
    if not falls:
        return Condition(seen.outside_ip, State.OPEN, Switch())
    fall = falls[0]
    gaps = [_gap(fall, other, connection) for other in sighting.tunnels if other.outside_ip != seen.outside_ip]
    gap = min((length for length in gaps if length is not None), default=None)
    evidence = Switch(fall.start, gap, fall.end)
    if gap is None:
        # Until it recovers, the other may still take over; after that, it was an outage of the whole connection.
        return Condition(seen.outside_ip, State.FAILED if fall.has_ended else State.OPEN, evidence)
    return Condition(seen.outside_ip, State.MET if fall.has_ended else State.OPEN, evidence)


def _gap(fall: Outage, other: TunnelSighting, connection: Connection) -> int | None:
    """Return how long after a fall the other tunnel carried traffic, 0 if it already did; None if not in time."""
    tunnel = connection.find(other.outside_ip)
    if tunnel is None or other.judgement.carries is None:
        return None
    spans = outages(tunnel, connection, other.judgement)
    ends = [span.end for span in spans if span.start <= fall.start and (span.end is None or span.end > fall.start)]
    if not ends:
        return 0
    if None in ends:
        return None
    back_at = max(end for end in ends if end is not None)
    return back_at - fall.start if fall.end is None or back_at < fall.end else None
