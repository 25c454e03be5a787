"""What happened to a fleet in a span of time: the outages, the figures, the changes and the notes."""

from collections.abc import Sequence
from typing import Final, Protocol

from tui.content.assessment import Diagnose, Judge, diagnosing, judging
from tui.content.past.known_changes import known_changes
from tui.content.report.values import ConnectionReport, Report, TunnelReport
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.diagnosis.unrouted import unrouted
from tui.domain.feed_state import FeedState
from tui.domain.judgement.verdict import Verdict, verdict_of
from tui.domain.past.availability import redundancy
from tui.domain.past.common_falls import past_falls
from tui.domain.past.conditions import conditions
from tui.domain.past.flaps import bgp_losses, flaps
from tui.domain.past.outages import Outage, Outages
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import SECOND

_DIAGNOSED: Final = 500
"""Maximum number of outages per tunnel that get a cause."""
_NOT_CAUGHT_UP: Final = "The look-back was not read to its end: what happened may be missing."


class Known(Protocol):
    """What is known of the tunnels, and of the feed that it came from."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def state(self) -> FeedState: ...

    @property
    def caught_up(self) -> bool: ...


def report_of(known: Known, *, since: int, now: int) -> Report:
    """Return the report from `since` until as far as the feed has read at `now`, ms; a cause for each outage.

    That takes some milliseconds per outage; a tunnel that flaps has hundreds.
    """
    fleet, feed, caught_up = known.fleet, known.state, known.caught_up
    return report(
        fleet,
        feed,
        since=since,
        now=now,
        diagnose=diagnosing(Diagnoser(fleet), now=now, feed=feed, caught_up=caught_up),
        judge=judging(fleet, now=now),
        outages=Outages(fleet, diagnosed=_DIAGNOSED),
        caught_up=caught_up,
    )


def report(
    fleet: Fleet,
    feed: FeedState,
    *,
    since: int,
    now: int,
    diagnose: Diagnose,
    judge: Judge,
    outages: Outages,
    caught_up: bool = True,
) -> Report:
    """Return what happened from `since` until as far as the feed has read at `now`, ms; the worst connection first."""
    until = fleet.known_until(now)
    until -= until % SECOND
    since = min(since - since % SECOND, until - SECOND)
    happened: dict[Tunnel, Sequence[Outage]] = {}

    def of_tunnel(connection: Connection, tunnel: Tunnel) -> TunnelReport:
        judgement, diagnoses = judge(tunnel), diagnose(tunnel)
        spans = happened[tunnel] = outages.of(tunnel, now=now, current=diagnoses)
        return TunnelReport(
            tunnel.outside_ip,
            judgement,
            conditions(tunnel, connection, judgement, spans, since=since, until=until),
            tuple(outage for outage in spans if outage.end is None or outage.end > since),
            diagnoses[0] if diagnoses else None,
            unrouted(tunnel, connection, judgement, now=fleet.known_until(now)),
            tuple(at for at in flaps(tunnel) if since <= at <= until),
            tuple(at for at in bgp_losses(tunnel) if since <= at <= until),
        )

    def of_connection(connection: Connection) -> ConnectionReport:
        tunnels = tuple(of_tunnel(connection, tunnel) for tunnel in connection.tunnels)
        return ConnectionReport(
            connection.id,
            connection.name,
            connection.source,
            verdict_of(tunnel.judgement for tunnel in tunnels),
            # Unselected tunnels are unknown, so nothing can be said of the connection as a whole.
            () if connection.left_out else redundancy([tunnel.course for tunnel in tunnels]),
            tunnels,
        )

    changes = (change for connection in fleet.connections for change in known_changes(connection))
    connections = tuple(sorted(map(of_connection, fleet.connections), key=_trouble, reverse=True))
    return Report(
        made_at=now,
        since=since,
        until=until,
        place=", ".join(filter(None, (feed.region, _accounts(feed)))),
        connections=connections,
        changes=tuple(
            sorted((change for change in changes if since <= change.at <= now), key=lambda change: change.at)
        ),
        marks=tuple(mark for mark in fleet.marks if since <= mark.at <= now),
        notices=tuple(filter(None, ("" if caught_up else _NOT_CAUGHT_UP, feed.reason, *feed.notices))),
        common_falls=tuple(fall for fall in reversed(past_falls(happened, fleet.connections)) if fall.start >= since),
    )


def _accounts(feed: FeedState) -> str:
    several = "s" if "," in feed.account else ""
    return feed.account and f"account{several} {feed.account}"


def _trouble(connection: ConnectionReport) -> tuple[int, int]:
    """Sort key: how long a connection had no tunnel, and how long its tunnels carried nothing."""
    sums = [tunnel.availability for tunnel in connection.tunnels]
    return connection.length(Verdict.DOWN), sum(availability.down + availability.negotiating for availability in sums)
