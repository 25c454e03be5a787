"""What a tunnel is worth: whether traffic can pass, since when, how sure that is, and which sources disagree.

The one place that weighs the IKE log, the BGP log and EC2 against each other. The screen, `status`, its exit code, the
notices and the diagnosis all ask it, so they cannot contradict each other. Pure; times in ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.domain.events import Log
from tui.domain.judgement.doubt import Doubt, DoubtKind
from tui.domain.judgement.ec2_history import statuses
from tui.domain.judgement.layers import Layer, bgp_layer, ike_layer
from tui.domain.state.fleet import Connection, Tunnel, Verdict
from tui.domain.state.tunnel import Health


@dataclass(frozen=True, slots=True)
class Judgement:
    """One tunnel as all sources together show it.

    `health` is IKE's part. `carries`: whether traffic can pass, None where that is not known. `since` tells from when
    `carries` holds; `since_exact` is False where it holds since then at the latest. `certain`: a record says so itself
    and nothing speaks against it.
    """

    health: Health = Health.UNKNOWN
    carries: bool | None = None
    since: int | None = None
    since_exact: bool = False
    certain: bool = False
    doubt: Doubt | None = None


def judge(tunnel: Tunnel, connection: Connection | None = None, *, now: int) -> Judgement:
    """Return what the tunnel is worth at `now`, which is how far the feed has read, never the wall's time.

    EC2's status outranks a log that is silent since EC2's last change. A tunnel whose connection routes by BGP carries
    traffic only while BGP is established, as far as the BGP log or EC2 tells.
    """
    ike = ike_layer(tunnel, now)
    health = _health(tunnel, ike)
    bgp = bgp_layer(tunnel, ike, now) if is_dynamic(tunnel, connection) else None
    layers = [ike] if bgp is None else [ike, bgp]
    carries = _carries(ike, bgp)
    since, is_exact = _by_ec2_if_older(tunnel, carries, *_since(layers, carries=carries))
    return Judgement(
        health=health,
        carries=carries,
        since=since,
        since_exact=is_exact,
        certain=carries is not None and all(layer.is_certain for layer in layers if layer.is_up is carries),
        # A session over a tunnel that is gone is gone, whatever its log says.
        doubt=next((layer.doubt for layer in layers if layer.doubt is not None and (layer is ike or ike.is_up)), None),
    )


def verdict(connection: Connection, *, now: int) -> Verdict:
    """Return whether every tunnel of the connection carries traffic, some, none, or nothing is known."""
    return verdict_of([judge(tunnel, connection, now=now) for tunnel in connection.tunnels])


def verdict_of(judgements: Iterable[Judgement]) -> Verdict:
    """Return the verdict on a connection with these tunnels."""
    carries = [judgement.carries for judgement in judgements]
    if all(value is None for value in carries):
        return Verdict.UNKNOWN
    if not any(carries):
        return Verdict.DOWN
    # A connection has two tunnels: one alone, seen only by its stream, is not a proof of redundancy.
    return Verdict.REDUNDANT if all(carries) and len(carries) > 1 else Verdict.AT_RISK


def is_dynamic(tunnel: Tunnel, connection: Connection | None) -> bool:
    """Return whether the connection routes by BGP. Where EC2 may not be asked, a BGP log tells that it does."""
    if connection is not None and connection.facts is not None:
        return not connection.facts.static_routes_only
    tunnels = connection.tunnels if connection is not None else (tunnel,)
    return any(each.state.bgp.session is not None for each in tunnels)


def _carries(ike: Layer, bgp: Layer | None) -> bool | None:
    if bgp is None or not ike.is_up:
        return ike.is_up
    return bgp.is_up if bgp.is_up is not None or bgp.since is not None else ike.is_up


def _since(layers: list[Layer], *, carries: bool | None) -> tuple[int | None, bool]:
    """Return since when `carries` holds: the last layer to come up, or the first to go down."""
    known = [layer for layer in layers if layer.is_up is carries and layer.since is not None]
    if carries is None or not known:
        return None, False
    first = (max if carries else min)(known, key=lambda layer: layer.since or 0)
    return first.since, first.is_exact


def _by_ec2_if_older(
    tunnel: Tunnel, carries: bool | None, since: int | None, is_exact: bool
) -> tuple[int | None, bool]:
    """Return since when `carries` holds: by EC2 where it says the same and knows what began before the look-back."""
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    if telemetry is None or telemetry.since is None or telemetry.is_up is not carries or is_exact:
        return since, is_exact
    began = statuses(tunnel.facts)[-1].start
    return (began, True) if since is None or began < since else (since, is_exact)


def _health(tunnel: Tunnel, ike: Layer) -> Health:
    """Return IKE's health: as logged, unless something better shows the opposite, or what the log leaves open.

    Unknown where the log is too old to tell.
    """
    logged = tunnel.health
    if logged is Health.UP and ike.doubt is not None and ike.doubt.kind is DoubtKind.LOG_TOO_OLD:
        return Health.UNKNOWN
    if logged is Health.UNKNOWN:
        if ike.is_up is None or all(entry.log is not Log.IKE for entry in tunnel.history.newest_first()):
            return logged
    elif ike.is_up is None or ike.is_up is (logged is Health.UP):
        return logged
    return Health.UP if ike.is_up else Health.DOWN
