"""Why a tunnel is not up, according to its IKE log since it last worked."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tui.domain.diagnosis.attempts import traffic
from tui.domain.diagnosis.finding import Finding, evidence_of
from tui.domain.diagnosis.refine import WRONG_WAYS, refined
from tui.domain.diagnosis.rekeys import rekey_that_ended_it
from tui.domain.diagnosis.situation import Situation
from tui.domain.diagnosis.suspects import CLOSURES, Suspect, goes_on, suspects_of
from tui.domain.events import IkeEvent, Phase
from tui.domain.state.history import Entry, History
from tui.domain.state.indicators import (
    COLLISIONS,
    HANDSHAKE,
    code_of_refused,
    entries_from,
    is_dialling,
    refused_rekeys,
    rule_of,
    sent_without_answer,
    sign_of,
)
from tui.domain.state.tunnel_state import BURST, LONGEST_LIFE, Ending
from tui.domain.times import MINUTE

_AWHILE: Final = 2 * MINUTE
"""By then, a tunnel on its way up has come up, or the log says why not."""
_REPEATS: Final = 3
_A_LIFETIME: Final = 40 * MINUTE
"""An SA of this age may have reached its lifetime, an hour by default."""


def _since_it_worked(history: History) -> list[Entry]:
    """Return the entries, oldest first, from the tunnel's last fall on; all of them if it was never seen up."""
    falls = history.state.falls
    return entries_from(history, falls[-1] - BURST if falls else 0)


def why_not_up(situation: Situation) -> list[Finding]:
    """Return what keeps the tunnel down, the leading cause first; empty if the log shows too little."""
    history, now = situation.tunnel.history, situation.now
    entries = _since_it_worked(history)
    suspects = suspects_of(entries, now)
    findings = [_finding_of(suspect, situation) for suspect in suspects]
    if not findings:
        findings = [finding for finding in [_implied_cause(history, entries, now)] if finding is not None]
    # If a rekey was refused before the tunnel was closed, the refusal is the cause.
    is_only_closed = not suspects or suspects[0].code in CLOSURES
    refused = _refused_before_the_fall(history) if is_only_closed else None
    if refused is not None:
        findings = [refused, *(finding for finding in findings if finding.code != refused.code)]
    rekey = rekey_that_ended_it(situation) if is_only_closed or suspects[0].code == "peer_unreachable" else None
    if rekey is not None and refused is None:
        findings = [rekey, *findings]
    explained = [refined(finding, entries, situation) for finding in findings]
    dialled = _why_dialling_fails(suspects, entries, situation) if suspects else None
    return [dialled, *explained] if dialled is not None else explained


def _why_dialling_fails(suspects: Sequence[Suspect], entries: Sequence[Entry], situation: Situation) -> Finding | None:
    """Return why one end has dialled in vain since the tunnel ended.

    It dials in a way that AWS cannot accept, AWS's answers are lost, or the device does not answer. None of these needs
    a line that says so. What ended the tunnel is then not what keeps it down.
    """
    if not suspects[0].sign.opener:
        return None
    ended = suspects[0].entries[-1].key
    later = [entry for entry in entries if entry.key > ended]
    sent = sent_without_answer(later) if suspects[0].code in CLOSURES else []
    if sent:  # AWS dials
        return refined(Finding("peer_unreachable", sent[0].at, evidence_of(sent)), later, situation)
    repeated = [entry for entry in later if rule_of(entry) == "retransmit_received"]
    dialled = [entry for entry in later if is_dialling(entry)]
    finding = _unanswered(later, situation.now) if goes_on(dialled, situation.now) else None
    known = refined(finding, later, situation) if finding is not None else None
    is_telling = known is not None and (known.code in WRONG_WAYS or len(repeated) >= _REPEATS)
    return known if is_telling else None


def unexplained(situation: Situation) -> Finding | None:
    """Return a finding that the tunnel has been down for a while, for use when nothing else explains it."""
    logged = situation.state.is_up.at
    since = logged if logged is not None else situation.judgement.since
    return Finding("down", since) if since is not None and situation.now - since >= _AWHILE else None


def _refused_before_the_fall(history: History) -> Finding | None:
    """Return the refused rekey of the SAs that fell last, unless a later rekey succeeded."""
    if not history.state.falls:
        return None
    fell, end = history.state.falls[-1], history.state.endings[-1]
    began = fell - (LONGEST_LIFE if end.lived is None else min(end.lived, LONGEST_LIFE))
    refusals = refused_rekeys([entry for entry in entries_from(history, began) if entry.at <= fell])
    if not refusals:
        return None
    sign = sign_of(refusals[-1])
    variant = sign.variant if sign is not None else ""
    return Finding(code_of_refused(refusals), refusals[0].at, evidence_of(refusals), certain=True, variant=variant)


def _finding_of(suspect: Suspect, situation: Situation) -> Finding:
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
    """Whether the record's own state fields show phase 2 down."""
    event = entry.event
    return isinstance(event, IkeEvent) and event.phase2 is not None and not event.phase2.is_up


def _has_expired(entries: Sequence[Entry], end: Ending | None) -> bool:
    """Whether the last SA ended with its lifetime rather than being closed by somebody."""
    closed_by_nobody = all(rule_of(entry) == "child_closing" for entry in entries)
    if end is None:
        return closed_by_nobody
    return closed_by_nobody and end.rule == "child_closing" and (end.lived is None or end.lived >= _A_LIFETIME)


def _collisions_before(entry: Entry, situation: Situation) -> list[Entry]:
    """Return the collision of rekeys just before the peer was declared dead: it is a possible cause."""
    window = situation.since(entry.at - _AWHILE)
    return [earlier for earlier in window if rule_of(earlier) in COLLISIONS and earlier.at <= entry.at]


def _implied_cause(history: History, entries: Sequence[Entry], now: int) -> Finding | None:
    """Return what can be concluded although no line names a cause."""
    return _unanswered(entries, now) or _no_phase2(history, now) or _only_phase1(entries)


def _unanswered(entries: Sequence[Entry], now: int) -> Finding | None:
    sent = sent_without_answer(entries)
    if sent:
        return Finding("peer_unreachable", sent[0].at, evidence_of(sent))
    counted = traffic(entries)
    if len(counted.repeated) >= _REPEATS:
        return Finding("peer_unreachable", counted.repeated[0].at, evidence_of(counted.repeated))
    dialled = [entry for entry in entries if is_dialling(entry)]
    if counted.dials < _REPEATS or any(entry.state.phase1.value.is_up for entry in entries):
        return None
    if entries[-1].state.endings and not goes_on(dialled, now):
        return None  # stray dials say nothing about a tunnel that has worked
    return Finding("peer_unreachable", dialled[0].at, evidence_of(dialled))


def _no_phase2(history: History, now: int) -> Finding | None:
    """Return a finding that phase 2 has been down while phase 1 was up; there may have been several attempts."""
    since: int | None = None
    for entry in history.newest_first():
        phase1, phase2 = entry.state.phase1.value, entry.state.phase2.value
        if not phase1.is_up or phase2.is_up or phase2 is Phase.UNKNOWN:
            break
        since = entry.at
    return Finding("phase2_down", since) if since is not None and now - since >= HANDSHAKE else None


def _only_phase1(entries: Sequence[Entry]) -> Finding | None:
    """Return a finding that phase 1 comes up repeatedly, and phase 2 never."""
    rises = [after for before, after in pairwise(entries) if _has_phase1(after) and not _has_phase1(before)]
    if len(rises) < _REPEATS or any(entry.state.phase2.value.is_up for entry in entries[1:]):
        return None
    return Finding("phase2_down", rises[0].at, evidence_of(rises))


def _has_phase1(entry: Entry) -> bool:
    return entry.state.phase1.value.is_up
