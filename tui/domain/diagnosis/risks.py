"""What will take a tunnel down that is up, or keep it down once it falls."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from tui.domain.diagnosis.finding import Finding, evidence_of
from tui.domain.diagnosis.indicators import (
    HANDSHAKE,
    answers_a_rekey,
    code_of_refused,
    entries_from,
    is_answer,
    refused_rekeys,
    rule_of,
    sent_without_answer,
)
from tui.domain.events import Phase
from tui.domain.history import Entry, History
from tui.domain.tunnel import BURST, LONGEST_LIFE

_MINUTE: Final = 60_000
_PATIENCE: Final = 5 * _MINUTE
"""AWS gives up at 165 s: what got no answer and did not take the tunnel down by now was answered without a line."""


def upcoming_failures(history: History, *, now: int) -> list[Finding]:
    """Return what will take a tunnel down that is up, the most pressing first."""
    # What was refused longer ago concerns an SA that is gone.
    entries = entries_from(history, max(history.state.health.at or 0, now - LONGEST_LIFE))
    news = [entry for entry in entries if not entry.is_chatter]  # a NAT-T tunnel logs a thousand lines of it an hour
    found = [
        _refused_rekey(news),
        _unanswered_rekey(history, now),
        _silent_peer(entries, now),
        _refused_key(news, now),
    ]
    return [each for each in found if each is not None]


def _refused_rekey(entries: Sequence[Entry]) -> Finding | None:
    refusals = refused_rekeys(entries)
    if not refusals:
        return None
    return Finding(code_of_refused(refusals), refusals[0].at, evidence_of(refusals), certain=True, variant="rekey")


def _unanswered_rekey(history: History, now: int) -> Finding | None:
    phases = (history.state.phase1, history.state.phase2)
    started = [phase.at for phase in phases if phase.value is Phase.REKEYING and phase.at is not None]
    if not started:
        return None
    since = min(started)
    entries = entries_from(history, since - BURST)
    retries = [entry for entry in entries if entry.at >= since and rule_of(entry) == "retransmit"]
    # Once AWS repeats its request, a sign of life (the peer's own DPD) is no answer to it.
    if any(map(answers_a_rekey, entries)) or (not retries and any(map(is_answer, entries))):
        return None
    is_fresh = bool(entries) and now - (retries or entries)[-1].at <= _PATIENCE
    if is_fresh and (retries or now - since >= HANDSHAKE):
        return Finding("rekey_unanswered", since, evidence_of(retries))
    return None


def _silent_peer(entries: Sequence[Entry], now: int) -> Finding | None:
    since_an_answer = takewhile(lambda entry: not is_answer(entry), reversed(entries))
    retries = [entry for entry in since_an_answer if rule_of(entry) == "retransmit"][::-1]
    unanswered = retries or sent_without_answer(entries)
    if not unanswered or now - unanswered[-1].at > _PATIENCE:
        return None
    return Finding("peer_unreachable", unanswered[0].at, evidence_of(unanswered), variant="up")


def _refused_key(entries: Sequence[Entry], now: int) -> Finding | None:
    """Return the wrong key with which the customer gateway dials anew, again and again; AWS names it in that line."""
    refusals: list[Entry] = []
    for entry in entries:
        rule = rule_of(entry)
        if rule == "phase1_established":
            refusals = []
        elif rule == "psk_mismatch":
            refusals.append(entry)
    if not refusals or now - refusals[-1].at > _PATIENCE or refusals[-1].at - refusals[0].at <= BURST:
        return None
    return Finding("psk_mismatch", refusals[0].at, evidence_of(refusals), certain=True, variant="up")
