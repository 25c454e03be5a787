"""Trouble with the routes of an established session or of a static connection that is up."""

from collections import defaultdict
from typing import Final

from tui.domain.diagnosis.finding import Detail, Evidence, Finding, evidence_of
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.events import RouteEvent
from tui.domain.judgement.ec2_history import LAG
from tui.domain.state.history import Entry
from tui.domain.state.indicators import rule_of
from tui.domain.times import HOUR, MINUTE

_FIRST_ROUTES: Final = 2 * MINUTE
"""A session announces its routes within seconds; routes missing after this time will not come."""
_NEAR: Final = 0.75
"""The share of the prefix limit below which its warning is over; routers warn at or slightly above it."""
_FLAPS: Final = 4
"""The withdrawals of one prefix within an hour that are no longer ordinary changes."""


def no_routes(situation: Situation) -> Finding | None:
    """Return a finding that nothing is routed through the tunnel although it is up."""
    if not situation.judgement.carries:
        return None
    facts = situation.connection_facts
    if facts.static_routes_only:
        # Towards a transit gateway, static routes are in its own table.
        is_bare = facts.gateway_kind == "vgw" and not facts.routes
        # it is unknown when it became wrong, only since when it matters
        since = situation.judgement.since or situation.now
        return Finding("no_routes", since, certain=True, variant="static") if is_bare else None
    return _all_withdrawn(situation) or _never_announced(situation)


def _all_withdrawn(situation: Situation) -> Finding | None:
    bgp = situation.state.bgp
    if not bgp.is_up or bgp.prefixes or not bgp.withdrawn:
        return None
    withdrawals = [
        entry for entry in situation.news if isinstance(entry.event, RouteEvent) and entry.event.action == "withdrawn"
    ]
    started = bgp.is_established.at or 0
    withdrawals = [entry for entry in withdrawals if entry.at >= started]
    announced = {entry.event.prefix for entry in situation.news if isinstance(entry.event, RouteEvent)}
    # A log that begins in mid-session does not show what was announced before.
    knows_all = bgp.is_established.seen or _ec2_counts(situation) == 0
    if not withdrawals or not knows_all or situation.now - withdrawals[-1].at < MINUTE or not announced:
        return None
    if _ec2_accepts_since(withdrawals[-1].at, situation):
        return None
    return Finding(
        "no_routes", withdrawals[-1].at, evidence_of(withdrawals), certain=bgp.is_established.seen, variant="withdrawn"
    )


def _never_announced(situation: Situation) -> Finding | None:
    bgp, telemetry = situation.state.bgp, situation.telemetry
    count = _ec2_counts(situation)
    if bgp.prefixes or (bgp.is_up is None and count is None):
        return None
    came_up = max(bgp.is_established.at or 0, situation.judgement.since or 0)
    if count == 0 and telemetry is not None and situation.now - came_up >= _FIRST_ROUTES:
        message = telemetry.message
        text = in_words("ec2_status", status=f"UP, {message}") if message else in_words("ec2_no_routes")
        statement = Evidence(telemetry.since or situation.now, text, is_by_ec2=True)
        return Finding("no_routes", came_up, (statement,), certain=False)
    if count is not None or bgp.limit is not None or not bgp.is_up or situation.now - came_up < LAG:
        return None
    if _ec2_accepts_since(came_up, situation):
        return None
    since = situation.since(came_up)
    if any(isinstance(entry.event, RouteEvent) or rule_of(entry) == "bgp_update_received" for entry in since):
        return None
    # Both ends announce everything when the session begins: what AWS sent is logged, and nothing was received.
    ends = [entry for entry in since if rule_of(entry) == "bgp_end_of_rib"]
    return Finding("no_routes", came_up, evidence_of(ends)) if ends and bgp.is_established.seen else None


def _ec2_counts(situation: Situation) -> int | None:
    """Return the number of routes that EC2 reports as accepted; None if unknown or possibly late."""
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
    """Whether EC2 accepts routes and already reflects what the log saw at `at` (ms): lines may be missing."""
    telemetry = situation.telemetry
    if telemetry is None or not telemetry.is_up or not telemetry.accepted_routes:
        return False
    return (telemetry.since or 0) > at or situation.now - at >= LAG


def denied_routes(situation: Situation) -> Finding | None:
    """Return the routes that AWS currently refuses."""
    bgp = situation.state.bgp
    if not bgp.denied or bgp.is_up is False:
        return None
    denied = sorted(bgp.denied, key=lambda route: route.at)
    evidence = tuple(
        Evidence(route.at, in_words("denied_route", prefix=route.prefix, reason=route.reason)) for route in denied[:5]
    )
    reason = denied[0].reason.partition(":")[2].strip(" ;") or denied[0].reason
    details: dict[str, Detail] = {"prefix": denied[0].prefix, "count": len(denied), "reason": reason}
    return Finding("route_denied", denied[0].at, evidence, certain=True, wording=_why(reason), details=details)


def every_route_is_denied(situation: Situation) -> bool:
    """Return whether AWS refuses all routes announced since the session began."""
    bgp = situation.state.bgp
    if not bgp.is_up or not bgp.is_established.seen or bgp.prefixes or not bgp.denied:
        return False
    return not _ec2_accepts_since(max(denied.at for denied in bgp.denied), situation)


def _why(reason: str) -> str:
    """Return the wording for AWS's reason, which is FRRouting's text."""
    for words, wording in (("own as", "own_as"), ("next-hop", "next_hop"), ("next hop", "next_hop")):
        if words in reason.lower():
            return wording
    return ""


def near_the_prefix_limit(situation: Situation) -> Finding | None:
    """Return the warning that the session's prefix limit is near, while the session is up and holds that many."""
    bgp = situation.state.bgp
    if not bgp.is_up or bgp.limit is None:
        return None
    reported, allowed = bgp.limit
    received = max(0, reported - bgp.shed)
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
    """Return the prefix that is announced and withdrawn continually."""
    withdrawn: dict[str, list[Entry]] = defaultdict(list)
    last: dict[str, str] = {}
    for entry in situation.news:
        event = entry.event
        if not isinstance(event, RouteEvent) or situation.now - entry.at > HOUR:
            continue
        prefix = event.prefix or ""
        if event.action == "withdrawn" != last.get(prefix):  # a duplicated line is one change
            withdrawn[prefix].append(entry)
        last[prefix] = event.action
    prefix, withdrawals = max(withdrawn.items(), key=lambda item: len(item[1]), default=("", []))
    if len(withdrawals) < _FLAPS or situation.now - withdrawals[-1].at > 10 * MINUTE:
        return None
    details: dict[str, Detail] = {"prefix": prefix, "times": len(withdrawals)}
    return Finding("route_flapping", withdrawals[0].at, evidence_of(withdrawals), details=details)
