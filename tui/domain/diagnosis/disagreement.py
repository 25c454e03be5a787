"""Where the logs and EC2 say different things of one tunnel, in words. Pure."""

from typing import Final

from tui.domain.fleet import Tunnel
from tui.domain.inventory import Telemetry
from tui.domain.times import when
from tui.domain.tunnel import Health, State

_LAG: Final = 5 * 60_000
"""EC2's status follows within some minutes; what the logs saw change since then EC2 may not know yet."""
_OPENING: Final = 2 * 60_000
"""BGP tries to connect once in this time at least: its first record comes as soon after the tunnel that it opens on."""


def disagreement(tunnel: Tunnel, *, now: int, utc: bool = True, static: bool = False) -> str | None:
    """Return what the logs say beside what EC2 says, where the two differ; None where they agree or one is silent.

    EC2 calls a tunnel UP when IKE stands and, unless the connection is `static`, BGP does too. Times, ms in and words
    out, are in UTC or in the machine's zone.
    """
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    state = tunnel.state
    stands = _stands(state, static=static)
    if telemetry is None or stands is None or (stands is telemetry.is_up and not _is_torn(state, telemetry)):
        return None
    changed = _last_change(state, static=static)
    parts = [
        f"logs: {_ike(state, now=now, utc=utc)}",
        f"EC2: {_ec2(telemetry, now=now, utc=utc)}",
        *([] if static else _bgp(tunnel, now=now, utc=utc)),
        *(["EC2 is minutes behind"] if changed is not None and now - changed < _LAG else []),
    ]
    return "; ".join(parts)


def _stands(state: State, *, static: bool) -> bool | None:
    """Whether the logs show the tunnel working in every layer that EC2 counts; None where they do not tell."""
    if state.health.value is Health.UNKNOWN:
        return None
    return state.health.value is Health.UP and (static or state.bgp.is_up is not False)


def _is_torn(state: State, telemetry: Telemetry) -> bool:
    """Whether EC2's one word DOWN hides that IKE stands: the logs then say "established" beside it."""
    return state.health.value is Health.UP and not telemetry.is_up


def _last_change(state: State, *, static: bool) -> int | None:
    layers = [state.is_up] if static else [state.is_up, state.bgp.is_established]
    return max((each.at for each in layers if each.at is not None and each.seen), default=None)


def _ike(state: State, *, now: int, utc: bool) -> str:
    # Since the tunnel came up or ceased to be: the phases themselves change with every rekey and every attempt.
    since = state.is_up
    at = "" if since.at is None else when(since.at, now=now, utc=utc)
    if state.health.value is Health.UP:
        return f"phase 2 established {'' if since.seen else 'before '}{at}".rstrip()
    number, phase = (2, state.phase2) if state.phase1.value.is_up else (1, state.phase1)
    return f"phase {number} {phase.value.value}, not up since {'' if since.seen else 'before '}{at}"


def _ec2(telemetry: Telemetry, *, now: int, utc: bool) -> str:
    word = "UP" if telemetry.is_up else "DOWN"
    since = f" since {when(telemetry.since, now=now, utc=utc)}" if telemetry.since is not None else ""
    return f"{word}{since}{', ' if telemetry.message else ''}{telemetry.message}"


def _bgp(tunnel: Tunnel, *, now: int, utc: bool) -> list[str]:
    ike, bgp = tunnel.state.is_up, tunnel.state.bgp
    since = bgp.is_established
    if not ike.value or bgp.session is None or bgp.is_up or since.at is None:
        return []
    if not since.seen and ike.seen and ike.at is not None and 0 <= since.at - ike.at <= _OPENING:
        return ["BGP never opened"]
    at = when(since.at, now=now, utc=utc)
    return [f"BGP {bgp.session}, not up since {'' if since.seen else 'before '}{at}"]
