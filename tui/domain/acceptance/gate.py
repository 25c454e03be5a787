"""A gate: whether connections are in the desired state, since when, and when they last left it. Pure; times in ms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from tui.domain.acceptance.aim import Aim, Until
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting


class Obstacle(Enum):
    """A reason why waiting is futile."""

    NOTHING_CHOSEN = "nothing_chosen"
    PART_CHOSEN = "part_chosen"
    """Redundancy is awaited, but not every tunnel of the connection is watched."""
    STATIC = "static"
    """BGP is awaited, but the connection has only static routes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one connection relative to the aim.

    `holds` is None if nothing is known for certain. `since` is when it began to hold, `broken_at` when it was last
    observed to stop. `routed_since` is when tunnels that were already up were seen to have routes.
    """

    connection: ConnectionSighting
    holds: bool | None
    since: int | None = None
    broken_at: int | None = None
    routed_since: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """All standings at one time. `due_at` is when the aim is reached if nothing changes; None unless all hold."""

    standings: tuple[Standing, ...]
    known_until: int
    is_fresh: bool
    is_reached: bool = False
    due_at: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether the outcome is certain: something is not as wanted, or all is, but not for long enough."""
        missed = any(standing.holds is False for standing in self.standings)
        return self.is_fresh and (missed or self.due_at is not None)


class Gate:
    """Tracks since when each connection has been in the desired state.

    Durations follow the log's own times, up to which the feed has read: time without AWS does not count until it is
    known that nothing changed in it.
    """

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self._before: dict[str, Standing] = {}

    def look(self, connections: Iterable[ConnectionSighting], *, known_until: int, is_fresh: bool) -> Look:
        """Return the standings. The aim is reached only if `is_fresh`."""
        standings = tuple(self._standing(connection, known_until) for connection in connections)
        self._before = {standing.connection.id: standing for standing in standings}
        holds = bool(standings) and all(standing.holds for standing in standings)
        if not (holds and is_fresh):
            return Look(standings, known_until, is_fresh)
        sinces = (known_until if standing.since is None else standing.since for standing in standings)
        due_at = max(sinces) + self._aim.stable
        # Without a minimum duration, no times are compared: the machine's clock may be behind the log's.
        is_reached = not self._aim.stable or known_until >= due_at
        return Look(standings, known_until, is_fresh, is_reached, due_at)

    def _standing(self, connection: ConnectionSighting, known_until: int) -> Standing:
        holds, since = standing_of(self._aim, connection)
        before = self._before.get(connection.id, Standing(connection, None))
        broken_at = before.broken_at
        if holds is None:
            return Standing(connection, None, before.since, broken_at, before.routed_since)
        if not holds:
            fell = before.since is not None
            return Standing(connection, False, None, (since or known_until) if fell else broken_at)
        routed_since = known_until if _was_unrouted(before) else before.routed_since
        if since is None:
            since = known_until if before.since is None else before.since
        elif before.since is not None and since > before.since and not self._was_handed_over(before, since):
            broken_at = since  # it fell and recovered between two looks
        if routed_since is not None:
            since = max(since, routed_since)
        return Standing(connection, True, since, broken_at, routed_since)

    def _was_handed_over(self, before: Standing, since: int) -> bool:
        """Whether another tunnel, carrying since then, was already there when the first one fell."""
        tunnels = before.connection.tunnels
        return self._aim.until is Until.UP and any(
            tunnel.carries and tunnel.judgement.since == since for tunnel in tunnels
        )


def standing_of(aim: Aim, connection: ConnectionSighting) -> tuple[bool | None, int | None]:
    """Return whether the connection is as wanted, and since when it is or is not; None if unknown."""
    fits = [_fits(aim, tunnel) for tunnel in connection.tunnels]
    if aim.until is Until.UP:
        holds = _any(fits)
    else:
        holds = _all(fits)
        if aim.until is Until.REDUNDANT and holds and len(fits) < 2:
            holds = None  # a single tunnel, known by its log stream, proves nothing about the other one
    times = [
        tunnel.judgement.since
        for tunnel, fit in zip(connection.tunnels, fits, strict=True)
        if fit is holds and tunnel.judgement.since is not None and tunnel.unrouted is None
    ]
    if holds is None or not times:
        return holds, None
    is_any = aim.until is Until.UP
    return holds, min(times) if is_any is holds else max(times)


def _was_unrouted(before: Standing) -> bool:
    """Whether only routes were missing: then the time at which its tunnels came up does not matter."""
    return before.holds is False and any(tunnel.unrouted is not None for tunnel in before.connection.tunnels)


def obstacle(aim: Aim, connections: Sequence[ConnectionSighting]) -> tuple[Obstacle, ConnectionSighting | None] | None:
    """Return why the aim cannot be reached, and because of which connection; None if it can."""
    if not any(connection.tunnels for connection in connections):
        return Obstacle.NOTHING_CHOSEN, None
    for connection in connections:
        if aim.until is Until.REDUNDANT and connection.left_out:
            return Obstacle.PART_CHOSEN, connection
        if aim.bgp and connection.is_static:
            return Obstacle.STATIC, connection
    return None


def _fits(aim: Aim, tunnel: TunnelSighting) -> bool | None:
    carries = tunnel.carries
    if carries is None:
        return None
    if aim.until is Until.DOWN:
        return not carries
    if tunnel.unrouted is not None:
        return False
    return tunnel.has_bgp if aim.bgp and carries else carries


def _any(values: Sequence[bool | None]) -> bool | None:
    if any(values):
        return True
    return None if None in values or not values else False


def _all(values: Sequence[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values or not values else True
