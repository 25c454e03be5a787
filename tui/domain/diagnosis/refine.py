"""Refines a plain cause to the special case behind it, from how the peer dialled, the packets and EC2's facts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tui.domain.diagnosis.attempts import LARGE, Traffic, is_over_4500, refused_exchange, traffic
from tui.domain.diagnosis.callers import BEFORE, called, changes_key
from tui.domain.diagnosis.finding import Finding, evidence_of
from tui.domain.diagnosis.situation import Situation
from tui.domain.state.excuses import GIVES_UP
from tui.domain.state.history import Entry, pause_between
from tui.domain.state.indicators import is_dialling, rule_of, sent_without_answer
from tui.domain.state.tunnel_state import BURST
from tui.domain.times import HOUR, MINUTE

_CERTIFICATE: Final = re.compile(
    r"\bcertificates?\b|\bCRLs?\b|\bOCSP\b|\brevoked\b|\bissuer\b|\btrust(?:ed)? anchor", re.IGNORECASE
)
_CHANGE: Final = 2 * MINUTE
"""The tolerance between the log and the times of changes reported by EC2."""
_ENOUGH: Final = 2
_ANOTHER_TRY: Final = 20 * MINUTE
"""Attempts further apart than this may fail for different reasons."""
_VERSIONS: Final = {"exchange_ike_sa_init": "ikev2", "exchange_main_mode": "ikev1", "exchange_aggressive_mode": "ikev1"}
WRONG_WAYS: Final = {"ike_version_mismatch", "aggressive_mode"}
"""The codes of ways of dialling that AWS does not accept, whatever is proposed."""
_CERTIFICATE_TROUBLES: Final = {
    "certificate_expired": "dates",
    "certificate_not_yet_valid": "dates",
    "certificate_out_of_date": "dates",
    "certificate_revoked": "revoked",
    "certificate_status_unknown": "revoked",
    "certificate_issuer_unknown": "untrusted",
    "certificate_untrusted": "untrusted",
    "identity_constraint": "identity",
}

Refinement = Callable[[Finding, Sequence[Entry], Situation], Finding]


def refined(finding: Finding, entries: Sequence[Entry], situation: Situation) -> Finding:
    """Return the finding, as the special case behind it if there is one. `entries` are those since the fall."""
    refine = _REFINEMENTS.get(finding.code)
    return finding if refine is None else refine(finding, entries, situation)


# --- refusals


def _refused_proposal(finding: Finding, entries: Sequence[Entry], situation: Situation) -> Finding:
    """Distinguish what AWS refuses in the same words: a wrong proposal, IKE version, mode or source address."""
    refusals = _refusals(entries, finding)
    if finding.variant == "by_peer" or not refusals:
        return replace(finding, certain=finding.certain and finding.variant != "by_peer")
    exchange = refused_exchange(entries, refusals[-1])
    wrong_way = _wrong_way_to_dial(finding, exchange, situation)
    if wrong_way is not None:
        return wrong_way
    compared = any(rule_of(entry) == "no_proposal_by_aws" for entry in refusals)
    knows_the_versions = bool(situation.facts.values("IkeVersions"))
    if not compared and _worked_until_silence(situation, refusals[0].at):
        return replace(finding, code="unknown_source_address", certain=False, variant="")
    # If the log does not say that AWS compared the proposals, AWS may not have known the peer at all.
    return replace(finding, certain=compared and knows_the_versions, wording="" if compared else "or_address")


def _wrong_way_to_dial(finding: Finding, exchange: str, situation: Situation) -> Finding | None:
    versions = situation.facts.values("IkeVersions")
    version = _VERSIONS.get(exchange)
    if version is not None and versions and version not in versions:
        return replace(
            finding, code="ike_version_mismatch", variant=f"dials_{version}", certain=True, details={"dialled": version}
        )
    if exchange == "exchange_aggressive_mode":
        return replace(finding, code="aggressive_mode", variant="", certain=True)
    return None


def _worked_until_silence(situation: Situation, refused_at: int) -> bool:
    """Whether the device worked, then fell silent without a change on AWS's side: its address must have changed."""
    end = situation.last_end
    if end is None or end.at > refused_at:
        return False
    return end.rule in ("dpd_timed_out", "dpd_peer_dead", "retransmits_exhausted", "") and not _changes(
        situation, end.at
    )


def _refused_authentication(finding: Finding, entries: Sequence[Entry], situation: Situation) -> Finding:
    refusals = _refusals(entries, finding)
    if refusals:
        wrong_way = _wrong_way_to_dial(finding, refused_exchange(entries, refusals[-1]), situation)
        if wrong_way is not None:
            return wrong_way
    uses_certificates = bool(situation.connection_facts.customer_gateway.certificate)
    recent = [entry for entry in entries if entry.at >= finding.since - BURST]
    about = [entry for entry in recent if _is_about_certificates(entry, uses_certificates=uses_certificates)]
    if about:
        kinds = [kind for entry in about if (kind := _CERTIFICATE_TROUBLES.get(rule_of(entry)))]
        evidence = evidence_of(sorted({*about, *refusals}, key=lambda entry: entry.key))
        variant = kinds[-1] if kinds else ""
        return replace(finding, code="certificate_rejected", variant=variant, evidence=evidence)
    return replace(finding, code="certificate_rejected", certain=False) if uses_certificates else finding


def _is_about_certificates(entry: Entry, *, uses_certificates: bool) -> bool:
    if rule_of(entry) == "identity_constraint":
        return uses_certificates  # with a pre-shared key, the identity is an address
    return rule_of(entry).startswith("certificate") or bool(_CERTIFICATE.search(entry.event.message))


def _wrong_key(finding: Finding, entries: Sequence[Entry], situation: Situation) -> Finding:
    """Attribute the refusal of a key that worked to a change on AWS's side, if there was one."""
    refusals = _refusals(entries, finding)
    if refusals and refused_exchange(entries, refusals[-1]) == "exchange_aggressive_mode":
        return replace(finding, code="aggressive_mode", variant="", certain=True)
    end = situation.last_end
    has_worked = end is not None and end.at <= finding.since
    if end is None or not has_worked:
        return finding
    changes = [at for at in _changes(situation, end.at - _CHANGE) if at <= finding.since + _CHANGE]
    closed_by_aws = end.rule in ("delete_ike_sent", "delete_phase2_sent")
    if not changes and not (closed_by_aws and finding.since - end.at <= HOUR):
        return finding
    calls = called(situation, since=end.at - BEFORE, until=finding.since + _CHANGE, wanted=changes_key)
    evidence = (*calls, *finding.evidence)
    return replace(finding, code="psk_rotated", certain=False, details={**finding.details}, evidence=evidence)


def _changes(situation: Situation, start: int) -> list[int]:
    """Return when AWS's side of the tunnel was changed or replaced from `start` on, ms."""
    facts = situation.facts
    replaced = [facts.replaced_at] if facts.replaced_at is not None else []
    rekeyed = [call.at for call in facts.calls if changes_key(call)]
    return [at for at in (*replaced, *rekeyed, *(change.at for change in facts.changes)) if at >= start]


def _refusals(entries: Sequence[Entry], finding: Finding) -> list[Entry]:
    """Return the entries that are a finding's evidence."""
    shown = {(fact.at, fact.text) for fact in finding.evidence}
    return [entry for entry in entries if (entry.at, entry.event.message) in shown]


# --- silence


def _unreachable(finding: Finding, entries: Sequence[Entry], situation: Situation) -> Finding:
    """Distinguish a device that never answers from one whose answers or large packets are lost on the way."""
    # Only the attempts of the last hour: what was lost before may have had another reason.
    newest = max((fact.at for fact in finding.evidence), default=situation.now)
    window = _up_to_a_pause([entry for entry in entries if entry.at >= max(finding.since - GIVES_UP, newest - HOUR)])
    sent = sent_without_answer(window)
    if sent and (sent[-1].at - sent[0].at > GIVES_UP or _begins_an_attempt(sent[0], window)):
        return replace(finding, variant="", evidence=evidence_of(sent))  # regardless of earlier answers
    counted = traffic(window)
    dialled = next((rule_of(entry) for entry in reversed(window) if is_dialling(entry)), "")
    wrong_way = _wrong_way_to_dial(finding, dialled, situation) if counted.dials and not counted.answers else None
    if wrong_way is not None:
        return replace(wrong_way, certain=False)
    code, variant = _lost(counted, window, situation)
    if code == finding.code:
        return replace(finding, variant=variant)
    evidence = (
        evidence_of(counted.repeated) if code == "answers_not_arriving" and counted.repeated else finding.evidence
    )
    return replace(finding, code=code, variant=variant, certain=False, evidence=evidence)


def _begins_an_attempt(packet: Entry, window: Sequence[Entry]) -> bool:
    """Whether AWS begins to set up an IKE_SA with this packet."""
    burst = (entry for entry in window if abs(entry.at - packet.at) <= BURST)
    return any(rule_of(entry) == "initiating_by_aws" for entry in burst)


def _up_to_a_pause(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the newest of these entries, back to a pause so long that the attempts before it were others."""
    for index in range(len(entries) - 1, 0, -1):
        if pause_between(entries[index - 1], entries[index]) > _ANOTHER_TRY:
            return entries[index:]
    return entries


def _arrived_over_4500(window: Sequence[Entry], situation: Situation) -> bool:
    """Whether packets arrived on UDP 4500 within the hour before these attempts."""
    start = window[0].at if window else situation.now
    earlier = (entry for entry in situation.since(start - HOUR) if entry.at < start)
    return any(rule_of(entry) == "packet_received" and is_over_4500(entry.event.message) for entry in earlier)


def _lost(counted: Traffic, window: Sequence[Entry], situation: Situation) -> tuple[str, str]:
    """Return the code and the variant that the traffic of these attempts indicates.

    If UDP 4500 worked until recently, a single attempt fails because of the path rather than the port.
    """
    has_certificates = bool(situation.connection_facts.customer_gateway.certificate)
    got_through = counted.answers > 0 or counted.dials > 0
    never_on_4500 = counted.on_4500 == 0
    if got_through and counted.after_first and counted.largest_lost > LARGE:
        return "ike_fragments_lost", ""
    explicit = [entry for entry in counted.repeated if rule_of(entry) == "retransmit_received"]
    if counted.dials and (len(explicit) >= _ENOUGH or (counted.repeats >= _ENOUGH and not counted.behind_nat)):
        return "answers_not_arriving", ""
    is_single = counted.dials + counted.answers < _ENOUGH
    if (
        got_through
        and never_on_4500
        and (counted.behind_nat or counted.sent_to_4500)
        and not (is_single and _arrived_over_4500(window, situation))
    ):
        return "udp_4500_blocked", ""
    if counted.answers:
        return ("ike_fragments_lost", "") if has_certificates else ("ike_auth_unanswered", "")
    if counted.dials:
        return ("ike_fragments_lost", "by_peer") if has_certificates else ("peer_unreachable", "half_open")
    return "peer_unreachable", ""


_REFINEMENTS: Final[dict[str, Refinement]] = {
    "phase1_proposal_mismatch": _refused_proposal,
    "authentication_failed": _refused_authentication,
    "psk_mismatch": _wrong_key,
    "peer_unreachable": _unreachable,
}
