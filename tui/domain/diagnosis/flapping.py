"""Why a tunnel ends again and again: the class of its ends, their rhythm, and what coincides with them."""

from itertools import takewhile
from statistics import median
from typing import Final

from tui.domain.diagnosis.attempts import is_over_4500
from tui.domain.diagnosis.finding import Detail, Evidence, Finding, Span
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.rhythm import ENOUGH, EndedBy, Series, gaps_of, is_even, series_of
from tui.domain.diagnosis.situation import Situation
from tui.domain.knowledge.line_kinds import CHILD_EXCHANGES, PHASE2_ENDS
from tui.domain.state.indicators import rule_of
from tui.domain.state.tunnel_state import BURST, Ending, State, rise_times
from tui.domain.times import HOUR, MINUTE, SECOND

_UDP_TIMEOUT: Final = 15 * MINUTE
"""No NAT or firewall keeps a UDP mapping longer by default; most drop it within one to five minutes."""
_TOO_SHORT_FOR_A_TIMER: Final = MINUTE
"""No idle timer is shorter: a tunnel closed more often is restarted, or closed by another device."""
_SOON: Final = 5 * MINUTE
_IN_TURN: Final = 30 * SECOND
_MOST: Final = 8
"""The number of a series' ends that are compared with other events."""
_LIFETIME: Final = 45 * MINUTE
"""Periods from here on are lifetimes; AWS rekeys phase 2 from the 51st minute of its hour on."""
_LONGEST_IDLE: Final = 40 * MINUTE
"""Idle timers are half an hour or less by default, lifetimes an hour or more; anything between can be either."""
_SHORTEST_LIFETIME: Final = 55 * MINUTE
_ALMOST_A_DAY: Final = 20 * HOUR


def flapping(situation: Situation) -> Finding | None:
    """Return the current series of ends: what ended them and their rhythm identify the cause."""
    series = series_of(
        [end for end in situation.state.endings if not _belongs_to_a_rekey(end, situation)], situation.now
    )
    if series is None:
        return None
    variant = _variant(
        series, is_behind_nat=_is_behind_nat(situation), is_back_at_once=_is_back_at_once(series, situation.state)
    )
    wording = _coincidence(series, situation) or f"{variant}_{'regular' if series.period else 'irregular'}"
    if variant == "session_limit" and (series.rhythm or series.usual_gap) < _ALMOST_A_DAY:
        wording = "session_timer"
    if wording == "recursive_routing":
        variant = "path"
    evidence = tuple(Evidence(end.at, in_words("tunnel_lost")) for end in series.ends[-5:])
    details: dict[str, Detail] = {"times": len(series.ends), "period": Span(series.rhythm or series.usual_gap)}
    return Finding("flapping", series.ends[0].at, evidence, variant=variant, wording=wording, details=details)


def _belongs_to_a_rekey(end: Ending, situation: Situation) -> bool:
    """Whether phase 2 was briefly missing while its next SA was negotiated; lines of one second may be out of order."""
    if not end.was_brief or end.rule not in PHASE2_ENDS:
        return False
    before = [entry for entry in situation.since(end.at - BURST) if entry.at <= end.at]
    lines = takewhile(lambda rule: rule not in PHASE2_ENDS, map(rule_of, before))
    return any(rule in CHILD_EXCHANGES or rule == "proposals_selected" for rule in lines)


def _coincidence(series: Series, situation: Situation) -> str:
    """Return the wording for a series that coincides with something else: BGP, or the other tunnel."""
    if series.ended_by is EndedBy.SILENCE and _follows_bgp(series, situation):
        return "recursive_routing"
    return "one_at_a_time" if _takes_turns(series, situation) else ""


def _follows_bgp(series: Series, situation: Situation) -> bool:
    """Whether the peer falls silent a fixed time after BGP comes up, every time."""
    came_up = [entry.at for entry in situation.news if rule_of(entry) == "bgp_state_established"]
    gap = series.usual_gap  # the median of all ends: computed once, since a series of weeks has hundreds
    waits = [min((end.at - at for at in came_up if 0 < end.at - at < gap), default=0) for end in series.ends[-_MOST:]]
    known = [wait for wait in waits if wait]
    return len(known) >= ENOUGH and len(known) == len(waits) and is_even(known) and max(known) <= 3 * MINUTE


def _takes_turns(series: Series, situation: Situation) -> bool:
    """Whether this tunnel falls whenever the other comes up, and vice versa."""
    ends = [end.at for end in series.ends[-_MOST:]]
    for sibling in situation.siblings:
        others_rises = rise_times(sibling.state.transitions)
        others = [end.at for end in sibling.state.endings]
        own_rises = rise_times(situation.state.transitions)
        met = sum(any(abs(at - rise) <= _IN_TURN for rise in others_rises) for at in ends)
        back = sum(any(abs(at - rise) <= _IN_TURN for rise in own_rises) for at in others[-_MOST:])
        if met >= ENOUGH and back >= ENOUGH - 1 and met >= len(ends) - 1:
            return True
    return False


def _variant(series: Series, *, is_behind_nat: bool, is_back_at_once: bool) -> str:
    """Return the cause of ends of this class with this rhythm."""
    gap = series.rhythm or series.usual_gap
    match series.ended_by:
        case EndedBy.SILENCE:
            if series.rhythm is not None:
                return "nat_mapping" if gap <= _UDP_TIMEOUT else "path"
            return "nat_mapping" if is_behind_nat and _is_nearly_even(series) else "path"
        case EndedBy.PHASE1_DELETE:
            if gap < _TOO_SHORT_FOR_A_TIMER:
                return "duplicate_peer"
            if series.rhythm is None:
                return "unknown"
            if gap < _LONGEST_IDLE or (gap < _ALMOST_A_DAY and not is_back_at_once):
                return "idle_timer"
            return "phase1_lifetime" if _SHORTEST_LIFETIME <= gap < _ALMOST_A_DAY else "session_limit"
        case EndedBy.PHASE2_DELETE:
            if not is_back_at_once:
                return "idle_timer"  # until there is traffic again
            return "phase2_lifetime" if series.rhythm is not None else "volume_lifetime"
        case EndedBy.EXPIRY:
            return "phase2_lifetime" if series.rhythm is not None else "unknown"
        case _:
            return _by_rhythm_alone(series)


def _is_back_at_once(series: Series, state: State) -> bool:
    """Whether the tunnel is usually set up again at once, without waiting for traffic."""
    rose = rise_times(state.transitions)
    waits = [
        0 if end.was_brief else min((at - end.at for at in rose if at >= end.at), default=None) for end in series.ends
    ]
    known = [wait for wait in waits if wait is not None]
    return not known or median(known) <= MINUTE


def _is_nearly_even(series: Series) -> bool:
    """Whether the intervals are short and similar, as from a timer that traffic occasionally resets."""
    gaps = gaps_of([end.at for end in series.ends])
    return series.usual_gap <= _SOON and max(gaps) <= 2 * min(gaps)


def _by_rhythm_alone(series: Series) -> str:
    if series.period is None:
        return "unknown"
    if _LIFETIME <= series.period <= 75 * MINUTE:
        return "phase2_lifetime"
    return "phase1_lifetime" if 7 * HOUR <= series.period <= 9 * HOUR else "unknown"


def _is_behind_nat(situation: Situation) -> bool:
    """Whether NAT was detected, or packets use UDP 4500, which means the same."""
    if situation.state.nat_t_detected or any(entry.state.nat_t_detected for entry in situation.news):
        return True
    packets = (entry for entry in situation.entries if rule_of(entry) in ("packet_sent", "packet_received"))
    return any(is_over_4500(entry.event.message) for entry in packets)
