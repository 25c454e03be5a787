"""What a line tells of a tunnel's state if its record lacks the state fields: a delivery may leave them out.

Pure; times in ms.
"""

from typing import Final

from tui.domain.events import Phase
from tui.domain.knowledge.line_kinds import ATTEMPTS, CHILD_EXCHANGES, begins_a_set_up
from tui.domain.knowledge.rule import Rule
from tui.domain.state.tunnel_state import BURST, State, presume
from tui.domain.times import MINUTE

_OLD_ONES_END: Final = 5 * MINUTE
"""How long the SAs before a complete new set-up are taken to exist if no record shows states."""


def implied_phase1(state: State, rule: Rule, message: str, at: int) -> Phase | None:
    """Return the phase 1 that a line implies whose record lacks it; None if the line implies no change.

    An exchange for phase 2 needs an IKE_SA, and an end that begins a new one over a tunnel that is down has none.
    """
    phase1 = state.phase1
    if state.phase2.value.is_up:
        return None
    if rule.id in CHILD_EXCHANGES:
        return None if phase1.value.is_up else Phase.ESTABLISHED
    # The last message of a Main Mode follows the line that phase 1 is established.
    may_be_its_end = rule.id == "exchange_main_mode" and at - (phase1.at or 0) <= BURST
    is_new = (rule.id in ATTEMPTS and not may_be_its_end) or begins_a_set_up(rule, message)
    return Phase.NEGOTIATING if phase1.value.is_up and is_new else None


def after_an_end(before: State, after: State, at: int) -> State:
    """Return the state after an end whose record has no fields, if it is the end of what was set up last.

    A device that sets up everything anew seldom keeps its older SAs, and ends them within minutes. With IKEv1, an old
    IKE_SA may live to its end.
    """
    renewed = before.renewals[-1] if before.renewals else None
    if renewed is None or at - renewed.at <= _OLD_ONES_END or not after.phase2.value.is_up:
        return after
    if after.excused_at == at and after.retracted is not None and not before.is_ikev1:
        return after.retracted
    had_newer = any(sa.outbound and sa.at >= renewed.began for sa in before.sas)
    are_older = all(not sa.outbound or sa.at < renewed.began for sa in after.sas)
    return presume(after, at, phase2=Phase.DOWN) if had_newer and are_older and after.sas else after


def is_just_set_up(state: State, at: int) -> bool:
    """Whether a pair of SAs came up in this burst: a line now is one of the last of a set-up that succeeded."""
    return bool(state.sas) and at - state.sas[-1].at <= BURST
