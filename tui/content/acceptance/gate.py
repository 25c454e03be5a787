"""What `wait` says: its aim, how far each connection is from that, and the outcome."""

from collections.abc import Sequence
from typing import Final

from tui.content.layout.cells import count
from tui.content.sighting import UNROUTED, carrying_text
from tui.content.wording import Moment
from tui.domain.acceptance.aim import Aim, Until
from tui.domain.acceptance.gate import Look, Obstacle, Standing
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting
from tui.domain.state.tunnel_state import Health
from tui.domain.times import length

_NAMED: Final = 8
"""Maximum number of connections named in a line; the others are counted."""
_AIMS: Final = {
    Until.UP: "every connection has a tunnel that carries traffic",
    Until.REDUNDANT: "every tunnel carries traffic",
    Until.DOWN: "no tunnel carries traffic",
}
_BGP: Final = {Until.UP: ", with BGP established on it", Until.REDUNDANT: ", with BGP established", Until.DOWN: ""}
_OBSTACLES: Final = {
    Obstacle.NOTHING_CHOSEN: "No tunnel was chosen{why}",
    Obstacle.PART_CHOSEN: (
        "Only {chosen} of {name} was chosen, so its redundancy is unknown: choose the connection, or wait --until up."
    ),
    Obstacle.STATIC: "{name} has static routes only, so it has no BGP to wait for: leave --bgp out.",
}


def aim_sentence(aim: Aim, *, timeout: str) -> str:
    """Return what is waited for, and for how long at most."""
    stable = f", for {length(aim.stable)} without a break" if aim.stable else ""
    bgp = _BGP[aim.until] if aim.bgp else ""
    return f"waiting until {_AIMS[aim.until]}{bgp}{stable}; at most {timeout}"


def obstacle_sentence(obstacle: Obstacle, connection: ConnectionSighting | None, *, why: str = "") -> str:
    """Return why waiting would be pointless. `why` is the feed's reason for the missing tunnels."""
    return _OBSTACLES[obstacle].format(
        name=connection.label if connection else "",
        chosen=", ".join(tunnel.outside_ip for tunnel in connection.tunnels) if connection else "",
        why=f": {why}" if why else ": there is none.",
    )


def standing_text(standing: Standing, aim: Aim, moment: Moment) -> str:
    """Return the standing of a connection: `hq: 1/2 carry; 203.0.113.42 down since 12:03:01`."""
    connection = standing.connection
    others = [text for tunnel in connection.tunnels if (text := _exception(tunnel, aim, moment))]
    text = f"{connection.label}: {connection.carrying}/{len(connection.tunnels)} carry"
    if others:
        text += f"; {', '.join(others)}"
    if standing.holds and standing.since is not None:
        text += f"; {aim.until} since {moment(standing.since)}"
    return text


def standing_key(standing: Standing) -> object:
    """Return the parts of a standing whose change is reported; repeated attempts of a peer change none of them."""
    tunnels = tuple(
        (
            tunnel.outside_ip,
            tunnel.carries,
            tunnel.has_bgp,
            tunnel.uncertainty,
            tunnel.unrouted,
            tunnel.judgement.health is Health.UP,
            tunnel.judgement.doubt.kind if tunnel.judgement.doubt and tunnel.uncertainty else None,
        )
        for tunnel in standing.connection.tunnels
    )
    return standing.holds, standing.since if standing.holds else None, tunnels


def shortfall(look: Look | None, aim: Aim, moment: Moment) -> str:
    """Return why the aim was not reached, by the connections that miss it."""
    if look is None:
        return "nothing has been read yet"
    if not look.is_fresh:
        return f"nothing is known since {moment(look.known_until)}"
    missed = [standing_text(standing, aim, moment) for standing in look.standings if not standing.holds]
    if not missed:
        return f"all is as wanted, but not for {length(aim.stable)} yet" + _broken(look.standings, moment)
    return _first(missed)


def reached_text(look: Look, aim: Aim, *, waited: int, moment: Moment) -> str:
    """Return the verdict on a gate that opened after `waited` ms."""
    names = [standing_text(standing, aim, moment) for standing in look.standings]
    return f"reached after {length(waited)}: {_first(names)}"


def _broken(standings: Sequence[Standing], moment: Moment) -> str:
    broken = [standing for standing in standings if standing.broken_at is not None]
    texts = [f"{standing.connection.label} broke at {moment(standing.broken_at or 0)}" for standing in broken]
    return f": {_first(texts)}" if texts else ""


def _first(texts: Sequence[str]) -> str:
    left = len(texts) - _NAMED
    return ". ".join(texts[:_NAMED]) + (f". And {count(left, 'connection')} more" if left > 0 else "")


def _exception(tunnel: TunnelSighting, aim: Aim, moment: Moment) -> str:
    """Return the remark on a tunnel, unless it simply carries traffic; empty if it does."""
    if tunnel.carries and tunnel.unrouted is not None:
        return f"nothing is routed into {tunnel.outside_ip}: {UNROUTED[tunnel.unrouted]}"
    if tunnel.carries:
        return f"{tunnel.outside_ip} BGP not known" if aim.bgp and not tunnel.has_bgp else ""
    return f"{tunnel.outside_ip} {carrying_text(tunnel, moment)}"
