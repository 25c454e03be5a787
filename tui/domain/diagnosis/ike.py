"""Why a tunnel is not up: what its IKE log says since it last worked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from statistics import median
from typing import Final

from tui.domain.diagnosis.attempts import traffic
from tui.domain.diagnosis.finding import Finding, evidence_of
from tui.domain.diagnosis.indicators import (
    CHILD_EXCHANGES,
    COLLISIONS,
    HANDSHAKE,
    NEW_EXCHANGES,
    Indicator,
    code_of_refused,
    entries_from,
    is_answered,
    is_dialling,
    refused_rekeys,
    rule_of,
    sent_without_answer,
    sign_of,
)
from tui.domain.diagnosis.refine import refined
from tui.domain.diagnosis.situation import Situation
from tui.domain.events import IkeEvent, Phase
from tui.domain.history import Entry, History, pause_between
from tui.domain.times import MINUTE
from tui.domain.tunnel import BURST, LONGEST_LIFE, Ending, Health

_STALE: Final = 3 * MINUTE
"""A peer with a wrong key or proposal is back within two minutes; after three of other signs, that cause is past."""
_RESUMED: Final = 10 * MINUTE
"""Until when a cause that comes back is still the same."""
_AWHILE: Final = 2 * MINUTE
"""Long enough that a tunnel on its way up has come up, or has said why not."""
_REPEATS: Final = 3
_SPECIFIC: Final = 2
"""The strength from which a sign names a cause rather than a symptom."""
_A_LIFETIME: Final = 40 * MINUTE
"""An SA that lived this long may have reached its lifetime, an hour by default."""
_EXCHANGES_OF_PHASE2: Final = {*CHILD_EXCHANGES, "exchange_ike_auth"}
_EXCHANGES: Final = _EXCHANGES_OF_PHASE2 | NEW_EXCHANGES
_CLOSURES: Final = {"closed_by_customer_gateway", "closed_by_aws"}
_ANYBODYS: Final = {("phase1_proposal_mismatch", ""), ("peer_unreachable", "half_open")}
"""The causes, with their variants, that a scanner brings about as well as the device does."""
_PHASE1_CAUSES: Final = {"psk_mismatch", "authentication_failed", "phase1_proposal_mismatch", "peer_unreachable"}


def _since_it_worked(history: History) -> list[Entry]:
    """Return the entries, oldest first, from the tunnel's last fall on, or all where it was never seen up."""
    falls = history.state.falls
    return entries_from(history, falls[-1] - BURST if falls else 0)


@dataclass(slots=True)
class _Candidate:
    """A cause in question, and the lines that speak for it."""

    sign: Indicator
    code: str
    entries: list[Entry] = field(default_factory=list)
    pause: int = 0
    """How long it was last silent between two of its bursts, ms."""
    outlived_at: int | None = None
    """When phase 1 came up after it."""

    def add(self, sign: Indicator, entry: Entry) -> None:
        """Take another line in. Of signs as strong, the newest tells who refuses now."""
        gap = pause_between(self.entries[-1], entry)
        self.pause = gap if gap > BURST else self.pause
        self.entries.append(entry)
        self.sign = max(sign, self.sign, key=lambda each: (each.strength, each.certain))

    def yields_to(self, sign: Indicator, code: str, entry: Entry) -> bool:
        """Whether a newer sign of another cause puts this one into the past."""
        if self.sign.opener and code in _CLOSURES and entry.at - self.entries[0].at <= BURST:
            return False  # the answer to a closure, or the cleaning up: what came first took the tunnel down
        gap = pause_between(self.entries[-1], entry)
        if (self.code, code) == ("psk_mismatch", "authentication_failed") and gap <= _STALE:
            return False  # a wrong key fails the authentication, and its own line may be missing
        if not self.sign.opener and gap > max(_STALE, 2 * self.pause):
            return True
        if self.sign.certain and not self.sign.opener and not sign.certain:
            return False  # AWS dials too and is refused without a reason: what it said itself still stands
        # In one burst the stronger line is the cause and the other its consequence; in a later one the newest counts.
        outweighs = sign.strength >= (_SPECIFIC if gap > BURST else self.sign.strength)
        return outweighs and (self.sign.opener or not sign.opener)

    @property
    def _pauses(self) -> list[int]:
        """The times between its bursts, ms."""
        return [pause for pair in pairwise(self.entries) if (pause := pause_between(*pair)) > BURST]

    def goes_on(self, now: int) -> bool:
        """Whether it comes again and again, and is due to come again."""
        pauses = self._pauses
        return len(pauses) + 1 >= _REPEATS and now - self.entries[-1].at <= max(_STALE, 2 * int(median(pauses)))

    def is_beside(self, other: "_Candidate", now: int) -> bool:
        """Whether these are dials that anybody can make, and none of a device that wants its tunnel up: far apart, or
        few and past, or few beside `other`, which goes on."""
        if (self.code, self.sign.variant) not in _ANYBODYS:
            return False
        pauses = self._pauses
        if len(pauses) + 1 >= _REPEATS:
            return median(pauses) > _RESUMED
        return now - self.entries[-1].at > _STALE or other.goes_on(now)

    def heed_phase1(self, at: int, *, is_up: bool, was_up: bool) -> None:
        """Take in whether phase 1 stands."""
        if not is_up:
            self.outlived_at = None
        elif not was_up:
            self.outlived_at = at

    def is_over(self, at: int, *, is_up: bool) -> bool:
        """Whether phase 1 proves that this is no more: the peer is there, and the two agree on it."""
        if self.code in _PHASE1_CAUSES:
            return is_up
        return self.sign.opener and self.outlived_at is not None and at - self.outlived_at >= HANDSHAKE


def why_not_up(situation: Situation) -> list[Finding]:
    """Return what keeps the tunnel down, the leading cause first; empty where the log tells too little."""
    history, now = situation.tunnel.history, situation.now
    entries = _since_it_worked(history)
    suspects = _suspects(entries, now)
    findings = [_found(each, situation) for each in suspects]
    if not findings:
        findings = [finding for finding in [_implied_cause(history, entries, now)] if finding is not None]
    # If a rekey was refused before the tunnel was closed, the refusal is the cause.
    is_only_closed = not suspects or suspects[0].code in _CLOSURES
    refused = _refused_before_the_fall(history) if is_only_closed else None
    if refused is not None:
        findings = [refused, *(each for each in findings if each.code != refused.code)]
    return [refined(finding, entries, situation) for finding in findings]


def unexplained(situation: Situation) -> Finding | None:
    """Return that the tunnel has been down for a while, for where nothing else can be told of it."""
    logged = situation.state.is_up.at
    since = logged if logged is not None else situation.judgement.since
    return Finding("down", since) if since is not None and situation.now - since >= _AWHILE else None


def _suspects(entries: Sequence[Entry], now: int) -> list[_Candidate]:
    """Return the causes that lines name, the leading one first; none where phase 1 proves the last one over."""
    leader: _Candidate | None = None
    past: list[_Candidate] = []
    resumable: dict[str, _Candidate] = {}
    dialled_at: int | None = None
    answered_at: int | None = None
    exchange: Entry | None = None
    was_up = False
    for entry in entries:
        is_up = entry.state.phase1.value.is_up
        if is_up and not was_up:
            resumable = {}
        if leader is not None:
            leader.heed_phase1(entry.at, is_up=is_up, was_up=was_up)
            if leader.is_over(entry.at, is_up=is_up):
                past.append(leader)
                leader = None
        was_up = is_up
        dialled_at = entry.at if is_dialling(entry) else dialled_at
        answered_at = entry.at if is_answered(entry) else answered_at
        exchange = entry if rule_of(entry) in _EXCHANGES else exchange
        sign = sign_of(entry, dialled_at=dialled_at, answered_at=answered_at)
        code = _code_here(sign, entry, exchange) if sign is not None else None
        if sign is None or code is None or (is_up and code in _PHASE1_CAUSES):  # what is refused beside phase 1
            continue
        if leader is not None and leader.code == code:
            leader.add(sign, entry)
        elif leader is None or leader.yields_to(sign, code, entry):
            if leader is not None:
                past.append(leader)
                resumable[leader.code] = leader
            known = resumable.get(code)
            if known is not None and pause_between(known.entries[-1], entry) <= _RESUMED:
                leader = known
                leader.add(sign, entry)
            else:
                leader = _Candidate(sign, code, [entry])
    if leader is None or leader.is_over(now, is_up=was_up):
        return []
    others = [each for each in reversed(past) if each.code != leader.code]
    if others and leader.is_beside(others[0], now):
        return [others[0], leader, *others[1:]]
    return [leader, *others]


def _refused_before_the_fall(history: History) -> Finding | None:
    """Return the rekey that was refused while the tunnel still stood, and not made good before it fell."""
    if not history.state.falls:
        return None
    fell = history.state.falls[-1]
    refusals = refused_rekeys([entry for entry in entries_from(history, fell - LONGEST_LIFE) if entry.at <= fell])
    if not refusals:
        return None
    sign = sign_of(refusals[-1])
    variant = sign.variant if sign is not None else ""
    return Finding(code_of_refused(refusals), refusals[0].at, evidence_of(refusals), certain=True, variant=variant)


def _found(suspect: _Candidate, situation: Situation) -> Finding:
    sign, entries = suspect.sign, suspect.entries
    certain = sign.certain and all(entry.rule is None or entry.rule.is_exact for entry in entries[-1:])
    evidence = evidence_of(entries)
    if not sign.opener:
        return Finding(suspect.code, entries[0].at, evidence, certain=certain, variant=sign.variant)
    if suspect.code == "closed_by_aws" and _has_expired(entries, situation.last_end):
        return Finding("phase2_down", entries[0].at, evidence, variant="expired")
    if suspect.code == "dpd_timeout":
        evidence = evidence_of([*_collisions_before(entries[0], situation), *entries])
    is_on_record = situation.state.presumed is None or any(_shows_the_fall(entry) for entry in entries)
    wording = "" if is_on_record else "presumed"
    return Finding(suspect.code, entries[0].at, evidence, certain=certain and is_on_record, wording=wording)


def _shows_the_fall(entry: Entry) -> bool:
    """Whether the state fields of the very record show that phase 2 is gone."""
    event = entry.event
    return isinstance(event, IkeEvent) and event.phase2 is not None and not event.phase2.is_up


def _has_expired(entries: Sequence[Entry], end: Ending | None) -> bool:
    """Whether the last SA was closed at the end of its lifetime rather than by somebody."""
    closed_by_nobody = all(rule_of(entry) == "child_closing" for entry in entries)
    if end is None:
        return closed_by_nobody
    return closed_by_nobody and end.rule == "child_closing" and (end.lived is None or end.lived >= _A_LIFETIME)


def _collisions_before(entry: Entry, situation: Situation) -> list[Entry]:
    """Return the collision of rekeys just before the peer was declared dead: it can be what went wrong."""
    window = situation.since(entry.at - _AWHILE)
    return [each for each in window if rule_of(each) in COLLISIONS and each.at <= entry.at]


def _code_here(sign: Indicator, entry: Entry, exchange: Entry | None) -> str | None:
    """Return the code that a sign stands for in the state that it met, None where it means nothing there.

    `exchange` is the last line of an exchange: it tells which phase was negotiated, whatever the state fields show.
    """
    state = entry.state
    is_phase2 = state.phase1.value.is_up
    if exchange is not None and entry.at - exchange.at <= BURST:
        is_phase2 = rule_of(exchange) in _EXCHANGES_OF_PHASE2
    if sign.code == "proposal":
        return "phase2_proposal_mismatch" if is_phase2 else "phase1_proposal_mismatch"
    if rule_of(entry) in ("invalid_id_received", "invalid_id_sent") and not is_phase2:
        return "authentication_failed"
    if sign.code in _CLOSURES:
        # Only the closure with which the tunnel went down; a DELETE that follows another cause is its consequence.
        # Where the log begins with it, it is all that is known of the fall.
        fell = state.falls[-1] if state.falls else None if state.health.seen else state.health.at
        is_the_fall = fell is not None and abs(entry.at - fell) <= BURST and state.health.value is not Health.UP
        is_all_there_is = state.health.value is Health.UNKNOWN and rule_of(entry).startswith("delete_ike")
        return sign.code if is_the_fall or is_all_there_is else None
    return sign.code


def _implied_cause(history: History, entries: Sequence[Entry], now: int) -> Finding | None:
    """Return what can be told though no line names a cause."""
    return _refused_silently(entries) or _unanswered(entries) or _no_phase2(history, now) or _only_phase1(entries)


def _refused_silently(entries: Sequence[Entry]) -> Finding | None:
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


def _burst_up_to(entries: Sequence[Entry], place: int) -> list[str]:
    """Return the rules of the entry at `place` and of those just before it."""
    start = entries[place].at - BURST
    return [rule_of(entry) for entry in takewhile(lambda entry: entry.at >= start, entries[place::-1])]


def _unanswered(entries: Sequence[Entry]) -> Finding | None:
    sent = sent_without_answer(entries)
    if sent:
        return Finding("peer_unreachable", sent[0].at, evidence_of(sent))
    counted = traffic(entries)
    if len(counted.repeated) >= _REPEATS:
        return Finding("peer_unreachable", counted.repeated[0].at, evidence_of(counted.repeated))
    dialled = [entry for entry in entries if is_dialling(entry)]
    if counted.dials < _REPEATS or any(entry.state.phase1.value.is_up for entry in entries):
        return None
    return Finding("peer_unreachable", dialled[0].at, evidence_of(dialled))


def _no_phase2(history: History, now: int) -> Finding | None:
    """Return that phase 2 is missing beside a phase 1 that stands, from when it was so; it may try again and again."""
    since: int | None = None
    for entry in history.newest_first():
        phase1, phase2 = entry.state.phase1.value, entry.state.phase2.value
        if not phase1.is_up or phase2.is_up or phase2 is Phase.UNKNOWN:
            break
        since = entry.at
    return Finding("phase2_down", since) if since is not None and now - since >= HANDSHAKE else None


def _only_phase1(entries: Sequence[Entry]) -> Finding | None:
    """Return that phase 1 comes up again and again and phase 2 never does."""
    rises = [after for before, after in pairwise(entries) if _has_phase1(after) and not _has_phase1(before)]
    if len(rises) < _REPEATS or any(entry.state.phase2.value.is_up for entry in entries[1:]):
        return None
    return Finding("phase2_down", rises[0].at, evidence_of(rises))


def _has_phase1(entry: Entry) -> bool:
    return entry.state.phase1.value.is_up
