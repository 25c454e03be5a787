"""What is certain about every tunnel at one time: anything old or disputed counts as unknown.

For callers that act on the answer, such as a script that continues once a connection is redundant. Pure; times in ms.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tui.domain.connection_name import ConnectionName
from tui.domain.diagnosis.unrouted import Unrouted, unrouted
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.judgement import Judgement, is_dynamic, judge
from tui.domain.judgement.layers import bgp_layer, ike_layer
from tui.domain.judgement.quiet import quiet_for
from tui.domain.judgement.verdict import Verdict, verdict_of
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health
from tui.domain.times import MINUTE

_MOST_AGE: Final = MINUTE
"""The maximum age of the newest read. A healthy feed reads every 5 s; a hanging one is noticed within 20 s."""
_NO_DOUBT: Final = {DoubtKind.EC2_BEHIND}
"""Doubts that change nothing: the log is newer than EC2's status, which lags by minutes."""

UNKNOWN: Final = Judgement()


class Uncertainty(StrEnum):
    """Why nothing is certain about a tunnel."""

    NOT_KNOWN = "not_known"
    """No source shows whether it carries traffic."""
    DOUBTED = "doubted"
    """The sources disagree, or the newest of them is old."""
    QUIET = "quiet"
    """It is silent against its own habit."""
    UNREAD = "unread"
    """The last read of one of its logs failed."""
    EC2_FAILED = "ec2_failed"
    """Only EC2 reports it, and its last call failed."""
    GONE = "gone"
    """It was seen before, and no longer exists."""


@dataclass(frozen=True, slots=True)
class TunnelSighting:
    """One tunnel at one time. `has_bgp`: whether BGP is established, None if unknown or if there is no BGP.

    `unrouted`: why AWS certainly sends nothing into a tunnel that is up.
    """

    outside_ip: str
    judgement: Judgement = UNKNOWN
    has_bgp: bool | None = None
    uncertainty: Uncertainty | None = None
    unrouted: Unrouted | None = None

    @property
    def carries(self) -> bool | None:
        """Whether traffic can pass; None unless that is certain."""
        return None if self.uncertainty is not None else self.judgement.carries


@dataclass(frozen=True, slots=True)
class ConnectionSighting(ConnectionName):
    """One connection at one time; `left_out` is the number of its tunnels that were not selected."""

    is_static: bool = False
    left_out: int = 0
    tunnels: tuple[TunnelSighting, ...] = ()

    @property
    def carrying(self) -> int:
        """The number of tunnels that certainly carry traffic."""
        return sum(1 for tunnel in self.tunnels if tunnel.carries)

    @property
    def verdict(self) -> Verdict:
        """The verdict as far as it is certain: every tunnel carries traffic, some, none, or unknown."""
        return verdict_of([Judgement(carries=tunnel.carries) for tunnel in self.tunnels])


def sightings(fleet: Fleet, feed: FeedState, *, now: int) -> tuple[ConnectionSighting, ...]:
    """Return what is certain about the fleet's connections at `now`, as far as the feed has read."""
    known_until = fleet.known_until(now)
    return tuple(_connection(connection, feed, known_until) for connection in fleet.connections)


def _connection(connection: Connection, feed: FeedState, known_until: int) -> ConnectionSighting:
    return ConnectionSighting(
        connection.id,
        connection.name,
        connection.source,
        is_static=connection.facts is not None and connection.facts.static_routes_only,
        left_out=connection.left_out,
        tunnels=tuple(_tunnel(tunnel, connection, feed, known_until) for tunnel in connection.tunnels),
    )


def _tunnel(tunnel: Tunnel, connection: Connection, feed: FeedState, known_until: int) -> TunnelSighting:
    judgement = judge(tunnel, connection, now=known_until)
    has_bgp = None
    if is_dynamic(tunnel, connection):
        has_bgp = bgp_layer(tunnel, ike_layer(tunnel, known_until), known_until).is_up
    return TunnelSighting(
        tunnel.outside_ip,
        judgement,
        has_bgp,
        _uncertainty(tunnel, judgement, feed, known_until),
        unrouted(tunnel, connection, judgement, now=known_until),
    )


def _uncertainty(tunnel: Tunnel, judgement: Judgement, feed: FeedState, known_until: int) -> Uncertainty | None:
    if _log_groups(tunnel, feed.failing) & {*feed.failing}:
        return Uncertainty.UNREAD
    if judgement.carries is None:
        return Uncertainty.NOT_KNOWN if judgement.doubt is None else Uncertainty.DOUBTED
    if judgement.doubt is not None and judgement.doubt.kind not in _NO_DOUBT:
        return Uncertainty.DOUBTED
    if quiet_for(tunnel, judgement, now=known_until) is not None:
        return Uncertainty.QUIET
    if feed.ec2_failed and tunnel.health is Health.UNKNOWN:
        return Uncertainty.EC2_FAILED
    return None


def _log_groups(tunnel: Tunnel, all_groups: Collection[str]) -> set[str]:
    """Return the tunnel's log groups; if EC2 does not name them, any group may be one."""
    if tunnel.facts is None:
        return {*all_groups}
    return {group for group in (tunnel.facts.ike_group, tunnel.facts.bgp_group) if group is not None}


class Freshness:
    """Decides whether the knowledge is newer than the question and than the feed's last interruption."""

    def __init__(self, asked_at: int) -> None:
        self._needed = asked_at

    def note(self, feed: FeedState, *, now: int) -> None:
        """Record the feed's state at `now`: while it is offline, all knowledge ages."""
        if feed.mode is FeedMode.OFFLINE:
            self._needed = max(self._needed, now)

    def is_fresh(self, known_until: int | None, *, now: int) -> bool:
        """Return whether knowledge up to `known_until` suffices for a statement about the present."""
        return known_until is not None and known_until >= self._needed and now - known_until <= _MOST_AGE


class Roll:
    """The connections and tunnels seen so far: one that is gone counts as unknown rather than as absent."""

    def __init__(self) -> None:
        self._seen: dict[str, ConnectionSighting] = {}

    def complete(self, seen: tuple[ConnectionSighting, ...]) -> tuple[ConnectionSighting, ...]:
        """Return the current sightings, plus the connections seen earlier that are gone."""
        now: Mapping[str, ConnectionSighting] = {connection.id: connection for connection in seen}
        gone = [_gone(connection) for key, connection in self._seen.items() if key not in now]
        self._seen.update(now)
        return (*seen, *gone)


def _gone(connection: ConnectionSighting) -> ConnectionSighting:
    tunnels = tuple(TunnelSighting(tunnel.outside_ip, uncertainty=Uncertainty.GONE) for tunnel in connection.tunnels)
    return replace(connection, tunnels=tunnels)
