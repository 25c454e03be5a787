"""What shows only over time: a tunnel that falls again and again, rekeys that collide again and again."""

from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.diagnosis.finding import Evidence, Finding, evidence_of
from tui.domain.diagnosis.indicators import rule_of
from tui.domain.history import Entry, History
from tui.domain.tunnel import HOUR, State

_SECOND: Final = 1_000
_MINUTE: Final = 60_000
_ENOUGH: Final = 3
_EVEN: Final = 0.1
"""How far apart distances may be, as a share, and be one period: timers are exact, paths are not."""

# What a period means: name of the variant, from, to, and within what falls are one occasion (ms).
_PERIODS: Final = (
    ("timer", 5 * _SECOND, 45 * _SECOND, 0),
    ("phase2_lifetime", 40 * _MINUTE, 75 * _MINUTE, 2 * _MINUTE),
    ("phase1_lifetime", 7 * HOUR, 9 * HOUR, 2 * _MINUTE),
)


def flapping(falls: tuple[int, ...], *, now: int) -> Finding | None:
    """Return the series in which the tunnel falls, while it is fresh; its period names the likely cause."""
    for variant, shortest, longest, together in _PERIODS:
        series = _regular(_occasions(falls, together), shortest, longest)
        if len(series) >= _ENOUGH and now - series[-1] <= max(10 * _MINUTE, 2 * longest):
            return _found(series, variant)
    return _irregular(falls, "irregular", now=now)


def flapping_bgp(state: State, *, now: int) -> Finding | None:
    """Return the series in which BGP falls over a tunnel that stands; what fell with the tunnel is the tunnel's."""
    own = tuple(at for at in state.bgp.falls if all(abs(at - fell) > _WITH_THE_TUNNEL for fell in state.falls))
    return _irregular(own, "bgp", now=now)


_WITH_THE_TUNNEL: Final = 4 * _MINUTE
"""BGP's hold timer expires within 30 s of a cut, DPD within three minutes as a rule; which is first depends."""


def _irregular(falls: tuple[int, ...], variant: str, *, now: int) -> Finding | None:
    recent = [at for at in falls if now - HOUR <= at <= now]
    if len(recent) < _ENOUGH:
        return None
    # Fresh for as long as the next fall may well come: a few times its own rhythm.
    gaps = _gaps(recent)
    rhythm = median(gaps)
    if now - recent[-1] > max(10 * _MINUTE, 2 * rhythm):
        return None
    is_regular = variant == "irregular" and max(gaps) - min(gaps) <= _EVEN * rhythm
    return _found(recent, "regular" if is_regular else variant)


def _occasions(falls: tuple[int, ...], together: int) -> list[int]:
    """Return the falls without those that only follow another: a peer that is back for a moment falls twice."""
    first: list[int] = []
    for at in falls:
        if not first or at - first[-1] > together:
            first.append(at)
    return first


def _regular(falls: list[int], shortest: int, longest: int) -> list[int]:
    """Return the latest falls that follow each other at such distances."""
    series: list[int] = []
    for at in reversed(falls):
        if series and not shortest <= series[-1] - at <= longest:
            break
        series.append(at)
    series.reverse()
    return series


def _gaps(series: list[int]) -> list[int]:
    return [after - before for before, after in pairwise(series)]


def _found(series: list[int], variant: str) -> Finding:
    period = _spoken(int(median(_gaps(series))))
    what = "BGP" if variant == "bgp" else "the tunnel"
    evidence = tuple(Evidence(at, f"{what} fell") for at in series[-5:])
    details = {"times": str(len(series)), "period": period}
    return Finding("flapping", series[0], evidence, certain=False, variant=variant, details=details)


def _spoken(span: int) -> str:
    if span < 90 * _SECOND:
        return f"{round(span / _SECOND)} seconds"
    if span < 90 * _MINUTE:
        return f"{round(span / _MINUTE)} minutes"
    return f"{span / HOUR:.1f} hours"


COLLISIONS: Final = {"rekey_collision", "redundant_sa_deleted"}
_APART: Final = 10 * _MINUTE


def recurring_collisions(history: History, *, now: int) -> Finding | None:
    """Return the collisions of rekeys, where they recur: three in six hours, ten minutes or more apart.

    One is harmless, and logs two lines.
    """
    clusters: list[Entry] = []
    for entry in history:
        if entry.at < now - 6 * HOUR or rule_of(entry) not in COLLISIONS:
            continue
        if not clusters or entry.at - clusters[-1].at >= _APART:
            clusters.append(entry)
    if len(clusters) < _ENOUGH or now - clusters[-1].at > 3 * HOUR:
        return None
    return Finding("rekey_collision", clusters[0].at, evidence_of(clusters), details={"times": str(len(clusters))})
