"""The effect of a line's rule on a tunnel, beyond its record's state fields: `EFFECTS`, from rule id to effect."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from tui.domain.events import Phase
from tui.domain.knowledge.line_kinds import PHASE2_ENDS
from tui.domain.state.excuses import GIVES_UP, MOST_EXCUSES, confirmed, expecting, without, without_the_newest
from tui.domain.state.tunnel_state import BURST, LONGEST_LIFE, Excuse, Renewal, Sa, State, presume
from tui.domain.times import HOUR, MINUTE

_REKEY_TAIL: Final = MINUTE
"""How long the DELETE of an IKE_SA may follow an exchange that replaces it: measured 4 ms with IKEv2, 10 s with IKEv1.
"""
_MAIN_MODE_TAIL: Final = HOUR
"""The same after a Main Mode, whose end IKEv1 does not log: a device lets the old IKE_SA live to its end."""
HALF_OPEN: Final = MINUTE
"""AWS drops a half-open IKE_SA after 30 s: the lines of one negotiation come within this time."""
_FIELDS_LAG: Final = 5 * MINUTE
"""State fields that still show an SA for longer than this after its end are not delayed: the line meant something else.
"""
# Not the sending of a response: it follows the lines that show what was rekeyed.
_TELLING: Final = {("processed", "request"), ("is sending", "request"), ("processed", "response")}

_IS_IKEV1: Final = {"quick mode": True, "create_child_sa": False}
"""The version of the exchanges that require an existing IKE_SA, so that no stranger can begin them."""
_ASKS: Final = ("is sending", "request")
_CHILD_EXCHANGES: Final = {"create_child_sa", "quick mode"}
_REKEYED: Final = 30_000
"""The time after a rekey, ms, within which the old SA usually ends."""

Effect = Callable[[State, int, dict[str, str]], State]


def _tunnel_lost(state: State, at: int, fields: dict[str, str]) -> State:
    """Everything that was up is down. A new negotiation is another attempt."""
    return presume(
        state,
        at,
        phase1=Phase.DOWN if state.phase1.value.is_up else None,
        phase2=Phase.DOWN if state.phase2.value.is_up else None,
    )


def _peer_dead(state: State, at: int, fields: dict[str, str]) -> State:
    """The peer is dead. A tunnel of which nothing else is known was up, and no longer is."""
    if state.phase1.value is state.phase2.value is Phase.UNKNOWN:
        return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    return _tunnel_lost(state, at, fields)


def _gave_up(state: State, at: int, fields: dict[str, str]) -> State:
    """An unanswered request ends an IKE_SA: the existing one, unless AWS was setting up another."""
    is_attempt = any(excuse.exchange.startswith(_NEW) and at - excuse.at <= GIVES_UP for excuse in state.excuses)
    if is_attempt or not state.phase1.value.is_up:
        return _attempt_failed(state, at, fields)
    return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)


def _attempt_failed(state: State, at: int, fields: dict[str, str]) -> State:
    """A negotiation failed. An SA from before it is not affected."""
    if state.phase1.value is state.phase2.value is Phase.UNKNOWN:
        return state  # it may have been beside an existing SA
    if state.phase2.value.is_up:
        return _without_replacement(state)
    if not state.phase1.value.is_up:
        return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    if state.phase2.value is Phase.NEGOTIATING:
        return presume(state, at, phase2=Phase.DOWN)
    return state


def _without_replacement(state: State) -> State:
    """The replacement attempt failed or came from an unrelated peer: a later DELETE refers to the existing SA."""
    rekeyed_at = state.rekeyed_at
    if rekeyed_at is not None and not any(
        excuse.exchange == _NEW and excuse.at >= rekeyed_at for excuse in state.excuses
    ):
        state = state._replace(rekeyed_at=None)  # the rekey was refused
    return without_the_newest(state, [excuse for excuse in state.excuses if excuse.exchange != _AUTH])


def _authentication_failed(state: State, at: int, fields: dict[str, str]) -> State:
    if state.phase1.value.is_up:
        return without_the_newest(state, state.excuses)
    return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)


def _ike_sa_deleted(state: State, at: int, fields: dict[str, str], *, rule: str) -> State:
    """A DELETE of the IKE_SA ends the tunnel, unless it is excused by the replacement of an IKE_SA.

    With IKEv1, phase 2 outlives phase 1 if the record itself says so.
    """
    if state.is_ikev1 and not state.phase1.value.is_up:
        return state
    if state.excused_at is not None and at - state.excused_at <= BURST:
        return state  # the end of an IKE_SA may take several lines
    due = [excuse for excuse in state.excuses if at <= excuse.until]
    fallen = _tunnel_lost(state, at, fields)
    if not due:
        return fallen
    excused = state._replace(excuses=tuple(due[1:]), excused_at=at)
    if at - due[0].at <= HALF_OPEN or fallen.presumed is None or not fallen.endings:
        return excused
    # If the device dials again at once, this was the end, and an earlier DELETE was not delivered.
    endings = (*fallen.endings[:-1], fallen.endings[-1]._replace(rule=rule))
    return excused._replace(retracted=fallen._replace(presumed=replace(fallen.presumed, rule=rule), endings=endings))


def _child_sa_removed(state: State, at: int, fields: dict[str, str]) -> State:
    """The tunnel loses phase 2 with its last SA; after a rekey a newer one exists."""
    spis = set((fields.get("outbound") or fields.get("spi") or "").lower().split())
    others = tuple(sa for sa in state.sas if not spis & {sa.inbound, sa.outbound})
    if len(others) == len(state.sas):
        if spis <= state.removed:
            return state  # the end of an SA may take several lines
        return state._replace(sas=tuple(sa for sa in others if sa.outbound), unknown_removed_at=at)
    gone = frozenset(spi for sa in state.sas if sa not in others for spi in (sa.inbound, sa.outbound))
    state = state._replace(removed=gone.union(spis))
    left = tuple(sa for sa in others if at - sa.at <= LONGEST_LIFE)
    if not left and state.rekeyed_at is not None and at - state.rekeyed_at <= _REKEYED:
        return state._replace(sas=(), rekeyed_at=None)  # its successor exists, although its line is late or lost
    state = state._replace(sas=left)
    return state if left or not state.phase2.value.is_up else presume(state, at, phase2=Phase.DOWN)


def _child_sa_established(state: State, at: int, fields: dict[str, str]) -> State:
    sa = Sa(at, fields.get("inbound", "").lower(), fields.get("outbound", "").lower())
    state = _fallen_after_all(state, at)
    stood = _has_older_sas(state, at)
    if sa.outbound and not state.sas and _is_beside_an_unknown(state, at):
        state = state._replace(sas=(Sa(at, "", ""),))
    state = presume(state, at, phase1=Phase.ESTABLISHED, phase2=Phase.ESTABLISHED)
    state = confirmed(without(state, _REKEY), at) if stood else without(state, _REKEY)
    return state._replace(
        sas=(*state.sas, sa)[-8:] if sa.outbound else state.sas, rekeyed_at=None, stood_at=at, unproven_since=None
    )


def _is_beside_an_unknown(state: State, at: int) -> bool:
    """Whether a pair without a line in the log exists from before this burst and was not just removed."""
    came, went = state.is_up, state.unknown_removed_at
    stood = bool(came.value) and came.at is not None and at - came.at > BURST
    return stood and (went is None or at - went > _FIELDS_LAG)


def _fallen_after_all(state: State, at: int) -> State:
    """Return the state before a new pair: down, if a line just ended the SAs and the fields lagged.

    The states of a negotiation right afterwards may still be those from before the line. A new pair of phase 2 SAs then
    proves that the line was meant; after the end of the IKE_SA, a new pair over a new IKE_SA does.
    """
    fallen = state.retracted
    if fallen is None or fallen.presumed is None:
        return state
    ended_at, rule = fallen.presumed.at, fallen.presumed.rule
    is_over_new = any(excuse.at > ended_at and excuse.exchange.startswith(_NEW) for excuse in state.excuses)
    if at - ended_at > _FIELDS_LAG or not (rule in PHASE2_ENDS or is_over_new):
        return state._replace(retracted=None)
    return fallen._replace(
        presumed=None, dpd_enabled=state.dpd_enabled, nat_t_detected=state.nat_t_detected, bgp=state.bgp
    )


def _ike_sa_established(state: State, at: int, fields: dict[str, str]) -> State:
    stood = _has_older_sas(state, at)
    state = presume(state, at, phase1=Phase.ESTABLISHED)
    if not stood:
        return state
    if all(excuse.is_confirmed for excuse in state.excuses):  # the exchange itself was not logged
        state = expecting(state, Excuse("", at, at))
    return confirmed(state, at)


def _has_older_sas(state: State, at: int) -> bool:
    """Whether SAs exist from before this burst."""
    came = state.is_up
    return bool(came.value) and (not came.seen or came.at is None or at - came.at > BURST)


def _proposals_selected(state: State, at: int, fields: dict[str, str]) -> State:
    """Proposals for phase 2 show that the current CREATE_CHILD_SA exchange does not rekey the IKE_SA."""
    return without(state, _REKEY) if fields.get("phase") == "2" else state


def _exchange(state: State, at: int, fields: dict[str, str]) -> State:
    """Record exchanges that may replace an IKE_SA: its DELETE is then routine."""
    step = (fields.get("verb", "").lower(), fields.get("kind", "").lower())
    exchange = fields.get("exchange", "").lower()
    is_ikev1 = _IS_IKEV1.get(exchange)
    if is_ikev1 is not None and is_ikev1 is not state.is_ikev1:
        state = state._replace(is_ikev1=is_ikev1)
    if step not in _TELLING or not state.phase1.value.is_up:
        return state
    if exchange in _CHILD_EXCHANGES and step != _ASKS:
        state = state._replace(rekeyed_at=at)
    begun_by = "cgw" if step == ("processed", "request") else "aws"
    if exchange == "create_child_sa":
        return expecting(state, Excuse(f"{_REKEY} {begun_by} {fields.get('id', '')}", at, at + _REKEY_TAIL))
    is_new = state.phase1.seen and state.phase1.at is not None and at - state.phase1.at <= BURST
    if is_new and not _has_older_sas(state, at):
        return state  # the IKE_SA of this very set-up: it replaces none
    if exchange in ("main mode", "aggressive mode"):
        return expecting(state, Excuse(f"{_NEW} {begun_by} {exchange}", at, at + _MAIN_MODE_TAIL))
    if exchange == "ike_sa_init":
        # Each is another negotiation: of two concurrent ones, one may be refused.
        return state._replace(excuses=(*state.excuses, Excuse(_NEW, at, at + _REKEY_TAIL))[-MOST_EXCUSES:])
    if exchange == "ike_auth":
        begun = without_the_newest(state, [excuse for excuse in state.excuses if excuse.exchange == _NEW])
        return expecting(begun, Excuse(_AUTH, at, at + _REKEY_TAIL))
    return state


_NEW, _AUTH, _REKEY = "new", "new, authenticating", "rekey"


def renewal(state: State, at: int) -> Renewal | None:
    """Return the set-up that a pair of phase 2 SAs at `at` completes beside those of `state`.

    None if nothing existed before it, and if the pair belongs to the existing IKE_SA. In a set-up that AWS begins, the
    fields show the tunnel down for a moment, though no line ended the SAs before.
    """
    began = [excuse.at for excuse in state.excuses if excuse.exchange.startswith(_NEW) and at - excuse.at <= HALF_OPEN]
    if began and _has_older_sas(state, min(began)):
        return Renewal(min(began), at)
    dip = state.dip
    is_momentary = dip is not None and at - dip.at <= BURST
    return Renewal(dip.at, at) if dip is not None and is_momentary and not state.endings[-1].rule else None


EFFECTS: Final[dict[str, Effect]] = {
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
    "psk_decryption_failed": _authentication_failed,
    "auth_failed_sent": _authentication_failed,
    "auth_failed_received": _authentication_failed,
    "delete_ike_received": partial(_ike_sa_deleted, rule="delete_ike_received"),
    "delete_ike_sent": partial(_ike_sa_deleted, rule="delete_ike_sent"),
    "phase1_deleted": partial(_ike_sa_deleted, rule="phase1_deleted"),
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
            "exchange_quick_mode",
            "exchange_main_mode",
            "exchange_aggressive_mode",
            "exchange_ike_auth",
            "exchange_ike_sa_init",
        ),
        _exchange,
    ),
}
