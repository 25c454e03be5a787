"""What kinds of lines there are: the rules of the catalogue, by id, grouped by what their lines tell of."""

import re
from typing import Final

from tui.domain.knowledge.rule import Rule

ESTABLISHED: Final = {"phase1_established", "phase2_established"}
"""The rules of the lines that say that an SA was set up."""
PROOFS: Final = {"dpd_ack_received", "exchange_informational_answered"}
"""The rules of the lines that only an IKE_SA which stands at both ends can bring."""
ATTEMPTS: Final = {
    "exchange_ike_sa_init",
    "exchange_main_mode",
    "exchange_aggressive_mode",
    "psk_mismatch",
    "psk_decryption_failed",
    "auth_failed_sent",
    "half_open_timeout",
}
"""The rules of the lines that belong to a whole new negotiation, whatever states their records lack."""
CHILD_NEGOTIATION: Final = {"exchange_create_child_sa", "exchange_quick_mode", "proposals_selected"}
"""The rules of the lines that belong to the negotiation of a further phase 2 SA."""
PHASE2_ENDS: Final = {"delete_phase2_received", "delete_phase2_sent", "child_closing"}
"""The rules of the lines that end phase 2 alone."""
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
"""The rules of the lines that tell how a tunnel ended, and how much they tell: what follows in the burst only answers
it, or cleans up."""
CERTIFICATE_REFUSED: Final = (
    "certificate_untrusted",
    "certificate_expired",
    "certificate_not_yet_valid",
    "certificate_out_of_date",
    "certificate_revoked",
    "certificate_issuer_unknown",
    "certificate_status_unknown",
)
"""The rules of the lines in which AWS refuses the certificate of the customer gateway."""
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
"""The rules of the lines that belong to a negotiation which the customer gateway, or a stranger, begins."""


def is_of_a_set_up(rule: Rule, message: str) -> bool:
    """Whether a line belongs to a negotiation that somebody else than AWS begins; AWS dials where nothing stands."""
    return rule.id in _OF_A_SET_UP and not (rule.family == "exchange" and step_of(message) == ASKS)


ASKED: Final = ("processed", "request")
ANSWERED: Final = ("processed", "response")
ASKS: Final = ("sending", "request")
_AS_AWS_WRITES: Final = tuple((step, " ".join(step)) for step in (ASKED, ANSWERED, ASKS, ("sending", "response")))
_STEP: Final = re.compile(r"\b(processed|sending)\s+(request|response)\b", re.IGNORECASE)


def step_of(message: str) -> tuple[str, str] | None:
    """Return what AWS did in an exchange, `ASKED`, `ANSWERED`, `ASKS` or sent the response; None for other messages."""
    for step, words in _AS_AWS_WRITES:  # a tenth of the pattern's cost, for nearly every line
        if words in message:
            return step
    found = _STEP.search(message)
    return None if found is None else (found[1].lower(), found[2].lower())
