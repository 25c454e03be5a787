"""Why AWS certainly sends nothing into a tunnel that is up, for callers that act on a tunnel being up."""

from enum import StrEnum

from tui.domain.diagnosis.routes import every_route_is_denied, no_routes
from tui.domain.diagnosis.situation import Situation
from tui.domain.judgement.judgement import Judgement
from tui.domain.state.connection import Connection
from tui.domain.state.tunnel import Tunnel


class Unrouted(StrEnum):
    """Why nothing is routed into a tunnel."""

    NO_STATIC_ROUTE = "no_static_route"
    WITHDRAWN = "withdrawn"
    """The device has withdrawn all its routes."""
    DENIED = "denied"
    """AWS refuses every route that the device announces."""


_VARIANTS = {"static": Unrouted.NO_STATIC_ROUTE, "withdrawn": Unrouted.WITHDRAWN}


def unrouted(tunnel: Tunnel, connection: Connection | None, judgement: Judgement, *, now: int) -> Unrouted | None:
    """Return why nothing is routed into the tunnel at `now` (ms); None if something is, or if that is uncertain."""
    if not judgement.carries or tunnel.state.bgp.prefixes:
        return None
    situation = Situation(tunnel, now, connection, judgement)
    finding = no_routes(situation)
    if finding is not None and finding.certain:
        return _VARIANTS.get(finding.variant)
    return Unrouted.DENIED if every_route_is_denied(situation) else None
