"""How often a tunnel flapped, and how often it lost BGP while it stayed up, as far as the logs show. Times in ms."""

from tui.domain.diagnosis.recurring import without_the_tunnel
from tui.domain.state.tunnel import Tunnel


def flaps(tunnel: Tunnel) -> tuple[int, ...]:
    """Return when the tunnel went down, oldest first; a tunnel that never was up has no flap."""
    return tuple(end.at for end in tunnel.history.endings() if not end.was_brief)


def bgp_losses(tunnel: Tunnel) -> tuple[int, ...]:
    """Return when BGP was lost while the tunnel stayed up, oldest first."""
    return tuple(without_the_tunnel(tunnel.history.bgp_falls(), tunnel.history.endings()))
