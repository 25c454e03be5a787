"""What a tunnel is worth: whether traffic can pass, since when, how sure that is, and which sources disagree.

The one place that weighs the IKE log, the BGP log and EC2 against each other. The screen, `status`, its exit code, the
notices and the diagnosis all ask it, so they cannot contradict each other. Pure; times in ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from tui.domain.events import Log
from tui.domain.fleet import Connection, Tunnel, Verdict
from tui.domain.history import Entry
from tui.domain.inventory import Telemetry
from tui.domain.tunnel import BURST, Health, State

LAG: Final = 5 * 60_000
"""How far EC2's status may be behind: what the logs saw change since then EC2 may not know yet."""
_BGP_WOULD_HAVE_FALLEN: Final = 90_000
"""Over a tunnel that is gone, BGP's hold timer (30 s at AWS) expires and is logged well within this time."""
_SILENCE: Final = 75 * 60_000
"""A phase 2 SA lives an hour by default and its rekey is logged: a log that is silent for longer is old."""
_TOO_LONG: Final = 9 * 3_600_000
"""An IKE_SA lives eight hours at most at AWS, and its rekey is logged: one line from before tells nothing of now."""
_SAYS_IPSEC_IS_UP: Final = "IPSEC IS UP"
_DPD_LINES: Final = {"dpd_timed_out", "dpd_peer_dead"}


class DoubtKind(StrEnum):
    """Why a judgement may be wrong."""

    EC2_NEWER = "ec2_newer"
    """EC2's change is newer than the last record of the log, and says the opposite: EC2 counts."""
    REPLACED = "replaced"
    """AWS replaced the endpoint after the last record of the log: what it knew of SAs is gone."""
    EC2_BEHIND = "ec2_behind"
    """EC2 does not know yet what the log saw within the last minutes: the log counts."""
    EC2_DIFFERS = "ec2_differs"
    """Both had the time to notice, and they differ: the log counts."""
    LINE_AGAINST_STATE = "line_against_state"
    """A line announces the end while its own state fields, and nothing since, say that the tunnel stands."""
    ALIVE_ALL_THE_SAME = "alive_all_the_same"
    """The log took the tunnel for dead, yet BGP or EC2 shows that it carries traffic."""
    LOG_OLD = "log_old"
    """The log is silent for longer than a phase 2 SA lives, and no other source tells anything."""
    LOG_TOO_OLD = "log_too_old"
    """The same for longer than an IKE_SA lives: whether the tunnel is up is not known any more."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Where the sources disagree, or the newest of them is old; `tui.content.doubt` has the words.

    `logged_at`: the log's last record. `log_says_up` and `ec2_says_up`: the two statements, None where there is none.
    """

    kind: DoubtKind
    logged_at: int | None = None
    log_says_up: bool | None = None
    ec2_says_up: bool | None = None
    ec2_message: str = ""
    ec2_since: int | None = None
    """When EC2's status changed, or when the endpoint was replaced."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One tunnel as all sources together show it.

    `health` is IKE's part. `carries`: whether traffic can pass, None where that is not known. `since` tells from when
    `carries` holds; `since_exact` is False where it holds since then at the latest. `certain`: a record says so itself
    and nothing speaks against it.
    """

    health: Health = Health.UNKNOWN
    carries: bool | None = None
    since: int | None = None
    since_exact: bool = False
    certain: bool = False
    doubt: Doubt | None = None


class _Layer(NamedTuple):
    """IKE, or BGP over it: whether it is up, None where nobody knows."""

    is_up: bool | None
    since: int | None
    is_exact: bool
    is_certain: bool = False
    doubt: Doubt | None = None


def judge(tunnel: Tunnel, connection: Connection | None = None, *, now: int) -> Judgement:
    """Return what the tunnel is worth at `now`, which is how far the feed has read, never the wall's time.

    EC2's status outranks a log that is silent since EC2's last change. A tunnel whose connection routes by BGP carries
    traffic only while BGP is established, as far as the BGP log or EC2 tells.
    """
    ike = _ike_layer(tunnel, now)
    health = _health(tunnel, ike)
    bgp = _bgp_layer(tunnel, ike, now) if is_dynamic(tunnel, connection) else None
    layers = [ike] if bgp is None else [ike, bgp]
    carries = _carries(ike, bgp)
    since, is_exact = _by_ec2_if_older(tunnel, carries, *_since(layers, carries=carries))
    return Judgement(
        health=health,
        carries=carries,
        since=since,
        since_exact=is_exact,
        certain=carries is not None and all(layer.is_certain for layer in layers if layer.is_up is carries),
        # A session over a tunnel that is gone is gone, whatever its log says.
        doubt=next((layer.doubt for layer in layers if layer.doubt is not None and (layer is ike or ike.is_up)), None),
    )


def verdict(connection: Connection, *, now: int) -> Verdict:
    """Return whether every tunnel of the connection carries traffic, some, none, or nothing is known."""
    return verdict_of([judge(tunnel, connection, now=now) for tunnel in connection.tunnels])


def verdict_of(judgements: Iterable[Judgement]) -> Verdict:
    """Return the verdict on a connection with these tunnels."""
    carries = [judgement.carries for judgement in judgements]
    if all(value is None for value in carries):
        return Verdict.UNKNOWN
    if not any(carries):
        return Verdict.DOWN
    # A connection has two tunnels: one alone, seen only by its stream, is not a proof of redundancy.
    return Verdict.REDUNDANT if all(carries) and len(carries) > 1 else Verdict.AT_RISK


def is_dynamic(tunnel: Tunnel, connection: Connection | None) -> bool:
    """Return whether the connection routes by BGP. Where EC2 may not be asked, a BGP log tells that it does."""
    if connection is not None and connection.facts is not None:
        return not connection.facts.static_routes_only
    tunnels = connection.tunnels if connection is not None else (tunnel,)
    return any(each.state.bgp.session is not None for each in tunnels)


def _ike_layer(tunnel: Tunnel, now: int) -> _Layer:
    state = tunnel.state
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    since = state.is_up
    if state.health.value is Health.UNKNOWN:
        return _ike_by_bgp_or_ec2(state, telemetry)
    log_says_up = state.health.value is Health.UP
    alive = None if log_says_up else _sign_of_life(tunnel, telemetry, now)
    if alive is not None:
        return alive
    logged_at = _spoke_at(tunnel)
    if log_says_up and (replaced_at := _replaced_since(tunnel, logged_at, now)) is not None:
        doubt = replace(_doubt(DoubtKind.REPLACED, tunnel, telemetry), ec2_since=replaced_at, logged_at=logged_at)
        return _Layer(False, replaced_at, True, False, doubt)
    ec2_says_up = _ipsec_is_up(telemetry)
    if telemetry is not None and ec2_says_up is not log_says_up and outranks(telemetry, logged_at, now=now):
        doubt = replace(_doubt(DoubtKind.EC2_NEWER, tunnel, telemetry), logged_at=logged_at)
        return _Layer(ec2_says_up, telemetry.since, True, False, doubt)
    doubt_left = _doubt_of_the_log(tunnel, telemetry, now)
    if log_says_up and doubt_left is not None and doubt_left.kind is DoubtKind.LOG_TOO_OLD:
        return _Layer(None, None, False, False, doubt_left)
    return _Layer(log_says_up, since.at, since.seen, state.presumed is None, doubt_left)


def _spoke_at(tunnel: Tunnel) -> int | None:
    """Return when the logs last spoke of the tunnel itself, rather than of a negotiation beside it."""
    began = tunnel.state.unproven_since
    if began is None:
        return tunnel.last_event_at
    spoke = (
        entry.at
        for entry in tunnel.history.newest_first()
        if entry.state.unproven_since is None and not (entry.at == began and _is_packet(entry))
    )
    return max(next(spoke, 0), tunnel.state.bgp.alive_at or 0)


def _is_packet(entry: Entry) -> bool:
    """Whether the line shows a packet, which may be the first of the negotiation that follows."""
    return entry.rule is not None and entry.rule.family == "packet"


def _replaced_since(tunnel: Tunnel, logged_at: int | None, now: int) -> int | None:
    """Return when AWS replaced the endpoint, if the SAs that the log knows went with it; a new one starts with none."""
    facts = tunnel.facts
    if facts is None or facts.replaced_at is None or logged_at is None or facts.replaced_at <= logged_at:
        return None
    telemetry = facts.telemetry
    came_back = telemetry is not None and telemetry.is_up and (telemetry.since or 0) > facts.replaced_at
    never_noticed = telemetry is not None and telemetry.is_up and now - facts.replaced_at >= LAG
    return None if came_back or never_noticed else facts.replaced_at


def _ike_by_bgp_or_ec2(state: State, telemetry: Telemetry | None) -> _Layer:
    """Return the layer where the IKE log tells nothing: BGP runs inside the tunnel, and EC2 knows its own end."""
    if telemetry is not None:
        return _Layer(_ipsec_is_up(telemetry), telemetry.since, True)
    if state.bgp.is_up:
        return _Layer(True, state.bgp.is_established.at, state.bgp.is_established.seen)
    return _Layer(None, None, False)


def _sign_of_life(tunnel: Tunnel, telemetry: Telemetry | None, now: int) -> _Layer | None:
    """Return the layer as up where something proves that a tunnel which the log took for dead is alive."""
    state = tunnel.state
    fell_at = state.is_up.at or 0
    bgp = state.bgp
    before = state.presumed.before.is_up if state.presumed is not None else state.is_up
    alive = _Layer(True, before.at, before.seen, False, _doubt(DoubtKind.ALIVE_ALL_THE_SAME, tunnel, telemetry))
    if bgp.is_up and bgp.alive_at is not None and bgp.alive_at - fell_at > BURST:
        return alive
    presumed = state.presumed
    if presumed is None or presumed.before.health.value is not Health.UP:
        return None
    # From here on, only the line took the tunnel down: its state fields said that it stood.
    if (
        presumed.rule in _DPD_LINES
        and tunnel.facts is not None
        and tunnel.facts.configured.get("DpdTimeoutAction") == "none"
    ):
        return alive._replace(doubt=_doubt(DoubtKind.LINE_AGAINST_STATE, tunnel, telemetry))
    ec2_confirms = telemetry is not None and not telemetry.is_up and (telemetry.since or 0) > fell_at
    if bgp.is_up and now - fell_at >= _BGP_WOULD_HAVE_FALLEN and not ec2_confirms:
        return alive
    if telemetry is not None and telemetry.is_up and now - fell_at >= LAG:
        return alive
    return None


def _bgp_layer(tunnel: Tunnel, ike: _Layer, now: int) -> _Layer:
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    bgp = tunnel.state.bgp
    if bgp.is_up is None:
        return _bgp_by_ec2(tunnel, telemetry, ike, now)
    says_otherwise = telemetry is not None and telemetry.is_up is not bgp.is_up
    if telemetry is not None and says_otherwise and outranks(telemetry, bgp.heard_at, now=now):
        return _Layer(telemetry.is_up, telemetry.since, True, False, _doubt(DoubtKind.EC2_NEWER, tunnel, telemetry))
    return _Layer(bgp.is_up, bgp.is_established.at, bgp.is_established.seen, True)


def _bgp_by_ec2(tunnel: Tunnel, telemetry: Telemetry | None, ike: _Layer, now: int) -> _Layer:
    """Return the layer where no BGP log tells of it: EC2 calls a tunnel UP only with BGP established."""
    if telemetry is None or (not telemetry.is_up and not ike.is_up):
        return _Layer(None, None, False)
    if telemetry.is_up:
        return _Layer(True, telemetry.since, True)
    if _ipsec_is_down(telemetry):
        # EC2 speaks of IKE, and the log, which says otherwise, has been given preference.
        return _Layer(None, None, False)
    newest = max(telemetry.since or 0, ike.since or 0)
    return _Layer(False if now - newest >= LAG else None, telemetry.since, True)


def _carries(ike: _Layer, bgp: _Layer | None) -> bool | None:
    if bgp is None or not ike.is_up:
        return ike.is_up
    return bgp.is_up if bgp.is_up is not None or bgp.since is not None else ike.is_up


def _since(layers: list[_Layer], *, carries: bool | None) -> tuple[int | None, bool]:
    """Return since when `carries` holds: the last layer to come up, or the first to go down."""
    known = [layer for layer in layers if layer.is_up is carries and layer.since is not None]
    if carries is None or not known:
        return None, False
    first = (max if carries else min)(known, key=lambda layer: layer.since or 0)
    return first.since, first.is_exact


def _by_ec2_if_older(
    tunnel: Tunnel, carries: bool | None, since: int | None, is_exact: bool
) -> tuple[int | None, bool]:
    """Return since when `carries` holds: by EC2 where it says the same and knows what began before the look-back."""
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    if telemetry is None or telemetry.since is None or telemetry.is_up is not carries or is_exact:
        return since, is_exact
    return (telemetry.since, True) if since is None or telemetry.since < since else (since, is_exact)


def _health(tunnel: Tunnel, ike: _Layer) -> Health:
    """Return IKE's health: as logged, unless something better shows the opposite, or what the log leaves open.

    Unknown where the log is too old to tell.
    """
    logged = tunnel.health
    if logged is Health.UP and ike.doubt is not None and ike.doubt.kind is DoubtKind.LOG_TOO_OLD:
        return Health.UNKNOWN
    if logged is Health.UNKNOWN:
        if ike.is_up is None or all(entry.log is not Log.IKE for entry in tunnel.history.newest_first()):
            return logged
    elif ike.is_up is None or ike.is_up is (logged is Health.UP):
        return logged
    return Health.UP if ike.is_up else Health.DOWN


def outranks(telemetry: Telemetry, logged_at: int | None, *, now: int) -> bool:
    """Return whether EC2's last change is newer than the log's last record.

    Until `LAG` has passed, EC2's change may be a late note of what the log saw, or be out of date already.
    """
    if telemetry.since is None:
        return False
    if logged_at is None:
        return True
    newer_by = telemetry.since - logged_at
    return newer_by > 0 and (newer_by >= LAG or now - telemetry.since >= LAG)


def _ipsec_is_up(telemetry: Telemetry | None) -> bool | None:
    if telemetry is None:
        return None
    return telemetry.is_up or _SAYS_IPSEC_IS_UP in telemetry.message.upper()


def _ipsec_is_down(telemetry: Telemetry) -> bool:
    return not telemetry.is_up and "IPSEC IS DOWN" in telemetry.message.upper()


def _doubt_of_the_log(tunnel: Tunnel, telemetry: Telemetry | None, now: int) -> Doubt | None:
    """Return the doubt that remains where the log counts."""
    state = tunnel.state
    log_says_up = state.health.value is Health.UP
    presumed = state.presumed
    if presumed is not None and presumed.before.health.value is Health.UP and not log_says_up:
        if telemetry is None or telemetry.is_up:
            return _doubt(DoubtKind.LINE_AGAINST_STATE, tunnel, telemetry)
        return None
    if telemetry is None:
        last = tunnel.last_event_at
        if last is None or now - last <= _SILENCE:
            return None
        is_too_old = log_says_up and now - last > _TOO_LONG
        return _doubt(DoubtKind.LOG_TOO_OLD if is_too_old else DoubtKind.LOG_OLD, tunnel, None)
    if _ipsec_is_up(telemetry) is log_says_up or (log_says_up and not _ipsec_is_down(telemetry)):
        return None
    changed_at = state.is_up.at
    is_recent = changed_at is not None and state.is_up.seen and now - changed_at < LAG
    return _doubt(DoubtKind.EC2_BEHIND if is_recent else DoubtKind.EC2_DIFFERS, tunnel, telemetry)


def _doubt(kind: DoubtKind, tunnel: Tunnel, telemetry: Telemetry | None) -> Doubt:
    return Doubt(
        kind,
        logged_at=tunnel.last_event_at,
        log_says_up=None if tunnel.health is Health.UNKNOWN else tunnel.health is Health.UP,
        ec2_says_up=telemetry.is_up if telemetry is not None else None,
        ec2_message=telemetry.message if telemetry is not None else "",
        ec2_since=telemetry.since if telemetry is not None else None,
    )
