"""Whether a tunnel that is up is silent against its own habit: DPD each ten seconds, then nothing."""

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Final

from tui.domain.events import Log
from tui.domain.state.fleet import Tunnel
from tui.domain.times import MINUTE

LEAST: Final = 5 * MINUTE
"""Silence that CloudWatch's own delay can explain, ms."""
_STEADY: Final = MINUTE
"""The longest pause of a tunnel that logs all the time, ms. Without NAT a healthy tunnel can be silent until its rekey,
and is called quiet only where its rekeys have a rhythm that it breaks."""
_WATCHED: Final = 2 * MINUTE
"""How long a tunnel must have logged steadily for that to be its habit."""
_MOST_LINES: Final = 64
_TIMES: Final = 5
"""A silence so many times as long as the longest pause before is no accident."""
_REKEYS: Final = 4
"""Pauses between rekeys that make a rhythm: of two kinds of rekey, those of phase 1 fall between those of phase 2."""


def breaks_its_habit(tunnel: Tunnel, *, now: int) -> bool:
    """Return whether the log of a tunnel that is up has been silent for longer than it ever is: it logged all the time,
    or at even distances."""
    last = tunnel.last_event_at
    if last is None or now - last < LEAST:
        return False
    newest = [entry for entry in islice(tunnel.history.newest_first(), _MOST_LINES) if entry.state.is_up.value]
    steady = _longest_pause_of_all_the_time([entry.at for entry in newest])
    if steady is not None:
        return now - last > _TIMES * steady
    rhythm = _longest_pause_of_a_rhythm([entry.at for entry in newest if entry.log is Log.IKE])
    return rhythm is not None and now - last > 2 * rhythm + LEAST


def _longest_pause_of_all_the_time(times: Sequence[int]) -> int | None:
    """Return the longest pause of a tunnel that logs all the time; `times` from the newest back."""
    span, longest = 0, 0
    for later, earlier in pairwise(times):
        if later - earlier > _STEADY:
            break
        span, longest = times[0] - earlier, max(longest, later - earlier)
    return longest if span >= _WATCHED else None


def _longest_pause_of_a_rhythm(times: Sequence[int]) -> int | None:
    """Return the longest pause of a tunnel that logs at even distances, as its rekeys are; `times` from the newest
    back."""
    pauses = [later - earlier for later, earlier in pairwise(times) if later - earlier > _STEADY]
    is_even = len(pauses) >= _REKEYS and max(pauses) <= 2 * min(pauses)
    return max(pauses) if is_even else None
