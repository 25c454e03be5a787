"""The judgement of a tunnel: whether traffic can pass, since when, how certain, and which sources disagree.

The one place that weighs the IKE log, the BGP log and EC2 against each other. The screen, `status`, its exit code, the
notices and the diagnosis all use it, so they cannot contradict each other. Pure; times in ms.
"""

from dataclasses import dataclass
from typing import Final

from tui.domain.events import Log
from tui.domain.judgement.doubt import Doubt, DoubtKind
from tui.domain.judgement.ec2_history import statuses
from tui.domain.judgement.layers import Layer, bgp_layer, ike_layer
from tui.domain.judgement.unlogged import awaits_bgp, unlogged_loss
from tui.domain.state.connection import Connection
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health

_NOTHING_KNOWN: Final[Since[bool | None]] = Since(None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One tunnel according to all sources together.

    `health` is IKE's part. `carries`: whether traffic can pass, None if unknown. `since` is when `carries` began to
    hold, or a later time unless `since_exact`. `certain`: a record says so and nothing contradicts it. `ike`: whether
    IKE is up and since when, also after a loss that its log does not show.
    """

    health: Health = Health.UNKNOWN
    carries: bool | None = None
    since: int | None = None
    since_exact: bool = False
    certain: bool = False
    doubt: Doubt | None = None
    ike: Since[bool | None] = _NOTHING_KNOWN


def judge(tunnel: Tunnel, connection: Connection | None = None, *, now: int) -> Judgement:
    """Return the judgement of the tunnel at `now`, the time up to which the feed has read, not wall time.

    EC2's status outranks a log that has been silent since EC2's last change. A tunnel whose connection routes by BGP
    carries traffic only while BGP is established, as far as the BGP log or EC2 shows.
    """
    ike = ike_layer(tunnel, now)
    health = _health(tunnel, ike)
    bgp = bgp_layer(tunnel, ike, now) if is_dynamic(tunnel, connection) else None
    layers = [ike] if bgp is None else [ike, bgp]
    carries = _carries(ike, bgp)
    since, is_exact = _by_ec2_if_older(tunnel, carries, *_since(layers, carries=carries))
    if carries is False and ike.is_up and since is not None:
        since, is_exact = _with_an_unlogged_loss(tunnel, since, is_exact)
    if carries is False and bgp is not None and since is not None:
        since, is_exact = _with_the_falls_before(tunnel, since, is_exact)
    return Judgement(
        health=health,
        carries=carries,
        since=since,
        since_exact=is_exact,
        certain=carries is not None and all(layer.is_certain for layer in layers if layer.is_up is carries),
        # A session over a tunnel that is down is down, too, whatever its log says.
        doubt=next((layer.doubt for layer in layers if layer.doubt is not None and (layer is ike or ike.is_up)), None),
        ike=Since(ike.is_up, ike.since, ike.is_exact),
    )


def is_dynamic(tunnel: Tunnel, connection: Connection | None) -> bool:
    """Return whether the connection routes by BGP. If EC2 is not available, the existence of a BGP log decides."""
    if connection is not None and connection.facts is not None:
        return not connection.facts.static_routes_only
    tunnels = connection.tunnels if connection is not None else (tunnel,)
    return any(sibling.state.bgp.session is not None for sibling in tunnels)


def _carries(ike: Layer, bgp: Layer | None) -> bool | None:
    if bgp is None or not ike.is_up:
        return ike.is_up
    return bgp.is_up if bgp.is_up is not None or bgp.since is not None else ike.is_up


def _since(layers: list[Layer], *, carries: bool | None) -> tuple[int | None, bool]:
    """Return since when `carries` holds: since the last layer came up, or the first went down."""
    known = [layer for layer in layers if layer.is_up is carries and layer.since is not None]
    if carries is None or not known:
        return None, False
    first = (max if carries else min)(known, key=lambda layer: layer.since or 0)
    return first.since, first.is_exact


def _by_ec2_if_older(
    tunnel: Tunnel, carries: bool | None, since: int | None, is_exact: bool
) -> tuple[int | None, bool]:
    """Return since when `carries` holds: from EC2 if it agrees and knows a start before the look-back."""
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    if telemetry is None or telemetry.since is None or telemetry.is_up is not carries or is_exact:
        return since, is_exact
    began = statuses(tunnel.facts)[-1].start
    return (began, True) if since is None or began < since else (since, is_exact)


def _with_an_unlogged_loss(tunnel: Tunnel, since: int, is_exact: bool) -> tuple[int, bool]:
    """Return since when nothing is carried if BGP has been missing since a new set-up: since the loss before it."""
    loss = unlogged_loss(tunnel)
    if loss is None or loss.start is None or not awaits_bgp(tunnel, loss.end, since):
        return since, is_exact
    return loss.start, True


def _with_the_falls_before(tunnel: Tunnel, since: int, is_exact: bool) -> tuple[int, bool]:
    """Return since when nothing is carried if BGP was lost with the tunnel: since the fall, not the hold timer."""
    is_up = tunnel.state.is_up
    rise = is_up.at if is_up.value else None
    for end in reversed(tunnel.state.endings):
        if not end.was_brief and end.at < since:
            if rise is None or (since >= rise and (is_exact or not awaits_bgp(tunnel, rise, since))):
                break
            since, is_exact = end.at, True
        rise = end.began
    return since, is_exact


def _health(tunnel: Tunnel, ike: Layer) -> Health:
    """Return IKE's health as logged, unless a better source contradicts it or settles what the log leaves open.

    Unknown if the log is too old.
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
