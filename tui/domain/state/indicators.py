"""What the lines of an IKE log indicate, alone or with their neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from tui.domain.knowledge.line_kinds import (
    ANSWERED,
    ASKED,
    ASKS,
    CERTIFICATE_REFUSED,
    CHILD_EXCHANGES,
    ESTABLISHED,
    NEW_EXCHANGES,
    step_of,
)
from tui.domain.state.history import Entry, History
from tui.domain.state.tunnel_state import BURST
from tui.domain.times import MINUTE

HANDSHAKE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a line indicates. A stronger indicator outweighs a weaker one.

    An `opener` names why the tunnel went down, and remains the cause while only weaker ones follow. The variant
    `by_peer`: the customer gateway refused, not AWS.
    """

    code: str
    strength: int
    certain: bool = True
    opener: bool = False
    variant: str = ""


_SIGNS: Final[dict[str, Indicator]] = {
    "psk_mismatch": Indicator("psk_mismatch", 3),
    "psk_decryption_failed": Indicator("psk_mismatch", 3),
    "auth_failed_sent": Indicator("authentication_failed", 2),
    "auth_failed_received": Indicator("authentication_failed", 2, certain=False, variant="by_peer"),
    "identity_constraint": Indicator("authentication_failed", 2),
    "peer_config_missing": Indicator("authentication_failed", 2, certain=False),
    **dict.fromkeys(CERTIFICATE_REFUSED, Indicator("authentication_failed", 2)),
    "no_proposal_by_aws": Indicator("proposal", 2),
    "no_proposal_notified": Indicator("proposal", 2),
    "no_proposal_received": Indicator("proposal", 2, variant="by_peer"),
    "ts_unacceptable": Indicator("traffic_selector_mismatch", 3),
    "invalid_id_sent": Indicator("traffic_selector_mismatch", 2, certain=False),
    "invalid_id_received": Indicator("traffic_selector_mismatch", 2, certain=False, variant="by_peer"),
    "phase2_unable": Indicator("phase2_down", 1),
    "half_open_timeout": Indicator("peer_unreachable", 1, certain=False),
    "retransmit": Indicator("peer_unreachable", 1, certain=False),
    "retransmits_exhausted": Indicator("peer_unreachable", 1, certain=False),
    "dpd_timed_out": Indicator("dpd_timeout", 2, opener=True),
    "dpd_peer_dead": Indicator("dpd_timeout", 2, opener=True),
    "delete_ike_received": Indicator("closed_by_customer_gateway", 2, opener=True),
    "delete_phase2_received": Indicator("closed_by_customer_gateway", 2, opener=True),
    "delete_ike_sent": Indicator("closed_by_aws", 2, opener=True),
    "delete_phase2_sent": Indicator("closed_by_aws", 2, opener=True),
    "child_closing": Indicator("closed_by_aws", 2, opener=True),
}
_HALF_OPEN: Final = Indicator("peer_unreachable", 2, certain=False, variant="half_open")
"""The customer gateway dialled: it is there and its packets arrive. That outweighs whatever took the tunnel down."""
_SELECTORS_REFUSED: Final = Indicator("traffic_selector_mismatch", 2, certain=False)
_IDENTITY_REFUSED: Final = Indicator("authentication_failed", 2, certain=False)
_UP_TO_THE_IDENTITY: Final = 4
"""The number of lines of Main Mode exchanges up to the message with the identity, the fifth packet."""
_HALF_OPEN_FOR: Final = MINUTE
"""AWS drops a half-open IKE_SA after 30 s."""
_REPEATS_FOR: Final = 180_000
"""AWS repeats a request until it gives up, after 165 s as measured."""

PROPOSALS: Final = {"no_proposal_by_aws", "no_proposal_notified", "no_proposal_received"}
COLLISIONS: Final = {"rekey_collision", "redundant_sa_deleted"}
_ANSWERS: Final = ESTABLISHED | {
    "packet_received",
    "dpd_ack_received",
    "dpd_request_received",
    "exchange_informational_answered",
    "initiating_by_cgw",
    "proposals_selected",
    "retransmit_received",
}


def rule_of(entry: Entry) -> str:
    """Return the id of the entry's rule, or an empty string."""
    return entry.rule.id if entry.rule is not None else ""


def sign_of(entry: Entry, *, dialled_at: int | None = None, answered_at: int | None = None) -> Indicator | None:
    """Return what the entry indicates; None if nothing.

    `dialled_at` is when the customer gateway last began to set up an IKE_SA, `answered_at` when it last answered an
    attempt by AWS, both in ms.
    """
    rule = rule_of(entry)
    sign = _SIGNS.get(rule)
    if rule == "half_open_timeout" and dialled_at is not None and entry.at - dialled_at <= _HALF_OPEN_FOR:
        return _HALF_OPEN
    is_attempt = answered_at is not None and entry.at - answered_at <= _REPEATS_FOR
    if sign is not None and sign.code == "peer_unreachable" and is_attempt:
        return _HALF_OPEN
    if sign is not None and rule == "ts_unacceptable" and "received" in entry.event.message.lower():
        return replace(sign, variant="by_peer")
    return sign


def refused_silently(entries: Sequence[Entry], index: int) -> Indicator | None:
    """Return what the line at `index` indicates if it is a refusal without a reason; None otherwise.

    With IKEv1, a wrong identity or wrong selectors are refused without a reason: AWS answers the last message of the
    exchange with an Informational one, or deletes the IKE_SA, and the phase never comes up.
    """
    entry = entries[index]
    rule, state = rule_of(entry), entry.state
    if rule not in ("exchange_informational", "delete_ike_sent") or state.phase2.value.is_up:
        return None
    if rule == "exchange_informational" and step_of(entry.event.message) != ASKS:
        return None
    burst = burst_up_to(entries, index)
    if any(neighbour in _SIGNS for neighbour in burst[1:]):
        return None  # another line of the burst gives the reason
    if state.phase1.value.is_up:
        return _SELECTORS_REFUSED if rule != "delete_ike_sent" and "exchange_quick_mode" in burst else None
    is_late = burst.count("exchange_main_mode") >= _UP_TO_THE_IDENTITY or rule == "delete_ike_sent"
    is_set_up = any(neighbour in NEW_EXCHANGES or neighbour == "exchange_ike_auth" for neighbour in burst)
    return _IDENTITY_REFUSED if is_late and is_set_up else None


def burst_up_to(entries: Sequence[Entry], index: int) -> list[str]:
    """Return the rules of the entry at `index` and of those just before it, newest first."""
    start = entries[index].at - BURST
    return [rule_of(entry) for entry in takewhile(lambda entry: entry.at >= start, entries[index::-1])]


def is_dialling(entry: Entry) -> bool:
    """Whether the customer gateway begins to set up an IKE_SA."""
    rule = rule_of(entry)
    return rule == "initiating_by_cgw" or (rule in NEW_EXCHANGES and step_of(entry.event.message) == ASKED)


def is_answered(entry: Entry) -> bool:
    """Whether the customer gateway answers an attempt by AWS to set up an IKE_SA."""
    return rule_of(entry) in NEW_EXCHANGES and step_of(entry.event.message) == ANSWERED


def are_exchanges_logged(entries: Sequence[Entry]) -> bool:
    """Whether the log contains exchanges that set up an IKE_SA, rather than only packets."""
    return any(rule_of(entry) in NEW_EXCHANGES for entry in entries)


def is_answer(entry: Entry) -> bool:
    """Whether the line proves that something came from the customer gateway."""
    rule = rule_of(entry)
    if rule in _ANSWERS:
        return True
    return rule.endswith("_received") or (rule.startswith("exchange_") and _is_processed(entry))


def answers_a_rekey(entry: Entry) -> bool:
    """Whether the line proves that a key exchange made progress, rather than that the peer is alive."""
    rule = rule_of(entry)
    return rule in ESTABLISHED or (rule in CHILD_EXCHANGES | NEW_EXCHANGES and _is_processed(entry))


def _is_processed(entry: Entry) -> bool:
    return step_of(entry.event.message) in (ASKED, ANSWERED)


def entries_from(history: History, start: int) -> list[Entry]:
    """Return the entries from `start` (ms) on, oldest first."""
    entries = list(takewhile(lambda entry: entry.raw.at >= start, history.newest_first()))
    entries.reverse()
    return entries


def sent_without_answer(entries: Sequence[Entry]) -> list[Entry]:
    """Return the packets sent since the last one received, if they are several and span some time.

    Those within a burst of it were still the response, or the last packet of a handshake.
    """
    sent: list[Entry] = []
    answered_at: int | None = None
    for entry in reversed(entries):
        if is_answer(entry):
            answered_at = entry.at
            break
        if rule_of(entry) == "packet_sent":
            sent.append(entry)
    sent.reverse()
    sent = [entry for entry in sent if answered_at is None or entry.at - answered_at > BURST]
    return sent if len(sent) >= 4 and sent[-1].at - sent[0].at >= 20_000 else []


def refused_rekeys(entries: Sequence[Entry]) -> list[Entry]:
    """Return the refusals of a phase 2 SA beside the existing one, since the last successful rekey.

    A wrong PFS group shows at the first rekey, which is refused while both phases are up, until the SA expires. A new
    set-up by IKE_AUTH needs no PFS, so its success does not count.
    """
    refusals: list[Entry] = []
    asked_at = opened_at = authenticated_at = 0
    for entry in entries:
        rule = rule_of(entry)
        if rule in CHILD_EXCHANGES:
            asked_at = entry.at
        elif rule in NEW_EXCHANGES:
            asked_at, opened_at = 0, entry.at  # perhaps by a stranger: this does not concern the existing IKE_SA
        elif rule == "exchange_ike_auth":
            authenticated_at = opened_at = entry.at
        elif rule == "phase2_established":
            is_set_up = entry.at - authenticated_at <= BURST and authenticated_at > asked_at
            refusals = refusals if is_set_up else []
        elif not entry.state.phase2.value.is_up or entry.at - opened_at <= BURST:
            continue  # this is a failing set-up
        elif (rule in PROPOSALS and entry.at - asked_at <= BURST) or rule in ("phase2_unable", "ts_unacceptable"):
            refusals.append(entry)
    return refusals


def code_of_refused(refusals: Sequence[Entry]) -> str:
    """Return the code for refusals of a rekey."""
    by_selectors = any(rule_of(entry) == "ts_unacceptable" for entry in refusals)
    return "traffic_selector_mismatch" if by_selectors else "phase2_proposal_mismatch"
