"""When each phase of a tunnel is rekeyed next: AWS's window, from the lifetimes, margin and fuzz of the tunnel options.

AWS documents that its side rekeys within the margin before a lifetime expires, at a time randomised by the fuzz
(Site-to-Site VPN user guide, "Tunnel options"). As in the IKE daemons from which these terms come, the fuzz widens the
margin: a lifetime of 3600 s, a margin of 270 s and a fuzz of 100 % give 3060 to 3330 s. AWS describes the margin for
phase 2 only, and has no other for phase 1. The startup action decides who dials; nothing says that it decides who
rekeys. Pure; times in ms.
"""

from itertools import pairwise
from typing import NamedTuple

from tui.domain.inventory import ConnectionFacts, TunnelFacts
from tui.domain.state.history import History
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, State
from tui.domain.times import SECOND


class Rekey(NamedTuple):
    """The next rekey of one phase. AWS starts it between `opens` and `closes`, both None if only the device does.

    The device may start one at any earlier time. Without one, the SA ends at `expires`.
    """

    phase: int
    established_at: int
    opens: int | None
    closes: int | None
    expires: int


def next_rekeys(tunnel: Tunnel, connection: ConnectionFacts | None, *, now: int) -> tuple[Rekey, ...]:
    """Return the rekeys due after `now`, phase 1 first.

    A phase is left out if the lifetime or the start of its SA is unknown, or if it should have ended already.
    """
    return rekeys_ahead(tunnel.state, tunnel.facts, connection, now=now)


def rekeys_ahead(
    state: State, facts: TunnelFacts | None, connection: ConnectionFacts | None, *, now: int
) -> tuple[Rekey, ...]:
    """Return the rekeys due after `now` for a tunnel in this state, as `next_rekeys` does."""
    if facts is None:
        return ()
    established = (1, ike_sa_at(state, facts)), (2, newest_sa_at(state))
    rekeys = [_rekey(phase, at, facts, connection) for phase, at in established if at is not None]
    return tuple(rekey for rekey in rekeys if rekey is not None and rekey.expires > now)


def newest_sa_at(state: State) -> int | None:
    """Return when the newest existing pair of phase 2 SAs was established, None if no line reported it."""
    return state.sas[-1].at if state.sas and state.phase2.value.is_up else None


def ike_sa_at(state: State, facts: TunnelFacts) -> int | None:
    """Return when the existing IKE_SA was established, None if no line reported it.

    IKEv2 deletes the replaced IKE_SA at once, so its DELETE dates the new one. With IKEv1 the old one lives to its end,
    so the time is unknown after a rekey.
    """
    if not state.phase1.value.is_up or state.phase1.at is None:
        return None
    replaced_at = state.excused_at
    if replaced_at is not None and replaced_at > state.phase1.at + BURST:
        return replaced_at if _speaks_ikev2(facts) else None
    return state.phase1.at if state.phase1.seen else None


def rekeyed_at(tunnel: Tunnel) -> int | None:
    """Return when phase 2 was last rekeyed while the tunnel was up, None if that was not seen.

    Setting up the tunnel also creates a pair of SAs; only one created later replaces another.
    """
    state = tunnel.state
    newest, up = newest_sa_at(state), state.is_up
    if newest is None or not up.value or up.at is None:
        return None
    is_later = newest - up.at > BURST or (not up.seen and _was_up_before(tunnel.history, newest))
    return newest if is_later else None


def _was_up_before(history: History, at: int) -> bool:
    """Whether the tunnel was up in the record before the one that established the pair of SAs at `at`."""
    for entry, earlier in pairwise(history.newest_first()):
        if entry.at < at:
            return False
        if entry.at == at and entry.rule is not None and entry.rule.id == "phase2_established":
            return bool(earlier.state.is_up.value)
    return False


def _rekey(phase: int, at: int, facts: TunnelFacts, connection: ConnectionFacts | None) -> Rekey | None:
    lifetime = facts.number(f"Phase{phase}LifetimeSeconds")
    margin, fuzz = facts.number("RekeyMarginTimeSeconds"), facts.number("RekeyFuzzPercentage")
    if not lifetime or margin is None or fuzz is None:
        return None
    expires = at + lifetime * SECOND
    if connection is not None and connection.accelerated:
        return Rekey(phase, at, None, None, expires)
    closes = max(at, expires - margin * SECOND)
    opens = max(at, closes - margin * fuzz * SECOND // 100)
    return Rekey(phase, at, opens, closes, expires)


def _speaks_ikev2(facts: TunnelFacts) -> bool:
    version = facts.negotiated.get("IkeVersion") or ", ".join(facts.values("IkeVersions"))
    return version.lower() == "ikev2"
