"""Recurring trouble over a tunnel that is up: BGP lost again and again, colliding rekeys."""

from collections.abc import Collection, Iterable
from statistics import median
from typing import Final

from tui.domain.diagnosis.finding import Detail, Evidence, Finding, Span, evidence_of
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.rhythm import ENOUGH, FRESH, gaps_of
from tui.domain.state.history import Entry
from tui.domain.state.indicators import COLLISIONS, rule_of
from tui.domain.state.tunnel_state import Ending, State
from tui.domain.times import HOUR, MINUTE

_WITH_THE_TUNNEL: Final = 4 * MINUTE
"""After a cut, BGP's hold timer expires within 30 s and DPD usually within three minutes; either may be first."""
_APART: Final = 10 * MINUTE
"""The minimum distance of two collisions; the lines of one are closer together."""


def own_falls_of_bgp(state: State) -> list[int]:
    """Return when BGP fell while the tunnel stayed up."""
    return without_the_tunnel(state.bgp.falls, state.endings)


def without_the_tunnel(falls: Iterable[int], endings: Collection[Ending]) -> list[int]:
    """Return the falls of BGP apart from those with the tunnel, which belong to the tunnel."""
    return [at for at in falls if all(abs(at - end.at) > _WITH_THE_TUNNEL for end in endings)]


def bgp_losses(state: State, *, now: int) -> int:
    """Return how often BGP was lost while the tunnel stayed up, in the hour before `now`."""
    return sum(1 for at in own_falls_of_bgp(state) if now - HOUR <= at <= now) if state.bgp.falls else 0


def flapping_bgp(state: State, *, now: int) -> Finding | None:
    """Return the series of BGP losses while the tunnel stays up."""
    recent = [at for at in own_falls_of_bgp(state) if now - HOUR <= at <= now]
    if len(recent) < ENOUGH or now - recent[-1] > max(FRESH, 2 * int(median(gaps_of(recent)))):
        return None
    evidence = tuple(Evidence(at, in_words("bgp_lost")) for at in recent[-5:])
    details: dict[str, Detail] = {"times": len(recent), "period": Span(int(median(gaps_of(recent))))}
    return Finding("bgp_flapping", recent[0], evidence, details=details)


def recurring_collisions(history: Iterable[Entry], *, now: int) -> Finding | None:
    """Return a finding about recurring collisions of rekeys: three within six hours, at least ten minutes apart.

    A single one is harmless and logs two lines.
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
