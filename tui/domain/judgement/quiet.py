"""How long a tunnel that is up has been silent, where that breaks its own habit, or is too long without EC2's word."""

from typing import Final

from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.habit import breaks_its_habit
from tui.domain.judgement.judgement import Judgement
from tui.domain.state.fleet import Tunnel
from tui.domain.state.tunnel import Health

_BY_THE_SOURCES: Final = {DoubtKind.LOG_QUIET, DoubtKind.LOG_OLD}


def quiet_for(tunnel: Tunnel, judgement: Judgement, *, now: int) -> int | None:
    """Return for how long (ms) a tunnel that is up has been silent at `now`, against its habit, or for longer than an
    SA lives without a word from EC2; else None."""
    last = tunnel.last_event_at
    if last is None or judgement.health is not Health.UP:
        return None
    in_doubt = judgement.doubt is not None and judgement.doubt.kind in _BY_THE_SOURCES
    return now - last if in_doubt or breaks_its_habit(tunnel, now=now) else None
