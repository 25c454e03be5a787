"""The BGP session over a tunnel, and how the records of its log change it: pure, ordered by the log's time."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from tui.domain.events import BgpEvent, RouteEvent
from tui.domain.knowledge.rule import Rule
from tui.domain.state.prefixes import NO_PREFIXES, Prefixes
from tui.domain.state.since import Since

_UNHEARD: Final[Since[bool | None]] = Since(None)
_REMEMBERED: Final = 64
_OUT_OF_ORDER: Final = 1_500
"""The maximum distance between lines of the same moment, ms."""
_OF_A_CONNECTION: Final = {
    "bgp_connecting",
    "bgp_open_sent",
    "bgp_open_received",
    "bgp_notification_sent_7",
    "bgp_notification_received_7",
}
"""Events of a single TCP connection. Their status is DOWN according to AWS's documentation, yet the connection may be a
second one beside that of an established session: RFC 4271, section 6.8.
"""


class Denied(NamedTuple):
    """A route that AWS refuses, the reason, and since when, ms."""

    prefix: str
    reason: str
    at: int


class Loss(NamedTuple):
    """A period without an established session, ms: from `since`, or earlier unless `seen`, to `until`."""

    since: int
    seen: bool
    until: int


@dataclass(frozen=True, slots=True)
class Bgp:
    """The BGP session according to its log.

    `session` is its last known step, None before the first record. Prefixes are those announced by the peer minus those
    withdrawn, since the look-back began; `denied` holds the refused ones.
    """

    session: str | None = None
    is_established: Since[bool | None] = _UNHEARD
    """Whether the session is established, and since when it is or is not: a refused session cycles through Idle,
    Connect and Active, although it was lost long before.
    """
    falls: tuple[int, ...] = ()
    """When the session was lost, ms; the last 64."""
    losses: tuple[Loss, ...] = ()
    """The past periods without a session, the last 64."""
    prefixes: Prefixes = NO_PREFIXES
    withdrawn: tuple[str, ...] = ()
    denied: tuple[Denied, ...] = ()
    limit: tuple[int, int] | None = None
    """(received, allowed) of the last prefix limit message."""
    shed: int = 0
    """How many fewer prefixes than in that message the peer now announces. Later announcements may already be counted
    in the message, so they only make up for withdrawals.
    """
    notification: tuple[int, str] | None = None
    """(ms, message) of the last NOTIFICATION."""
    heard_at: int | None = None
    """The time of the log's last record, ms."""
    alive_at: int | None = None
    """When the log last proved that the peer sent something over an established session, ms."""

    @property
    def is_up(self) -> bool | None:
        """Whether the session is established; None if unknown."""
        return self.is_established.value


def after_status(bgp: Bgp, event: BgpEvent, rule: Rule | None, *, at: int) -> Bgp:
    """Return the session after a BGPStatus record."""
    fields = rule.fields(event.message) if rule is not None else {}
    session = bgp.session
    value = fields.get("state_to", "").lower()
    if not value and event.is_up:
        value = "established"
    elif not value and event.is_up is False and not (rule is not None and rule.id in _OF_A_CONNECTION):
        # DOWN without a change of state keeps the known step.
        value = session if session is not None and session != "established" else "down"
    established = bgp.is_established
    if value:
        was_up, is_up = fields.get("state_from", "").lower() == "established", value == "established"
        # A session that is in the middle of a start was lost before, without a line.
        was_lost_before = bool(established.value) and "state_from" in fields and not was_up
        seen = (session is not None and not was_lost_before) or ("state_from" in fields and was_up is not is_up)
        established = established.moved_to(is_up, at=at, seen=seen)
        if is_up and "state_from" in fields and not was_up and established is bgp.is_established:
            bgp, established = _begun_anew(bgp, at)
        if was_up and not is_up and _is_the_same_loss(established, at):
            established = replace(established, seen=True)
        session = value
    limit, shed = bgp.limit, bgp.shed
    if "received" in fields and "limit" in fields:
        shed = 0
        limit = (int(fields["received"][:9]), int(fields["limit"][:9]))
    notification = bgp.notification
    if rule is not None and rule.id.startswith(("bgp_notification", "bgp_hold_timer")):
        notification = (at, event.message)
    if established is not bgp.is_established and established.value:
        lost = bgp.is_established
        over = (Loss(lost.at, lost.seen, at),) if lost.value is False and lost.at is not None else ()
        # A new session announces everything again.
        bgp = replace(bgp, withdrawn=(), denied=(), losses=(*bgp.losses, *over)[-_REMEMBERED:])
    elif established is not bgp.is_established and (established.seen or bgp.is_up):
        bgp = replace(bgp, prefixes=NO_PREFIXES, falls=(*bgp.falls, at)[-_REMEMBERED:])
    return replace(
        bgp,
        session=session,
        is_established=established,
        limit=limit,
        shed=shed,
        notification=notification,
        heard_at=at,
        alive_at=at if established.value and _is_from_the_peer(event, rule) else bgp.alive_at,
    )


def _is_the_same_loss(established: Since[bool | None], at: int) -> bool:
    """Whether a line just before `at`, ms, already reported this loss, of a session the log had not shown until then.

    AWS logs the end of the hold timer before the change of state.
    """
    since = established.at
    return established.value is False and not established.seen and since is not None and at - since <= _OUT_OF_ORDER


def _begun_anew(bgp: Bgp, at: int) -> tuple[Bgp, Since[bool | None]]:
    """Return an established session and its start after the line of a start.

    Lines of the session may come just before that line. If the known start is longer ago, the loss was not logged.
    """
    began = bgp.is_established
    if began.at is not None and at - began.at > _OUT_OF_ORDER:
        return replace(bgp, prefixes=NO_PREFIXES, withdrawn=(), denied=()), replace(began, at=at, seen=True)
    return bgp, began if began.seen else replace(began, at=at, seen=True)


def _is_from_the_peer(event: BgpEvent, rule: Rule | None) -> bool:
    """Whether the record proves that the peer sent something through the tunnel."""
    if rule is not None and rule.id == "bgp_state_established":
        return True
    return event.is_up is True and "received" in event.message.lower()


def after_route(bgp: Bgp, event: RouteEvent, *, at: int) -> Bgp:
    """Return the session after a RouteStatus record."""
    prefix = event.prefix
    if prefix is None:
        return bgp
    prefixes = bgp.prefixes
    denied = {route.prefix: route for route in bgp.denied}
    withdrawn = tuple(known for known in bgp.withdrawn if known != prefix)
    before, was_withdrawn = denied.pop(prefix, None), len(withdrawn) < len(bgp.withdrawn)
    shed = bgp.shed
    if "denied" in event.message.lower():
        prefixes = prefixes.withdrawn(prefix)
        denied[prefix] = Denied(prefix, event.message, before.at if before else at)
    elif event.action == "withdrawn":
        prefixes = prefixes.withdrawn(prefix)
        if bgp.is_up is not False:  # with the end of a session AWS itself withdraws all routes
            withdrawn = (*withdrawn, prefix)[-_REMEMBERED:]
            shed += not was_withdrawn
    else:
        shed -= prefix not in prefixes
        prefixes = prefixes.announced(prefix, event.as_path or "")
    return replace(
        bgp,
        prefixes=prefixes,
        withdrawn=withdrawn,
        denied=tuple(denied.values())[-_REMEMBERED:],
        shed=max(0, shed),
        heard_at=at,
        alive_at=at if bgp.is_established.value is not False else bgp.alive_at,
    )
