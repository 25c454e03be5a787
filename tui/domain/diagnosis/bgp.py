"""Why BGP is down over a tunnel that is up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from statistics import median
from typing import Final, NamedTuple

from tui.domain.diagnosis.finding import Detail, Evidence, Finding, Span, evidence_of
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.events import RouteEvent
from tui.domain.judgement.layers import ipsec_is_down
from tui.domain.state.history import Entry
from tui.domain.state.indicators import rule_of
from tui.domain.state.tunnel_state import BURST
from tui.domain.times import MINUTE

_GRACE: Final = MINUTE
"""BGP may take a minute after IKE: the connect timers of both ends, three messages, the first routes."""
_FIVE_MINUTES: Final = 5 * MINUTE
_HOLD_TIME: Final = 30_000
"""AWS's own hold time, ms; the smaller of both ends' values applies."""
_USUAL_HOLD_TIMES: Final = (90_000, 180_000)
"""The hold times that devices propose by default, ms, used if no OPEN was logged."""
_SLACK: Final = 10_000
_SEVERAL: Final = 3
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
    "6/10": "bfd_down",
}
_REFUSALS: Final = ("1/", "2/", "3/", "5/", "6/3", "6/4", "6/5", "6/6", "6/8")
"""The notifications that state the sender's objection."""
_AS_TRANS: Final = "23456"
"""Replaces any four-byte number towards a peer that does not support them: RFC 6793, section 9."""
_NOTIFIES: Final = ("bgp_notification_", "bgp_hold_timer_")
_COLLISION: Final = "6/7"
"""Routinely ends one of two connections; the session continues over the other."""
_BY_RULE: Final = {
    "bgp_bad_open": "bgp_asn_mismatch",
    "bgp_bad_open_as_trans": "bgp_asn_mismatch",
    "bgp_hold_timer_expired": "bgp_hold_timer_expired",
    "bgp_prefix_exceeded": "bgp_prefix_limit",
}
_BAD_OPEN: Final = {"bgp_bad_open", "bgp_bad_open_as_trans"}
_NUMBERS: Final = re.compile(r"remote AS is (?P<remote>[\d.]{1,21}), expected (?P<expected>[\d.]{1,21})", re.IGNORECASE)
_GIVEN_UP: Final = re.compile(r"from OpenSent to (?:Active|Idle|Connect)\b", re.IGNORECASE)
_TCP: Final = {"bgp_state_connect_active", "bgp_connecting"}
_PAST_TCP: Final = {"opensent", "openconfirm"}
_REFUSES_CONNECTIONS: Final = {"bgp_shutdown", "bgp_prefix_limit"}
"""Causes for which a peer refuses TCP 179 until somebody restarts the session: failing connections do not end them."""


@dataclass(slots=True)
class _SessionLog:
    """The log of a lost session, read in order: the last reason given, and what failed since."""

    entries: list[Entry] = field(default_factory=list)
    reason: Finding | None = None
    proof: list[Entry] = field(default_factory=list)
    """The lines that state the reason."""
    opened: Entry | None = None
    """The peer's OPEN after the reason."""
    tries: list[Entry] = field(default_factory=list)
    """AWS's connection attempts since one last succeeded."""
    unanswered: list[Entry] = field(default_factory=list)
    """AWS's OPENs that were given up."""

    def take(self, entry: Entry) -> None:
        rule = rule_of(entry)
        reason = _reason(entry, rule)
        if reason is not None:
            before = None if self._is_past(entry.at) else self.reason
            if before is not None and before.code == reason.code and before.variant == "told":
                reason = before  # the notification that follows lacks the numbers
            elif before is None or (before.code, before.variant) != (reason.code, reason.variant):
                self.proof = []
            self.proof.append(entry)
            self.reason, self.opened, self.tries = reason, None, []
        elif rule in _TCP:
            self.tries.append(entry)
        elif rule == "bgp_state_changed" and _GIVEN_UP.search(entry.event.message):
            self.unanswered.append(entry)
        elif rule.startswith(("bgp_open_", "bgp_notification_")) or entry.state.bgp.session in _PAST_TCP:
            self.tries = []
            self.opened = entry if rule == "bgp_open_received" else self.opened
        self.entries.append(entry)

    def reasons(self, now: int) -> list[Finding]:
        """Return the reason, if it still holds."""
        if self.reason is None or self._is_past(now):
            return []
        return [replace(self.reason, since=self.proof[0].at, evidence=evidence_of(self.proof))]

    def _is_past(self, now: int) -> bool:
        """Whether an OPEN of the peer that was not refused at once has made the reason obsolete."""
        return self.opened is not None and now - self.opened.at > BURST

    @property
    def reason_is_outdated(self) -> bool:
        """Whether connections have failed for so long that the reason no longer keeps the session down."""
        if self.reason is None or self.reason.code in _REFUSES_CONNECTIONS or not self.tries:
            return False
        return self.tries[-1].at - self.proof[-1].at > _FIVE_MINUTES


def why_bgp_is_down(situation: Situation) -> list[Finding]:
    """Return why the session is not established, leading cause first; empty if it is, or if too little is known."""
    state, now = situation.state, situation.now
    fell = state.bgp.is_established.at
    if state.bgp.is_up is not False or fell is None or situation.judgement.carries:
        return []  # also if EC2, whose change is newer than the BGP log, reports it established
    # Lines from before IKE came up again concern a session, and perhaps a device, that is gone.
    ike_came_at = state.health.at if state.health.at is not None and state.health.seen else 0
    start = max(fell - BURST, ike_came_at)
    talk = _SessionLog()
    for entry in situation.since(start):
        if rule_of(entry).startswith("bgp_"):
            talk.take(entry)
    causes = [_with_hold_time(reason, situation) for reason in talk.reasons(now)]
    if not causes or talk.reason_is_outdated:
        since = talk.tries[0].at if talk.reason_is_outdated else max(fell, ike_came_at)
        causes.insert(0, _no_session(talk, since, situation))
    # Not counted from the session's last step: a refused one cycles between Connect and Active.
    waits = now - max(fell, state.health.at or 0) < _GRACE
    return [] if waits and causes[0].code in ("bgp_down", "bgp_password_or_address") else causes


def _no_session(talk: _SessionLog, since: int, situation: Situation) -> Finding:
    """Return a finding that the session is not established, without a reason that still holds."""
    evidence = evidence_of(talk.tries or talk.entries)
    if _leaves_out_bgp(situation):
        return Finding("bgp_down", since, evidence, variant="selectors")
    if len(talk.unanswered) >= _SEVERAL and talk.opened is None:
        return Finding("bgp_password_or_address", since, evidence_of(talk.unanswered))
    was_up = bool(situation.state.bgp.falls)
    if talk.tries:
        return Finding("bgp_down", since, evidence, variant="tcp", wording="tcp_was_up" if was_up else "")
    certain = bool(talk.entries) and not situation.state.bgp.is_up
    return Finding("bgp_down", since, evidence, certain=certain, wording="was_up" if was_up else "")


def _leaves_out_bgp(situation: Situation) -> bool:
    """Whether the networks of the current SAs do not include the addresses between which BGP runs."""
    neighbor = next(
        (match[1] for entry in reversed(situation.news) if (match := _NEIGHBOR.search(entry.event.message))), None
    )
    pair = next((entry for entry in reversed(situation.news) if rule_of(entry) == "phase2_established"), None)
    networks = _NETWORKS.findall(pair.event.message) if pair is not None else []
    if neighbor is None or not networks:
        return False
    try:
        address = ip_address(neighbor)
        return not any(address in ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False


_NEIGHBOR: Final = re.compile(r"\bneighbor (\d{1,3}(?:\.\d{1,3}){3})")
_NETWORKS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")


def _with_hold_time(finding: Finding, situation: Situation) -> Finding:
    if finding.code != "bgp_hold_timer_expired":
        return finding
    return replace(finding, details={**finding.details, "hold": Span(_hold_time(situation.news))})


def _hold_time(entries: Sequence[Entry]) -> int:
    """Return the negotiated hold time, ms: the smaller of both OPENs, 30 s if none was logged."""
    return _hold_times(entries)[0]


def _hold_times(entries: Sequence[Entry]) -> tuple[int, ...]:
    """Return the possible hold times of the session, ms, likeliest first; only one if an OPEN was logged."""
    offers: dict[str, int] = {}
    for entry in entries:
        rule = rule_of(entry)
        if rule in ("bgp_open_sent", "bgp_open_received") and entry.rule is not None:
            seconds = entry.rule.fields(entry.event.message).get("holdtime", "")
            if seconds.isdecimal() and int(seconds):
                offers[rule] = int(seconds) * 1_000
    if not offers:
        return (_HOLD_TIME, *_USUAL_HOLD_TIMES)
    own = offers.get("bgp_open_sent", _HOLD_TIME)
    return (min(own, offers.get("bgp_open_received", own)),)


def _reason(entry: Entry, rule: str) -> Finding | None:
    """Return the cause named by a line, directly or through the notification it reports."""
    exact = entry.rule is not None and entry.rule.is_exact
    if rule in _BAD_OPEN and (numbers := _NUMBERS.search(entry.event.message)):
        wording = "as_trans" if numbers["remote"] == _AS_TRANS else ""
        details: dict[str, Detail] = dict(numbers.groupdict())
        return Finding("bgp_asn_mismatch", entry.at, certain=exact, variant="told", wording=wording, details=details)
    notification = _NOTIFICATION.search(entry.event.message) if rule.startswith(_NOTIFIES) else None
    variant = "by_peer" if notification and notification["direction"].lower() == "received" else ""
    number = notification["code"] if notification else None
    code = _BY_RULE.get(rule) or _BY_NOTIFICATION.get(number or "")
    if code is not None:
        return Finding(code, entry.at, certain=exact, variant=variant)
    if notification is None or number is None or number == _COLLISION:
        return None
    name = f"{number} ({notification['name']})" if notification["name"] else number
    details = {"code": number, "notification": name}
    known = "bgp_refused" if number.startswith(_REFUSALS) else "bgp_down"
    wording = f"{number.replace('/', '_')}{'_by_peer' if variant else ''}" if known == "bgp_refused" else ""
    return Finding(known, entry.at, certain=exact, variant=variant or "by_aws", wording=wording, details=details)


def bgp_by_ec2(situation: Situation) -> Finding | None:
    """Return EC2's report on BGP: DOWN although IPsec is up, or still down just after IKE, by its log, came up."""
    telemetry, judgement = situation.telemetry, situation.judgement
    if telemetry is None or telemetry.is_up or judgement.carries is not False or situation.state.bgp.is_up is not None:
        return None
    status = f"DOWN, {telemetry.message}".rstrip(", ")
    statement = Evidence(telemetry.since or situation.now, in_words("ec2_status", status=status), is_by_ec2=True)
    variant = "not_yet" if ipsec_is_down(telemetry) else "ec2"
    return Finding("bgp_down", judgement.since or situation.now, (statement,), variant=variant)


# --- sessions that die young


class _Session(NamedTuple):
    """One session, times in ms.

    `said_nothing` if the peer sent no update; `ended_silently` if nobody gave another reason than the hold timer.
    """

    began: int
    ended: int
    said_nothing: bool
    ended_silently: bool


def sessions_die_early(situation: Situation) -> Finding | None:
    """Return a finding that every session dies within its hold time, before the peer's first update.

    Large packets are lost: the small ones, OPEN and keepalive, pass; the first update, and what is sent with it, does
    not.
    """
    if not situation.state.bgp.falls:
        return None
    sessions = _sessions(situation.news)
    limits = _hold_times(situation.news)
    run: list[_Session] = []
    for session in reversed(sessions):
        lived = session.ended - session.began
        is_short = lived <= limits[0] + _SLACK or any(abs(lived - limit) <= _SLACK for limit in limits)
        if not (is_short and session.said_nothing and session.ended_silently):
            break
        run.insert(0, session)
    if len(run) < _SEVERAL or situation.now - run[-1].ended > _FIVE_MINUTES:
        return None
    evidence = tuple(Evidence(session.ended, in_words("bgp_lost")) for session in run[-5:])
    lived = int(median(session.ended - session.began for session in run))
    return Finding("bgp_mtu", run[0].began, evidence, details={"times": len(run), "period": Span(lived)})


def _sessions(entries: Sequence[Entry]) -> list[_Session]:
    sessions: list[_Session] = []
    began: int | None = None
    heard = notified = False
    for entry in entries:
        rule = rule_of(entry)
        if rule == "bgp_state_established":
            began, heard, notified = entry.at, False, False
        elif rule == "bgp_update_received" or (isinstance(entry.event, RouteEvent)):
            heard = True
        elif rule.startswith("bgp_notification_") or rule == "bgp_prefix_exceeded":
            notified = True
        elif rule == "bgp_state_lost" and began is not None:
            sessions.append(_Session(began, entry.at, not heard, not notified))
            began = None
    return sessions
