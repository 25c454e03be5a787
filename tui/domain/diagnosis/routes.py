"""What is wrong with the routes over a session, or a static connection, that stands."""

from collections import defaultdict
from typing import Final

from tui.domain.diagnosis.finding import Detail, Evidence, Finding, evidence_of
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.events import RouteEvent
from tui.domain.judgement.layers import LAG
from tui.domain.state.history import Entry
from tui.domain.state.indicators import rule_of
from tui.domain.times import HOUR, MINUTE

_FIRST_ROUTES: Final = 2 * MINUTE
"""A session has announced its routes within seconds; what has not come by now does not come."""
_NEAR: Final = 0.75
"""The share of the prefix limit under which its warning is over; routers warn from there or a little above."""
_FLAPS: Final = 4
"""Withdrawals of one prefix in an hour that are no change any more."""


def no_routes(situation: Situation) -> Finding | None:
    """Return that nothing is routed through the tunnel, though it stands."""
    if not situation.judgement.carries:
        return None
    facts = situation.connection_facts
    if facts.static_routes_only:
        # Towards a transit gateway, static routes stand in its own table.
        is_bare = facts.gateway_kind == "vgw" and not facts.routes
        since = situation.judgement.since or situation.now  # when it became wrong is not known: since it matters
        return Finding("no_routes", since, certain=True, variant="static") if is_bare else None
    return _all_withdrawn(situation) or _never_announced(situation)


def _all_withdrawn(situation: Situation) -> Finding | None:
    bgp = situation.state.bgp
    if not bgp.is_up or bgp.prefixes or not bgp.withdrawn:
        return None
    told = [
        entry for entry in situation.news if isinstance(entry.event, RouteEvent) and entry.event.action == "withdrawn"
    ]
    started = bgp.is_established.at or 0
    told = [entry for entry in told if entry.at >= started]
    announced = {entry.event.prefix for entry in situation.news if isinstance(entry.event, RouteEvent)}
    # A log that begins in the middle of a session does not know what was announced before.
    knows_all = bgp.is_established.seen or _ec2_counts(situation) == 0
    if not told or not knows_all or situation.now - told[-1].at < MINUTE or not announced:
        return None
    if _ec2_accepts_since(told[-1].at, situation):
        return None
    return Finding("no_routes", told[-1].at, evidence_of(told), certain=bgp.is_established.seen, variant="withdrawn")


def _never_announced(situation: Situation) -> Finding | None:
    bgp, telemetry = situation.state.bgp, situation.telemetry
    count = _ec2_counts(situation)
    if bgp.prefixes or (bgp.is_up is None and count is None):
        return None
    came_up = max(bgp.is_established.at or 0, situation.judgement.since or 0)
    if count == 0 and telemetry is not None and situation.now - came_up >= _FIRST_ROUTES:
        message = telemetry.message
        text = in_words("ec2_status", status=f"UP, {message}") if message else in_words("ec2_no_routes")
        said = Evidence(telemetry.since or situation.now, text, is_by_ec2=True)
        return Finding("no_routes", came_up, (said,), certain=False)
    if count is not None or bgp.limit is not None or not bgp.is_up or situation.now - came_up < LAG:
        return None
    if _ec2_accepts_since(came_up, situation):
        return None
    since = situation.since(came_up)
    if any(isinstance(entry.event, RouteEvent) or rule_of(entry) == "bgp_update_received" for entry in since):
        return None
    # Both ends announce all that they have when the session begins: what AWS sent is logged, and nothing came.
    ends = [entry for entry in since if rule_of(entry) == "bgp_end_of_rib"]
    return Finding("no_routes", came_up, evidence_of(ends)) if ends and bgp.is_established.seen else None


def _ec2_counts(situation: Situation) -> int | None:
    """Return how many routes EC2 says that it accepted; None where that is not known, or may be late."""
    telemetry = situation.telemetry
    if (
        telemetry is None
        or not telemetry.is_up
        or telemetry.accepted_routes is None
        or "ROUTES" not in telemetry.message
    ):
        return None
    is_late = telemetry.since is not None and situation.now - telemetry.since < _FIRST_ROUTES
    return None if is_late else telemetry.accepted_routes


def _ec2_accepts_since(at: int, situation: Situation) -> bool:
    """Whether EC2 accepts routes, and knows already what the log saw at `at`, ms: lines may be missing."""
    telemetry = situation.telemetry
    if telemetry is None or not telemetry.is_up or not telemetry.accepted_routes:
        return False
    return (telemetry.since or 0) > at or situation.now - at >= LAG


def denied_routes(situation: Situation) -> Finding | None:
    """Return the routes that AWS refuses, while it does."""
    bgp = situation.state.bgp
    if not bgp.denied or bgp.is_up is False:
        return None
    denied = sorted(bgp.denied, key=lambda each: each.at)
    evidence = tuple(
        Evidence(each.at, in_words("denied_route", prefix=each.prefix, reason=each.reason)) for each in denied[:5]
    )
    reason = denied[0].reason.partition(":")[2].strip(" ;") or denied[0].reason
    details: dict[str, Detail] = {"prefix": denied[0].prefix, "count": len(denied), "reason": reason}
    return Finding("route_denied", denied[0].at, evidence, certain=True, wording=_why(reason), details=details)


def every_route_is_denied(situation: Situation) -> bool:
    """Return whether AWS refuses all that was announced since the session began."""
    bgp = situation.state.bgp
    if not bgp.is_up or not bgp.is_established.seen or bgp.prefixes or not bgp.denied:
        return False
    return not _ec2_accepts_since(max(denied.at for denied in bgp.denied), situation)


def _why(reason: str) -> str:
    """Return the words for a reason of AWS's, which are FRRouting's."""
    for words, wording in (("own as", "own_as"), ("next-hop", "next_hop"), ("next hop", "next_hop")):
        if words in reason.lower():
            return wording
    return ""


def near_the_prefix_limit(situation: Situation) -> Finding | None:
    """Return the warning that the session's prefix limit is near, while the session stands and holds as many."""
    bgp = situation.state.bgp
    if not bgp.is_up or bgp.limit is None:
        return None
    said, allowed = bgp.limit
    received = max(0, said - bgp.shed)
    if received < _NEAR * allowed:
        return None
    for entry in situation.tunnel.history.newest_first():
        if not entry.state.bgp.is_up:
            return None
        if rule_of(entry) == "bgp_prefix_warning":
            details: dict[str, Detail] = {"received": received, "allowed": allowed}
            return Finding(
                "bgp_prefix_limit", entry.at, evidence_of([entry]), certain=True, variant="near", details=details
            )
    return None


def flapping_routes(situation: Situation) -> Finding | None:
    """Return the prefix that is announced and withdrawn without end."""
    withdrawn: dict[str, list[Entry]] = defaultdict(list)
    last: dict[str, str] = {}
    for entry in situation.news:
        event = entry.event
        if not isinstance(event, RouteEvent) or situation.now - entry.at > HOUR:
            continue
        prefix = event.prefix or ""
        if event.action == "withdrawn" != last.get(prefix):  # a line that came twice is one change
            withdrawn[prefix].append(entry)
        last[prefix] = event.action
    prefix, told = max(withdrawn.items(), key=lambda item: len(item[1]), default=("", []))
    if len(told) < _FLAPS or situation.now - told[-1].at > 10 * MINUTE:
        return None
    details: dict[str, Detail] = {"prefix": prefix, "times": len(told)}
    return Finding("route_flapping", told[0].at, evidence_of(told), details=details)
