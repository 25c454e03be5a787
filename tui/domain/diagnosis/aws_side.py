"""Findings from AWS's side: changes in progress, replaced endpoints, logs that show nothing."""

from dataclasses import replace
from typing import Final

from tui.domain.diagnosis.callers import BEFORE, called, interrupts
from tui.domain.diagnosis.finding import Detail, Evidence, Finding
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.knowledge.line_kinds import ESTABLISHED
from tui.domain.state.indicators import rule_of
from tui.domain.state.tunnel_state import BURST, Health
from tui.domain.times import MINUTE

_CHANGING: Final = {"modifying": "", "pending": "new", "deleting": "deleted"}
_READY: Final = {"", "available"}
_REPLACEMENT: Final = 15 * MINUTE
"""The maximum distance between a fall and the replacement that caused it, by the clocks of the log and of EC2."""
_REPLACED_AT_ONCE: Final = 2 * MINUTE


def modification(situation: Situation) -> Finding | None:
    """Return a finding that a change is in progress on AWS's side; the tunnel cannot come up before it is done."""
    if situation.judgement.carries:
        return None
    state, provisioning = situation.connection_facts.state, situation.facts.provisioning
    since = situation.judgement.since or situation.now
    calls = called(situation, since=since - BEFORE, until=situation.now, wanted=interrupts)
    if state in _CHANGING:
        statement = Evidence(situation.now, in_words("ec2_connection", state=state), is_by_ec2=True)
        return Finding("modification_in_progress", since, (*calls, statement), certain=True, variant=_CHANGING[state])
    if provisioning in _READY:
        return None
    reason = situation.facts.provisioning_reason
    key = "ec2_provisioning_because" if reason else "ec2_provisioning"
    statement = Evidence(situation.now, in_words(key, state=provisioning, reason=reason), is_by_ec2=True)
    variant = "failed" if provisioning == "failed" else "provisioning"
    return Finding("modification_in_progress", since, (*calls, statement), certain=True, variant=variant)


def outdated_log(situation: Situation) -> Finding | None:
    """Return EC2's view if its status is newer than the log: a replaced endpoint, or a log that fell silent."""
    doubt, judgement, telemetry = situation.judgement.doubt, situation.judgement, situation.telemetry
    if doubt is not None and doubt.kind is DoubtKind.REPLACED and doubt.ec2_since is not None:
        return _replaced(situation, doubt.ec2_since)
    if doubt is None or doubt.kind is not DoubtKind.EC2_NEWER or telemetry is None or telemetry.since is None:
        return None
    word = f"{'UP' if telemetry.is_up else 'DOWN'} {telemetry.message}".strip()
    statement = Evidence(telemetry.since, in_words("ec2_status", status=word), is_by_ec2=True)
    if judgement.carries:
        return Finding("stale_log", telemetry.since, (statement,), variant="up")
    if judgement.health is Health.UP:
        return Finding("bgp_down", telemetry.since, (statement,), variant="ec2")
    replaced_at = situation.facts.replaced_at
    logged_at = doubt.logged_at or 0
    if (
        replaced_at is not None
        and logged_at - _REPLACED_AT_ONCE <= replaced_at
        and (abs(replaced_at - telemetry.since) <= _REPLACEMENT)
    ):
        return _replaced(situation, replaced_at, statement)
    if (ordered := _ordered(situation, telemetry.since)) is not None:
        return replace(ordered, evidence=tuple(sorted((*ordered.evidence, statement))))
    details: dict[str, Detail] = {"status": word}
    wording = "" if situation.state.unproven_since is None else "attempts"
    return Finding("stale_log", telemetry.since, (statement,), wording=wording, details=details)


def replacement(situation: Situation, *, ended_by_peer: bool) -> Finding | None:
    """Return the replacement of the endpoint if it fits the fall and nothing has recovered since.

    If the log explains the fall by the customer's end (`ended_by_peer`), a replacement shortly afterwards is a
    coincidence, unless very close.
    """
    at = situation.facts.replaced_at
    state = situation.state
    fell = state.falls[-1] if state.falls else state.health.at
    early = _REPLACED_AT_ONCE if ended_by_peer else _REPLACEMENT
    if at is None or fell is None or not at - early <= fell <= at + _REPLACEMENT:
        return None
    if any(at < entry.at < fell - BURST and rule_of(entry) in ESTABLISHED for entry in situation.news_since(at)):
        return None  # what fell was set up at the new endpoint
    return _replaced(situation, at)


def _replaced(situation: Situation, at: int, *more: Evidence) -> Finding:
    statement = Evidence(at, in_words("ec2_replaced"), is_by_ec2=True)
    calls = called(situation, since=at - _REPLACEMENT, until=at, wanted=interrupts)
    return Finding("endpoint_replaced", at, tuple(sorted((*calls, statement, *more))), certain=True)


def why_lost_without_a_line(situation: Situation, lost_at: int) -> Finding | None:
    """Return why a tunnel was lost at `lost_at` (ms) without a log line; None if neither EC2 nor CloudTrail knows."""
    at = situation.facts.replaced_at
    if at is not None and abs(at - lost_at) <= _REPLACEMENT:
        return _replaced(situation, at)
    return _ordered(situation, lost_at)


def _ordered(situation: Situation, lost_at: int) -> Finding | None:
    """Return the call that explains why a tunnel was lost at `lost_at` (ms); EC2 shows only the last replacement."""
    calls = called(situation, since=lost_at - BEFORE, until=lost_at + _REPLACED_AT_ONCE, wanted=interrupts)
    return Finding("endpoint_replaced", calls[0].at, calls) if calls else None


def maintenance(situation: Situation) -> Finding | None:
    """Return a finding that AWS is going to replace the endpoint."""
    facts = situation.facts
    if not facts.maintenance_pending:
        return None
    variant = "" if any(sibling.carries for sibling in situation.sibling_judgements) else "alone"
    return Finding("maintenance_pending", situation.now, certain=True, variant=variant)


def silence(situation: Situation) -> Finding | None:
    """Return a finding that the tunnel has no log, and whether that is because logging is off."""
    facts = situation.tunnel.facts
    if facts is None or situation.tunnel.history.last is not None:
        return None
    is_off = bool(facts.configured) and facts.ike_group is None
    if not is_off:
        is_down = situation.judgement.carries is False
        return Finding("no_logs", situation.now, variant="down" if is_down else "")
    others = any(sibling.carries for sibling in situation.sibling_judgements)
    variant = "off" if others or not situation.judgement.carries else "off_alone"
    return Finding("no_logs", situation.now, certain=True, variant=variant)
