"""Why BGP is down over a tunnel that is up, and what it refuses while it is up."""

import re
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final

from tui.domain.diagnosis.finding import Evidence, Finding, evidence_of
from tui.domain.diagnosis.indicators import rule_of
from tui.domain.history import Entry, History
from tui.domain.inventory import Telemetry
from tui.domain.tunnel import BURST, State

_GRACE: Final = 30_000
"""BGP needs some seconds after IKE: a connect timer, three messages, the first routes."""
_MINUTES: Final = 5 * 60_000
_NEAR: Final = 0.75
"""The share of the prefix limit under which its warning is over; routers warn from there or a little above."""

_NOTIFICATION = re.compile(
    r"\b(?P<direction>sent|received)\s+(?:an?\s+)?(?:Hold Timer Expired\s+)?notification"
    r"(?:\s+(?P<code>\d+/\d+)(?:\s+\((?P<name>[^)]{0,120})\))?)?",
    re.IGNORECASE,
)
_BY_NOTIFICATION: Final = {
    "2/2": "bgp_asn_mismatch",
    "4/0": "bgp_hold_timer_expired",
    "6/1": "bgp_prefix_limit",
    "6/2": "bgp_shutdown",
    "6/3": "bgp_shutdown",
}
_NOTIFIES: Final = ("bgp_notification_", "bgp_hold_timer_")
_COLLISION: Final = "6/7"
"""Ends one of two connections, as a routine; the session goes on over the other."""
_BY_RULE: Final = {
    "bgp_bad_open": "bgp_asn_mismatch",
    "bgp_hold_timer_expired": "bgp_hold_timer_expired",
    "bgp_prefix_exceeded": "bgp_prefix_limit",
}
_NUMBERS: Final = re.compile(r"remote AS is (?P<remote>[\d.]{1,21}), expected (?P<expected>[\d.]{1,21})", re.IGNORECASE)
_TCP: Final = {"bgp_state_connect_active", "bgp_connecting"}
_PAST_TCP: Final = {"opensent", "openconfirm"}
_REFUSES_CONNECTIONS: Final = {"bgp_shutdown", "bgp_prefix_limit"}
"""What lets a peer refuse TCP 179 until somebody brings the session up again: connections that fail do not end it."""


@dataclass(slots=True)
class _SessionLog:
    """What the log of a lost session comes to, read in its order: the last reason given, and what failed since."""

    said: list[Entry] = field(default_factory=list)
    reason: Finding | None = None
    proof: list[Entry] = field(default_factory=list)
    """The lines that gave the reason."""
    opened: Entry | None = None
    """The OPEN of the peer that came after the reason."""
    tries: list[Entry] = field(default_factory=list)
    """Connections that AWS tried since anything came of one."""

    def take(self, entry: Entry) -> None:
        rule = rule_of(entry)
        reason = _reason(entry, rule)
        if reason is not None:
            before = None if self._is_past(entry.at) else self.reason
            if before is not None and before.code == reason.code and before.variant == "told":
                reason = before  # the notification that follows has no numbers
            elif before is None or (before.code, before.variant) != (reason.code, reason.variant):
                self.proof = []
            self.proof.append(entry)
            self.reason, self.opened, self.tries = reason, None, []
        elif rule in _TCP:
            self.tries.append(entry)
        elif rule.startswith(("bgp_open_", "bgp_notification_")) or entry.state.bgp.session in _PAST_TCP:
            self.tries = []
            self.opened = entry if rule == "bgp_open_received" else self.opened
        self.said.append(entry)

    def reasons(self, now: int) -> list[Finding]:
        """Return the reason, if it still holds."""
        if self.reason is None or self._is_past(now):
            return []
        return [replace(self.reason, since=self.proof[0].at, evidence=evidence_of(self.proof))]

    def _is_past(self, now: int) -> bool:
        """Whether an OPEN of the peer that was not refused at once has put the reason into the past."""
        return self.opened is not None and now - self.opened.at > BURST

    @property
    def reason_is_outdated(self) -> bool:
        """Whether connections fail for so long that the reason is not what keeps the session down."""
        if self.reason is None or self.reason.code in _REFUSES_CONNECTIONS or not self.tries:
            return False
        return self.tries[-1].at - self.proof[-1].at > _MINUTES


def why_bgp_is_down(history: History, *, now: int) -> list[Finding]:
    """Return why the session is not established, the leading cause first; empty where it is, or too little is known."""
    state = history.state
    fell = state.bgp.is_established.at
    if state.bgp.is_up is not False or fell is None:
        return []
    # What was said before IKE came up again concerns a session, and perhaps a device, that is gone.
    ike_came_at = state.health.at if state.health.at is not None and state.health.seen else 0
    talk = _SessionLog()
    start = max(fell - BURST, ike_came_at)
    for entry in reversed(list(takewhile(lambda entry: entry.at >= start, history.newest_first()))):
        if rule_of(entry).startswith("bgp_"):
            talk.take(entry)
    found = talk.reasons(now)
    if not found or talk.reason_is_outdated:
        since = talk.tries[0].at if talk.reason_is_outdated else max(fell, ike_came_at)
        told = evidence_of(talk.tries or talk.said)
        variant = "tcp" if talk.tries else ""
        certain = bool(talk.said) and not talk.tries
        found.insert(0, Finding("bgp_down", since, told, variant=variant, certain=certain))
    # Not from the session's last step: one that is refused goes round between Connect and Active.
    waits = now - max(fell, state.health.at or 0) < _GRACE
    return [] if waits and found[0].code == "bgp_down" else found


def _reason(entry: Entry, rule: str) -> Finding | None:
    """Return the cause that a line names, by itself or by the notification that it tells of."""
    if rule == "bgp_bad_open" and (numbers := _NUMBERS.search(entry.event.message)):
        return Finding("bgp_asn_mismatch", entry.at, certain=True, variant="told", details=numbers.groupdict())
    found = _NOTIFICATION.search(entry.event.message) if rule.startswith(_NOTIFIES) else None
    variant = "by_peer" if found and found["direction"].lower() == "received" else ""
    number = found["code"] if found else None
    code = _BY_RULE.get(rule) or _BY_NOTIFICATION.get(number or "")
    if code is not None:
        return Finding(code, entry.at, certain=True, variant=variant)
    if found is None or number is None or number == _COLLISION:
        return None
    details = {"code": number, "notification": f"{number} ({found['name']})" if found["name"] else number}
    return Finding("bgp_down", entry.at, certain=True, variant=variant or "by_aws", details=details)


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
