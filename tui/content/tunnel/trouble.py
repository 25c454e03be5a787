"""What is wrong with a tunnel in full, or the meaning of its most telling message; for the details and the copy."""

from typing import Final

from tui.content.layout.blocks import Block, heading
from tui.content.layout.tones import Tone
from tui.content.tunnel.diagnosis_page import (
    Commands,
    also_blocks,
    diagnosis_blocks,
    earlier_blocks,
    explanation_blocks,
    unknown_blocks,
)
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.wording import Moment
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.history import Entry

_BEFORE_PHASE_1: Final = {
    "psk_mismatch",
    "psk_rotated",
    "phase1_proposal_mismatch",
    "authentication_failed",
    "certificate_rejected",
    "ike_version_mismatch",
    "aggressive_mode",
    "unknown_source_address",
    "peer_unreachable",
    "udp_4500_blocked",
    "ike_fragments_lost",
    "answers_not_arriving",
    "ike_auth_unanswered",
}
"""Causes that keep phase 1 from coming up: once it is up, they are over."""
_LONGEST_LINE: Final = 4_000
"""Maximum number of characters shown of a line as AWS wrote it, which may have 256 KB."""


def trouble_blocks(
    subject: TunnelSnapshot, *, moment: Moment, commands: Commands, ladder: tuple[Block, ...] = ()
) -> tuple[Block, ...]:
    """Return the leading cause in full and the others by name; without a cause, the most telling message.

    The `ladder`, the last negotiation as a drawing, is shown with the evidence.
    """
    if subject.diagnoses:
        leading, *others = subject.diagnoses
        over_since = _came_up(subject)
        over = [diagnosis for diagnosis in others if over_since is not None and _is_over(diagnosis, over_since)]
        return (
            *diagnosis_blocks(leading, moment=moment, commands=commands, ladder=ladder),
            *also_blocks(diagnosis for diagnosis in others if diagnosis not in over),
            *(earlier_blocks(over, moment(over_since)) if over_since is not None else ()),
        )
    telling = subject.most_telling
    return (*(entry_blocks(telling, moment=moment, commands=commands) if telling else ()), *ladder)


def _came_up(subject: TunnelSnapshot) -> int | None:
    """Return when the tunnel came up, or phase 1 alone, ms; None while neither is."""
    state, ike = subject.state, subject.judgement.ike
    if state.is_up.value:
        return ike.at if ike.value else state.is_up.at
    return state.phase1.at if state.phase1.value.is_up else None


def _is_over(diagnosis: Diagnosis, came_up: int) -> bool:
    """Whether all evidence of a cause is from before the tunnel, or phase 1, came up."""
    return (
        bool(diagnosis.evidence)
        and all(fact.at < came_up for fact in diagnosis.evidence)
        and (diagnosis.code in _BEFORE_PHASE_1)
    )


def entry_blocks(entry: Entry, *, moment: Moment, commands: Commands) -> tuple[Block, ...]:
    """Return the meaning of an event in the state that it led to, and its line as AWS wrote it."""
    explanation = entry.explanation
    if explanation is not None:
        meaning = explanation_blocks(explanation, commands=commands)
    else:
        states = entry.state.phase1.value, entry.state.phase2.value
        meaning = unknown_blocks(load().unknown.explain(phase1=states[0], phase2=states[1]))
    return (
        *meaning,
        *heading("The line"),
        Block(entry.raw.message[:_LONGEST_LINE], Tone.QUIET),
        Block(f"{moment(entry.raw.at)}  {entry.raw.stream}", Tone.FAINT),
    )
