"""Trouble of a tunnel that is up: what will take it down, keep it down once it falls, or halve its traffic."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile
from statistics import median
from typing import Final

from tui.domain.diagnosis.finding import Detail, Finding, Span, evidence_of
from tui.domain.diagnosis.rekeys import PATIENCE, deleted_rekeys, refused_rekey, unanswered_rekey
from tui.domain.diagnosis.situation import Situation
from tui.domain.events import Phase
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.unlogged import unlogged_loss
from tui.domain.knowledge.line_kinds import NEW_EXCHANGES
from tui.domain.state.history import Entry
from tui.domain.state.indicators import HANDSHAKE, PROPOSALS, is_answer, is_dialling, rule_of, sent_without_answer
from tui.domain.state.tunnel_state import BURST, LONGEST_LIFE
from tui.domain.times import HOUR, MINUTE

_FIRST_REPEATS: Final = 10_000
"""AWS repeats a request after 4 s and again 7 s later: until then, it may be just one lost packet."""
_RETRIES: Final = 3 * MINUTE
"""How long after the last refusal the next may be expected."""
_SEVERAL: Final = 3
_SHORT: Final = 10 * MINUTE
"""SAs that follow each other faster are not rekeyed but displaced."""

Look = Callable[[Situation], Finding | None]


def troubles(situation: Situation) -> list[Finding]:
    """Return what is wrong with a tunnel that is up, most urgent first."""
    return [finding for look in _LOOKS if (finding := look(situation)) is not None]


def concerns_next_sas(finding: Finding) -> bool:
    """Whether a finding says how the next SAs will fail, while the existing ones are fine."""
    return (finding.code, finding.variant) in _ABOUT_NEXT_SAS


_ABOUT_NEXT_SAS: Final = {
    ("phase2_proposal_mismatch", "rekey"),
    ("traffic_selector_mismatch", "rekey"),
    ("psk_mismatch", "up"),
}


def notes(situation: Situation) -> list[Finding]:
    """Return what is worth knowing about a tunnel that is up and healthy."""
    return [finding for look in _NOTES if (finding := look(situation)) is not None]


# --- several pairs, several devices


def _churning_selectors(situation: Situation) -> Finding | None:
    """Return a finding that pairs of networks displace each other, or that another pair is refused again and again."""
    entries = situation.news_since_up
    pairs = [entry for entry in entries if rule_of(entry) == "phase2_established"]
    recent = [entry for entry in pairs if situation.now - entry.at <= HOUR]
    changes = _come_back(recent)
    if len(changes) >= _SEVERAL and situation.now - changes[-1].at <= max(PATIENCE, _usual_wait(changes)):
        return Finding(
            "selector_churn",
            changes[0].at,
            evidence_of(changes),
            details={"networks": tuple(sorted(set(map(_selectors, recent))))},
        )
    refused = [entry for entry in entries if rule_of(entry) in _REFUSED_PAIRS]
    if len(refused) >= _SEVERAL and situation.now - refused[-1].at <= max(_RETRIES, _usual_wait(refused)):
        return Finding("selector_churn", refused[0].at, evidence_of(refused), variant="refused")
    return None


def _come_back(pairs: Sequence[Entry]) -> list[Entry]:
    """Return the pairs that were set up again soon after one for other networks had displaced them.

    Coexisting pairs are each set up once, and then at their rekeys.
    """
    matches: list[Entry] = []
    last_at: dict[str, int] = {}
    newest = ""
    for entry in pairs:
        networks = _selectors(entry)
        is_again = networks in last_at and entry.at - last_at[networks] <= _SHORT
        if networks and is_again and newest != networks:
            matches.append(entry)
        last_at[networks] = entry.at
        newest = networks
    return matches


_REFUSED_PAIRS: Final = {"ts_unacceptable", "invalid_id_sent", "no_additional_sas"}


def _usual_wait(tries: Sequence[Entry]) -> int:
    """Return how long after the last of several attempts (ms) the next may be expected; at most half an hour."""
    gaps = [after.at - before.at for before, after in pairwise(tries) if after.at - before.at > BURST]
    return min(int(2 * median(gaps)), HOUR // 2) if gaps else 0


_SELECTORS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}|[0-9a-f:]*::[0-9a-f:]*/\d{1,3}", re.IGNORECASE)


def _selectors(entry: Entry) -> str:
    """Return the networks of a pair of SAs, as one text."""
    return " – ".join(_SELECTORS.findall(entry.event.message))


def _rivals(situation: Situation) -> Finding | None:
    """Return a finding that whole tunnels are set up one after the other, with no end in between.

    Several devices take the tunnel from each other, or one does not accept what it has set up.
    """
    begun: list[Entry] = []
    for index, entry in enumerate(situation.news):
        is_next = not begun or entry.at - begun[-1].at > BURST
        if is_next and rule_of(entry) in _SET_UP and _belongs_to_a_negotiation(situation.news, index):
            begun.append(entry)
    ended = {end.at for end in situation.state.endings}
    ended |= {entry.at for entry in situation.news if rule_of(entry) in _DEATHS}
    loss = unlogged_loss(situation.tunnel)
    if loss is not None and loss.start is not None:
        ended.add(loss.end)
    recent = _without_an_end_between(begun, ended, situation.now)
    if len(recent) <= _SEVERAL:
        return None
    gap = int(median(after.at - before.at for before, after in pairwise(recent)))
    if gap > _SHORT or situation.now - recent[-1].at > max(PATIENCE, 2 * gap):
        return None
    return Finding("duplicate_peer", recent[0].at, evidence_of(recent), details={"period": Span(gap)})


_SET_UP: Final = {"phase2_established", "duplicate_ike_sa", "initial_contact"}
_DEATHS: Final = {"dpd_timed_out", "dpd_peer_dead", "retransmits_exhausted"}
"""These justify a new tunnel, whatever the state fields show."""


def _belongs_to_a_negotiation(news: Sequence[Entry], index: int) -> bool:
    """Whether the entry belongs to an entirely new negotiation rather than to a rekey.

    An exchange that is refused within the burst, or of the other IKE version, is somebody else's.
    """
    start = news[index].at - BURST
    others: set[str] = set()
    for entry in takewhile(lambda entry: entry.at >= start, reversed(news[max(0, index - _A_BURST) : index])):
        rule = rule_of(entry)
        if rule == "exchange_create_child_sa":
            return False
        if rule == "exchange_quick_mode":
            others = others | {"exchange_ike_sa_init"}  # not in place: it may be the constant
        elif rule in PROPOSALS:
            others = NEW_EXCHANGES
        elif (rule in NEW_EXCHANGES and rule not in others) or rule == "exchange_ike_auth":
            return True
    return False


_A_BURST: Final = 20
"""The number of lines in a negotiation."""


def _without_an_end_between(begun: Sequence[Entry], ended: set[int], now: int) -> list[Entry]:
    """Return the latest set-ups of the last hour without an end of the tunnel in between."""
    run: list[Entry] = []
    for entry in reversed([entry for entry in begun if now - entry.at <= HOUR]):
        if run and any(entry.at < at <= run[0].at for at in ended):
            break
        run.insert(0, entry)
    return run


def _lost_sas(situation: Situation) -> Finding | None:
    """Return a finding that the device does not know the SAs that AWS still has."""
    start = max(situation.state.health.at or 0, situation.now - PATIENCE)
    refusals = [
        entry
        for entry in situation.news
        if entry.at >= start and rule_of(entry) == "invalid_spi" and "received" in entry.event.message.lower()
    ]
    last_pair = max((entry.at for entry in situation.news if rule_of(entry) == "phase2_established"), default=0)
    refusals = [entry for entry in refusals if entry.at - last_pair > HANDSHAKE]
    return Finding("device_restarted", refusals[0].at, evidence_of(refusals)) if len(refusals) >= 2 else None


# --- the next set-up would fail


def _refused_key(situation: Situation) -> Finding | None:
    """Return the wrong key with which the customer gateway dials again and again; AWS names it in that line."""
    refusals: list[Entry] = []
    for entry in situation.news_since_up:
        rule = rule_of(entry)
        if rule in ("phase1_established", "phase2_established"):
            refusals = []
        elif rule == "psk_mismatch":
            refusals.append(entry)
    if not refusals or refusals[-1].at - refusals[0].at <= BURST:
        return None
    if situation.now - refusals[-1].at > max(PATIENCE, _usual_wait(refusals)):
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
    if not unanswered or situation.now - unanswered[-1].at > PATIENCE:
        return None
    if situation.now - unanswered[0].at < _FIRST_REPEATS:
        return None
    return Finding("peer_unreachable", unanswered[0].at, evidence_of(unanswered), variant="up")


def _dead_without_an_action(situation: Situation) -> Finding | None:
    """Return a finding that the peer was declared dead without consequence, because its DPD timeout action is none."""
    presumed, doubt = situation.state.presumed, situation.judgement.doubt
    if presumed is None or doubt is None or doubt.kind is not DoubtKind.LINE_AGAINST_STATE:
        return None
    entries = [entry for entry in situation.since(presumed.at) if rule_of(entry) == presumed.rule]
    return Finding("dpd_timeout", presumed.at, evidence_of(entries), variant="no_action")


# --- worth knowing


def _second_negotiation(situation: Situation) -> Finding | None:
    """Return a finding that somebody negotiates beside the existing tunnel, without success."""
    entries = situation.news_since_up
    dialled = [entry for entry in entries if is_dialling(entry) and rule_of(entry) in NEW_EXCHANGES]
    established = [entry.at for entry in entries if rule_of(entry) in ("phase1_established", "phase2_established")]
    later = [entry for entry in dialled if entry.at > max(established, default=0)]
    # A duplicated line is one dial.
    fruitless = [*later[:1], *(after for before, after in pairwise(later) if after.at - before.at > BURST)]
    if len(fruitless) < _SEVERAL or situation.now - fruitless[-1].at > PATIENCE:
        return None
    return Finding("second_negotiation", fruitless[0].at, evidence_of(fruitless))


def _renewed_often(situation: Situation) -> Finding | None:
    """Return a finding that phase 2 is set up again every few minutes, more often than any lifetime at AWS allows.

    Whether the previous SA was deleted first, which loses packets, is unknown without those lines.
    """
    pairs: list[Entry] = []
    for entry in situation.news_since_up:
        if rule_of(entry) == "phase2_established" and (not pairs or entry.at - pairs[-1].at > BURST):
            pairs.append(entry)
    recent = [entry for entry in pairs if situation.now - entry.at <= HOUR]
    if len(recent) < _OFTEN:
        return None
    gap = int(median(after.at - before.at for before, after in pairwise(recent)))
    if gap > _SOON or situation.now - recent[-1].at > max(PATIENCE, 2 * gap):
        return None
    details: dict[str, Detail] = {"times": len(recent), "period": Span(gap)}
    return Finding("renewed_often", recent[0].at, evidence_of(recent), details=details)


_OFTEN: Final = 10
_SOON: Final = 5 * MINUTE
"""A third of the shortest lifetime that AWS's own options accept."""


def _phase1_gone(situation: Situation) -> Finding | None:
    """Return a finding that phase 1 is gone while phase 2 continues."""
    phase1, phase2 = situation.state.phase1, situation.state.phase2
    if not phase2.value.is_up or phase1.value is not Phase.DOWN or phase1.at is None:
        return None
    return Finding("phase1_gone", phase1.at)


_LOOKS: Final[tuple[Look, ...]] = (
    refused_rekey,
    deleted_rekeys,
    unanswered_rekey,
    _lost_sas,
    _dead_without_an_action,
    _silent_peer,
    _refused_key,
    _churning_selectors,
    _rivals,
)
_NOTES: Final[tuple[Look, ...]] = (_phase1_gone, _second_negotiation, _renewed_often)
