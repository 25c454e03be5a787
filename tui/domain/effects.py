"""What a line's rule does to a tunnel, beyond the state fields of its record: `EFFECTS`, from rule id to effect."""

from collections.abc import Callable
from typing import Final

from tui.domain.events import Phase
from tui.domain.tunnel import BURST, HOUR, LONGEST_LIFE, Sa, State, presume

_REKEY_TAIL: Final = 60_000
"""Until when the DELETE of an IKE_SA belongs to an exchange that may replace it: 4 ms with IKEv2 as measured, 10 s with
IKEv1. Where a new IKE_SA was seen to stand, the old one's DELETE is waited for an hour: it can live to its end."""
_GIVES_UP: Final = 180_000
"""AWS gives an attempt up at 165 s, as measured."""
ESTABLISHED: Final = {"phase1_established", "phase2_established"}
"""The rules of the lines that say that an SA was set up."""
# Not the sending of a response: it comes after the lines that tell what was rekeyed.
_TELLING: Final = {("processed", "request"), ("is sending", "request"), ("processed", "response")}

Effect = Callable[[State, int, dict[str, str]], State]


def _tunnel_lost(state: State, at: int, fields: dict[str, str]) -> State:
    """Whatever was up is down. What negotiates anew is another attempt."""
    return presume(
        state,
        at,
        phase1=Phase.DOWN if state.phase1.value.is_up else None,
        phase2=Phase.DOWN if state.phase2.value.is_up else None,
    )


def _peer_dead(state: State, at: int, fields: dict[str, str]) -> State:
    """The peer is dead. A tunnel of which nothing else is known was up, and is not now."""
    if state.phase1.value is state.phase2.value is Phase.UNKNOWN:
        return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    return _tunnel_lost(state, at, fields)


def _gave_up(state: State, at: int, fields: dict[str, str]) -> State:
    """An IKE_SA goes with a request that got no answer: the one that stands, unless AWS was setting up another."""
    is_attempt = state.replacing_since is not None and at - state.replacing_since <= _GIVES_UP
    if is_attempt or not state.phase1.value.is_up:
        return _attempt_failed(state, at, fields)
    return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)


def _attempt_failed(state: State, at: int, fields: dict[str, str]) -> State:
    """A negotiation ended without success. An SA that stands from before is not touched by it."""
    if state.phase1.value is state.phase2.value is Phase.UNKNOWN:
        return state  # it may have been beside an SA that stands
    if state.phase2.value.is_up:
        return _without_replacement(state)
    if not state.phase1.value.is_up:
        return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)
    if state.phase2.value is Phase.NEGOTIATING:
        return presume(state, at, phase2=Phase.DOWN)
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
    return presume(state, at, phase1=Phase.DOWN, phase2=Phase.DOWN)


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
    return state if left or not state.phase2.value.is_up else presume(state, at, phase2=Phase.DOWN)


def _child_sa_established(state: State, at: int, fields: dict[str, str]) -> State:
    sa = Sa(at, fields.get("inbound", "").lower(), fields.get("outbound", "").lower())
    state = presume(state, at, phase1=Phase.ESTABLISHED, phase2=Phase.ESTABLISHED)
    return state._replace(rekey_at=None, sas=(*state.sas, sa)[-8:] if sa.outbound else state.sas)


def _ike_sa_established(state: State, at: int, fields: dict[str, str]) -> State:
    came = state.is_up
    stood = came.value and (not came.seen or came.at is None or at - came.at > BURST)
    state = presume(state, at, phase1=Phase.ESTABLISHED)
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
