"""Rekeys of a tunnel that is up which the device refuses, undoes or leaves unanswered: they will take it down."""

from typing import Final

from tui.domain.diagnosis.finding import Finding, evidence_of
from tui.domain.diagnosis.situation import Situation
from tui.domain.events import Phase
from tui.domain.knowledge.line_kinds import ASKS, CHILD_EXCHANGES, step_of
from tui.domain.state.excuses import GIVES_UP
from tui.domain.state.history import Entry
from tui.domain.state.indicators import HANDSHAKE, answers_a_rekey, code_of_refused, is_answer, refused_rekeys, rule_of
from tui.domain.state.tunnel_state import BURST, LONGEST_LIFE
from tui.domain.times import MINUTE

PATIENCE: Final = 5 * MINUTE
"""AWS gives up at 165 s: a rekey that has not taken the tunnel down by now was answered without a line."""
_FURTHER_PAIR: Final = 3
"""From this number on, refusals of networks concern another pair, requested again and again."""


def refused_rekey(situation: Situation) -> Finding | None:
    """Return a finding that one end refuses the proposals or the networks of a rekey."""
    refusals = refused_rekeys(situation.news_since(situation.now - LONGEST_LIFE))
    if not refusals:
        return None
    code = code_of_refused(refusals)
    if code == "traffic_selector_mismatch" and len(refusals) >= _FURTHER_PAIR:
        return None
    by_peer = all(rule_of(entry) == "no_proposal_received" for entry in refusals)
    is_since_up = refusals[-1].at >= (situation.state.health.at or 0)
    certain = is_since_up and all(entry.rule is not None and entry.rule.is_exact for entry in refusals)
    wording = "rekey_by_peer" if by_peer else "rekey"
    return Finding(code, refusals[0].at, evidence_of(refusals), certain=certain, variant="rekey", wording=wording)


def deleted_rekeys(situation: Situation) -> Finding | None:
    """Return a finding that the device deletes each new SA at once: it refuses the rekey without saying so."""
    established: dict[str, Entry] = {}
    deleted: list[Entry] = []
    gone_before: set[str] = set()
    has_unknown = not situation.state.is_up.seen  # the pair that existed when the log began
    for entry in situation.news_since_up:
        if entry.rule is None or entry.rule.id not in ("phase2_established", "delete_phase2_received"):
            continue
        fields = entry.rule.fields(entry.event.message)
        if entry.rule.id == "phase2_established":
            established[fields.get("outbound", "").lower()] = entry
        else:
            spis = fields.get("spi", "").lower().split()
            gone = [established.pop(spi, None) for spi in spis]
            new = max((sa for sa in gone if sa is not None), key=lambda sa: sa.key, default=None)
            if new is None:
                has_unknown &= gone_before.issuperset(spis)  # not a pair known from the log
                continue
            gone_before.update(spis)
            # If both ends rekeyed at once, one of the two new SAs is deleted and the other stays.
            other_is_new = any(abs(other.at - new.at) <= HANDSHAKE for other in established.values())
            if entry.at - new.at <= HANDSHAKE and (established or has_unknown) and not other_is_new:
                deleted.append(entry)
            else:
                deleted = []
    if len(deleted) < 2 or situation.now - deleted[-1].at > PATIENCE:
        return None
    return Finding("rekey_refused", deleted[0].at, evidence_of(deleted), variant="deleted")


def unanswered_rekey(situation: Situation) -> Finding | None:
    """Return a finding that AWS requests new keys without getting an answer."""
    phases = (situation.state.phase1, situation.state.phase2)
    started = [phase.at for phase in phases if phase.value is Phase.REKEYING and phase.at is not None]
    since = min(started) if started else _repeated_rekey(situation)
    if since is None:
        return None
    entries = situation.since(since - BURST)
    retries = [entry for entry in entries if entry.at >= since and rule_of(entry) == "retransmit"]
    # Once AWS repeats its request, a sign of life (the peer's own DPD) does not count as an answer.
    if any(map(answers_a_rekey, entries)) or (not retries and any(map(is_answer, entries))):
        return None
    is_fresh = bool(entries) and situation.now - (retries or entries)[-1].at <= PATIENCE
    if not is_fresh or situation.now - since < HANDSHAKE:  # until then, it may be just one lost packet
        return None
    variant = "accelerated" if situation.connection_facts.accelerated else ""
    return Finding("rekey_unanswered", since, evidence_of(retries), variant=variant)


def rekey_that_ended_it(situation: Situation) -> Finding | None:
    """Return AWS's rekey that got no answer until AWS gave up, which ended the tunnel.

    A device that is gone does not answer rekeys either. That it heard AWS is shown by what it sent meanwhile, and is
    likely on an accelerated connection, where AWS's rekeys go unanswered by design.
    """
    end = situation.last_end
    if end is None or end.rule != "retransmits_exhausted":
        return None
    window = situation.since(end.at - GIVES_UP)
    asks = [entry for entry in window if rule_of(entry) in CHILD_EXCHANGES and step_of(entry.event.message) == ASKS]
    since = [entry for entry in window if asks and entry.key > asks[-1].key]
    tries = [entry for entry in since if rule_of(entry) in ("retransmit", "retransmits_exhausted")]
    if not tries or any(map(answers_a_rekey, since)) or tries[-1].at > end.at + BURST:
        return None
    accelerated = situation.connection_facts.accelerated
    if not accelerated and not any(map(is_answer, since)):
        return None
    variant, wording = ("accelerated", "accelerated_fell") if accelerated else ("", "fell")
    evidence = evidence_of([asks[-1], *tries])
    return Finding("rekey_unanswered", asks[-1].at, evidence, variant=variant, wording=wording)


def _repeated_rekey(situation: Situation) -> int | None:
    """Return when AWS requested new keys, if it has repeated the request since; needed if states were not delivered."""
    asked: int | None = None
    is_repeated = False
    for entry in situation.since(situation.now - PATIENCE):
        rule = rule_of(entry)
        if rule in CHILD_EXCHANGES and step_of(entry.event.message) == ASKS:
            asked, is_repeated = entry.at, False
        elif rule == "retransmit":
            is_repeated = True
        elif rule.startswith("exchange_"):
            asked = None
    return asked if is_repeated else None
