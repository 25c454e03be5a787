"""Series of a tunnel's ends: of one class, and with a rhythm if a timer causes them."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.knowledge.line_kinds import PHASE2_ENDS
from tui.domain.state.tunnel_state import Ending
from tui.domain.times import DAY, HOUR, MINUTE, SECOND

ENOUGH: Final = 3
"""The fewest ends that make a series."""
FRESH: Final = 10 * MINUTE
"""How long after its last end a series at least continues."""
_EVEN: Final = 0.12
"""The relative deviation allowed among intervals of one period: timers are exact, paths are not."""
TOGETHER: Final = 2 * MINUTE
"""If ends are an hour or more apart, one within this time of another only follows it: a peer that is back for a moment
falls twice.
"""
_BRIEF_COUNT: Final = 5 * MINUTE
_BRIEF_COUNT_IF_MANY: Final = 50 * MINUTE
"""Brief ends are normal for a device that reauthenticates at the lifetime of its IKE_SA. At intervals below the first
limit they are not, nor are many of them below the second: a timer ends them.
"""
_SPREAD: Final = 6 * HOUR
"""Ends within this time are a series, too, if there are many."""
_MANY: Final = 5


class EndedBy(Enum):
    """The class of an end: who ended the tunnel, and how."""

    SILENCE = "silence"
    """Declared dead: AWS received nothing."""
    PHASE1_DELETE = "phase 1 delete"
    PHASE2_DELETE = "phase 2 delete"
    AWS = "aws"
    EXPIRY = "expiry"
    UNTOLD = "untold"
    """The state fields changed, but no line says why."""


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
    """Successive ends of one class, oldest first; `period`, ms, if they are at even intervals.

    `lives`, ms, if only the lifetimes of the tunnel are even.
    """

    ended_by: EndedBy
    ends: tuple[Ending, ...]
    period: int | None
    lives: int | None = None

    @property
    def rhythm(self) -> int | None:
        """The time, ms, that a timer measures; None if the ends have none in common."""
        return self.period or self.lives

    @property
    def usual_gap(self) -> int:
        """The median interval between two ends, ms."""
        return int(median(gaps_of([end.at for end in self.ends])))


def ended_by(ending: Ending) -> EndedBy:
    """Return the class of an end."""
    return _BY_RULE.get(ending.rule, EndedBy.UNTOLD)


def series_of(endings: Sequence[Ending], now: int) -> Series | None:
    """Return the current series: of one class with a rhythm, of one class, or of all ends."""
    if len(endings) < ENOUGH:
        return None
    by_class = [[end for end in endings if ended_by(end) is kind] for kind in EndedBy]
    rhythms = [series for ends in by_class if (series := _regular(ends, now) or _even_lives(ends, now)) is not None]
    rhythms += [series for kind in EndedBy if (series := _regular_but_for_lost_lines(endings, kind, now)) is not None]
    crowds = [series for ends in by_class if (series := _crowd(ends, now)) is not None]
    # The class of the latest end is the current one.
    newest = max([*rhythms, *crowds], key=lambda series: (series.ends[-1].at, series.period is not None), default=None)
    if newest is not None:
        return newest
    # Ends within an hour are more significant than those spread over several.
    spread = [series for ends in by_class if (series := _crowd(ends, now, within=_SPREAD, enough=_MANY)) is not None]
    newest = max(spread, key=lambda series: series.ends[-1].at, default=None)
    return _regular(endings, now) or _crowd(endings, now) or newest


def _regular(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest ends at one interval, or at multiples of it, if they continue."""
    ways = (_interruptions(ends), _occasions(_interruptions(ends)), tuple(ends))
    newest: Series | None = None
    for counted in ways:
        if newest is None or (counted and counted[-1].at > newest.ends[-1].at):
            newest = _regular_run(counted, now) or newest
    return newest


def _regular_but_for_lost_lines(endings: Sequence[Ending], kind: EndedBy, now: int) -> Series | None:
    """Return the regular ends of a class of which a few have lost the line that shows their class."""
    if kind is EndedBy.UNTOLD or all(ended_by(end) is not EndedBy.UNTOLD for end in endings):
        return None
    kinds = (kind, EndedBy.UNTOLD)
    # Without its line, an end shows only when the device dials again: as if it had been brief.
    counted = [end._replace(was_brief=end.was_brief and bool(end.rule)) for end in endings if ended_by(end) in kinds]
    series = _regular(counted, now)
    if series is None:
        return None
    untold = sum(ended_by(end) is EndedBy.UNTOLD for end in series.ends)
    are_few = 0 < 3 * untold <= len(series.ends) and len(series.ends) - untold >= ENOUGH
    return replace(series, ended_by=kind) if are_few else None


def _regular_run(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest of these ends, without omission, at one interval, if they continue."""
    if len(ends) < ENOUGH:
        return None
    run = _run(ends)
    # Two intervals may be equal by chance if earlier ones were not.
    if len(run) < (ENOUGH if len(run) == len(ends) else ENOUGH + 1):
        return None
    period = min(gaps_of([end.at for end in run]))
    most = _BRIEF_COUNT_IF_MANY if len(run) >= _MANY else _BRIEF_COUNT
    if any(end.was_brief and not _is_a_failure(end) for end in run) and period > most:
        return None
    if period > DAY * (1 + _EVEN) or now - run[-1].at > max(FRESH, 2 * period):
        return None
    return Series(_class_of(run), tuple(run), int(median(gaps_of([end.at for end in run]))))


def _even_lives(ends: Sequence[Ending], now: int) -> Series | None:
    """Return the latest ends after equal lifetimes of the tunnel, if they continue.

    A timer that starts with the tunnel has this effect if the device dials again only when there is traffic.
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
    """Return the longest run of ends, up to the last, at even intervals; one line in four may be lost."""
    gaps: list[int] = []  # sorted, so that no end is compared with all others
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
    """Return the ends within the last hour, or another time, if there are enough; without a rhythm."""
    counted = _interruptions(ends)
    recent = tuple(end for end in counted if now - within <= end.at <= now)
    if len(recent) < enough or now - recent[-1].at > max(FRESH, 2 * int(median(gaps_of([end.at for end in recent])))):
        return None
    return Series(_class_of(recent), recent, None)


def _class_of(ends: Sequence[Ending]) -> EndedBy:
    """Return the class of nearly all of these ends; untold if they ended in different ways."""
    last = ended_by(ends[-1])
    others = sum(ended_by(end) not in (last, EndedBy.UNTOLD) for end in ends)
    return last if 4 * others < len(ends) else EndedBy.UNTOLD


def _interruptions(ends: Sequence[Ending]) -> tuple[Ending, ...]:
    """Return the ends that interrupt traffic: of brief ones, only those that no device causes by design.

    A device may reauthenticate by closing its IKE_SA and opening another at once. But a rekey establishes the new phase
    2 SA before deleting the old one (RFC 7296, section 2.8), and nobody is declared dead by design.
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
    """Whether intervals are equal enough for one period."""
    return _is_even_enough(min(gaps), max(gaps), median(gaps))


def _is_even_enough(shortest: int, longest: int, usual: float) -> bool:
    return longest - shortest <= max(_EVEN * usual, 5 * SECOND)


def gaps_of(times: Sequence[int]) -> list[int]:
    """Return the intervals between successive times, ms."""
    return [after - before for before, after in pairwise(times)]
