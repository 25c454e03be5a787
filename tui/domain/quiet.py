"""How long a tunnel that is up has been silent, where that breaks its own habit: DPD each ten seconds, then nothing."""

from itertools import islice, pairwise
from typing import Final

from tui.domain.doubt import DoubtKind
from tui.domain.fleet import Tunnel
from tui.domain.judgement import Judgement
from tui.domain.times import MINUTE
from tui.domain.tunnel import Health

_LEAST: Final = 5 * MINUTE
"""Silence that CloudWatch's own delay can explain."""
_STEADY: Final = MINUTE
"""The longest pause of a tunnel that logs all the time, ms. Without NAT a healthy tunnel can be silent until its rekey,
and is never called quiet."""
_WATCHED: Final = 2 * MINUTE
"""How long a tunnel must have logged steadily for that to be its habit."""
_MOST_LINES: Final = 64
_TIMES: Final = 5
"""A silence so many times as long as the longest pause before is no accident."""


def quiet_for(tunnel: Tunnel, judgement: Judgement, *, now: int) -> int | None:
    """Return for how long (ms) a tunnel that is up has been silent at `now`, against its habit, or for longer than an
    SA lives without a word from EC2; else None."""
    last = tunnel.last_event_at
    if last is None or now - last < _LEAST or judgement.health is not Health.UP:
        return None
    if judgement.doubt is not None and judgement.doubt.kind is DoubtKind.LOG_OLD:
        return now - last
    newest = islice(tunnel.history.newest_first(), _MOST_LINES)
    times = [entry.at for entry in newest if entry.state.is_up.value]
    span, longest = 0, 0
    for later, earlier in pairwise(times):
        if later - earlier > _STEADY:
            break
        span, longest = last - earlier, max(longest, later - earlier)
    is_habit = span >= _WATCHED
    return now - last if is_habit and now - last > _TIMES * longest else None
