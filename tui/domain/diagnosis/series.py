"""What shows only over time: a tunnel that ends again and again, and what its rhythm and its ends have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.diagnosis.finding import Detail, Evidence, Finding, Span, evidence_of
from tui.domain.diagnosis.indicators import COLLISIONS, rule_of
from tui.domain.diagnosis.situation import Situation
from tui.domain.history import Entry
from tui.domain.times import DAY, HOUR, MINUTE, SECOND
from tui.domain.tunnel import Ending, Health, State

ENOUGH: Final = 3
"""Ends that make a series."""
_EVEN: Final = 0.12
"""How far apart distances may be, as a share, and be one period: timers are exact, paths are not."""
_FRESH: Final = 10 * MINUTE
_TOGETHER: Final = 2 * MINUTE
"""Where ends are an hour or more apart, one within this time of another only follows it: a peer that is back for a
moment falls twice."""
_BRIEF_COUNT: Final = 5 * MINUTE
"""Ends within a burst are the ordinary work of a device that authenticates anew; more often than this they are not."""
_UDP_TIMEOUT: Final = 15 * MINUTE
"""No NAT or firewall keeps a UDP mapping for longer by default; most forget it within one to five minutes."""
_TOO_SHORT_FOR_A_TIMER: Final = MINUTE
"""No idle timer is shorter: what a device closes more often is restarted, or closed by another device."""
_SOON: Final = 5 * MINUTE
_IN_TURN: Final = 30 * SECOND
_MOST: Final = 8
"""Ends of a series that are held against something else."""
_LIFETIME: Final = 45 * MINUTE
"""From here on a period is one of a lifetime; AWS rekeys phase 2 from the 51st minute of its hour on."""
_LONGEST_IDLE: Final = 40 * MINUTE
"""Idle timers are half an hour or less by default, lifetimes an hour or more; what lies between can be either."""
_SHORTEST_LIFETIME: Final = 55 * MINUTE
_ALMOST_A_DAY: Final = 20 * HOUR
_SPREAD: Final = 6 * HOUR
"""Ends within this time are a series too, if they are many."""
_MANY: Final = 5


class EndedBy(Enum):
    """The class of an end: who ended the tunnel, and how."""

    SILENCE = "silence"
    """Declared dead: AWS heard nothing."""
    PHASE1_DELETE = "phase 1 delete"
    PHASE2_DELETE = "phase 2 delete"
    AWS = "aws"
    EXPIRY = "expiry"
    UNTOLD = "untold"
    """The state fields fell, and no line says why."""


_BY_RULE: Final = {
    "dpd_timed_out": EndedBy.SILENCE,
    "dpd_peer_dead": EndedBy.SILENCE,
    "retransmits_exhausted": EndedBy.SILENCE,
    "delete_ike_received": EndedBy.PHASE1_DELETE,
    "delete_phase2_received": EndedBy.PHASE2_DELETE,
    "delete_ike_sent": EndedBy.AWS,
    "delete_phase2_sent": EndedBy.AWS,
    "phase1_deleted": EndedBy.AWS,
    "child_closing": EndedBy.EXPIRY,
}


@dataclass(frozen=True, slots=True)
class Series:
    """Ends of one class that follow each other, oldest first; `period`, ms, where they do so at one distance.

    `lives`, ms, where only the times for which the tunnel stood are alike.
    """

    ended_by: EndedBy
    ends: tuple[Ending, ...]
    period: int | None
    lives: int | None = None

    @property
    def rhythm(self) -> int | None:
        """The time, ms, that something measures out; None where the ends have none in common."""
        return self.period or self.lives

    @property
    def usual_gap(self) -> int:
        """The distance between two ends, ms."""
        return int(median(_gaps([end.at for end in self.ends])))


def ended_by(ending: Ending) -> EndedBy:
    """Return the class of an end."""
    return _BY_RULE.get(ending.rule, EndedBy.UNTOLD)


def flapping(situation: Situation) -> Finding | None:
    """Return the series in which the tunnel ends, while it is fresh: what ended it and its rhythm name the cause."""
    series = _series(situation.state.endings, situation.now)
    if series is None:
        return None
    variant = _variant(
        series, is_behind_nat=_is_behind_nat(situation), is_back_at_once=_is_back_at_once(series, situation.state)
    )
    wording = _story(series, situation) or f"{variant}_{'regular' if series.period else 'irregular'}"
    if variant == "session_limit" and (series.rhythm or series.usual_gap) < _ALMOST_A_DAY:
        wording = "session_timer"
    if wording == "recursive_routing":
        variant = "path"
    evidence = tuple(Evidence(end.at, "the tunnel went down") for end in series.ends[-5:])
    details: dict[str, Detail] = {"times": len(series.ends), "period": Span(series.rhythm or series.usual_gap)}
    return Finding("flapping", series.ends[0].at, evidence, variant=variant, wording=wording, details=details)


def _story(series: Series, situation: Situation) -> str:
    """Return the wording for what the ends have in common with something else: BGP, or the other tunnel."""
    if series.ended_by is EndedBy.SILENCE and _follows_bgp(series, situation):
        return "recursive_routing"
    return "one_at_a_time" if _takes_turns(series, situation) else ""


def _follows_bgp(series: Series, situation: Situation) -> bool:
    """Whether the peer falls silent each time so long after BGP came up."""
    came_up = [entry.at for entry in situation.news if rule_of(entry) == "bgp_state_established"]
    waits = [
        min((end.at - at for at in came_up if 0 < end.at - at < series.usual_gap), default=0) for end in series.ends
    ]
    told = [wait for wait in waits[-_MOST:] if wait]
    return len(told) >= ENOUGH and len(told) == len(waits[-_MOST:]) and _is_even(told) and max(told) <= 3 * MINUTE


def _takes_turns(series: Series, situation: Situation) -> bool:
    """Whether this tunnel falls whenever the other rises, and the other way round."""
    ends = [end.at for end in series.ends[-_MOST:]]
    for sibling in situation.siblings:
        rises = [change.at for change in sibling.state.transitions if change.after is Health.UP]
        others = [end.at for end in sibling.state.endings]
        own = [change.at for change in situation.state.transitions if change.after is Health.UP]
        met = sum(any(abs(at - rise) <= _IN_TURN for rise in rises) for at in ends)
        back = sum(any(abs(at - rise) <= _IN_TURN for rise in own) for at in others[-_MOST:])
        if met >= ENOUGH and back >= ENOUGH - 1 and met >= len(ends) - 1:
            return True
    return False


def _is_even(gaps: Sequence[int]) -> bool:
    return max(gaps) - min(gaps) <= max(_EVEN * median(gaps), 5 * SECOND)


def _series(endings: Sequence[Ending], now: int) -> Series | None:
    """Return the series that is going on: of one class and with a rhythm, of one class, or of all ends."""
    by_class = [[end for end in endings if ended_by(end) is each] for each in EndedBy]
    rhythms = [found for ends in by_class if (found := _regular(ends, now) or _even_lives(ends, now)) is not None]
    crowds = [found for ends in by_class if (found := _crowd(ends, now)) is not None]
    # The class that ended the tunnel last is the one that goes on.
    newest = max([*rhythms, *crowds], key=lambda series: (series.ends[-1].at, series.period is not None), default=None)
    if newest is not None:
        return newest
    # Ends of an hour tell more than those that are spread over several.
    spread = [found for ends in by_class if (found := _crowd(ends, now, within=_SPREAD, enough=_MANY)) is not None]
    newest = max(spread, key=lambda series: series.ends[-1].at, default=None)
    return _regular(endings, now) or _crowd(endings, now) or newest


def _regular(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest ends that follow each other at one distance, or at multiples of it, if they still do."""
    for counted in (_all_but_brief(ends), _occasions(_all_but_brief(ends)), tuple(ends)):
        if len(counted) < ENOUGH:
            continue
        run = _run(counted)
        # Two distances may be alike by chance where others before were not.
        if len(run) < (ENOUGH if len(run) == len(counted) else ENOUGH + 1):
            continue
        period = min(_gaps([end.at for end in run]))
        if any(end.was_brief for end in run) and period > _BRIEF_COUNT:
            continue
        if period <= DAY * (1 + _EVEN) and now - run[-1].at <= max(_FRESH, 2 * period):
            return Series(ended_by(run[-1]), tuple(run), int(median(_gaps([end.at for end in run]))))
    return None


def _even_lives(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest ends before each of which the tunnel had stood for the same time, if they go on.

    A timer that starts with the tunnel shows so where the device dials again only once there is traffic.
    """
    run: list[Ending] = []
    lives: list[int] = []
    for end in reversed(_all_but_brief(ends)):
        if end.lived is None or end.lived < MINUTE or not _is_even([*lives, end.lived]):
            break
        lives.append(end.lived)
        run.insert(0, end)
    if len(run) <= ENOUGH:
        return None
    gaps = _gaps([end.at for end in run])
    if max(gaps) > DAY or now - run[-1].at > max(_FRESH, 2 * int(median(gaps))):
        return None
    return Series(ended_by(run[-1]), tuple(run), None, int(median(lives)))


def _run(ends: Sequence[Ending]) -> list[Ending]:
    """Return the longest run of ends, up to the last, whose distances are even."""
    run = [ends[-1]]
    gaps: list[int] = []
    for end in reversed(ends[:-1]):
        gap = run[0].at - end.at
        if not _is_even([*gaps, gap]):
            break
        gaps.append(gap)
        run.insert(0, end)
    return run


def _crowd(ends: Sequence[Ending], now: int, *, within: int = HOUR, enough: int = ENOUGH) -> Series | None:
    """Return the ends of the last hour, or of any other time, where there are enough; without a rhythm."""
    counted = _all_but_brief(ends)
    recent = tuple(end for end in counted if now - within <= end.at <= now)
    if len(recent) < enough or now - recent[-1].at > max(_FRESH, 2 * int(median(_gaps([end.at for end in recent])))):
        return None
    # Those before at like distances are the same series.
    return Series(ended_by(recent[-1]), recent, None)


def _all_but_brief(ends: Sequence[Ending]) -> tuple[Ending, ...]:
    return tuple(end for end in ends if not end.was_brief)


def _occasions(ends: Sequence[Ending]) -> tuple[Ending, ...]:
    """Return the ends without those that only follow another."""
    first: list[Ending] = []
    for end in ends:
        if not first or end.at - first[-1].at > _TOGETHER:
            first.append(end)
    return tuple(first)


def _variant(series: Series, *, is_behind_nat: bool, is_back_at_once: bool) -> str:
    """Return what ends of this class at this rhythm are due to."""
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
    """Whether the tunnel is set up anew at once, as a rule, without waiting for traffic."""
    rises = [change.at for change in state.transitions if change.after is Health.UP]
    waits = [min((at - end.at for at in rises if at >= end.at), default=None) for end in series.ends]
    known = [wait for wait in waits if wait is not None]
    return not known or median(known) <= MINUTE


def _is_nearly_even(series: Series) -> bool:
    """Whether the distances are short and alike, as those of a timer that traffic now and then sets back."""
    gaps = _gaps([end.at for end in series.ends])
    return series.usual_gap <= _SOON and max(gaps) <= 2 * min(gaps)


def _by_rhythm_alone(series: Series) -> str:
    if series.period is None:
        return "unknown"
    if _LIFETIME <= series.period <= 75 * MINUTE:
        return "phase2_lifetime"
    return "phase1_lifetime" if 7 * HOUR <= series.period <= 9 * HOUR else "unknown"


def _is_behind_nat(situation: Situation) -> bool:
    """Whether a NAT was detected, or packets go over UDP 4500, which means the same."""
    if situation.state.nat_t_detected or any(entry.state.nat_t_detected for entry in situation.news):
        return True
    packets = (entry for entry in situation.entries if rule_of(entry) in ("packet_sent", "packet_received"))
    return any("[UDP 4500]" in entry.event.message for entry in packets)


def _gaps(series: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(series)]


# --- BGP

_WITH_THE_TUNNEL: Final = 4 * MINUTE
"""BGP's hold timer expires within 30 s of a cut, DPD within three minutes as a rule; which is first depends."""


def own_falls_of_bgp(state: State) -> list[int]:
    """Return when BGP fell over a tunnel that stood; what fell with the tunnel is the tunnel's."""
    return [at for at in state.bgp.falls if all(abs(at - end.at) > _WITH_THE_TUNNEL for end in state.endings)]


def bgp_losses(state: State, *, now: int) -> int:
    """Return how often BGP was lost over a tunnel that stood, in the hour before `now`."""
    return sum(1 for at in own_falls_of_bgp(state) if now - HOUR <= at <= now) if state.bgp.falls else 0


def flapping_bgp(state: State, *, now: int) -> Finding | None:
    """Return the series in which BGP falls over a tunnel that stands."""
    recent = [at for at in own_falls_of_bgp(state) if now - HOUR <= at <= now]
    if len(recent) < ENOUGH or now - recent[-1] > max(_FRESH, 2 * int(median(_gaps(recent)))):
        return None
    evidence = tuple(Evidence(at, "BGP went down") for at in recent[-5:])
    details: dict[str, Detail] = {"times": len(recent), "period": Span(int(median(_gaps(recent))))}
    return Finding("bgp_flapping", recent[0], evidence, details=details)


# --- collisions of rekeys

_APART: Final = 10 * MINUTE


def recurring_collisions(history: Iterable[Entry], *, now: int) -> Finding | None:
    """Return the collisions of rekeys, where they recur: three in six hours, ten minutes or more apart.

    One is harmless, and logs two lines.
    """
    clusters: list[Entry] = []
    for entry in history:
        if rule_of(entry) not in COLLISIONS or entry.at < now - 6 * HOUR:
            continue
        if not clusters or entry.at - clusters[-1].at >= _APART:
            clusters.append(entry)
    if len(clusters) < ENOUGH or now - clusters[-1].at > 3 * HOUR:
        return None
    return Finding("rekey_collision", clusters[0].at, evidence_of(clusters), details={"times": len(clusters)})
