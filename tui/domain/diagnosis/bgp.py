"""Why BGP is down over a tunnel that is up, and what it refuses while it is up."""

import re
from typing import Final

from tui.domain.diagnosis.finding import Evidence, Finding, evidence_of
from tui.domain.diagnosis.ike import rule_of
from tui.domain.history import Entry, History
from tui.domain.inventory import Telemetry
from tui.domain.tunnel import State

_GRACE: Final = 30_000
"""BGP needs some seconds after IKE: a connect timer, three messages, the first routes."""
_MINUTES: Final = 5 * 60_000
_NEAR: Final = 0.75
"""The share of the prefix limit under which its warning is over; routers warn from there or a little above."""

_CODE = re.compile(r"notification (\d+)/(\d+)", re.IGNORECASE)
_BY_NOTIFICATION: Final = {
    ("2", "2"): "bgp_asn_mismatch",
    ("4", "0"): "bgp_hold_timer_expired",
    ("6", "1"): "bgp_prefix_limit",
    ("6", "2"): "bgp_shutdown",
    ("6", "3"): "bgp_shutdown",
}
_BY_RULE: Final = {
    "bgp_bad_open": "bgp_asn_mismatch",
    "bgp_hold_timer_expired": "bgp_hold_timer_expired",
    "bgp_prefix_exceeded": "bgp_prefix_limit",
}
_TCP: Final = {"bgp_state_connect_active", "bgp_connecting"}


def why_bgp_is_down(history: History, *, now: int) -> Finding | None:
    """Return why the session is not established, by the newest reason in its log; None where it is, or is not known."""
    state = history.state
    since = state.bgp.stands.at
    if state.bgp.is_up is not False or since is None:
        return None
    reasons: dict[str, list[Entry]] = {}
    tries: list[Entry] = []
    said: list[Entry] = []
    ike_came_at = state.health.at if state.health.at is not None and state.health.seen else 0
    for entry in history.newest_first():
        if entry.state.bgp.is_up:
            break
        rule = rule_of(entry)
        if not rule.startswith("bgp_"):
            continue
        said.append(entry)
        code = _reason(entry, rule)
        if code == "bgp_hold_timer_expired" and entry.at < ike_came_at:
            continue  # BGP fell with IKE, which is back since
        if code is not None:
            reasons.setdefault(code, []).append(entry)
        elif rule in _TCP:
            tries.append(entry)
    fell = said[-1].at if said else since
    if reasons:
        code, entries = next(iter(reasons.items()))  # the newest: it was met first
        entries.reverse()
        variant = "by_peer" if "received notification" in entries[-1].event.message else ""
        return Finding(code, entries[0].at, evidence_of(entries), certain=True, variant=variant)
    # Not from the session's last step: one that is refused goes round between Connect and Active.
    if now - max(fell, state.health.at or 0) < _GRACE:
        return None
    tries.reverse()
    said.reverse()
    return Finding(
        "bgp_down", fell, evidence_of(tries or said), variant="tcp" if tries else "", certain=bool(said) and not tries
    )


def _reason(entry: Entry, rule: str) -> str | None:
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    found = _CODE.search(entry.event.message)
    return _BY_NOTIFICATION.get((found[1], found[2])) if found else None


def bgp_by_ec2(state: State, telemetry: Telemetry | None, *, static: bool, now: int) -> Finding | None:
    """Return the telling pair of EC2 (DOWN, yet IPSEC IS UP) where no BGP log says more."""
    if telemetry is None or telemetry.is_up or static or state.bgp.session is not None:
        return None
    if "IPSEC IS UP" not in telemetry.message.upper() or telemetry.since is None or state.health.at is None:
        return None
    # Telemetry lags by minutes: it must have had the time to notice that the tunnel came up.
    if now - max(telemetry.since, state.health.at) < _MINUTES:
        return None
    said = Evidence(telemetry.since, f"EC2: DOWN, {telemetry.message}")
    return Finding("bgp_down", telemetry.since, (said,), variant="ec2")


def denied_routes(state: State) -> Finding | None:
    """Return the routes that AWS refuses, while it does."""
    if not state.bgp.denied or state.bgp.is_up is False:
        return None
    denied = sorted(state.bgp.denied, key=lambda each: each.at)
    evidence = tuple(Evidence(each.at, f"{each.prefix}: {each.reason}") for each in denied[:5])
    details = {"prefix": denied[0].prefix, "count": str(len(denied))}
    return Finding("route_denied", denied[0].at, evidence, certain=True, details=details)


def near_the_prefix_limit(history: History) -> Finding | None:
    """Return the warning that the session's prefix limit is near, while the session stands and holds as many."""
    state = history.state
    if not state.bgp.is_up or state.bgp.limit is None:
        return None
    said, allowed = state.bgp.limit
    received = max(0, said - state.bgp.shed)
    if received < _NEAR * allowed:
        return None
    for entry in history.newest_first():
        if not entry.state.bgp.is_up:
            return None
        if rule_of(entry) == "bgp_prefix_warning":
            details = {"received": str(received), "allowed": str(allowed)}
            return Finding(
                "bgp_prefix_limit", entry.at, evidence_of([entry]), certain=True, variant="near", details=details
            )
    return None
