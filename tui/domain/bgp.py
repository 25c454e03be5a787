"""The BGP session over a tunnel, and how a record of its log moves it: pure, ordered by the log's time."""

from dataclasses import dataclass, replace
from typing import Final

from tui.domain.catalogue import Catalogue, Rule
from tui.domain.events import BgpEvent, Log, RouteEvent
from tui.domain.since import Since

_REMEMBERED: Final = 64
_MOST_ROUTES: Final = 1_000
"""The limit towards a transit gateway; towards a virtual private gateway it is 100."""
_OF_A_CONNECTION: Final = {
    "bgp_connecting",
    "bgp_open_sent",
    "bgp_open_received",
    "bgp_notification_sent_7",
    "bgp_notification_received_7",
}
"""What befalls one TCP connection. Their status is DOWN by AWS's documentation, yet the connection may be a second one,
beside that of an established session: RFC 4271, section 6.8."""


@dataclass(frozen=True, slots=True)
class Bgp:
    """The BGP session as its log tells it. `session` is None until a record came. Prefixes are those that the peer
    announced less those it withdrew, since the look-back began; `denied` holds the refused ones with the reason."""

    session: Since[str] | None = None
    prefixes: tuple[tuple[str, str], ...] = ()
    withdrawn: tuple[str, ...] = ()
    denied: tuple[tuple[str, str], ...] = ()
    limit: tuple[int, int] | None = None
    """(received, allowed) of the last prefix limit message."""
    notification: tuple[int, str] | None = None
    """(ms, message) of the last NOTIFICATION."""

    @property
    def is_up(self) -> bool | None:
        """Whether the session is established; None where nothing is known."""
        return None if self.session is None else self.session.value == "established"


def after_status(bgp: Bgp, event: BgpEvent, rule: Rule | None, *, at: int, catalogue: Catalogue) -> Bgp:
    """Return the session after a BGPStatus record; the same object where nothing changed."""
    fields = catalogue.fields(event.message, log=Log.BGP) if rule is not None else {}
    session = bgp.session
    value = fields.get("state_to", "").lower()
    if not value and event.is_up:
        value = "established"
    elif not value and event.is_up is False and not (rule is not None and rule.id in _OF_A_CONNECTION):
        # DOWN without a change of state keeps the step that was known.
        value = session.value if session and session.value != "established" else "down"
    if value:
        session = session.moved_to(value, at=at, seen=True) if session else Since(value, at, "state_to" in fields)
    limit = bgp.limit
    if "received" in fields and "limit" in fields:
        limit = (int(fields["received"][:9]), int(fields["limit"][:9]))
    notification = bgp.notification
    if rule is not None and rule.id.startswith(("bgp_notification", "bgp_hold_timer")):
        notification = (at, event.message)
    if session is not bgp.session and session is not None and session.value == "established":
        bgp = replace(bgp, withdrawn=(), denied=())  # a new session announces everything anew
    lost = session is not bgp.session and session is not None and session.value != "established" and bgp.is_up
    changed = Bgp(session, () if lost else bgp.prefixes, bgp.withdrawn, bgp.denied, limit, notification)
    return bgp if changed == bgp else changed


def after_route(bgp: Bgp, event: RouteEvent) -> Bgp:
    """Return the session after a RouteStatus record."""
    prefix = event.prefix
    if prefix is None:
        return bgp
    routes = dict(bgp.prefixes)
    denied = dict(bgp.denied)
    withdrawn = tuple(each for each in bgp.withdrawn if each != prefix)
    denied.pop(prefix, None)
    if "denied" in event.message.lower():
        routes.pop(prefix, None)
        denied[prefix] = event.message
    elif event.action == "withdrawn":
        routes.pop(prefix, None)
        withdrawn = (*withdrawn, prefix)[-_REMEMBERED:]
    else:
        routes[prefix] = event.as_path or ""
    return replace(
        bgp,
        prefixes=tuple(routes.items())[-_MOST_ROUTES:],
        withdrawn=withdrawn,
        denied=tuple(denied.items())[-_REMEMBERED:],
    )
