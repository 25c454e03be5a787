"""Whether a tunnel certainly carries traffic, in words, or why that is unknown."""

from typing import Final

from tui.content.doubts import doubt_sentence
from tui.content.wording import Moment
from tui.domain.acceptance.sighting import TunnelSighting, Uncertainty
from tui.domain.diagnosis.unrouted import Unrouted
from tui.domain.state.tunnel_state import Health

UNROUTED: Final = {
    Unrouted.NO_STATIC_ROUTE: "no static route",
    Unrouted.WITHDRAWN: "all routes withdrawn",
    Unrouted.DENIED: "every route refused by AWS",
}
"""Why nothing is routed into a tunnel, in a few words."""
_UNCERTAIN: Final = {
    Uncertainty.NOT_KNOWN: "not known",
    Uncertainty.QUIET: "silent, against its habit",
    Uncertainty.UNREAD: "its log cannot be read",
    Uncertainty.EC2_FAILED: "EC2 does not answer",
    Uncertainty.GONE: "not listed any more",
}


def carrying_text(tunnel: TunnelSighting, moment: Moment) -> str:
    """Return `since 12:03:01`, `down since 12:03:01`, `no BGP since …`, or why nothing is certain."""
    judgement = tunnel.judgement
    if tunnel.uncertainty is Uncertainty.DOUBTED and judgement.doubt is not None:
        return doubt_sentence(judgement.doubt, moment=moment).rstrip(".")
    if tunnel.uncertainty is not None:
        return _UNCERTAIN.get(tunnel.uncertainty, "not known")
    since = f"since {moment(judgement.since)}" if judgement.since is not None else ""
    if tunnel.carries and tunnel.unrouted is not None:
        return f"{since}, but nothing is routed into it: {UNROUTED[tunnel.unrouted]}".removeprefix(", ")
    if tunnel.carries:
        return since
    return f"{'no BGP' if judgement.health is Health.UP else 'down'} {since}".strip()
