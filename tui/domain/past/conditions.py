"""The condition of a tunnel over time: carrying traffic, without BGP, negotiating, down, quiet or unknown.

Derived from the outages and the judgement, so that report, timeline and board cannot contradict each other. Pure; times
in ms.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain, pairwise
from typing import Final, NamedTuple

from tui.domain.judgement.ec2_history import statuses
from tui.domain.judgement.judgement import Judgement, is_dynamic
from tui.domain.judgement.quiet import quiet_for
from tui.domain.judgement.unlogged import unlogged_loss
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.state.connection import Connection
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import REMEMBERED, Health, Transition


class Condition(StrEnum):
    """The condition of a tunnel."""

    CARRYING = "carrying"
    WITHOUT_BGP = "without_bgp"
    """IKE is up, but no traffic passes because BGP is not established."""
    NEGOTIATING = "negotiating"
    DOWN = "down"
    QUIET = "quiet"
    """It carried traffic when it last logged, but has since missed its usual log lines."""
    UNKNOWN = "unknown"

    @property
    def carries(self) -> bool | None:
        """Whether traffic could pass, None if that is not known."""
        return _CARRIES.get(self, False)


_CARRIES: Final = {Condition.CARRYING: True, Condition.QUIET: True, Condition.UNKNOWN: None}
_OF_HEALTH: Final = {Health.NEGOTIATING: Condition.NEGOTIATING, Health.UP: Condition.WITHOUT_BGP}
"""The condition within an outage; a tunnel that is up but carries nothing lacks BGP."""


class Stretch(NamedTuple):
    """A period in one condition, from `start` up to `end`, ms."""

    start: int
    end: int
    condition: Condition

    @property
    def length(self) -> int:
        """Its duration, ms."""
        return self.end - self.start


Change = tuple[int, Condition]


def conditions(
    tunnel: Tunnel,
    connection: Connection | None,
    judgement: Judgement,
    outages: Sequence[Outage],
    *,
    since: int,
    until: int,
) -> tuple[Stretch, ...]:
    """Return the conditions from `since` to `until`, without gaps or overlaps; adjacent ones differ.

    `until` must not exceed the time up to which the feed has read; `judgement` and `outages` are as of `until`.
    """
    changes = chain(
        _known_from(tunnel, connection, judgement, outages),
        _of_outages(tunnel, judgement, outages),
        _without_a_beginning(tunnel, outages),
        _of_the_present(tunnel, judgement, outages, until),
    )
    return stretches(changes, since=since, until=until)


def stretches(changes: Iterable[Change], *, since: int, until: int) -> tuple[Stretch, ...]:
    """Return the stretches between changes, which must be in order of time; it is unknown before the first."""
    joined: list[Stretch] = []
    for (start, condition), (end, _) in pairwise(((since, Condition.UNKNOWN), *changes, (until, Condition.UNKNOWN))):
        start, end = max(start, joined[-1].end if joined else since), min(end, until)
        if end <= start:
            continue
        if joined and joined[-1].condition is condition:
            start = joined.pop().start
        joined.append(Stretch(start, end, condition))
    return tuple(joined)


def _known_from(
    tunnel: Tunnel, connection: Connection | None, judgement: Judgement, outages: Sequence[Outage]
) -> Iterator[Change]:
    """Yield when the condition becomes known: the tunnel carries traffic then, unless an outage begins at that time."""
    bgp = tunnel.state.bgp
    begins = [outage.start for outage in outages[:1]]
    # If the oldest changes were dropped, nothing is known of the time before the first one left.
    begins += [change.at for change in tunnel.history.transitions()[:1] if change.before is Health.UNKNOWN]
    if is_dynamic(tunnel, connection) and bgp.is_established.at is not None and len(bgp.losses) < REMEMBERED:
        begins.append(bgp.losses[0].since if bgp.losses else bgp.is_established.at)
    if judgement.carries and judgement.since is not None:
        begins.append(judgement.since)
    if not begins:
        return
    known_from = min(begins)
    # If EC2 reports up while the log shows down, the log prevails.
    ups = [status for status in statuses(tunnel.facts) if status.is_up and status.start < known_from]
    for up in ups:
        if not outages or outages[0].start_exact or (up.end is not None and up.end <= outages[0].start):
            yield up.start, Condition.CARRYING
            if up.end is not None and up.end < known_from:
                yield up.end, Condition.UNKNOWN
    yield known_from, Condition.CARRYING


def _of_outages(tunnel: Tunnel, judgement: Judgement, outages: Sequence[Outage]) -> Iterator[Change]:
    transitions = tunnel.history.transitions() if outages else ()
    for outage in outages:
        lasts = not outage.has_ended and judgement.health is Health.DOWN
        yield from _within(outage, transitions, is_gone=lasts or outage.by_ec2_alone)
        if outage.end is not None:
            yield outage.end, Condition.CARRYING


def _within(outage: Outage, transitions: Sequence[Transition], *, is_gone: bool) -> Iterator[Change]:
    """Yield the conditions during an outage. With `is_gone` the tunnel is down, whatever its log says."""
    if outage.kind is OutageKind.BGP:
        yield outage.start, Condition.WITHOUT_BGP
        return
    index = bisect_right(transitions, outage.start, key=_at)
    health = transitions[index - 1].after if index else Health.DOWN
    yield outage.start, _condition(health, is_gone=is_gone)
    for transition in transitions[index:]:
        if outage.end is not None and transition.at >= outage.end:
            return
        yield transition.at, _condition(transition.after, is_gone=is_gone)


def _condition(health: Health, *, is_gone: bool) -> Condition:
    if is_gone and health is Health.UP:
        return Condition.DOWN
    return _OF_HEALTH.get(health, Condition.DOWN)


def _without_a_beginning(tunnel: Tunnel, outages: Sequence[Outage]) -> Iterator[Change]:
    """Yield the time in which the tunnel was lost without a log line, if no source knows when."""
    loss = unlogged_loss(tunnel)
    heard = loss.heard if loss is not None and loss.start is None else None
    if loss is None or heard is None or any((outage.end or loss.end) > heard for outage in outages):
        return
    yield heard, Condition.UNKNOWN
    yield loss.end, Condition.CARRYING


def _of_the_present(tunnel: Tunnel, judgement: Judgement, outages: Sequence[Outage], until: int) -> Iterator[Change]:
    """Yield the condition that silence implies for a tunnel whose last outage is over."""
    if outages and not outages[-1].has_ended:
        return
    quiet = quiet_for(tunnel, judgement, now=until) if judgement.carries else None
    if quiet is not None:
        yield until - quiet, Condition.QUIET
    elif judgement.carries is None and tunnel.last_event_at is not None:
        yield tunnel.last_event_at, Condition.UNKNOWN


def _at(transition: Transition) -> int:
    return transition.at
