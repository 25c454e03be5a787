"""From all that is known of a tunnel to a named cause: what is wrong, how we know, who must change what. Pure and
deterministic.

A diagnosis ends when what caused it is over. With too little evidence there is none: it says less, never something
false.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakKeyDictionary

from tui.domain.diagnosis import aws_side, routes
from tui.domain.diagnosis.bgp import bgp_by_ec2, dies_young, why_bgp_is_down
from tui.domain.diagnosis.causes import Cause, cause
from tui.domain.diagnosis.finding import Evidence, Finding
from tui.domain.diagnosis.flapping import flapping
from tui.domain.diagnosis.ike import unexplained, why_not_up
from tui.domain.diagnosis.recurring import flapping_bgp, recurring_collisions
from tui.domain.diagnosis.remarks import Remark, remarks
from tui.domain.diagnosis.rhythm import TOGETHER
from tui.domain.diagnosis.situation import Situation
from tui.domain.diagnosis.standing import is_of_the_future, notes, troubles
from tui.domain.diagnosis.words import filled
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.rule import Severity
from tui.domain.state.fleet import Connection, Fleet, Tunnel
from tui.domain.state.indicators import rule_of
from tui.domain.state.tunnel import Health
from tui.domain.times import MINUTE

_STOOD: Final = 5 * MINUTE
"""BGP has come up over a tunnel that has stood for so long, or something else than the tunnel's ends keeps it down."""

_AWHILE: Final = 3 * MINUTE
"""A tunnel that its device sets up anew is back sooner, as a rule."""

__all__ = ["Diagnoser", "Diagnosis", "Evidence", "diagnose"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause and what it stands on. `certain`: AWS said it itself; otherwise it is likely. `since` in ms.

    `remarks` say what the sibling tunnel adds: both at one instant, or this one alone.
    """

    cause: Cause
    since: int
    certain: bool
    evidence: tuple[Evidence, ...]
    remarks: tuple[Remark, ...] = ()
    variant: str = ""

    @property
    def code(self) -> str:
        """The code that scripts know it by."""
        return self.cause.code

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.cause.severity


def diagnose(
    tunnel: Tunnel, *, now: int, catalogue: Catalogue, connection: Connection | None = None
) -> tuple[Diagnosis, ...]:
    """Return what is wrong with the tunnel, the leading cause first; empty where nothing is, or too little is known.

    `now` is how far the feed has read, ms: silence is measured against that, never against the wall.
    """
    situation = Situation(tunnel, now, connection)
    found: dict[str, Diagnosis] = {}
    for finding in _findings(situation, catalogue):
        if finding.code in found:
            continue
        words = cause(finding.code, finding.wording, finding.variant, catalogue=catalogue)
        found[finding.code] = Diagnosis(
            filled(words, finding, situation),
            finding.since,
            finding.certain,
            finding.evidence,
            remarks(words, finding, situation),
            finding.variant,
        )
    return tuple(found.values())


def _findings(situation: Situation, catalogue: Catalogue) -> list[Finding]:
    """Return all findings, the leading one first."""
    found = [aws_side.modification(situation)]
    if situation.tunnel.history.last is None:
        found.append(aws_side.silence(situation))
    else:
        found += _by_the_logs(situation, catalogue)
    found.append(aws_side.maintenance(situation))
    return [finding for finding in found if finding is not None]


def _by_the_logs(situation: Situation, catalogue: Catalogue) -> Iterable[Finding | None]:
    outdated = aws_side.outdated_log(situation)
    if outdated is not None and situation.judgement.carries and situation.state.health.value is Health.UP:
        return _while_up(situation)  # the log of BGP alone is old, which the judgement says
    if outdated is not None:
        return [*_tried_in_vain(situation, catalogue), outdated]
    match situation.judgement.health:
        case Health.UP:
            return _while_up(situation)
        case Health.UNKNOWN:
            return _without_ike(situation)
        case _:
            return _while_down(situation, catalogue)


def _tried_in_vain(situation: Situation, catalogue: Catalogue) -> list[Finding]:
    """Return what refuses the way back of a tunnel whose end the log does not show."""
    fell, judgement = situation.judgement.since, situation.judgement
    # Where IKE is up, and BGP alone is not, what negotiates is another.
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
    # A tunnel that ends again and again is the series; a wrong key or proposal is what has to be mended now.
    is_symptom = first is not None and (first.about_the_path or first.left_by_replacement)
    keeps_it_down = first is not None and first.about_the_path and not first.ended_by_peer
    tells_more = first is None or (
        is_symptom
        and not _is_vague(series)
        and _goes_up_to_the_fall(series, situation)
        and not (keeps_it_down and _is_down_for_long(situation))
    )
    found = [series, *causes] if tells_more else [*causes, series]
    found = [replaced, *found] if first is None or first.left_by_replacement else [*found, replaced]
    return found if any(found) else [unexplained(situation)]


def _goes_up_to_the_fall(series: Finding | None, situation: Situation) -> bool:
    """Whether the tunnel is down by an end of the series, and not by one of another class since."""
    last = situation.last_end
    return series is None or last is None or last.at - series.evidence[-1].at <= TOGETHER


def _is_down_for_long(situation: Situation) -> bool:
    fell = situation.state.is_up.at
    return fell is not None and situation.now - fell > _AWHILE


def _is_vague(series: Finding | None) -> bool:
    """Whether who closed the tunnel says more than how often that happens."""
    return series is not None and series.wording in ("unknown_irregular", "idle_timer_irregular")


def _while_up(situation: Situation) -> Iterable[Finding | None]:
    state, now = situation.state, situation.now
    pressing = troubles(situation)
    series = flapping(situation)
    young = dies_young(situation)
    about_bgp = [
        young,
        *why_bgp_is_down(situation),
        bgp_by_ec2(situation),
        flapping_bgp(state, now=now) if young is None else None,
    ]
    unrouted = routes.no_routes(situation)
    # What lets nothing pass now leads over ends that are a while ago.
    blocks_all = situation.judgement.carries is False or (unrouted is not None and unrouted.certain)
    came_up = state.health.at
    has_stood = came_up is not None and (now - came_up >= _STOOD or _has_had_bgp(situation, came_up))
    blocking = [*about_bgp, unrouted] if blocks_all and has_stood else []
    future = [finding for finding in pressing if blocking and is_of_the_future(finding)]
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
    """Whether BGP was established over these very SAs: what ended it then is no end of the tunnel."""
    return any(rule_of(entry) == "bgp_state_established" for entry in situation.news_since(since))


def _without_ike(situation: Situation) -> Iterable[Finding | None]:
    """Return what is known where the log does not tell of IKE."""
    alone = [_claiming_nothing_of_ike(each) for each in why_bgp_is_down(situation)]
    return [*alone, routes.near_the_prefix_limit(situation), routes.denied_routes(situation)]


def _claiming_nothing_of_ike(finding: Finding) -> Finding:
    claims = finding.code in ("bgp_down", "bgp_password_or_address") and finding.variant in ("", "tcp", "selectors")
    return replace(finding, code="bgp_down", variant="alone", wording="") if claims else finding


class Diagnoser:
    """The diagnoses of a fleet, kept until a tunnel, its sibling or the time gives reason to look again."""

    PATIENCE: Final = 10_000
    """What depends on time alone (a series that grows old, a phase that stays away) is looked at again after this."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._known: WeakKeyDictionary[Tunnel, tuple[object, tuple[Diagnosis, ...]]] = WeakKeyDictionary()

    def of(self, tunnel: Tunnel, *, now: int, is_log_read: bool = True) -> tuple[Diagnosis, ...]:
        """Return `diagnose` for one tunnel of the fleet at `now` (ms), from memory where nothing has changed.

        Silence is measured against the watermark, because after it nothing was read. Without `is_log_read` (the
        look-back is still being read, or may not be) that a log is silent is not known, and not said.
        """
        now = self._fleet.known_until(now)
        connection = self._fleet.connection(tunnel.connection)
        siblings = connection.tunnels if connection else (tunnel,)
        mark = (tuple(each.revision for each in siblings), now // self.PATIENCE)
        known = self._known.get(tunnel)
        if known is None or known[0] != mark:
            found = diagnose(tunnel, now=now, catalogue=self._fleet.catalogue, connection=connection)
            known = self._known[tunnel] = (mark, found)
        return known[1] if is_log_read else tuple(each for each in known[1] if each.certain or each.code != "no_logs")
