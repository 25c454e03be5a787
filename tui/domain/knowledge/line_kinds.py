"""Groups of catalogue rules, by id, according to what their lines report."""

import re
from typing import Final

from tui.domain.knowledge.rule import Rule

ESTABLISHED: Final = {"phase1_established", "phase2_established"}
"""Rules whose lines report that an SA was established."""
PROOFS: Final = {"dpd_ack_received", "exchange_informational_answered"}
"""Rules whose lines occur only while the IKE_SA exists at both ends."""
ATTEMPTS: Final = {
    "exchange_ike_sa_init",
    "exchange_main_mode",
    "exchange_aggressive_mode",
    "psk_mismatch",
    "psk_decryption_failed",
    "auth_failed_sent",
    "half_open_timeout",
}
"""Rules whose lines belong to an entirely new negotiation, even if their records lack states."""
NEW_EXCHANGES: Final = {"exchange_ike_sa_init", "exchange_main_mode", "exchange_aggressive_mode"}
"""Rules whose lines belong to an exchange that sets up an IKE_SA."""
CHILD_EXCHANGES: Final = {"exchange_create_child_sa", "exchange_quick_mode"}
"""Rules whose lines belong to an exchange over an existing IKE_SA that sets up phase 2."""
CHILD_NEGOTIATION: Final = CHILD_EXCHANGES | {"proposals_selected"}
"""Rules whose lines belong to the negotiation of another phase 2 SA."""
PHASE2_ENDS: Final = {"delete_phase2_received", "delete_phase2_sent", "child_closing"}
"""Rules whose lines end phase 2 alone."""
TELLS_OF_AN_END: Final = {
    "child_closing": 1,
    "phase1_deleted": 1,
    "delete_phase2_sent": 2,
    "delete_ike_sent": 3,
    "delete_phase2_received": 4,
    "delete_ike_received": 5,
    "retransmits_exhausted": 6,
    "dpd_timed_out": 7,
    "dpd_peer_dead": 7,
}
"""Rules whose lines report how a tunnel ended, ranked by how much they reveal; the lines after them in the burst only
answer or clean up.
"""
CERTIFICATE_REFUSED: Final = (
    "certificate_untrusted",
    "certificate_expired",
    "certificate_not_yet_valid",
    "certificate_out_of_date",
    "certificate_revoked",
    "certificate_issuer_unknown",
    "certificate_status_unknown",
)
"""Rules whose lines report that AWS refused the customer gateway's certificate."""
_OF_A_SET_UP: Final = {
    "packet_received",
    "packet_sent",
    "initiating_by_cgw",
    "exchange_ike_sa_init",
    "exchange_ike_auth",
    "exchange_main_mode",
    "exchange_aggressive_mode",
    "exchange_quick_mode",
    "proposals_selected",
    "authentication_succeeded",
    "phase1_established",
    "nat_detected",
    "invalid_ke",
    "half_open_timeout",
    "phase1_unable",
    "no_proposal_by_aws",
    "no_proposal_notified",
    "psk_mismatch",
    "psk_decryption_failed",
    "auth_failed_sent",
    "malformed_received",
    "peer_config_missing",
    *CERTIFICATE_REFUSED,
    "identity_constraint",
    "retransmit_received",
}
"""Rules whose lines belong to a negotiation begun by the customer gateway or a stranger."""


def belongs_to_a_set_up(rule: Rule, message: str) -> bool:
    """Whether a line belongs to a negotiation not begun by AWS, which dials only while the tunnel is down."""
    return rule.id in _OF_A_SET_UP and not (rule.family == "exchange" and step_of(message) == ASKS)


def begins_a_set_up(rule: Rule, message: str) -> bool:
    """Whether a line says that an end begins to set up an IKE_SA."""
    return rule.id in ("initiating_by_cgw", "initiating_by_aws") and rule.fields(message).get("phase") != "2"


ASKED: Final = ("processed", "request")
ANSWERED: Final = ("processed", "response")
ASKS: Final = ("sending", "request")
_AS_AWS_WRITES: Final = tuple((step, " ".join(step)) for step in (ASKED, ANSWERED, ASKS, ("sending", "response")))
_STEP: Final = re.compile(r"\b(processed|sending)\s+(request|response)\b", re.IGNORECASE)


def step_of(message: str) -> tuple[str, str] | None:
    """Return what AWS did in an exchange: `ASKED`, `ANSWERED`, `ASKS` or sent a response; None for other messages."""
    for step, words in _AS_AWS_WRITES:  # a tenth of the pattern's cost, and enough for nearly every line
        if words in message:
            return step
    match = _STEP.search(message)
    return None if match is None else (match[1].lower(), match[2].lower())
