"""Why a tunnel is not up, or soon will not be: what its IKE log says since it last worked."""

from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final

from tui.domain.diagnosis.finding import Finding, evidence_of
from tui.domain.events import Phase
from tui.domain.history import Entry, History
from tui.domain.tunnel import BURST, Health, State

_MINUTE: Final = 60_000
_STALE: Final = 3 * _MINUTE
"""A peer with a wrong key or proposal is back within two minutes; after three of other signs, that cause is past."""
_HANDSHAKE: Final = 10_000
_LIFETIME: Final = 75 * _MINUTE
"""A phase 2 SA lives for an hour by default; what was refused longer ago concerns an SA that is gone."""
_SPECIFIC: Final = 2
"""The strength from which a sign names a cause rather than a symptom."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a line tells. The stronger outweighs the weaker; an `opener` names why the tunnel fell, and stays named
    while nothing but weaker signs follow."""

    code: str
    strength: int
    certain: bool = True
    opener: bool = False


_SIGNS: Final[dict[str, Sign]] = {
    "psk_mismatch": Sign("psk_mismatch", 3),
    "psk_decryption_failed": Sign("psk_mismatch", 3),
    "auth_failed_sent": Sign("authentication_failed", 2),
    "auth_failed_received": Sign("authentication_failed", 2, certain=False),
    "no_proposal_by_aws": Sign("proposal", 2),
    "no_proposal_notified": Sign("proposal", 2),
    "no_proposal_received": Sign("proposal", 2),
    "ts_unacceptable": Sign("traffic_selector_mismatch", 3),
    "invalid_id_received": Sign("traffic_selector_mismatch", 2, certain=False),
    "phase2_unable": Sign("phase2_down", 1),
    "half_open_timeout": Sign("peer_unreachable", 1, certain=False),
    "retransmit": Sign("peer_unreachable", 1, certain=False),
    "dpd_timed_out": Sign("dpd_timeout", 2, opener=True),
    "dpd_peer_dead": Sign("dpd_timeout", 2, opener=True),
    "delete_ike_received": Sign("closed_by_customer_gateway", 2, opener=True),
    "delete_phase2_received": Sign("closed_by_customer_gateway", 2, opener=True),
    "delete_ike_sent": Sign("closed_by_aws", 2, opener=True),
    "child_closing": Sign("closed_by_aws", 2, opener=True),
}
_CLOSURES: Final = {"closed_by_customer_gateway", "closed_by_aws"}
_PHASE1_CAUSES: Final = {"psk_mismatch", "authentication_failed", "phase1_proposal_mismatch", "peer_unreachable"}
_PROPOSALS: Final = {"no_proposal_by_aws", "no_proposal_notified", "no_proposal_received"}
_ANSWERS: Final = {"packet_received", "dpd_ack_received", "dpd_request_received", "exchange_informational_answered"}
_CHILD_EXCHANGES: Final = {"exchange_create_child_sa", "exchange_quick_mode"}
_NEW_EXCHANGES: Final = {"exchange_ike_sa_init", "exchange_main_mode", "exchange_aggressive_mode"}


def rule_of(entry: Entry) -> str:
    """Return the id of the entry's rule, or the empty string."""
    return entry.rule.id if entry.rule is not None else ""


def since_it_worked(history: History) -> list[Entry]:
    """Return the entries, oldest first, from the tunnel's last fall on, or all where it was never seen up."""
    falls = history.state.falls
    start = falls[-1] - BURST if falls else 0
    return _from(history, start)


def _from(history: History, start: int) -> list[Entry]:
    found = list(takewhile(lambda entry: entry.at >= start, history.newest_first()))
    found.reverse()
    return found


# --- not up


@dataclass(slots=True)
class _Suspect:
    """A cause in question, and the lines that speak for it."""

    sign: Sign
    code: str
    entries: list[Entry] = field(default_factory=list)

    def yields_to(self, sign: Sign, code: str, entry: Entry) -> bool:
        """Whether a newer sign of another cause puts this one into the past."""
        if {code, self.code} == _CLOSURES and entry.at - self.entries[0].at <= BURST:
            return False  # the other side's answer to the closure; who came first closed
        gap = entry.at - self.entries[-1].at
        if not self.sign.opener and gap > _STALE:
            return True
        if self.sign.certain and not sign.certain:
            return False  # AWS dials too and is refused without a reason: what it said itself still stands
        # In one burst the stronger line is the cause and the other its consequence; in a later one the newest counts.
        outweighs = sign.strength >= (_SPECIFIC if gap > BURST else self.sign.strength)
        return outweighs and (self.sign.opener or not sign.opener)


def why_not_up(history: History, *, now: int) -> list[Finding]:
    """Return what keeps the tunnel down, the leading cause first; empty where the log tells too little."""
    entries = since_it_worked(history)
    leader: _Suspect | None = None
    past: list[_Suspect] = []
    for entry in entries:
        if leader is not None and leader.code in _PHASE1_CAUSES and entry.state.phase1.value.is_up:
            past.append(leader)
            leader = None
        sign = _SIGNS.get(rule_of(entry))
        code = _code_here(sign, entry) if sign is not None else None
        if sign is None or code is None:
            continue
        if leader is not None and leader.code == code:
            leader.entries.append(entry)
            leader.sign = max(leader.sign, sign, key=lambda each: each.strength)
        elif leader is None or leader.yields_to(sign, code, entry):
            past.extend([leader] if leader else [])
            leader = _Suspect(sign, code, [entry])
    suspects = [leader, *(each for each in reversed(past) if each.code != leader.code)] if leader else []
    found = [_found(each) for each in suspects] or list(filter(None, [_unsaid(history, entries, now)]))
    # Whoever closed a tunnel whose rekey had been refused only drew the line under it.
    refused = _refused_before_the_fall(history) if leader is None or leader.code in _CLOSURES else None
    return [refused, *(each for each in found if each.code != refused.code)] if refused else found


def _refused_before_the_fall(history: History) -> Finding | None:
    """Return the rekey that was refused while the tunnel still stood, and not made good before it fell."""
    if not history.state.falls:
        return None
    fell = history.state.falls[-1]
    before = [entry for entry in _from(history, fell - _LIFETIME) if entry.at <= fell]
    found = _refused_rekey(before)
    return replace(found, variant="") if found else None


def _found(suspect: _Suspect) -> Finding:
    return Finding(suspect.code, suspect.entries[0].at, evidence_of(suspect.entries), certain=suspect.sign.certain)


def _code_here(sign: Sign, entry: Entry) -> str | None:
    """Return the code that a sign stands for in the state that it met, None where it means nothing there."""
    state = entry.state
    if sign.code == "proposal":
        return "phase2_proposal_mismatch" if state.phase1.value.is_up else "phase1_proposal_mismatch"
    if sign.code == "traffic_selector_mismatch" and not state.phase1.value.is_up:
        return "authentication_failed"
    if sign.code in _CLOSURES:
        # Only the closure with which the tunnel fell; a DELETE that follows another cause is its consequence.
        # Where the log begins with it, it is all that is known of the fall.
        fell = state.falls[-1] if state.falls else None if state.health.seen else state.health.at
        is_the_fall = fell is not None and abs(entry.at - fell) <= BURST and state.health.value is not Health.UP
        return sign.code if is_the_fall else None
    return sign.code


def _unsaid(history: History, entries: list[Entry], now: int) -> Finding | None:
    """Return what can be told though no line names a cause."""
    return _refused_without_a_word(entries) or _unanswered(entries) or _no_phase2(history.state, now)


def _refused_without_a_word(entries: list[Entry]) -> Finding | None:
    """IKEv1 has no words for a wrong identity or wrong selectors: AWS answers the last message of the exchange with an
    Informational one, and the phase never stands."""
    for place in range(len(entries) - 1, -1, -1):
        entry = entries[place]
        rule, state = rule_of(entry), entry.state
        if rule == "delete_ike_sent" and not state.phase1.value.is_up:
            return Finding("authentication_failed", entry.at, evidence_of([entry]))
        if rule != "exchange_informational" or "is sending request" not in entry.event.message:
            continue
        burst = _burst_up_to(entries, place)
        if "exchange_quick_mode" in burst and state.phase1.value.is_up and not state.phase2.value.is_up:
            return Finding("traffic_selector_mismatch", entry.at, evidence_of([entry]))
        if burst.count("exchange_main_mode") >= 4 and not state.phase1.value.is_up:
            return Finding("authentication_failed", entry.at, evidence_of([entry]))
    return None


def _burst_up_to(entries: list[Entry], place: int) -> list[str]:
    """Return the rules of the entry at `place` and of those just before it."""
    start = entries[place].at - BURST
    return [rule_of(entry) for entry in takewhile(lambda entry: entry.at >= start, entries[place::-1])]


def _unanswered(entries: list[Entry]) -> Finding | None:
    sent = _sent_without_answer(entries)
    return Finding("peer_unreachable", sent[0].at, evidence_of(sent)) if sent else None


def _sent_without_answer(entries: list[Entry]) -> list[Entry]:
    """Return the packets that left since the last one that came, if they are several and span a while."""
    sent: list[Entry] = []
    for entry in reversed(entries):
        if _is_answer(entry):
            break
        if rule_of(entry) == "packet_sent":
            sent.append(entry)
    sent.reverse()
    return sent if len(sent) >= 4 and sent[-1].at - sent[0].at >= 20_000 else []


def _is_answer(entry: Entry) -> bool:
    """Whether the line proves that something came from the customer gateway."""
    rule = rule_of(entry)
    return rule in _ANSWERS or (rule.startswith("exchange_") and "processed" in entry.event.message)


def _no_phase2(state: State, now: int) -> Finding | None:
    since = state.phase2.at
    if not state.phase1.value.is_up or state.phase2.value is not Phase.DOWN or since is None:
        return None
    return Finding("phase2_down", since) if now - since >= _HANDSHAKE else None


# --- up, and yet


def what_threatens(history: History, *, now: int) -> list[Finding]:
    """Return what will take a tunnel down that is up, the most pressing first."""
    state = history.state
    start = max(state.health.at or 0, now - _LIFETIME)
    entries = _from(history, start)
    found = [_refused_rekey(entries), _unanswered_rekey(entries, state, now), _silent_peer(entries)]
    return [each for each in found if each is not None]


def _refused_rekey(entries: list[Entry]) -> Finding | None:
    """A wrong PFS group shows at the first rekey: refused while both phases stand, until the SA expires."""
    refusals: list[Entry] = []
    asked_at = 0
    for entry in entries:
        rule = rule_of(entry)
        if rule in _CHILD_EXCHANGES:
            asked_at = entry.at
        elif rule in _NEW_EXCHANGES:
            asked_at = 0  # somebody, perhaps a stranger, opens a new IKE_SA: no business of the one that stands
        elif rule == "phase2_established":
            refusals = []
        elif (rule in _PROPOSALS and entry.at - asked_at <= BURST) or rule in ("phase2_unable", "ts_unacceptable"):
            refusals.append(entry)
    if not refusals:
        return None
    selectors = any(rule_of(entry) == "ts_unacceptable" for entry in refusals)
    code = "traffic_selector_mismatch" if selectors else "phase2_proposal_mismatch"
    return Finding(code, refusals[0].at, evidence_of(refusals), certain=True, variant="rekey")


def _unanswered_rekey(entries: list[Entry], state: State, now: int) -> Finding | None:
    started = [
        phase.at for phase in (state.phase1, state.phase2) if phase.value is Phase.REKEYING and phase.at is not None
    ]
    if not started:
        return None
    since = min(started)
    if any(entry.at >= since and _is_answer(entry) for entry in entries):
        return None
    retries = [entry for entry in entries if entry.at >= since and rule_of(entry) == "retransmit"]
    if retries or now - since >= _HANDSHAKE:
        return Finding("rekey_unanswered", since, evidence_of(retries))
    return None


def _silent_peer(entries: list[Entry]) -> Finding | None:
    retries: list[Entry] = []
    for entry in entries:
        rule = rule_of(entry)
        if rule == "retransmit":
            retries.append(entry)
        elif _is_answer(entry):
            retries = []
    unanswered = retries or _sent_without_answer(entries)
    if not unanswered:
        return None
    return Finding("peer_unreachable", unanswered[0].at, evidence_of(unanswered), variant="up")
