"""Ends of a tunnel that belong together: of one class, and with a rhythm where something measures out the time."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.knowledge.line_kinds import PHASE2_ENDS
from tui.domain.state.tunnel import Ending
from tui.domain.times import DAY, HOUR, MINUTE, SECOND

ENOUGH: Final = 3
"""Ends that make a series."""
FRESH: Final = 10 * MINUTE
"""For how long after its last end a series goes on at least."""
_EVEN: Final = 0.12
"""How far apart distances may be, as a share, and be one period: timers are exact, paths are not."""
TOGETHER: Final = 2 * MINUTE
"""Where ends are an hour or more apart, one within this time of another only follows it: a peer that is back for a
moment falls twice."""
_BRIEF_COUNT: Final = 5 * MINUTE
_BRIEF_COUNT_IF_MANY: Final = 50 * MINUTE
"""Ends within a burst are the ordinary work of a device that authenticates anew, at the lifetime of its IKE_SA. Closer
together than the first they are not, and neither are many that are closer than the second: a timer ends them."""
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
        return int(median(gaps_of([end.at for end in self.ends])))


def ended_by(ending: Ending) -> EndedBy:
    """Return the class of an end."""
    return _BY_RULE.get(ending.rule, EndedBy.UNTOLD)


def series_of(endings: Sequence[Ending], now: int) -> Series | None:
    """Return the series that is going on: of one class and with a rhythm, of one class, or of all ends."""
    if len(endings) < ENOUGH:
        return None
    by_class = [[end for end in endings if ended_by(end) is each] for each in EndedBy]
    rhythms = [found for ends in by_class if (found := _regular(ends, now) or _even_lives(ends, now)) is not None]
    rhythms += [found for each in EndedBy if (found := _regular_but_for_lost_lines(endings, each, now)) is not None]
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
    ways = (_interruptions(ends), _occasions(_interruptions(ends)), tuple(ends))
    newest: Series | None = None
    for counted in ways:
        if newest is None or (counted and counted[-1].at > newest.ends[-1].at):
            newest = _regular_run(counted, now) or newest
    return newest


def _regular_but_for_lost_lines(endings: Sequence[Ending], kind: EndedBy, now: int) -> Series | None:
    """Return the regular ends of a class, where a few among them have lost the line that told of their class."""
    if kind is EndedBy.UNTOLD or all(ended_by(end) is not EndedBy.UNTOLD for end in endings):
        return None
    told = (kind, EndedBy.UNTOLD)
    # Without its line, an end shows only as the device dials anew: as if it had been brief.
    counted = [end._replace(was_brief=end.was_brief and bool(end.rule)) for end in endings if ended_by(end) in told]
    series = _regular(counted, now)
    if series is None:
        return None
    untold = sum(ended_by(end) is EndedBy.UNTOLD for end in series.ends)
    are_few = 0 < 3 * untold <= len(series.ends) and len(series.ends) - untold >= ENOUGH
    return replace(series, ended_by=kind) if are_few else None


def _regular_run(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest of these ends, all counted, that follow each other at one distance, if they still do."""
    if len(ends) < ENOUGH:
        return None
    run = _run(ends)
    # Two distances may be alike by chance where others before were not.
    if len(run) < (ENOUGH if len(run) == len(ends) else ENOUGH + 1):
        return None
    period = min(gaps_of([end.at for end in run]))
    most = _BRIEF_COUNT_IF_MANY if len(run) >= _MANY else _BRIEF_COUNT
    if any(end.was_brief and not _is_a_failure(end) for end in run) and period > most:
        return None
    if period > DAY * (1 + _EVEN) or now - run[-1].at > max(FRESH, 2 * period):
        return None
    return Series(ended_by(run[-1]), tuple(run), int(median(gaps_of([end.at for end in run]))))


def _even_lives(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest ends before each of which the tunnel had stood for the same time, if they go on.

    A timer that starts with the tunnel shows so where the device dials again only once there is traffic.
    """
    run: list[Ending] = []
    lives: list[int] = []
    for end in reversed(_interruptions(ends)):
        if end.lived is None or end.lived < MINUTE or not is_even([*lives, end.lived]):
            break
        lives.append(end.lived)
        run.insert(0, end)
    if len(run) <= ENOUGH:
        return None
    gaps = gaps_of([end.at for end in run])
    if max(gaps) > DAY or now - run[-1].at > max(FRESH, 2 * int(median(gaps))):
        return None
    return Series(ended_by(run[-1]), tuple(run), None, int(median(lives)))


def _run(ends: Sequence[Ending]) -> list[Ending]:
    """Return the longest run of ends, up to the last, whose distances are even; the line of one in four may be lost."""
    gaps: list[int] = []  # from the smallest up, so that none of many ends is compared with all others
    lost, length = 0, 1
    for number, (later, end) in enumerate(zip(reversed(ends), reversed(ends[:-1]), strict=False), start=2):
        gap = later.at - end.at
        times = 2 if gaps and 2 * gap > 3 * gaps[len(gaps) // 2] else 1
        insort(gaps, gap // times)
        if not _is_even_enough(gaps[0], gaps[-1], gaps[len(gaps) // 2]):
            break
        lost += times - 1
        length = number if 4 * lost < number else length
    return list(ends[-length:])


def _crowd(ends: Sequence[Ending], now: int, *, within: int = HOUR, enough: int = ENOUGH) -> Series | None:
    """Return the ends of the last hour, or of any other time, where there are enough; without a rhythm."""
    counted = _interruptions(ends)
    recent = tuple(end for end in counted if now - within <= end.at <= now)
    if len(recent) < enough or now - recent[-1].at > max(FRESH, 2 * int(median(gaps_of([end.at for end in recent])))):
        return None
    # Those before at like distances are the same series.
    return Series(ended_by(recent[-1]), recent, None)


def _interruptions(ends: Sequence[Ending]) -> tuple[Ending, ...]:
    """Return the ends that interrupt traffic: of the brief ones those that no device works with by design.

    A device may authenticate anew by closing its IKE_SA and opening another at once. But a rekey sets the new phase 2
    SA up before the old one goes (RFC 7296, section 2.8), and nobody is declared dead by design.
    """
    return tuple(end for end in ends if not end.was_brief or _is_a_failure(end))


def _is_a_failure(end: Ending) -> bool:
    return end.rule in PHASE2_ENDS or ended_by(end) is EndedBy.SILENCE


def _occasions(ends: Sequence[Ending]) -> tuple[Ending, ...]:
    """Return the ends without those that only follow another."""
    first: list[Ending] = []
    for end in ends:
        if not first or end.at - first[-1].at > TOGETHER:
            first.append(end)
    return tuple(first)


def is_even(gaps: Sequence[int]) -> bool:
    """Whether distances are alike enough for one period."""
    return _is_even_enough(min(gaps), max(gaps), median(gaps))


def _is_even_enough(shortest: int, longest: int, usual: float) -> bool:
    return longest - shortest <= max(_EVEN * usual, 5 * SECOND)


def gaps_of(times: Sequence[int]) -> list[int]:
    """Return the distances between times that follow each other, ms."""
    return [after - before for before, after in pairwise(times)]
