"""Whether a tunnel that is up is silent against its own habit: DPD every ten seconds, then nothing."""

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Final

from tui.domain.events import Log
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import MINUTE

LEAST: Final = 5 * MINUTE
"""A silence, in ms, that CloudWatch's own delay can explain."""
_STEADY: Final = MINUTE
"""The longest pause, in ms, of a tunnel that logs continuously. Without NAT a healthy tunnel can be silent until its
rekey, and is called quiet only if it breaks the rhythm of its rekeys.
"""
_WATCHED: Final = 2 * MINUTE
"""How long a tunnel must have logged steadily to make it a habit."""
_MOST_LINES: Final = 64
_TIMES: Final = 5
"""A silence this many times as long as the longest earlier pause is no accident."""
_REKEYS: Final = 4
"""The pauses between rekeys that make a rhythm: rekeys of phase 1 fall between those of phase 2."""


def breaks_its_habit(tunnel: Tunnel, *, now: int) -> bool:
    """Return whether a tunnel that is up has been silent for longer than its continuous or rhythmic logging allows."""
    last = tunnel.last_event_at
    if last is None or now - last < LEAST:
        return False
    newest = [entry for entry in islice(tunnel.history.newest_first(), _MOST_LINES) if entry.state.is_up.value]
    steady = _longest_pause_while_steady([entry.at for entry in newest])
    if steady is not None:
        return now - last > _TIMES * steady
    rhythm = _longest_pause_in_rhythm([entry.at for entry in newest if entry.log is Log.IKE])
    return rhythm is not None and now - last > 2 * rhythm + LEAST


def _longest_pause_while_steady(times: Sequence[int]) -> int | None:
    """Return the longest pause of a tunnel that logs continuously, else None; `times` are newest first."""
    span, longest = 0, 0
    for later, earlier in pairwise(times):
        if later - earlier > _STEADY:
            break
        span, longest = times[0] - earlier, max(longest, later - earlier)
    return longest if span >= _WATCHED else None


def _longest_pause_in_rhythm(times: Sequence[int]) -> int | None:
    """Return the longest pause of a tunnel that logs in even intervals, as rekeys do; `times` are newest first."""
    pauses = [later - earlier for later, earlier in pairwise(times) if later - earlier > _STEADY]
    is_even = len(pauses) >= _REKEYS and max(pauses) <= 2 * min(pauses)
    return max(pauses) if is_even else None
