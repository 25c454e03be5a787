"""How an event changes a tunnel's state: pure, ordered by the log's time."""

from dataclasses import replace
from typing import Final

from tui.domain.events import BgpEvent, Event, IkeEvent, Phase, RouteEvent
from tui.domain.knowledge.line_kinds import (
    ATTEMPTS,
    CHILD_NEGOTIATION,
    ESTABLISHED,
    PHASE2_ENDS,
    PROOFS,
    TELLS_OF_AN_END,
    belongs_to_a_set_up,
)
from tui.domain.knowledge.rule import Rule
from tui.domain.state.bgp import after_route, after_status
from tui.domain.state.effects import EFFECTS, HALF_OPEN, renewal
from tui.domain.state.fieldless import after_an_end, implied_phase1, is_just_set_up
from tui.domain.state.tunnel_state import (
    BURST,
    LONGEST_LIFE,
    MOST_RENEWALS,
    REMEMBERED,
    STOOD_STEP,
    AssumedState,
    Ending,
    Health,
    State,
    health_of,
    moved,
    presume,
)
from tui.domain.times import MINUTE


def advance(state: State, event: Event, rule: Rule | None, *, at: int) -> State:
    """Return the state after `event`, the next in the order of the log; the same object if nothing changed."""
    if isinstance(event, IkeEvent):
        return state if _is_routine(state, event, rule, at) else _settled(_after_ike(state, event, rule, at))
    if isinstance(event, BgpEvent):
        bgp = after_status(state.bgp, event, rule, at=at)
    elif isinstance(event, RouteEvent):
        bgp = after_route(state.bgp, event, at=at)
    else:
        return state
    state = state if bgp is state.bgp else state._replace(bgp=bgp)
    return _restored(state, state.presumed) if state.presumed is not None and _is_proven_alive(state, at) else state


_MOVING: Final = EFFECTS.keys() | TELLS_OF_AN_END.keys()
"""The rules of lines that may change a state, whatever its fields say."""


def _is_routine(state: State, event: IkeEvent, rule: Rule | None, at: int) -> bool:
    """Whether nothing can change, as with three of four lines: a tunnel that is up reports so again.

    `_after_ike` would come to the same result in ten times the time.
    """
    return (
        rule is not None
        and event.phase2 is state.phase2.value
        and event.phase1 is state.phase1.value
        and state.phase2.value.is_up
        and event.dpd_enabled is state.dpd_enabled
        and event.nat_t_detected is state.nat_t_detected
        and state.presumed is None
        and state.retracted is None
        and state.unproven_since is None
        and at - (state.stood_at or 0) <= STOOD_STEP
        and rule.id not in _MOVING
    )


def _settled(state: State) -> State:
    """Return the state without a mark that makes sense only beside existing SAs, once those are gone."""
    is_stale = state.unproven_since is not None and not state.phase2.value.is_up
    return state._replace(unproven_since=None) if is_stale else state


def _is_proven_alive(state: State, at: int) -> bool:
    """Whether the record at `at`, of the session inside the tunnel, proves that a presumed fall never happened."""
    presumed = state.presumed
    is_late = presumed is not None and at - presumed.at > BURST
    return presumed is not None and is_late and state.bgp.alive_at == at and _was_fall(state, presumed)


def _was_fall(state: State, presumed: AssumedState) -> bool:
    return presumed.before.health.value is Health.UP and state.health.value is not Health.UP


def _restored(state: State, presumed: AssumedState) -> State:
    """Return the state before a presumption, updated with what was learned since."""
    return presumed.before._replace(dpd_enabled=state.dpd_enabled, nat_t_detected=state.nat_t_detected, bgp=state.bgp)


def _after_ike(before: State, event: IkeEvent, rule: Rule | None, at: int) -> State:
    state = before
    phase1, phase2 = event.phase1, event.phase2
    if state.presumed is not None:
        state = _tested(state, state.presumed, event, at, rule)
        if state.presumed is not None and at - state.presumed.at <= BURST:
            # Still inside the burst: these fields show the state from before the line.
            phase1 = phase2 = None
    if _is_beside(state, event, rule, at):
        # The fields belong to another negotiation, of a second device or a stranger.
        phase1 = phase2 = None
        began = state.unproven_since
        state = state._replace(attempt_at=at, unproven_since=at if began is None else began)
    elif (phase2 is not None and phase2.is_up) or (rule is not None and rule.id in PROOFS):
        is_old = at - (state.stood_at or 0) > STOOD_STEP
        if is_old or state.unproven_since is not None:
            state = state._replace(stood_at=at, unproven_since=None)
    if _is_gone_with_its_ike_sa(state, phase1, at):
        state, phase1, phase2 = _closed(state, at), None, None
    is_up_again = phase2 is not None and phase2.is_up and not state.phase2.value.is_up
    if is_up_again and _never_fell(state, rule, event.message, at):
        state = _without_the_last_fall(state)
    state = moved(state, phase1 or state.phase1.value, phase2 or state.phase2.value, at)
    if rule is not None and event.phase1 is None and (implied := implied_phase1(state, rule, event.message, at)):
        state = presume(state, at, phase1=implied)
    state = _with_features(state, event)
    return state if rule is None else _with_end(before, _after_line(before, state, event, rule, at), rule, at)


def _with_features(state: State, event: IkeEvent) -> State:
    """Return the state with what the record says of DPD and NAT-T."""
    dpd_enabled = state.dpd_enabled if event.dpd_enabled is None else event.dpd_enabled
    nat_t_detected = state.nat_t_detected if event.nat_t_detected is None else event.nat_t_detected
    if dpd_enabled is state.dpd_enabled and nat_t_detected is state.nat_t_detected:
        return state
    return state._replace(dpd_enabled=dpd_enabled, nat_t_detected=nat_t_detected)


def _after_line(before: State, state: State, event: IkeEvent, rule: Rule, at: int) -> State:
    """Return the state after what the line says; `before` is the state before the record's fields."""
    if state.retracted is not None and _shows_it_persisted(state, state.retracted, rule, event.message, at):
        state = state._replace(retracted=None)
    effect = EFFECTS.get(rule.id)
    after = state if effect is None else effect(state, at, rule.fields(event.message))
    if event.phase1 is None and event.phase2 is None and rule.id in TELLS_OF_AN_END:
        after = after_an_end(state, after, at)
    if after.presumed is not None and after.presumed is not state.presumed:
        after = after._replace(presumed=replace(after.presumed, rule=rule.id))
    if rule.id == "phase2_established" and (renewed := renewal(before, at)) is not None:
        after = after._replace(renewals=(*after.renewals, renewed)[-MOST_RENEWALS:])
    return after


def _with_end(before: State, after: State, rule: Rule, at: int) -> State:
    """Return the state with the line as the reason of an end, if it tells of one."""
    if rule.id not in TELLS_OF_AN_END:
        return after
    if before.health.value is Health.UNKNOWN and after.health.value is Health.DOWN:
        return after._replace(endings=(Ending(at, rule.id),))  # the log begins with the end of an SA
    if rule.id == "delete_phase2_received" and before.phase2.value is after.phase2.value is Phase.DOWN:
        return _with_unseen_end(after, rule, at)
    return _with_reason(after, rule, at)


def _is_gone_with_its_ike_sa(state: State, phase1: Phase | None, at: int) -> bool:
    """Whether the DELETE of an IKE_SA that seemed to be a replaced one was that of the last one.

    IKEv2 keeps no phase 2 without phase 1, and the burst shows phase 1 down.
    """
    is_tail = state.excused_at is not None and at - state.excused_at <= BURST
    return is_tail and phase1 is Phase.DOWN and state.phase2.value.is_up and not state.is_ikev1


def _closed(state: State, at: int) -> State:
    """Return the state after the DELETE of the last IKE_SA."""
    fallen = presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    if fallen.presumed is None:
        return fallen
    rule = "delete_ike_received"
    endings = (*fallen.endings[:-1], fallen.endings[-1]._replace(rule=rule))
    return fallen._replace(presumed=replace(fallen.presumed, rule=rule), endings=endings, retracted=None)


def _never_fell(state: State, rule: Rule | None, message: str, at: int) -> bool:
    """Whether a line outside any negotiation shows the tunnel up, soon after only state fields showed it down.

    No SA comes back without a new set-up: the fields were those of a negotiation beside it.
    """
    if state.dip is None or not state.endings or state.endings[-1].rule or at - state.dip.at > HALF_OPEN:
        return False
    if state.attempt_at is None or state.dip.at - state.attempt_at > HALF_OPEN:
        return False  # nobody negotiated beside it
    return rule is not None and not _is_negotiation(rule, message)


def _without_the_last_fall(state: State) -> State:
    """Return the state without its last fall."""
    dip = state.dip
    if dip is None:
        return state
    return state._replace(
        health=dip.health,
        is_up=dip.is_up,
        transitions=dip.transitions,
        falls=dip.falls,
        endings=state.endings[:-1],
        dip=None,
    )


def _with_unseen_end(state: State, rule: Rule, at: int) -> State:
    """Return the state with another end: a deleted SA must have existed, though the log never showed it."""
    if state.endings and at - state.endings[-1].at <= MINUTE:
        return _with_reason(state, rule, at)
    return state._replace(endings=(*state.endings, Ending(at, rule.id))[-REMEMBERED:])


_MAY_ANSWER: Final = {
    "delete_phase2_received": ("child_closing", "delete_phase2_sent"),
    "delete_ike_received": ("delete_ike_sent",),
}
"""For lines that report an end: those that they may answer."""


def _with_reason(state: State, rule: Rule, at: int) -> State:
    """Return the state with the most significant line of its last end, be it before, with or after the fall."""
    if not state.endings:
        return state
    last = state.endings[-1]
    if last.rule in _MAY_ANSWER.get(rule.id, ()):
        return state  # the other end's answer
    if at - last.at > BURST or TELLS_OF_AN_END[rule.id] <= TELLS_OF_AN_END.get(last.rule, 0):
        return state
    return state._replace(endings=(*state.endings[:-1], last._replace(rule=rule.id)))


def _is_beside(state: State, event: IkeEvent, rule: Rule | None, at: int) -> bool:
    """Whether a record's states belong to a negotiation beside the existing SAs.

    AWS may log the state of the current exchange rather than the tunnel's best. Existing SAs are only taken down by a
    line that ends them, by their age, or by a record about them.
    """
    phase1, phase2 = event.phase1, event.phase2
    if rule is None or not state.phase2.value.is_up or (phase2 is not None and phase2.is_up):
        return False
    if state.stood_at is None or at - state.stood_at > LONGEST_LIFE:
        return False
    if rule.id in CHILD_NEGOTIATION and phase2 is Phase.NEGOTIATING and (phase1 is None or phase1.is_up):
        return True  # a rekey, or another pair
    is_under_way = state.attempt_at is not None and at - state.attempt_at <= HALF_OPEN
    if not belongs_to_a_set_up(rule, event.message):
        return is_under_way and rule.fold is not None  # the tunnel's routine; fields may lag by a record
    if phase1 is None and phase2 is None and is_just_set_up(state, at):
        return False  # the last lines of a set-up that succeeded
    if phase1 is None:
        return phase2 is not None or is_under_way or rule.id in ATTEMPTS
    return not phase1.is_up or is_under_way


def _tested(state: State, presumed: AssumedState, event: IkeEvent, at: int, rule: Rule | None) -> State:
    """Return the state after testing a presumption against the next record."""
    phase1, phase2 = event.phase1, event.phase2
    if presumed.rule in PHASE2_ENDS and phase2 is None and (phase1 is None or phase1.is_up):
        return state  # an existing IKE_SA does not prove an existing pair
    if phase1 is None and phase2 is None:
        was_wrong = rule is not None and rule.id in PROOFS and at - presumed.at > BURST
        return _restored(state, presumed) if was_wrong and _was_fall(state, presumed) else state
    before = presumed.before
    now1, now2 = phase1 or before.phase1.value, phase2 or before.phase2.value
    in_burst = at - presumed.at <= BURST
    if in_burst and now2 is before.phase2.value and (now1 is before.phase1.value or now2.is_up):
        return state  # nothing has changed yet, or phase 1 changes first
    was_up = _was_fall(state, presumed)
    is_set_up = state.attempt_at is not None and at - state.attempt_at <= BURST and _is_negotiation(rule, event.message)
    is_new = is_set_up or (rule is not None and rule.id in ESTABLISHED)
    # Without a state of phase 2, a phase 1 that is not up does not prove it.
    shows_up = health_of(now1, now2) is Health.UP and (phase2 is not None or now1.is_up)
    if was_up and not in_burst and not is_new and shows_up:
        # Still up, long after the burst, and not by a new SA: the line did not announce this tunnel's fall.
        restored = _restored(state, presumed)
        may_have_fallen = presumed.rule in PHASE2_ENDS or _is_negotiation(rule, event.message)
        return restored._replace(retracted=state) if may_have_fallen else restored
    if was_up and not now1.is_up and not now2.is_up and _may_be_from_a_stranger(state, rule, event.message, at):
        return state._replace(attempt_at=at)
    return state._replace(presumed=None)


def _may_be_from_a_stranger(state: State, rule: Rule | None, message: str, at: int) -> bool:
    """Whether a line belongs to a negotiation that anybody can begin, whether or not the SAs exist.

    A packet sent by AWS may as well be the tunnel's own.
    """
    if rule is None or not belongs_to_a_set_up(rule, message):
        return False
    is_under_way = state.attempt_at is not None and at - state.attempt_at <= HALF_OPEN
    return is_under_way or rule.id != "packet_sent"


def _shows_it_persisted(state: State, fallen: State, rule: Rule, message: str, at: int) -> bool:
    """Whether a line of a tunnel that is up after all, outside of any negotiation, proves that its IKE_SA persisted.

    No line can prove that for a deleted pair of phase 2 SAs.
    """
    if fallen.presumed is not None and fallen.presumed.rule in PHASE2_ENDS:
        return False
    is_same_end = rule.id in TELLS_OF_AN_END and state.excused_at is not None and at - state.excused_at <= BURST
    is_under_way = is_same_end or any(at - excuse.at <= BURST for excuse in state.excuses)
    return not is_under_way and not _is_negotiation(rule, message)


def _is_negotiation(rule: Rule | None, message: str) -> bool:
    """Whether a line belongs to the negotiation of new SAs, begun by either end."""
    if rule is None:
        return False
    return rule.id in CHILD_NEGOTIATION or rule.id in ESTABLISHED or belongs_to_a_set_up(rule, message)
