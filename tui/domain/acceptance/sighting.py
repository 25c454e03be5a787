"""What is known for sure of every tunnel at one look: what is old, or doubted by a source, counts as not known.

For whoever acts on the answer, such as a script that goes on once a connection is redundant. Pure; times in ms.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tui.domain.diagnosis.unrouted import Unrouted, unrouted
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.judgement import Judgement, is_dynamic, judge, verdict_of
from tui.domain.judgement.layers import bgp_layer, ike_layer
from tui.domain.judgement.quiet import quiet_for
from tui.domain.state.fleet import Connection, Fleet, Tunnel, Verdict, at_its_site
from tui.domain.state.tunnel import Health
from tui.domain.times import MINUTE

_MOST_AGE: Final = MINUTE
"""How old the newest read may be. A healthy feed reads each five seconds; one that hangs is found within twenty."""
_NO_DOUBT: Final = {DoubtKind.EC2_BEHIND}
"""Doubts that change nothing: the log is newer than EC2's status, which is minutes behind."""

UNKNOWN: Final = Judgement()


class Uncertainty(StrEnum):
    """Why nothing sure is known of a tunnel."""

    NOT_KNOWN = "not_known"
    """No source tells whether it carries traffic."""
    DOUBTED = "doubted"
    """The sources disagree, or the newest of them is old."""
    QUIET = "quiet"
    """It breaks its own habit of logging."""
    UNREAD = "unread"
    """One of its logs could not be read the last time."""
    EC2_FAILED = "ec2_failed"
    """Only EC2 tells of it, and did not answer the last time."""
    GONE = "gone"
    """It was there, and is no more."""


@dataclass(frozen=True, slots=True)
class TunnelSighting:
    """One tunnel at one look. `has_bgp`: whether BGP is established, None where nobody knows or there is none.

    `unrouted`: why AWS certainly sends nothing into a tunnel that carries.
    """

    outside_ip: str
    judgement: Judgement = UNKNOWN
    has_bgp: bool | None = None
    uncertainty: Uncertainty | None = None
    unrouted: Unrouted | None = None

    @property
    def carries(self) -> bool | None:
        """Whether traffic can pass; None unless that is sure."""
        return None if self.uncertainty is not None else self.judgement.carries


@dataclass(frozen=True, slots=True)
class ConnectionSighting:
    """One connection at one look; `left_out` counts its tunnels that were not chosen."""

    id: str
    name: str = ""
    is_static: bool = False
    left_out: int = 0
    tunnels: tuple[TunnelSighting, ...] = ()
    site: str = ""
    """The name of its source, empty if there is only one."""

    @property
    def label(self) -> str:
        """Its name, or its id where it has none."""
        return self.name or self.id

    @property
    def name_at_its_site(self) -> str:
        """The name without the site's, which stands before it where there are several."""
        return at_its_site(self.name, self.site)

    @property
    def carrying(self) -> int:
        """How many tunnels carry traffic, as far as that is sure."""
        return sum(1 for tunnel in self.tunnels if tunnel.carries)

    @property
    def verdict(self) -> Verdict:
        """Whether every tunnel carries traffic, some, none, or nothing is known, as far as that is sure."""
        return verdict_of([Judgement(carries=tunnel.carries) for tunnel in self.tunnels])


def sightings(fleet: Fleet, feed: FeedState, *, now: int) -> tuple[ConnectionSighting, ...]:
    """Return what is known for sure of the fleet's connections at `now`, as far as the feed has read."""
    known_until = fleet.known_until(now)
    return tuple(_connection(connection, feed, known_until) for connection in fleet.connections)


def _connection(connection: Connection, feed: FeedState, known_until: int) -> ConnectionSighting:
    return ConnectionSighting(
        connection.id,
        connection.name,
        connection.facts is not None and connection.facts.static_routes_only,
        connection.left_out,
        tuple(_tunnel(tunnel, connection, feed, known_until) for tunnel in connection.tunnels),
        connection.source,
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
    """Return the log groups of the tunnel; where EC2 does not name them, any may be one of them."""
    if tunnel.facts is None:
        return {*all_groups}
    return {group for group in (tunnel.facts.ike_group, tunnel.facts.bgp_group) if group is not None}


class Freshness:
    """Tells whether what is known is newer than the question, and than the last time that the feed was away."""

    def __init__(self, asked_at: int) -> None:
        self._needed = asked_at

    def note(self, feed: FeedState, *, now: int) -> None:
        """Take in how the feed stands at `now`: while it is away, everything known grows old."""
        if feed.mode is FeedMode.OFFLINE:
            self._needed = max(self._needed, now)

    def is_fresh(self, known_until: int | None, *, now: int) -> bool:
        """Return whether everything up to `known_until` being known is enough to speak of the present."""
        return known_until is not None and known_until >= self._needed and now - known_until <= _MOST_AGE


class Roll:
    """The connections and tunnels that were seen: one that is gone counts as not known, rather than as not there."""

    def __init__(self) -> None:
        self._seen: dict[str, ConnectionSighting] = {}

    def complete(self, seen: tuple[ConnectionSighting, ...]) -> tuple[ConnectionSighting, ...]:
        """Return what is seen now, with what was seen before and is no more."""
        now: Mapping[str, ConnectionSighting] = {connection.id: connection for connection in seen}
        gone = [_gone(connection) for key, connection in self._seen.items() if key not in now]
        self._seen.update(now)
        return (*seen, *gone)


def _gone(connection: ConnectionSighting) -> ConnectionSighting:
    tunnels = tuple(TunnelSighting(tunnel.outside_ip, uncertainty=Uncertainty.GONE) for tunnel in connection.tunnels)
    return replace(connection, tunnels=tunnels)
