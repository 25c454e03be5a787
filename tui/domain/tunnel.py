"""One tunnel's state, and how an event moves it: pure, ordered by the log's time."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from tui.domain.bgp import Bgp, after_route, after_status
from tui.domain.catalogue import Catalogue, Rule
from tui.domain.events import BgpEvent, Event, IkeEvent, Phase, RouteEvent
from tui.domain.since import Since

BURST: Final = 1_500
"""Milliseconds within which records still show the state from before a line that announced a change. Real daemons
settle in 4 ms; IKE records are stamped in whole seconds, so a burst can straddle two."""

HOUR: Final = 3_600_000
_REKEY_TAIL: Final = 60_000
"""Until when the DELETE of an IKE_SA belongs to an exchange that may replace it: 4 ms with IKEv2 as measured, 10 s with
IKEv1. Where a new IKE_SA was seen to stand, the old one's DELETE is waited for an hour: it can live to its end."""
_GIVES_UP: Final = 180_000
"""AWS gives an attempt up at 165 s, as measured."""
LONGEST_LIFE: Final = 75 * 60_000
"""A phase 2 SA lives an hour by default; one that is older ended without a line."""
ESTABLISHED: Final = {"phase1_established", "phase2_established"}
"""The rules of the lines that say that an SA was set up."""
_REMEMBERED: Final = 64


class Health(StrEnum):
    """Whether a tunnel carries traffic, as far as IKE can tell."""

    UP = "up"
    NEGOTIATING = "negotiating"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of health."""

    at: int
    before: Health
    after: Health


class Sa(NamedTuple):
    """A pair of phase 2 SAs that was set up: when, ms, and its SPIs."""

    at: int
    inbound: str
    outbound: str


class State(NamedTuple):
    """A tunnel's state after some event of its history.

    A named tuple: a negotiation makes a new one with each line, and a frozen dataclass of this width costs ten times
    as much to copy.
    """

    phase1: Since[Phase] = Since(Phase.UNKNOWN)
    phase2: Since[Phase] = Since(Phase.UNKNOWN)
    health: Since[Health] = Since(Health.UNKNOWN)
    carrying: Since[bool | None] = Since(None)
    """Whether the tunnel is up, and since when it is or is not: a peer that tries again each few seconds moves the
    health between negotiating and down, and the outage began long before."""
    dpd_enabled: bool | None = None
    nat_t_detected: bool | None = None
    bgp: Bgp = Bgp()
    transitions: tuple[Transition, ...] = ()
    falls: tuple[int, ...] = ()
    """When the tunnel ceased to be up, ms; the last 64."""
    sas: tuple[Sa, ...] = ()
    """The pairs of phase 2 SAs that stand, as far as the log told."""
    rekey_at: int | None = None
    replacing_since: int | None = None
    old_sa_delete_due: int | None = None
    """Until when the DELETE of a replaced IKE_SA is to come, ms."""
    presumed: "AssumedState | None" = None
    dip: "BriefOutage | None" = None

    def flaps(self, now: int, within: int = HOUR) -> int:
        """Return how often the tunnel fell in the `within` ms before `now`."""
        return sum(1 for at in self.falls if now - within <= at <= now)


@dataclass(frozen=True, slots=True)
class AssumedState:
    """A state concluded from what a line says, where its own state fields still show the old one."""

    at: int
    before: State


@dataclass(frozen=True, slots=True)
class BriefOutage:
    """What a fall put aside. A tunnel that is up again within the burst did not fall: a rekey can replace the last SA
    before the next one stands (18 ms, seen), and a peer that restarts can be back in the same second."""

    at: int
    health: Since[Health]
    carrying: Since[bool | None]
    transitions: tuple[Transition, ...]
    falls: tuple[int, ...]


UNHEARD: Final = State()


def health_of(phase1: Phase, phase2: Phase) -> Health:
    """Return the health of a tunnel in these phases; rekeying counts as up."""
    if phase2.is_up and (phase1.is_up or phase1 is Phase.UNKNOWN):
        return Health.UP
    if Phase.NEGOTIATING in (phase1, phase2):
        return Health.NEGOTIATING
    if Phase.DOWN in (phase1, phase2):
        return Health.DOWN
    return Health.UNKNOWN


def advance(state: State, event: Event, rule: Rule | None, *, at: int, catalogue: Catalogue) -> State:
    """Return the state after `event`, the next in the order of the log; the same object where nothing changed."""
    if isinstance(event, IkeEvent):
        return _after_ike(state, event, rule, at, catalogue)
    if isinstance(event, BgpEvent):
        bgp = after_status(state.bgp, event, rule, at=at, catalogue=catalogue)
    elif isinstance(event, RouteEvent):
        bgp = after_route(state.bgp, event, at=at)
    else:
        return state
    return state if bgp is state.bgp else state._replace(bgp=bgp)


def _after_ike(state: State, event: IkeEvent, rule: Rule | None, at: int, catalogue: Catalogue) -> State:
    phase1, phase2 = event.phase1, event.phase2
    if state.presumed is not None:
        state = _tested(state, state.presumed, phase1, phase2, at, rule)
        if state.presumed is not None:  # still inside the burst: these fields show the state from before the line
            phase1 = phase2 = None
    state = _moved(state, phase1 or state.phase1.value, phase2 or state.phase2.value, at)
    if (event.dpd_enabled is not None and event.dpd_enabled is not state.dpd_enabled) or (
        event.nat_t_detected is not None and event.nat_t_detected is not state.nat_t_detected
    ):
        state = state._replace(
            dpd_enabled=state.dpd_enabled if event.dpd_enabled is None else event.dpd_enabled,
            nat_t_detected=state.nat_t_detected if event.nat_t_detected is None else event.nat_t_detected,
        )
    effect = _EFFECTS.get(rule.id) if rule is not None else None
    return state if effect is None else effect(state, at, catalogue.fields(event.message))


def _tested(
    state: State, presumed: AssumedState, phase1: Phase | None, phase2: Phase | None, at: int, rule: Rule | None
) -> State:
    """Return the state after holding a presumption against what the next record says."""
    if phase1 is None and phase2 is None:
        return state
    before = presumed.before
    now1, now2 = phase1 or before.phase1.value, phase2 or before.phase2.value
    in_burst = at - presumed.at <= BURST
    if in_burst and (now1, now2) == (before.phase1.value, before.phase2.value):
        return state
    was_up = before.health.value is Health.UP and state.health.value is not Health.UP
    is_new = rule is not None and rule.id in ESTABLISHED
    if was_up and not in_burst and not is_new and health_of(now1, now2) is Health.UP:
        # Up still, long after the burst, and not by a new SA: the line did not mean this tunnel's fall.
        return before._replace(dpd_enabled=state.dpd_enabled, nat_t_detected=state.nat_t_detected, bgp=state.bgp)
    return state._replace(presumed=None)


def _moved(state: State, phase1: Phase, phase2: Phase, at: int) -> State:
    if phase1 is state.phase1.value and phase2 is state.phase2.value:
        return state
    heard = state.health.value is not Health.UNKNOWN
    health = state.health.moved_to(health_of(phase1, phase2), at=at, seen=heard)
    carrying = state.carrying.moved_to(health.value is Health.UP, at=at, seen=heard)
    transitions, falls, dip = state.transitions, state.falls, state.dip
    if health is not state.health:
        if state.health.value is Health.UP:
            falls = (*falls, at)[-_REMEMBERED:]
            dip = BriefOutage(at, state.health, state.carrying, state.transitions, state.falls)
        if health.value is Health.UP and dip is not None and at - dip.at <= BURST:
            health, carrying, transitions, falls = dip.health, dip.carrying, dip.transitions, dip.falls
        else:
            transitions = (*transitions, Transition(at, state.health.value, health.value))[-_REMEMBERED:]
        dip = dip if health.value is not Health.UP else None
    return state._replace(
        phase1=state.phase1.moved_to(phase1, at=at, seen=state.phase1.value is not Phase.UNKNOWN),
        phase2=state.phase2.moved_to(phase2, at=at, seen=state.phase2.value is not Phase.UNKNOWN),
        health=health,
        carrying=carrying,
        transitions=transitions,
        falls=falls,
        dip=dip,
        sas=state.sas if phase2.is_up else (),
        replacing_since=state.replacing_since if phase1.is_up else None,
        old_sa_delete_due=state.old_sa_delete_due if phase1.is_up else None,
    )


def _presume(state: State, at: int, *, phase1: Phase | None = None, phase2: Phase | None = None) -> State:
    """Return the state that a line announces, to be held against the next record."""
    after = _moved(state, phase1 or state.phase1.value, phase2 or state.phase2.value, at)
    if after is state:
        return state
    before = state.presumed.before if state.presumed else state
    return after._replace(presumed=AssumedState(at, before._replace(presumed=None)))


Effect = Callable[[State, int, dict[str, str]], State]


def _tunnel_lost(state: State, at: int, fields: dict[str, str]) -> State:
    """Whatever was up is down. What negotiates anew is another attempt."""
    return _presume(
        state,
        at,
        phase1=Phase.DOWN if state.phase1.value.is_up else None,
        phase2=Phase.DOWN if state.phase2.value.is_up else None,
    )


def _peer_dead(state: State, at: int, fields: dict[str, str]) -> State:
    """The peer is dead. A tunnel of which nothing else is known was up, and is not now."""
    if state.phase1.value is state.phase2.value is Phase.UNKNOWN:
        return _presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    return _tunnel_lost(state, at, fields)


def _gave_up(state: State, at: int, fields: dict[str, str]) -> State:
    """An IKE_SA goes with a request that got no answer: the one that stands, unless AWS was setting up another."""
    is_attempt = state.replacing_since is not None and at - state.replacing_since <= _GIVES_UP
    if is_attempt or not state.phase1.value.is_up:
        return _attempt_failed(state, at, fields)
    return _presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)


def _attempt_failed(state: State, at: int, fields: dict[str, str]) -> State:
    """A negotiation ended without success. An SA that stands from before is not touched by it."""
    if state.phase1.value is state.phase2.value is Phase.UNKNOWN:
        return state  # it may have been beside an SA that stands
    if state.phase2.value.is_up:
        return _without_replacement(state)
    if not state.phase1.value.is_up:
        return _presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    if state.phase2.value is Phase.NEGOTIATING:
        return _presume(state, at, phase2=Phase.DOWN)
    return state


def _without_replacement(state: State) -> State:
    """Whatever was to replace an SA failed, or was a stranger's: a DELETE from now on means the SA that stands."""
    return (
        state
        if state.rekey_at is state.replacing_since is None
        else state._replace(rekey_at=None, replacing_since=None)
    )


def _authentication_failed(state: State, at: int, fields: dict[str, str]) -> State:
    if state.phase1.value.is_up:
        return _without_replacement(state)
    return _presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)


def _ike_sa_deleted(state: State, at: int, fields: dict[str, str]) -> State:
    """A DELETE of the IKE_SA ends the tunnel, except as the tail of a rekey, where it removes the replaced SA."""
    if state.old_sa_delete_due is not None and at <= state.old_sa_delete_due:
        # Replaced, and now gone. Its end may take several lines.
        return state._replace(old_sa_delete_due=min(state.old_sa_delete_due, at + BURST))
    rekeyed = state.rekey_at is not None and at - state.rekey_at <= _REKEY_TAIL
    spared = state.replacing_since is not None and at - state.replacing_since <= _REKEY_TAIL
    # The marks stay: where both sides rekeyed at once, each deletes an SA of its own.
    if rekeyed or spared:
        return state
    return _tunnel_lost(state, at, fields)


def _child_sa_removed(state: State, at: int, fields: dict[str, str]) -> State:
    """The tunnel loses phase 2 with its last SA; after a rekey a newer one stands."""
    spi = (fields.get("outbound") or fields.get("spi") or "").lower()
    standing = [sa for sa in state.sas if at - sa.at <= LONGEST_LIFE]
    left = tuple(sa for sa in standing if spi not in (sa.inbound, sa.outbound))
    if len(left) == len(standing):
        return state
    state = state._replace(sas=left)
    return state if left or not state.phase2.value.is_up else _presume(state, at, phase2=Phase.DOWN)


def _child_sa_established(state: State, at: int, fields: dict[str, str]) -> State:
    sa = Sa(at, fields.get("inbound", "").lower(), fields.get("outbound", "").lower())
    state = _presume(state, at, phase1=Phase.ESTABLISHED, phase2=Phase.ESTABLISHED)
    return state._replace(rekey_at=None, sas=(*state.sas, sa)[-8:] if sa.outbound else state.sas)


def _ike_sa_established(state: State, at: int, fields: dict[str, str]) -> State:
    came = state.carrying
    stood = came.value and (not came.seen or came.at is None or at - came.at > BURST)
    state = _presume(state, at, phase1=Phase.ESTABLISHED)
    return state._replace(old_sa_delete_due=at + HOUR) if stood else state


def _proposals_selected(state: State, at: int, fields: dict[str, str]) -> State:
    """Proposals for phase 2 tell that the CREATE_CHILD_SA exchange under way does not rekey the IKE_SA."""
    return state._replace(rekey_at=None) if fields.get("phase") == "2" and state.rekey_at is not None else state


def _exchange(state: State, at: int, fields: dict[str, str]) -> State:
    """Remember what may replace an IKE_SA: its DELETE is then routine."""
    tells = (fields.get("verb", "").lower(), fields.get("kind", "").lower()) in _TELLING
    if not tells or not state.phase1.value.is_up:
        return state
    exchange = fields.get("exchange", "").lower()
    if exchange == "create_child_sa":
        return state._replace(rekey_at=at)
    if exchange in ("main mode", "aggressive mode", "ike_sa_init"):
        return state._replace(replacing_since=at)
    return state


# Not the sending of a response: it comes after the lines that tell what was rekeyed.
_TELLING: Final = {("processed", "request"), ("is sending", "request"), ("processed", "response")}

_EFFECTS: Final[dict[str, Effect]] = {
    "dpd_timed_out": _peer_dead,
    "dpd_peer_dead": _peer_dead,
    "retransmits_exhausted": _gave_up,
    "phase1_unable": _attempt_failed,
    "half_open_timeout": _attempt_failed,
    "phase2_unable": _attempt_failed,
    "no_proposal_by_aws": _attempt_failed,
    "no_proposal_notified": _attempt_failed,
    "no_proposal_received": _attempt_failed,
    "ts_unacceptable": _attempt_failed,
    "psk_mismatch": _authentication_failed,
    "auth_failed_sent": _authentication_failed,
    "auth_failed_received": _authentication_failed,
    "delete_ike_received": _ike_sa_deleted,
    "delete_ike_sent": _ike_sa_deleted,
    "phase1_deleted": _ike_sa_deleted,
    "delete_phase2_received": _child_sa_removed,
    "delete_phase2_sent": _child_sa_removed,
    "child_closing": _child_sa_removed,
    "phase1_established": _ike_sa_established,
    "phase2_established": _child_sa_established,
    "proposals_selected": _proposals_selected,
    **dict.fromkeys(
        (
            "exchange",
            "exchange_create_child_sa",
            "exchange_main_mode",
            "exchange_aggressive_mode",
            "exchange_ike_sa_init",
        ),
        _exchange,
    ),
}
