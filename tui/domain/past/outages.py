"""The times in which a tunnel carried no traffic: start and end, who caused it, and what was wrong.

An outage follows the judgement: IKE down, or BGP down on a tunnel whose connection routes by BGP. It is derived from
the ends that the tunnel's state remembers (the last 64), which outlive their log lines; earlier ends come from the
lines still held, and the time before those from EC2's reports.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from tui.domain.diagnosis.diagnose import Diagnosis, diagnose, diagnose_unlogged
from tui.domain.diagnosis.rhythm import EndedBy, ended_by
from tui.domain.inventory import TunnelFacts
from tui.domain.judgement.ec2_history import LAG, Status, statuses
from tui.domain.judgement.judgement import Judgement, is_dynamic, judge
from tui.domain.judgement.unlogged import awaits_bgp, losses_in_silence, unlogged_loss
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.rule import Severity
from tui.domain.past.as_of import as_of, connection_as_of
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, REMEMBERED, Ending, Health, rise_times
from tui.domain.times import SECOND

DIAGNOSED: Final = 16
"""The newest outages of a tunnel whose cause is diagnosed, which costs some milliseconds each."""
_SERIES: Final = {"flapping", "bgp_flapping"}
"""Causes of a whole series: for a single outage, any other finding says more."""


class OutageKind(StrEnum):
    """What was down."""

    IPSEC = "ipsec"
    BGP = "bgp"
    """BGP alone, while IPsec was up."""


class ClosedBy(StrEnum):
    """Who or what caused an outage."""

    CUSTOMER_GATEWAY = "customer_gateway"
    AWS = "aws"
    SILENCE = "silence"
    """AWS declared the peer dead because nothing arrived from it."""
    EXPIRY = "expiry"
    """The last SA expired without being replaced."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One period without traffic; times in ms.

    It began at `start`, or earlier unless `start_exact`; `end` is None while it lasts. `closed_by` is None if no line
    reported it. `diagnosis` is the cause as known when the outage ended, None if there was none.
    """

    kind: OutageKind
    start: int
    start_exact: bool
    end: int | None
    closed_by: ClosedBy | None = None
    diagnosis: Diagnosis | None = None
    by_ec2_alone: bool = False
    """Whether the log was silent meanwhile: only EC2 reported the tunnel down, and no longer does."""

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.end is not None

    @property
    def brief(self) -> str:
        """The cause in a few words, empty if it is unknown; of an outage that is over, without what to do."""
        if self.diagnosis is None:
            return ""
        cause = self.diagnosis.cause
        return (self.has_ended and cause.brief_when_over) or cause.brief

    def length(self, now: int) -> int:
        """Return its duration until its end or until `now`, ms."""
        return max(0, (now if self.end is None else self.end) - self.start)


class Outages:
    """The outages of a fleet's tunnels, with the causes of past ones kept."""

    def __init__(self, fleet: Fleet, *, diagnosed: int = DIAGNOSED) -> None:
        """`diagnosed` is the number of newest outages per tunnel that get a cause."""
        self._fleet = fleet
        self._diagnosed = diagnosed
        self._causes: WeakKeyDictionary[Tunnel, _Causes] = WeakKeyDictionary()

    def of(self, tunnel: Tunnel, *, now: int, current: Sequence[Diagnosis] = ()) -> tuple[Outage, ...]:
        """Return the tunnel's outages at `now` (ms), oldest first. `current` are its present diagnoses."""
        connection = self._fleet.connection(tunnel.connection)
        now = self._fleet.known_until(now)
        spans = outages(tunnel, connection, judge(tunnel, connection, now=now))
        if not spans:
            return ()
        causes = self._causes.setdefault(tunnel, _Causes(2 * self._diagnosed))
        diagnosed = [
            replace(outage, diagnosis=causes.of(outage, tunnel, connection, self._fleet.catalogue))
            if outage.has_ended
            else replace(outage, diagnosis=_leading(current))
            for outage in spans[-self._diagnosed :]
        ]
        return (*spans[: -self._diagnosed], *diagnosed)

    def remember(self, others: "Outages") -> None:
        """Adopt the causes found for another fleet: that of the same watch at a later time."""
        for tunnel, causes in others._causes.items():
            same = self._fleet.find(tunnel.connection, tunnel.outside_ip)
            if same is not None:
                self._causes[same] = causes.copy()


class _Known(NamedTuple):
    lines: int
    """The number of lines known before the end; if there are more later, the cause is diagnosed again."""
    reports: int
    """The number of EC2's and CloudTrail's reports before the end: they come minutes after the lines."""
    diagnosis: Diagnosis | None


class _Causes:
    """The causes of one tunnel's past outages. They outlive the log lines they are based on.

    They also outlive the outage, which may look longer or shorter once its lines are gone: when the screen goes back to
    an earlier time, it still shows the outage as it was then.
    """

    def __init__(self, most: int) -> None:
        """`most` is the number kept; beyond it, the one found first is dropped."""
        self._most = most
        self._known: dict[tuple[int, int], _Known] = {}
        """By the outage's start and end, ms."""

    def copy(self) -> "_Causes":
        other = _Causes(self._most)
        other._known = dict(self._known)
        return other

    def of(
        self, outage: Outage, tunnel: Tunnel, connection: Connection | None, catalogue: Catalogue
    ) -> Diagnosis | None:
        end = outage.end or 0
        if outage.by_ec2_alone:  # cheap, and CloudTrail lists a call long after the loss
            past = as_of(tunnel, end)
            known_then = connection_as_of(past, connection, end)
            return diagnose_unlogged(
                past, lost_at=outage.start, now=end - 1, catalogue=catalogue, connection=known_then
            )
        at = _recovered_at(tunnel, outage, end)
        past = as_of(tunnel, at)
        lines, reports = len(past.history), _reports(past.facts)
        known = self._known.get((outage.start, end))
        # With fewer lines than before, a report is no reason: the cause that the forgotten ones proved would be lost.
        if known is None or known.lines < lines or (known.lines == lines and known.reports < reports):
            diagnoses = diagnose(
                past, now=at - 1, catalogue=catalogue, connection=connection_as_of(past, connection, at)
            )
            known = self._known[outage.start, end] = _Known(lines, reports, _leading(diagnoses))
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return known.diagnosis


def _reports(facts: TunnelFacts | None) -> int:
    return 0 if facts is None else (facts.replaced_at is not None) + len(facts.changes) + len(facts.calls)


def _recovered_at(tunnel: Tunnel, outage: Outage, end: int) -> int:
    """Return when the fault was over, ms: BGP recovers seconds after IKE, when the log no longer shows the cause."""
    if outage.kind is OutageKind.BGP:
        return end
    return max((at for at in rise_times(tunnel.history.transitions()) if outage.start < at <= end), default=end)


def outages(tunnel: Tunnel, connection: Connection | None, judgement: Judgement) -> tuple[Outage, ...]:
    """Return when the tunnel carried no traffic, oldest first, without causes.

    Where `judgement` contradicts the log about the present, it prevails.
    """
    ike = list(_of_ike(tunnel))
    bgp = list(_of_bgp(tunnel, ike)) if is_dynamic(tunnel, connection) else []
    if judgement.carries:
        ike, bgp = _as_over(ike, bgp, judgement.since), _as_over(bgp, ike, judgement.since)
    spans = _with_ec2_outages(tunnel, _united(tunnel, ike, bgp))
    spans = [span for span in spans if not _is_start_of_log(span, tunnel)]
    lasts = bool(spans) and not spans[-1].has_ended
    if judgement.carries is False and not lasts and judgement.since is not None:
        kind = OutageKind.BGP if judgement.health is Health.UP else OutageKind.IPSEC
        # Without BGP, the outage lasts in which IPsec came back: BGP has logged nothing yet.
        spans = _united(tunnel, spans, [Outage(kind, judgement.since, judgement.since_exact, None)])
    elif judgement.carries is False and judgement.since is not None and judgement.since < spans[-1].start:
        spans = _begun_earlier(spans, judgement.since, is_exact=judgement.since_exact)
    return tuple(spans)


def _as_over(spans: list[Outage], others: Sequence[Outage], since: int | None) -> list[Outage]:
    """Return one layer's outages if the tunnel carries traffic since `since`: what the log left open was over by then.

    It was over before the other layer fell later. It never was one if the tunnel carried traffic all the time.
    """
    if not spans or spans[-1].has_ended:
        return spans
    *ended, last = spans
    ends = [other.start for other in others if other.start > last.start]
    end = min(ends if since is None else [since, *ends], default=last.start)
    return [*ended, replace(last, end=end)] if end > last.start else ended


def _begun_earlier(spans: list[Outage], since: int, *, is_exact: bool) -> list[Outage]:
    """Return the outages if, according to EC2, the lasting one began before the log shows it: with those since then."""
    before = [span for span in spans[:-1] if (span.end or since) <= since]
    one = spans[len(before) :]
    kind = min((span.kind for span in one), key=list(OutageKind).index)
    return [*before, replace(one[-1], kind=kind, start=min(since, one[0].start), start_exact=is_exact)]


def _with_ec2_outages(tunnel: Tunnel, spans: Sequence[Outage]) -> list[Outage]:
    """Return the outages, extended and supplemented by those that EC2 reported, now or earlier in this watch."""
    downs = [status for status in statuses(tunnel.facts) if not status.is_up]
    if not downs and (tunnel.facts is None or tunnel.facts.replaced_at is None):
        return list(spans)
    unlogged = list(_unlogged(tunnel, spans))
    taken = {outage.start for outage in unlogged}
    extended: list[Outage] = []
    for span in spans:
        before = extended[-1].end or 0 if extended else 0
        starts = [
            down.start for down in downs if before <= down.start and down.covers(span.start) and down.start not in taken
        ]
        extended.append(span if span.start_exact or not starts else replace(span, start=starts[0], start_exact=True))
    return [*_before_the_log(tunnel, downs, extended), *_united(tunnel, extended, unlogged)]


def _before_the_log(tunnel: Tunnel, downs: Sequence[Status], spans: Sequence[Outage]) -> Iterable[Outage]:
    """Yield the outages that EC2 reported before a log that begins with the tunnel coming up."""
    changes = tunnel.history.transitions()
    rise = next(iter(rise_times(changes)), None)
    if rise is None or changes[0].before is not Health.UNKNOWN:
        return
    if spans and spans[0].start < rise:
        return
    for down in downs:
        # If it ends much later, or not yet, the log shows the tunnel alive in between.
        if down.start < rise and down.end is not None and down.end < rise + LAG:
            yield Outage(OutageKind.IPSEC, down.start, True, min(rise, down.end))


def _unlogged(tunnel: Tunnel, spans: Sequence[Outage]) -> Iterable[Outage]:
    """Yield the outages that EC2 reported while the log was silent; of those that overlap, the one that ended last."""
    known = list(spans)
    last = unlogged_loss(tunnel)
    for loss in (*([last] if last is not None else []), *losses_in_silence(tunnel)):
        start, end = loss.start, loss.end
        if start is not None and not any(span.start < end and (span.end or end) > start for span in known):
            known.append(Outage(OutageKind.IPSEC, start, True, end, by_ec2_alone=True))
    return known[len(spans) :]


def _is_start_of_log(outage: Outage, tunnel: Tunnel) -> bool:
    """Return whether it is merely a session coming up with the log's first records, within a second."""
    if outage.start in tunnel.state.bgp.falls:
        return False
    return not outage.start_exact and outage.end is not None and outage.end - outage.start < SECOND


_CLOSED_BY: Final = {
    EndedBy.SILENCE: ClosedBy.SILENCE,
    EndedBy.PHASE1_DELETE: ClosedBy.CUSTOMER_GATEWAY,
    EndedBy.PHASE2_DELETE: ClosedBy.CUSTOMER_GATEWAY,
    EndedBy.AWS: ClosedBy.AWS,
    EndedBy.EXPIRY: ClosedBy.EXPIRY,
}


def _of_ike(tunnel: Tunnel) -> Iterable[Outage]:
    """Yield the times between those in which the tunnel was up: each end records how long it had been."""
    is_up = tunnel.state.is_up
    ends, rises = _lives(tunnel.history.endings())
    rises.append(is_up.at if is_up.value and is_up.seen else None)
    if len(tunnel.state.endings) < REMEMBERED:
        yield from _before_the_first(tunnel, rises[0] if ends or is_up.value else None)
    for end, rise in zip(ends, rises[1:], strict=True):
        yield Outage(OutageKind.IPSEC, end.at, True, rise, _CLOSED_BY.get(ended_by(end)))
    if not ends and is_up.value is False and is_up.at is not None:
        yield Outage(OutageKind.IPSEC, is_up.at, is_up.seen, None)


def _lives(endings: Sequence[Ending]) -> tuple[list[Ending], list[int | None]]:
    """Return the ends that were falls, and when the tunnel had come up before each; None if that was not seen.

    A brief end does not divide the time in which the tunnel was up.
    """
    ends: list[Ending] = []
    rises: list[int | None] = []
    rise: int | None = None
    is_divided = False
    for end in endings:
        rise = rise if is_divided else end.began
        is_divided = end.was_brief
        if not is_divided:
            ends.append(end)
            rises.append(rise)
    return ends, rises


def _before_the_first(tunnel: Tunnel, rise: int | None) -> Iterable[Outage]:
    """Yield the outage with which the log begins: the tunnel was seen to come up, but not to go down."""
    if rise is None:
        return
    first = next((entry.state.is_up for entry in tunnel.history if entry.state.is_up.value is not None), None)
    if first is not None and first.value is False and first.at is not None and first.at < rise:
        yield Outage(OutageKind.IPSEC, first.at, False, rise)


def _of_bgp(tunnel: Tunnel, ike: Sequence[Outage]) -> Iterable[Outage]:
    bgp = tunnel.state.bgp
    if bgp.is_up is None:
        yield from _of_bgp_by_ec2(tunnel, ike)
    for loss in tunnel.history.bgp_losses():
        yield Outage(OutageKind.BGP, loss.since, loss.seen, loss.until, _who_ended_bgp(tunnel, loss.since))
    lasting = bgp.is_established
    if lasting.value is False and lasting.at is not None:
        yield Outage(OutageKind.BGP, lasting.at, lasting.seen, None, _who_ended_bgp(tunnel, lasting.at))


def _of_bgp_by_ec2(tunnel: Tunnel, ike: Sequence[Outage]) -> Iterator[Outage]:
    """Yield the times of a tunnel without a BGP log in which EC2 missed only BGP, as its last message tells.

    An end within EC2's lag of that of IKE is the same, as in the judgement.
    """
    for down in statuses(tunnel.facts):
        if down.end is None or not down.lacks_bgp_alone:
            continue
        renewed = (renewal.at for renewal in tunnel.state.renewals)
        presumed = tunnel.state.presumed
        before = presumed.before if presumed is not None else tunnel.state
        rises = (*(outage.end for outage in ike), *renewed, tunnel.state.is_up.at, before.is_up.at)
        same = (at for at in rises if at is not None and down.start <= at <= down.end <= at + LAG)
        yield Outage(OutageKind.BGP, down.start, True, max(same, default=down.end))


def _who_ended_bgp(tunnel: Tunnel, at: int) -> ClosedBy | None:
    """Return who ended the session at `at`, according to the notification next to it."""
    for entry in tunnel.history.before(at + BURST).newest_first():
        if entry.at < at - BURST:
            return None
        rule = entry.rule.id if entry.rule else ""
        if rule.startswith("bgp_hold_timer"):
            return ClosedBy.SILENCE
        if rule.startswith("bgp_notification_received"):
            return ClosedBy.CUSTOMER_GATEWAY
        if rule.startswith("bgp_notification_sent"):
            return ClosedBy.AWS
    return None


def _united(tunnel: Tunnel, ike: Sequence[Outage], bgp: Iterable[Outage]) -> list[Outage]:
    """Return the outages of both layers, merging those that overlap: BGP goes down and recovers with the tunnel."""
    united: list[Outage] = []
    for outage in sorted(chain(ike, bgp), key=lambda outage: outage.start):
        last = united[-1] if united else None
        if last is None or not _belong_together(tunnel, last, outage):
            united.append(outage)
            continue
        kinds = {last.kind, outage.kind}
        end = None if last.end is None or outage.end is None else max(last.end, outage.end)
        by = next((layer.closed_by for layer in (last, outage) if layer.kind is OutageKind.IPSEC), last.closed_by)
        kind = OutageKind.IPSEC if OutageKind.IPSEC in kinds else OutageKind.BGP
        united[-1] = replace(last, kind=kind, end=end, closed_by=by)
    return united


def _belong_together(tunnel: Tunnel, first: Outage, second: Outage) -> bool:
    if first.end is None or second.start < first.end:
        return True
    if second.start == first.end:
        return first.kind is OutageKind.IPSEC and second.kind is OutageKind.BGP  # else it was up for a moment
    # If its start was not seen, the session's first record came some time after the tunnel was up; over a tunnel whose
    # loss was not logged, its loss is not logged either.
    is_after_ike = second.kind is OutageKind.BGP and (first.by_ec2_alone or not second.start_exact)
    return is_after_ike and awaits_bgp(tunnel, first.end, second.start)


def _leading(diagnoses: Sequence[Diagnosis]) -> Diagnosis | None:
    """Return the cause of one outage: the leading trouble rather than the series it belongs to."""
    troubles = [diagnosis for diagnosis in diagnoses if diagnosis.severity.rank >= Severity.WARNING.rank]
    return next((trouble for trouble in troubles if trouble.code not in _SERIES), next(iter(troubles), None))
