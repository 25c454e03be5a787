"""How long a tunnel that is up has been silent against its habit, or for too long without word from EC2."""

from typing import Final

from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.habit import breaks_its_habit
from tui.domain.judgement.judgement import Judgement
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health

_BY_THE_SOURCES: Final = {DoubtKind.LOG_QUIET, DoubtKind.LOG_OLD}


def quiet_for(tunnel: Tunnel, judgement: Judgement, *, now: int) -> int | None:
    """Return how long (ms) a tunnel that is up has been silent at `now`, None if that is not remarkable.

    It is if the silence breaks its habit, or exceeds the lifetime of an SA without word from EC2.
    """
    last = tunnel.last_event_at
    if last is None or judgement.health is not Health.UP:
        return None
    in_doubt = judgement.doubt is not None and judgement.doubt.kind in _BY_THE_SOURCES
    return now - last if in_doubt or breaks_its_habit(tunnel, now=now) else None
