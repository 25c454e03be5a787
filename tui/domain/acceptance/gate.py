"""A gate: what is waited for, whether it is so, since when, and when it broke. Pure; times in ms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from tui.domain.acceptance.aim import Aim, Until
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting


class Obstacle(Enum):
    """Why waiting would be in vain."""

    NOTHING_CHOSEN = "nothing_chosen"
    PART_CHOSEN = "part_chosen"
    """Redundancy is asked for, and not every tunnel of the connection is watched."""
    STATIC = "static"
    """BGP is asked for, and the connection has static routes only."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one connection stands to the aim.

    `holds` is None where nothing sure is known. `since`: from when it holds. `broken_at`: when it last ceased to hold,
    as far as that was watched. `routed_since`: when it was seen that something is routed into tunnels that were up
    before.
    """

    connection: ConnectionSighting
    holds: bool | None
    since: int | None = None
    broken_at: int | None = None
    routed_since: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything at one instant. `due_at`: when the aim is reached if all stays as it is; None while it does not hold
    everywhere."""

    standings: tuple[Standing, ...]
    known_until: int
    is_fresh: bool
    is_reached: bool = False
    due_at: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is sure how things stand: something is not as wanted, or all is and not for long enough yet."""
        missed = any(standing.holds is False for standing in self.standings)
        return self.is_fresh and (missed or self.due_at is not None)


class Gate:
    """Remembers since when each connection has been as wanted.

    The spans are those of the log's own times, up to what the feed has read: time that passes while AWS is away counts
    for nothing until it is known that all stood still.
    """

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self._before: dict[str, Standing] = {}

    def look(self, connections: Iterable[ConnectionSighting], *, known_until: int, is_fresh: bool) -> Look:
        """Return how things stand. The aim is reached only on knowledge that `is_fresh`."""
        standings = tuple(self._standing(connection, known_until) for connection in connections)
        self._before = {standing.connection.id: standing for standing in standings}
        holds = bool(standings) and all(standing.holds for standing in standings)
        if not (holds and is_fresh):
            return Look(standings, known_until, is_fresh)
        sinces = (known_until if standing.since is None else standing.since for standing in standings)
        due_at = max(sinces) + self._aim.stable
        # Without a span, nothing is compared: the machine's clock may be behind the log's.
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
            broken_at = since  # it fell and came back between two looks
        if routed_since is not None:
            since = max(since, routed_since)
        return Standing(connection, True, since, broken_at, routed_since)

    def _was_handed_over(self, before: Standing, since: int) -> bool:
        """Whether another tunnel that has carried since then was there already when the first one fell."""
        tunnels = before.connection.tunnels
        return self._aim.until is Until.UP and any(
            tunnel.carries and tunnel.judgement.since == since for tunnel in tunnels
        )


def standing_of(aim: Aim, connection: ConnectionSighting) -> tuple[bool | None, int | None]:
    """Return whether the connection is as wanted, and since when it is or is not; None where that is not known."""
    fits = [_fits(aim, tunnel) for tunnel in connection.tunnels]
    if aim.until is Until.UP:
        holds = _any(fits)
    else:
        holds = _all(fits)
        if aim.until is Until.REDUNDANT and holds and len(fits) < 2:
            holds = None  # a tunnel alone, known by its log stream, proves nothing of the other one
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
    """Whether it was as wanted but for the routes: what it lacked was no matter of when its tunnels came up."""
    return before.holds is False and any(tunnel.unrouted is not None for tunnel in before.connection.tunnels)


def obstacle(aim: Aim, connections: Sequence[ConnectionSighting]) -> tuple[Obstacle, ConnectionSighting | None] | None:
    """Return why the aim cannot be reached, and by which connection; None where it can."""
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
