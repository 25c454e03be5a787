"""A tunnel and its connection as known before a given time, to judge past events by what was known then."""

from dataclasses import replace

from tui.domain.inventory import TunnelFacts
from tui.domain.state.connection import Connection
from tui.domain.state.tunnel import Tunnel


def as_of(tunnel: Tunnel, at: int) -> Tunnel:
    """Return the tunnel as its log showed it before `at` (ms), without EC2's status, which describes the present."""
    past = Tunnel(tunnel.connection, tunnel.outside_ip)
    past.history = tunnel.history.before(at)
    past.facts = _facts_as_of(tunnel.facts, at) if tunnel.facts else None
    return past


def _facts_as_of(facts: TunnelFacts, at: int) -> TunnelFacts:
    replaced_at = facts.replaced_at if facts.replaced_at is not None and facts.replaced_at < at else None
    changes = tuple(change for change in facts.changes if change.at < at)
    return replace(
        facts,
        telemetry=None,
        earlier_statuses=(),
        provisioning="",
        maintenance_pending=False,
        replaced_at=replaced_at,
        changes=changes,
        calls=tuple(call for call in facts.calls if call.at < at),
    )


def connection_as_of(tunnel: Tunnel, connection: Connection | None, at: int) -> Connection | None:
    """Return the connection of a tunnel that is as of `at` (ms), with its other tunnels as of that time."""
    if connection is None:
        return None
    others = (as_of(other, at) for other in connection.tunnels if other.outside_ip != tunnel.outside_ip)
    past = connection.with_tunnels([tunnel, *others])
    past.facts = replace(past.facts, state="") if past.facts else None
    return past
