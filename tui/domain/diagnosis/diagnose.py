"""Diagnoses a tunnel: what is wrong, how we know it, and who must change what. Pure and deterministic.

A diagnosis ends when its cause is over. With too little evidence there is none: no statement is better than a false
one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakKeyDictionary

from tui.domain.diagnosis import aws_side, routes
from tui.domain.diagnosis.bgp import bgp_by_ec2, sessions_die_early, why_bgp_is_down
from tui.domain.diagnosis.causes import Cause, cause
from tui.domain.diagnosis.finding import Evidence, Finding
from tui.domain.diagnosis.flapping import flapping
from tui.domain.diagnosis.ike import unexplained, why_not_up
from tui.domain.diagnosis.recurring import flapping_bgp, recurring_collisions
from tui.domain.diagnosis.remarks import Remark, remarks
from tui.domain.diagnosis.rhythm import TOGETHER
from tui.domain.diagnosis.situation import Situation
from tui.domain.diagnosis.standing import concerns_next_sas, notes, troubles
from tui.domain.diagnosis.words import filled
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.rule import Severity
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.indicators import rule_of
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health
from tui.domain.times import MINUTE

_STOOD: Final = 5 * MINUTE
"""BGP comes up over a tunnel within this time, unless something other than the tunnel's ends keeps it down."""

_AWHILE: Final = 3 * MINUTE
"""A tunnel that its device sets up again is usually back sooner."""

__all__ = ["Diagnoser", "Diagnosis", "Evidence", "diagnose", "diagnose_unlogged"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause and its evidence. It is `certain` if AWS itself logged it, otherwise likely. `since` in ms.

    `remarks` say what the sibling tunnel adds: that both fell at once, or only this one.
    """

    cause: Cause
    since: int
    certain: bool
    evidence: tuple[Evidence, ...]
    remarks: tuple[Remark, ...] = ()
    variant: str = ""

    @property
    def code(self) -> str:
        """The code by which scripts recognize the cause."""
        return self.cause.code

    @property
    def severity(self) -> Severity:
        """How serious the cause is."""
        return self.cause.severity


def diagnose(
    tunnel: Tunnel, *, now: int, catalogue: Catalogue, connection: Connection | None = None
) -> tuple[Diagnosis, ...]:
    """Return what is wrong with the tunnel, the leading cause first; empty if nothing is, or if too little is known.

    `now` is how far the feed has read, ms: silence is measured against that, never against the clock.
    """
    situation = Situation(tunnel, now, connection)
    diagnoses: dict[str, Diagnosis] = {}
    for finding in _findings(situation, catalogue):
        if finding.code not in diagnoses:
            diagnoses[finding.code] = _diagnosis(finding, situation, catalogue)
    return tuple(diagnoses.values())


def diagnose_unlogged(
    tunnel: Tunnel, *, lost_at: int, now: int, catalogue: Catalogue, connection: Connection | None = None
) -> Diagnosis | None:
    """Return why the tunnel was lost at `lost_at` without a log line, as known at `now`, both ms.

    None if no source says why: the log's earlier lines are about other troubles.
    """
    situation = Situation(tunnel, now, connection)
    finding = aws_side.why_lost_without_a_line(situation, lost_at)
    return None if finding is None else _diagnosis(finding, situation, catalogue)


def _diagnosis(finding: Finding, situation: Situation, catalogue: Catalogue) -> Diagnosis:
    words = cause(finding.code, finding.wording, finding.variant, catalogue=catalogue)
    return Diagnosis(
        filled(words, finding, situation),
        finding.since,
        finding.certain,
        finding.evidence,
        remarks(words, finding, situation),
        finding.variant,
    )


def _findings(situation: Situation, catalogue: Catalogue) -> list[Finding]:
    """Return all findings, the leading one first."""
    findings = [aws_side.modification(situation)]
    if situation.tunnel.history.last is None:
        findings.append(aws_side.silence(situation))
    else:
        findings += _by_the_logs(situation, catalogue)
    findings.append(aws_side.maintenance(situation))
    return [finding for finding in findings if finding is not None]


def _by_the_logs(situation: Situation, catalogue: Catalogue) -> Iterable[Finding | None]:
    outdated = aws_side.outdated_log(situation)
    if outdated is not None and situation.judgement.carries and situation.state.health.value is Health.UP:
        return _while_up(situation)  # only BGP's log is outdated, which the judgement reports
    if outdated is not None:
        return [*_why_attempts_fail(situation, catalogue), outdated]
    match situation.judgement.health:
        case Health.UP:
            return _while_up(situation)
        case Health.UNKNOWN:
            return _without_ike(situation)
        case _:
            return _while_down(situation, catalogue)


def _why_attempts_fail(situation: Situation, catalogue: Catalogue) -> list[Finding]:
    """Return why attempts to restore a tunnel fail whose end the log does not show."""
    fell, judgement = situation.judgement.since, situation.judgement
    # If IKE is up and only BGP is down, somebody else is negotiating.
    if situation.state.unproven_since is None or fell is None or judgement.carries or judgement.health is Health.UP:
        return []
    causes = why_not_up(situation.after_the_end(fell))
    is_telling = causes and not cause(causes[0].code, catalogue=catalogue).left_by_replacement
    return causes[:1] if is_telling else []


def _while_down(situation: Situation, catalogue: Catalogue) -> Iterable[Finding | None]:
    causes = why_not_up(situation)
    series = flapping(situation)
    first = cause(causes[0].code, catalogue=catalogue) if causes else None
    replaced = aws_side.replacement(situation, ended_by_peer=first is not None and first.ended_by_peer)
    # If a tunnel keeps falling, the series is the trouble; but a wrong key or proposal has to be fixed first.
    is_symptom = first is not None and (first.about_the_path or first.left_by_replacement)
    keeps_it_down = first is not None and first.about_the_path and not first.ended_by_peer
    tells_more = first is None or (
        is_symptom
        and not _is_vague(series)
        and _goes_up_to_the_fall(series, situation)
        and not (keeps_it_down and _is_down_for_long(situation))
    )
    findings = [series, *causes] if tells_more else [*causes, series]
    findings = [replaced, *findings] if first is None or first.left_by_replacement else [*findings, replaced]
    return findings if any(findings) else [unexplained(situation)]


def _goes_up_to_the_fall(series: Finding | None, situation: Situation) -> bool:
    """Whether the end that left the tunnel down belongs to the series, rather than to a later class of ends."""
    last = situation.last_end
    return series is None or last is None or last.at - series.evidence[-1].at <= TOGETHER


def _is_down_for_long(situation: Situation) -> bool:
    fell = situation.state.is_up.at
    return fell is not None and situation.now - fell > _AWHILE


def _is_vague(series: Finding | None) -> bool:
    """Whether the series says less than who closed the tunnel."""
    return series is not None and series.wording in ("unknown_irregular", "idle_timer_irregular")


def _while_up(situation: Situation) -> Iterable[Finding | None]:
    state, now = situation.state, situation.now
    pressing = troubles(situation)
    series = flapping(situation)
    dying_early = sessions_die_early(situation)
    about_bgp = [
        dying_early,
        *why_bgp_is_down(situation),
        bgp_by_ec2(situation),
        flapping_bgp(state, now=now) if dying_early is None else None,
    ]
    unrouted = routes.no_routes(situation)
    # What blocks all traffic now comes before ends that are some time ago.
    blocks_all = situation.judgement.carries is False or (unrouted is not None and unrouted.certain)
    came_up = state.health.at
    has_stood = came_up is not None and (now - came_up >= _STOOD or _has_had_bgp(situation, came_up))
    blocking = [*about_bgp, unrouted] if blocks_all and has_stood else []
    future = [finding for finding in pressing if blocking and concerns_next_sas(finding)]
    return [
        *(finding for finding in pressing if finding not in future),
        *blocking,
        *future,
        series,
        *about_bgp,
        unrouted,
        routes.near_the_prefix_limit(situation),
        routes.denied_routes(situation),
        routes.flapping_routes(situation),
        recurring_collisions(situation.news, now=now),
        *(notes(situation) if not pressing and series is None else []),
    ]


def _has_had_bgp(situation: Situation, since: int) -> bool:
    """Whether BGP was established over these very SAs: whatever ended it then was not the end of the tunnel."""
    return any(rule_of(entry) == "bgp_state_established" for entry in situation.news_since(since))


def _without_ike(situation: Situation) -> Iterable[Finding | None]:
    """Return what is known if the log says nothing about IKE."""
    alone = [_claiming_nothing_of_ike(finding) for finding in why_bgp_is_down(situation)]
    return [*alone, routes.near_the_prefix_limit(situation), routes.denied_routes(situation)]


def _claiming_nothing_of_ike(finding: Finding) -> Finding:
    claims = finding.code in ("bgp_down", "bgp_password_or_address") and finding.variant in ("", "tcp", "selectors")
    return replace(finding, code="bgp_down", variant="alone", wording="") if claims else finding


class Diagnoser:
    """A fleet's diagnoses, kept until a tunnel or its sibling changes or some time passes."""

    PATIENCE: Final = 10_000
    """The interval in ms at which diagnoses are renewed that depend on time alone: an aging series, a phase that stays
    down.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._known: WeakKeyDictionary[Tunnel, tuple[object, tuple[Diagnosis, ...]]] = WeakKeyDictionary()

    def of(self, tunnel: Tunnel, *, now: int, is_log_read: bool = True) -> tuple[Diagnosis, ...]:
        """Return the diagnoses of one of the fleet's tunnels at `now` (ms), from memory if nothing has changed.

        Silence is measured against the watermark, as nothing after it has been read. Unless `is_log_read` (the
        look-back may still be loading, or be denied), nothing is claimed about a silent log.
        """
        now = self._fleet.known_until(now)
        connection = self._fleet.connection(tunnel.connection)
        siblings = connection.tunnels if connection else (tunnel,)
        mark = (tuple(sibling.revision for sibling in siblings), now // self.PATIENCE)
        known = self._known.get(tunnel)
        if known is None or known[0] != mark:
            diagnoses = diagnose(tunnel, now=now, catalogue=self._fleet.catalogue, connection=connection)
            known = self._known[tunnel] = (mark, diagnoses)
        if is_log_read:
            return known[1]
        return tuple(diagnosis for diagnosis in known[1] if diagnosis.certain or diagnosis.code != "no_logs")
