"""From a tunnel's history to a named cause: what is wrong, how we know, who must change what. Pure and deterministic.

A diagnosis ends when what caused it is over. With too little evidence there is none: it says less, never something
false.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakKeyDictionary

from tui.domain.catalogue import Catalogue, Severity
from tui.domain.diagnosis.bgp import bgp_by_ec2, denied_routes, near_the_prefix_limit, why_bgp_is_down
from tui.domain.diagnosis.causes import Cause, cause
from tui.domain.diagnosis.finding import Evidence, Finding
from tui.domain.diagnosis.ike import unexplained, why_not_up
from tui.domain.diagnosis.risks import upcoming_failures
from tui.domain.diagnosis.series import flapping, flapping_bgp, recurring_collisions
from tui.domain.fleet import Connection, Fleet, Tunnel
from tui.domain.times import clock_time
from tui.domain.tunnel import Health

__all__ = ["Diagnoser", "Diagnosis", "Evidence", "diagnose"]

_AT_ONE_INSTANT: Final = 5_000
_REPLACEMENT: Final = 15 * 60_000
_REPLACED_AT_ONCE: Final = 2 * 60_000
_ENDED_BY_THE_PEER: Final = {"dpd_timeout", "closed_by_customer_gateway"}
_LEFT_BY_A_REPLACEMENT: Final = {*_ENDED_BY_THE_PEER, "closed_by_aws", "peer_unreachable"}
_THE_PATH: Final = "the device and its line work; look at this path"
_BESIDE_ONE_UP: Final = {
    "closed_by_customer_gateway": "look at this tunnel's idle timer and configuration on the device",
}
"""What an up sibling tells. A DELETE that arrived proves the path."""
_KNOWN_RHYTHMS: Final = {"timer", "phase2_lifetime", "phase1_lifetime"}
_PATH: Final = {"dpd_timeout", "peer_unreachable", "closed_by_customer_gateway", "flapping"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause and what it stands on. `certain`: AWS said it itself; otherwise it is likely. `since` in ms.

    `remarks` say what the sibling tunnel adds: both at one instant, or this one alone.
    """

    cause: Cause
    since: int
    certain: bool
    evidence: tuple[Evidence, ...]
    remarks: tuple[str, ...] = ()
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
    siblings = [each for each in connection.tunnels if each is not tunnel] if connection else []
    static = bool(connection and connection.facts and connection.facts.static_routes_only)
    found: dict[str, Diagnosis] = {}
    for finding in _findings(tunnel, now=now, static=static):
        if finding.code not in found:
            words = cause(finding.code, finding.variant, catalogue=catalogue).filled(
                {"tunnel": tunnel.outside_ip, **finding.details}
            )
            remarks = tuple(_remarks(finding, tunnel, siblings))
            found[finding.code] = Diagnosis(
                words, finding.since, finding.certain, finding.evidence, remarks, finding.variant
            )
    return tuple(found.values())


def _findings(tunnel: Tunnel, *, now: int, static: bool) -> Iterable[Finding]:
    history, state = tunnel.history, tunnel.state
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    health = state.health.value
    if history.last is None:
        return [_silence(tunnel, now)] if tunnel.facts else []
    series = flapping(state.falls, now=now)
    found: list[Finding | None]
    if health in (Health.DOWN, Health.NEGOTIATING):
        causes = why_not_up(history, now=now)
        # A path that breaks again and again is the series; a wrong key or proposal is what has to be mended now.
        leads = series is not None and (not causes or _is_told_by(series, causes[0]))
        replaced = _replaced(tunnel, causes)
        told = [series, *causes] if leads else [*causes, series]
        found = [replaced, *told] if _tells_more(causes) else [*told, replaced]
        if not any(found):
            found = [unexplained(state, now=now)]
    elif health is Health.UP:
        found = [
            *upcoming_failures(history, now=now),
            series,
            *why_bgp_is_down(history, now=now),
            bgp_by_ec2(state, telemetry, static=static, now=now),
            flapping_bgp(state, now=now),
            near_the_prefix_limit(history),
            denied_routes(state),
            recurring_collisions(history, now=now),
        ]
    else:
        alone = [_without_ike(each) for each in why_bgp_is_down(history, now=now)]
        found = [*alone, near_the_prefix_limit(history), denied_routes(state)]
    return [each for each in found if each is not None]


def _without_ike(finding: Finding) -> Finding:
    """Return the finding in words that claim nothing of IKE."""
    claims = finding.code == "bgp_down" and finding.variant in ("", "tcp")
    return replace(finding, variant="alone") if claims else finding


def _is_told_by(series: Finding, single: Finding) -> bool:
    """Whether the series says more than the cause of its last fall: not so where the peer closes, unless the rhythm
    tells of a timer that is known."""
    return single.code in _PATH and (series.variant in _KNOWN_RHYTHMS or single.code != "closed_by_customer_gateway")


def _silence(tunnel: Tunnel, now: int) -> Finding:
    facts = tunnel.facts
    is_off = facts is not None and bool(facts.configured) and facts.ike_group is None
    return Finding("no_logs", now, certain=is_off, variant="off" if is_off else "")


def _replaced(tunnel: Tunnel, causes: Sequence[Finding]) -> Finding | None:
    """Return the replacement of the endpoint, where it fits the fall and nothing came back since."""
    at = tunnel.facts.replaced_at if tunnel.facts else None
    fell = tunnel.state.falls[-1] if tunnel.state.falls else tunnel.state.health.at
    # A fall that the log explains by the customer's end comes just before its replacement by chance, unless very near.
    early = _REPLACED_AT_ONCE if causes and causes[0].code in _ENDED_BY_THE_PEER else _REPLACEMENT
    if at is None or fell is None or not at - early <= fell <= at + _REPLACEMENT:
        return None
    return Finding("endpoint_replaced", at, (Evidence(at, "EC2: the tunnel's endpoint was replaced"),), certain=True)


def _tells_more(causes: Sequence[Finding]) -> bool:
    """Whether a replacement says more than the leading cause: a fall or a silence, not what AWS refuses since."""
    return not causes or causes[0].code in _LEFT_BY_A_REPLACEMENT


def _remarks(finding: Finding, tunnel: Tunnel, siblings: Sequence[Tunnel]) -> Iterable[str]:
    if finding.code == "psk_mismatch" and any(_refuses_the_key(each) for each in siblings):
        yield "Both tunnels refuse the key: the two tunnels' keys may be swapped."
    if finding.code not in _PATH or not tunnel.state.falls:
        return
    fell = tunnel.state.falls[-1]
    for sibling in siblings:
        if sibling.state.falls and abs(sibling.state.falls[-1] - fell) <= _AT_ONE_INSTANT:
            yield (
                f"Both tunnels fell at {clock_time(fell)} UTC: look at what they share, the customer's device, "
                "its power and its internet line."
            )
        elif sibling.health is Health.UP:
            yield f"The other tunnel, {sibling.outside_ip}, is up: {_BESIDE_ONE_UP.get(finding.code, _THE_PATH)}."


def _refuses_the_key(tunnel: Tunnel) -> bool:
    if tunnel.health is Health.UP:
        return False
    return any(each.code == "psk_mismatch" for each in why_not_up(tunnel.history, now=0)[:1])


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
