"""Each layer of a tunnel from all sources: IKE, and BGP over it, as the logs and EC2 show them. Pure; times in ms."""

from dataclasses import replace
from typing import Final, NamedTuple

from tui.domain.inventory import Telemetry
from tui.domain.judgement.doubt import Doubt, DoubtKind
from tui.domain.judgement.ec2_history import LAG, ipsec_is_up, statuses
from tui.domain.judgement.habit import breaks_its_habit
from tui.domain.judgement.unlogged import last_of_the_tunnel, unlogged_loss
from tui.domain.knowledge.line_kinds import belongs_to_a_set_up
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, Health, State
from tui.domain.times import HOUR, MINUTE, SECOND

_BGP_WOULD_HAVE_FALLEN: Final = 90_000
"""Over a dead tunnel, BGP's hold timer (30 s at AWS) expires and is logged well within this time, ms."""
_LIFETIME: Final = HOUR
"""The longest lifetime of a phase 2 SA at AWS; its rekey is logged. The tunnel's options may set less."""
_SLACK: Final = 15 * MINUTE
"""The possible delay of a rekey and its delivery."""
_SAYS_IPSEC_IS_DOWN: Final = "IPSEC IS DOWN"
_DPD_LINES: Final = {"dpd_timed_out", "dpd_peer_dead"}


class Layer(NamedTuple):
    """IKE, or BGP over it: whether it is up, None if unknown."""

    is_up: bool | None
    since: int | None
    is_exact: bool
    is_certain: bool = False
    doubt: Doubt | None = None


def ike_layer(tunnel: Tunnel, now: int) -> Layer:
    """Return whether IKE is up: by the log, unless another source is newer or proves the opposite."""
    state = tunnel.state
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    since = state.is_up
    if state.health.value is Health.UNKNOWN:
        return _ike_by_bgp_or_ec2(state, telemetry)
    log_says_up = state.health.value is Health.UP
    alive = None if log_says_up else _sign_of_life(tunnel, telemetry, now)
    if alive is not None:
        return alive
    logged_at = _last_reported_at(tunnel)
    if log_says_up and (replaced_at := _replaced_since(tunnel, logged_at, now)) is not None:
        doubt = replace(_doubt(DoubtKind.REPLACED, tunnel, telemetry), ec2_since=replaced_at, logged_at=logged_at)
        return Layer(False, replaced_at, True, False, doubt)
    ec2_says_up = _ipsec_is_up(telemetry)
    if telemetry is not None and ec2_says_up is not log_says_up and _ec2_counts(tunnel, telemetry, logged_at, now=now):
        doubt = replace(_doubt(DoubtKind.EC2_NEWER, tunnel, telemetry), logged_at=logged_at)
        return Layer(ec2_says_up, telemetry.since, True, False, doubt)
    doubt_left = _doubt_of_the_log(tunnel, telemetry, now)
    if log_says_up and doubt_left is not None and doubt_left.kind is DoubtKind.LOG_TOO_OLD:
        return Layer(None, None, False, False, doubt_left)
    if log_says_up and (loss := unlogged_loss(tunnel)) is not None:
        return Layer(True, loss.end, True, state.presumed is None, doubt_left)
    return Layer(log_says_up, since.at, since.seen, state.presumed is None, doubt_left)


def _last_reported_at(tunnel: Tunnel) -> int | None:
    """Return when the logs last reported on the tunnel itself rather than on a negotiation beside it."""
    began = tunnel.state.unproven_since
    if began is None:
        return tunnel.last_event_at
    last = last_of_the_tunnel(tunnel.history.newest_first(), began)
    return max(last.at if last is not None else 0, tunnel.state.bgp.alive_at or 0)


def _replaced_since(tunnel: Tunnel, logged_at: int | None, now: int) -> int | None:
    """Return when AWS replaced the endpoint, if the SAs known to the log were lost with it; a new endpoint has none."""
    facts = tunnel.facts
    if facts is None or facts.replaced_at is None or logged_at is None or facts.replaced_at <= logged_at:
        return None
    telemetry = facts.telemetry
    came_back = telemetry is not None and telemetry.is_up and (telemetry.since or 0) > facts.replaced_at
    never_noticed = telemetry is not None and telemetry.is_up and now - facts.replaced_at >= LAG
    return None if came_back or never_noticed else facts.replaced_at


def _ike_by_bgp_or_ec2(state: State, telemetry: Telemetry | None) -> Layer:
    """Return the layer if the IKE log shows nothing: BGP runs inside the tunnel, and EC2 knows its own end."""
    bgp = state.bgp
    ec2_is_newer = telemetry is not None and bgp.heard_at is not None and (telemetry.since or 0) > bgp.heard_at
    if bgp.is_up and (not ec2_is_newer or _reflects(telemetry, bgp.is_established.at)):
        return Layer(True, bgp.is_established.at, bgp.is_established.seen)
    if telemetry is not None:
        return Layer(_ipsec_is_up(telemetry), telemetry.since, True)
    return Layer(None, None, False)


def _sign_of_life(tunnel: Tunnel, telemetry: Telemetry | None, now: int) -> Layer | None:
    """Return the layer as up if something proves alive a tunnel that the log shows dead."""
    state = tunnel.state
    fell_at = state.is_up.at or 0
    bgp = state.bgp
    before = state.presumed.before.is_up if state.presumed is not None else state.is_up
    doubt = _doubt(DoubtKind.ALIVE_ALL_THE_SAME, tunnel, telemetry)
    if before.value:
        alive = Layer(True, before.at, before.seen, False, doubt)
    else:  # the log never showed it up
        alive = Layer(True, telemetry.since if telemetry is not None else None, telemetry is not None, False, doubt)
    if bgp.is_up and bgp.alive_at is not None and bgp.alive_at - fell_at > BURST:
        session = bgp.is_established
        # Where the log shows the end of the tunnel, a new session over it shows that it came back without a line.
        came_back = state.is_up.seen and not before.value and (session.at or 0) > fell_at
        return alive._replace(since=session.at, is_exact=session.seen) if came_back else alive
    had_the_time = telemetry is not None and telemetry.is_up and now - fell_at >= LAG
    # No attempt continues that long without a line: its end was not delivered.
    is_left_open = state.health.value is Health.NEGOTIATING and now - (tunnel.last_event_at or 0) >= LAG
    if had_the_time and (is_left_open or _shows_attempts_alone(tunnel)):
        return alive
    presumed = state.presumed
    if presumed is None or presumed.before.health.value is not Health.UP:
        return None
    # From here on, only a line took the tunnel down, while its state fields said that it was up.
    if (
        presumed.rule in _DPD_LINES
        and tunnel.facts is not None
        and tunnel.facts.configured.get("DpdTimeoutAction") == "none"
    ):
        return alive._replace(doubt=_doubt(DoubtKind.LINE_AGAINST_STATE, tunnel, telemetry))
    ec2_confirms = telemetry is not None and not telemetry.is_up and (telemetry.since or 0) > fell_at
    outlived = bgp.is_up and now - fell_at >= _BGP_WOULD_HAVE_FALLEN and not ec2_confirms
    # AWS declares nobody dead by routine, unlike a DELETE, and a status from before may lag more than usual.
    ec2_disproves = had_the_time and (presumed.rule not in _DPD_LINES or now - fell_at >= 3 * LAG)
    if ec2_disproves or outlived:
        return alive
    return None


def _shows_attempts_alone(tunnel: Tunnel) -> bool:
    """Whether the log never saw the tunnel come up or end, but only attempts by somebody, perhaps beside it."""
    state, last = tunnel.state, tunnel.history.last
    if state.endings or state.is_up.seen or last is None or last.rule is None:
        return False
    return belongs_to_a_set_up(last.rule, last.event.message)


def bgp_layer(tunnel: Tunnel, ike: Layer, now: int) -> Layer:
    """Return whether BGP is up over `ike`: by its log, or by EC2 if that is newer or there is no BGP log."""
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    bgp = tunnel.state.bgp
    if bgp.is_up is None:
        return _bgp_by_ec2(tunnel, telemetry, ike, now)
    says_otherwise = telemetry is not None and telemetry.is_up is not bgp.is_up
    if telemetry is not None and says_otherwise and outranks(telemetry, bgp.heard_at, now=now):
        layer = _up_by_ec2(tunnel, telemetry, ike) if telemetry.is_up else Layer(False, telemetry.since, True)
        return layer._replace(doubt=_doubt(DoubtKind.EC2_NEWER, tunnel, telemetry))
    return Layer(bgp.is_up, bgp.is_established.at, bgp.is_established.seen, True)


def _bgp_by_ec2(tunnel: Tunnel, telemetry: Telemetry | None, ike: Layer, now: int) -> Layer:
    """Return the layer if no BGP log reports it: EC2 calls a tunnel UP only with BGP established."""
    if telemetry is None or (not telemetry.is_up and not ike.is_up):
        return Layer(None, None, False)
    if telemetry.is_up:
        return _up_by_ec2(tunnel, telemetry, ike)
    if ipsec_is_down(telemetry):
        # EC2's status is about IKE, where the contradicting log prevailed. While EC2 saw it down, there was no session,
        # and one established since would be in a BGP log, if that is on.
        has_bgp_log = tunnel.facts is not None and tunnel.facts.bgp_group is not None
        is_new = ike.is_exact and (telemetry.since or 0) < (ike.since or 0)
        return Layer(False, ike.since, True) if has_bgp_log and is_new else Layer(None, None, False)
    newest = max(telemetry.since or 0, ike.since or 0)
    return Layer(False if now - newest >= LAG else None, telemetry.since, True)


def _up_by_ec2(tunnel: Tunnel, telemetry: Telemetry, ike: Layer) -> Layer:
    """Return BGP as EC2 reports it up: since IKE came up, if EC2 noticed that within its lag, and no loss of BGP."""
    came_up = ike.since or 0
    has_lacked_bgp = any(down.lacks_bgp_alone and down.start > came_up for down in statuses(tunnel.facts))
    if _reflects(telemetry, ike.since) and not has_lacked_bgp:
        return Layer(True, ike.since, ike.is_exact)
    return Layer(True, telemetry.since, True)


def _reflects(telemetry: Telemetry | None, came_up: int | None) -> bool:
    """Whether EC2 reports up because of what came up at `came_up`, ms, which it may notice late."""
    if telemetry is None or not telemetry.is_up or came_up is None:
        return False
    return 0 <= (telemetry.since or 0) - came_up <= LAG


def _ec2_counts(tunnel: Tunnel, telemetry: Telemetry, logged_at: int | None, *, now: int) -> bool:
    """Whether EC2's status prevails over the log: it is newer, or the log is too old to know that the tunnel is up.

    An SA of which two rekeys were not logged does not outweigh a status that EC2 repeats every minute, however long ago
    that last changed.
    """
    if outranks(telemetry, logged_at, now=now):
        return True
    log_says_up = tunnel.state.health.value is Health.UP
    is_too_old = _silence(tunnel, now, log_says_up=log_says_up) is DoubtKind.LOG_TOO_OLD
    return is_too_old and ipsec_is_down(telemetry)


def outranks(telemetry: Telemetry, logged_at: int | None, *, now: int) -> bool:
    """Return whether EC2's last change is newer than the log's last record.

    Until `LAG` has passed, EC2's change may be a late reflection of what the log saw, or already outdated.
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
    return ipsec_is_up(is_up=telemetry.is_up, message=telemetry.message)


def ipsec_is_down(telemetry: Telemetry) -> bool:
    """Return whether EC2 reports the tunnel down because of IKE rather than BGP."""
    return not telemetry.is_up and _SAYS_IPSEC_IS_DOWN in telemetry.message.upper()


def _doubt_of_the_log(tunnel: Tunnel, telemetry: Telemetry | None, now: int) -> Doubt | None:
    """Return the doubt that remains if the log prevails."""
    state = tunnel.state
    log_says_up = state.health.value is Health.UP
    presumed = state.presumed
    if presumed is not None and presumed.before.health.value is Health.UP and not log_says_up:
        if telemetry is None or telemetry.is_up:
            return _doubt(DoubtKind.LINE_AGAINST_STATE, tunnel, telemetry)
        return None
    if telemetry is None:
        kind = _silence(tunnel, now, log_says_up=log_says_up)
        return None if kind is None else _doubt(kind, tunnel, None)
    if _ipsec_is_up(telemetry) is log_says_up or (log_says_up and not ipsec_is_down(telemetry)):
        return None
    loss = unlogged_loss(tunnel)
    changed_at = loss.end if loss is not None else state.is_up.at if state.is_up.seen else None
    is_recent = changed_at is not None and now - changed_at < LAG
    return _doubt(DoubtKind.EC2_BEHIND if is_recent else DoubtKind.EC2_DIFFERS, tunnel, telemetry)


def _silence(tunnel: Tunnel, now: int, *, log_says_up: bool) -> DoubtKind | None:
    """Return the doubt raised by the log's silence if no other source reports anything.

    The lines of one rekey may be late or lost; without two in a row, nothing shows that any SA still exists.
    """
    last = tunnel.last_event_at
    if last is None:
        return None
    seconds = tunnel.facts.number("Phase2LifetimeSeconds") if tunnel.facts else None
    lifetime = _LIFETIME if seconds is None else min(_LIFETIME, seconds * SECOND)
    if log_says_up and now - last > 2 * lifetime + _SLACK:
        return DoubtKind.LOG_TOO_OLD
    if now - last > lifetime + _SLACK:
        return DoubtKind.LOG_OLD
    return DoubtKind.LOG_QUIET if log_says_up and breaks_its_habit(tunnel, now=now) else None


def _doubt(kind: DoubtKind, tunnel: Tunnel, telemetry: Telemetry | None) -> Doubt:
    return Doubt(
        kind,
        logged_at=tunnel.last_event_at,
        log_says_up=None if tunnel.health is Health.UNKNOWN else tunnel.health is Health.UP,
        ec2_says_up=telemetry.is_up if telemetry is not None else None,
        ec2_message=telemetry.message if telemetry is not None else "",
        ec2_since=telemetry.since if telemetry is not None else None,
    )
