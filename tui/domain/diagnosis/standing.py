"""What is wrong with a tunnel that is up: what will take it down, keep it down once it falls, or halves its traffic."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile
from statistics import median
from typing import Final

from tui.domain.diagnosis.finding import Finding, Span, evidence_of
from tui.domain.diagnosis.indicators import (
    CHILD_EXCHANGES,
    HANDSHAKE,
    NEW_EXCHANGES,
    answers_a_rekey,
    code_of_refused,
    is_answer,
    is_dialling,
    refused_rekeys,
    rule_of,
    sent_without_answer,
)
from tui.domain.diagnosis.situation import Situation
from tui.domain.doubt import DoubtKind
from tui.domain.events import Phase
from tui.domain.history import Entry
from tui.domain.times import HOUR, MINUTE
from tui.domain.tunnel import BURST, LONGEST_LIFE

_PATIENCE: Final = 5 * MINUTE
"""AWS gives up at 165 s: what got no answer and did not take the tunnel down by now was answered without a line."""
_FIRST_REPEATS: Final = 10_000
"""AWS repeats a request after 4 s and again 7 s later: until then a packet was lost, and no more is known."""
_RETRIES: Final = 3 * MINUTE
"""Until when after the last refusal the next may well come."""
_SEVERAL: Final = 3
_SHORT: Final = 10 * MINUTE
"""SAs that follow each other faster are not rekeyed but pushed out."""
_LARGER_THAN_ALL: Final = "0.0.0.0/0"

Look = Callable[[Situation], Finding | None]


def troubles(situation: Situation) -> list[Finding]:
    """Return what is wrong with a tunnel that is up, the most pressing first."""
    return [finding for look in _LOOKS if (finding := look(situation)) is not None]


def notes(situation: Situation) -> list[Finding]:
    """Return what is worth knowing of a tunnel that is up and well."""
    return [finding for look in _NOTES if (finding := look(situation)) is not None]


def _of_this_life(situation: Situation) -> list[Entry]:
    """Return the news since the tunnel came up; what was refused longer ago concerns an SA that is gone."""
    return situation.news_since(max(situation.state.health.at or 0, situation.now - LONGEST_LIFE))


# --- rekeys that are refused, or that nobody answers


def _refused_rekey(situation: Situation) -> Finding | None:
    refusals = refused_rekeys(situation.news_since(situation.now - LONGEST_LIFE))
    if not refusals:
        return None
    code = code_of_refused(refusals)
    if code == "traffic_selector_mismatch" and len(refusals) >= _SEVERAL:
        return None  # a further pair of networks, asked for again and again
    by_peer = all(rule_of(entry) == "no_proposal_received" for entry in refusals)
    is_of_this_life = refusals[-1].at >= (situation.state.health.at or 0)
    certain = is_of_this_life and all(entry.rule is not None and entry.rule.is_exact for entry in refusals)
    wording = "rekey_by_peer" if by_peer else "rekey"
    return Finding(code, refusals[0].at, evidence_of(refusals), certain=certain, variant="rekey", wording=wording)


def _deleted_rekeys(situation: Situation) -> Finding | None:
    """Return that the device deletes each new SA as soon as it is up: it refuses the rekey without a word."""
    entries = _of_this_life(situation)
    established: dict[str, Entry] = {}
    deleted: list[Entry] = []
    for entry in entries:
        if entry.rule is None or entry.rule.id not in ("phase2_established", "delete_phase2_received"):
            continue
        fields = entry.rule.fields(entry.event.message)
        if entry.rule.id == "phase2_established":
            established[fields.get("outbound", "").lower()] = entry
        else:
            new = established.pop(fields.get("spi", "").lower(), None)
            if new is None:
                continue
            # Where both ends rekeyed at once, one of two new SAs goes and the other stands.
            other_is_new = any(abs(other.at - new.at) <= HANDSHAKE for other in established.values())
            if entry.at - new.at <= HANDSHAKE and established and not other_is_new:
                deleted.append(entry)
            else:
                deleted = []
    if len(deleted) < 2 or situation.now - deleted[-1].at > _PATIENCE:
        return None
    return Finding("rekey_refused", deleted[0].at, evidence_of(deleted), variant="deleted")


def _unanswered_rekey(situation: Situation) -> Finding | None:
    phases = (situation.state.phase1, situation.state.phase2)
    started = [phase.at for phase in phases if phase.value is Phase.REKEYING and phase.at is not None]
    since = min(started) if started else _repeated_rekey(situation)
    if since is None:
        return None
    entries = situation.since(since - BURST)
    retries = [entry for entry in entries if entry.at >= since and rule_of(entry) == "retransmit"]
    # Once AWS repeats its request, a sign of life (the peer's own DPD) is no answer to it.
    if any(map(answers_a_rekey, entries)) or (not retries and any(map(is_answer, entries))):
        return None
    is_fresh = bool(entries) and situation.now - (retries or entries)[-1].at <= _PATIENCE
    if not is_fresh or not (retries or situation.now - since >= HANDSHAKE):
        return None
    variant = "accelerated" if situation.connection_facts.accelerated else ""
    return Finding("rekey_unanswered", since, evidence_of(retries), variant=variant)


def _repeated_rekey(situation: Situation) -> int | None:
    """Return when AWS asked for new keys, where it has repeated that since; for states that were not delivered."""
    asked: int | None = None
    is_repeated = False
    for entry in situation.since(situation.now - _PATIENCE):
        rule = rule_of(entry)
        if rule in CHILD_EXCHANGES and "sending request" in entry.event.message.lower():
            asked, is_repeated = entry.at, False
        elif rule == "retransmit":
            is_repeated = True
        elif rule.startswith("exchange_"):
            asked = None
    return asked if is_repeated else None


# --- several pairs, several devices


def _churning_selectors(situation: Situation) -> Finding | None:
    """Return that pairs of networks push each other out, or that a further pair is refused again and again."""
    entries = _of_this_life(situation)
    pairs = [entry for entry in entries if rule_of(entry) == "phase2_established"]
    recent = [entry for entry in pairs if situation.now - entry.at <= HOUR]
    networks = [_selectors(entry) for entry in recent]
    changes = [
        after
        for (before, after), (old, new) in zip(pairwise(recent), pairwise(networks), strict=True)
        if old and new and old != new and after.at - before.at <= _SHORT
    ]
    if len(changes) >= _SEVERAL and situation.now - changes[-1].at <= _PATIENCE:
        return Finding(
            "selector_churn", changes[0].at, evidence_of(changes), details={"networks": tuple(sorted(set(networks)))}
        )
    refused = [entry for entry in entries if rule_of(entry) in _REFUSED_PAIRS]
    if len(refused) >= _SEVERAL and situation.now - refused[-1].at <= max(_RETRIES, _usual_wait(refused)):
        return Finding("selector_churn", refused[0].at, evidence_of(refused), variant="refused")
    return None


_REFUSED_PAIRS: Final = {"ts_unacceptable", "invalid_id_sent", "no_additional_sas"}


def _usual_wait(tries: Sequence[Entry]) -> int:
    """Return how long after the last of several tries, ms, the next may well come; half an hour at most."""
    gaps = [after.at - before.at for before, after in pairwise(tries) if after.at - before.at > BURST]
    return min(int(2 * median(gaps)), HOUR // 2) if gaps else 0


_SELECTORS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f:]*::[0-9a-f:]*/\d{1,3}", re.IGNORECASE)


def _selectors(entry: Entry) -> str:
    """Return the networks that a pair of SAs is for, as one text."""
    return " – ".join(_SELECTORS.findall(entry.event.message))


def _rivals(situation: Situation) -> Finding | None:
    """Return that whole tunnels are set up one upon the other, with no end in between.

    Several devices take the tunnel from each other, or one does not accept what it has set up.
    """
    begun: list[Entry] = []
    for index, entry in enumerate(situation.news):
        is_next = not begun or entry.at - begun[-1].at > BURST
        if is_next and rule_of(entry) in _SET_UP and _is_of_a_negotiation(situation.news, index):
            begun.append(entry)
    ended = {end.at for end in situation.state.endings if not end.was_brief}
    ended |= {entry.at for entry in situation.news if rule_of(entry) in _DEATHS}
    recent = _without_an_end_between(begun, ended, situation.now)
    if len(recent) <= _SEVERAL:
        return None
    gap = int(median(after.at - before.at for before, after in pairwise(recent)))
    if gap > _SHORT or situation.now - recent[-1].at > max(_PATIENCE, 2 * gap):
        return None
    return Finding("duplicate_peer", recent[0].at, evidence_of(recent), details={"period": Span(gap)})


_SET_UP: Final = {"phase2_established", "duplicate_ike_sa", "initial_contact"}
_DEATHS: Final = {"dpd_timed_out", "dpd_peer_dead", "retransmits_exhausted"}
"""What follows these has the reason for a new tunnel, whatever the state fields show."""


def _is_of_a_negotiation(news: Sequence[Entry], index: int) -> bool:
    """Whether the entry belongs to a whole new negotiation, and not to a rekey."""
    start = news[index].at - BURST
    for entry in takewhile(lambda entry: entry.at >= start, reversed(news[max(0, index - _A_BURST) : index])):
        rule = rule_of(entry)
        if rule == "exchange_create_child_sa":
            return False
        if rule in NEW_EXCHANGES or rule == "exchange_ike_auth":
            return True
    return False


_A_BURST: Final = 20
"""Lines of a negotiation."""


def _without_an_end_between(begun: Sequence[Entry], ended: set[int], now: int) -> list[Entry]:
    """Return the latest set-ups of the last hour that follow each other without an end of the tunnel in between."""
    run: list[Entry] = []
    for entry in reversed([entry for entry in begun if now - entry.at <= HOUR]):
        if run and any(entry.at < at <= run[0].at for at in ended):
            break
        run.insert(0, entry)
    return run


def _lost_sas(situation: Situation) -> Finding | None:
    """Return that the device does not know the SAs that AWS still holds."""
    start = max(situation.state.health.at or 0, situation.now - _PATIENCE)
    told = [
        entry
        for entry in situation.news
        if entry.at >= start and rule_of(entry) == "invalid_spi" and "received" in entry.event.message.lower()
    ]
    last_pair = max((entry.at for entry in situation.news if rule_of(entry) == "phase2_established"), default=0)
    told = [entry for entry in told if entry.at - last_pair > HANDSHAKE]
    return Finding("device_restarted", told[0].at, evidence_of(told)) if len(told) >= 2 else None


# --- the next set-up would fail


def _refused_key(situation: Situation) -> Finding | None:
    """Return the wrong key with which the customer gateway dials anew, again and again; AWS names it in that line."""
    refusals: list[Entry] = []
    for entry in _of_this_life(situation):
        rule = rule_of(entry)
        if rule in ("phase1_established", "phase2_established"):
            refusals = []
        elif rule == "psk_mismatch":
            refusals.append(entry)
    if not refusals or refusals[-1].at - refusals[0].at <= BURST:
        return None
    if situation.now - refusals[-1].at > max(_PATIENCE, _usual_wait(refusals)):
        return None
    certain = all(entry.rule is not None and entry.rule.is_exact for entry in refusals)
    return Finding("psk_mismatch", refusals[0].at, evidence_of(refusals), certain=certain, variant="up")


# --- a peer that has fallen silent


def _silent_peer(situation: Situation) -> Finding | None:
    start = max(situation.state.health.at or 0, situation.now - LONGEST_LIFE)
    entries = situation.since(start)
    since_an_answer = takewhile(lambda entry: not is_answer(entry), reversed(entries))
    retries = [entry for entry in since_an_answer if rule_of(entry) == "retransmit"][::-1]
    unanswered = retries or sent_without_answer(entries)
    if not unanswered or situation.now - unanswered[-1].at > _PATIENCE:
        return None
    if situation.now - unanswered[0].at < _FIRST_REPEATS:
        return None
    return Finding("peer_unreachable", unanswered[0].at, evidence_of(unanswered), variant="up")


def _dead_without_an_action(situation: Situation) -> Finding | None:
    """Return that the peer was declared dead and nothing was done, as its DPD timeout action is none."""
    presumed, doubt = situation.state.presumed, situation.judgement.doubt
    if presumed is None or doubt is None or doubt.kind is not DoubtKind.LINE_AGAINST_STATE:
        return None
    told = [entry for entry in situation.since(presumed.at) if rule_of(entry) == presumed.rule]
    return Finding("dpd_timeout", presumed.at, evidence_of(told), variant="no_action")


# --- worth knowing


def _second_negotiation(situation: Situation) -> Finding | None:
    """Return that somebody negotiates beside the tunnel that stands, and gets nowhere."""
    entries = _of_this_life(situation)
    dialled = [entry for entry in entries if is_dialling(entry) and rule_of(entry) in NEW_EXCHANGES]
    established = [entry.at for entry in entries if rule_of(entry) in ("phase1_established", "phase2_established")]
    later = [entry for entry in dialled if entry.at > max(established, default=0)]
    # A line that came twice is one dial.
    fruitless = [*later[:1], *(after for before, after in pairwise(later) if after.at - before.at > BURST)]
    if len(fruitless) < _SEVERAL or situation.now - fruitless[-1].at > _PATIENCE:
        return None
    return Finding("second_negotiation", fruitless[0].at, evidence_of(fruitless))


def _phase1_gone(situation: Situation) -> Finding | None:
    """Return that phase 1 is gone while phase 2 carries on."""
    phase1, phase2 = situation.state.phase1, situation.state.phase2
    if not phase2.value.is_up or phase1.value is not Phase.DOWN or phase1.at is None:
        return None
    return Finding("phase1_gone", phase1.at)


_LOOKS: Final[tuple[Look, ...]] = (
    _refused_rekey,
    _deleted_rekeys,
    _unanswered_rekey,
    _lost_sas,
    _dead_without_an_action,
    _silent_peer,
    _refused_key,
    _churning_selectors,
    _rivals,
)
_NOTES: Final[tuple[Look, ...]] = (_phase1_gone, _second_negotiation)
