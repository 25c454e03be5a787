"""The expected DELETEs of replaced IKE_SAs: each excuses one, which is then routine. Pure; times in ms."""

from collections.abc import Sequence
from typing import Final

from tui.domain.state.tunnel_state import Excuse, State
from tui.domain.times import HOUR

GIVES_UP: Final = 180_000
"""AWS gives up an attempt after 165 s, as measured."""
MOST_EXCUSES: Final = 4
_OLD_LIFE: Final = 8 * HOUR
"""How long a replaced IKE_SA may live if the new one was confirmed: this is the default lifetime."""


def without_the_newest(state: State, candidates: Sequence[Excuse]) -> State:
    """Return the state without the newest unconfirmed one of these excuses and its repetitions."""
    newest = next((excuse for excuse in reversed(candidates) if not excuse.is_confirmed), None)
    if newest is None:
        return state
    return state._replace(
        excuses=tuple(
            excuse
            for excuse in state.excuses
            if excuse.is_confirmed or (excuse.exchange, excuse.at) != (newest.exchange, newest.at)
        )
    )


def confirmed(state: State, at: int) -> State:
    """Return the state after the newest IKE_SA was seen to be up: the replaced one may live to its end."""
    for index in range(len(state.excuses) - 1, -1, -1):
        excuse = state.excuses[index]
        if not excuse.is_confirmed and at - excuse.at <= GIVES_UP:
            kept = excuse._replace(until=at + _OLD_LIFE, is_confirmed=True)
            return state._replace(excuses=(*state.excuses[:index], kept, *state.excuses[index + 1 :]))
    return state


def without(state: State, exchange: str) -> State:
    """Return the state without the unconfirmed excuses of such exchanges."""
    left = tuple(excuse for excuse in state.excuses if excuse.is_confirmed or not excuse.exchange.startswith(exchange))
    return state if len(left) == len(state.excuses) else state._replace(excuses=left)


def expecting(state: State, excuse: Excuse) -> State:
    """Return the state with one more excuse, which replaces expired ones and those of the same exchange."""
    kept = [known for known in state.excuses if known.until >= excuse.at and known.exchange != excuse.exchange]
    same = any(known.exchange == excuse.exchange and excuse.at - known.at <= GIVES_UP for known in state.excuses)
    return state if same else state._replace(excuses=(*kept, excuse)[-MOST_EXCUSES:])
