"""What a history forgets when it holds too much: first routine, then repetitions, then everything but landmarks.

A diagnosis rests on the first and the last lines of a cause. These are forgotten last, so that "since" does not change
for lack of memory.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tui.domain.knowledge.rule import Severity
from tui.domain.state.history import Entry, History
from tui.domain.state.indicators import COLLISIONS, is_answer, is_dialling, rule_of
from tui.domain.state.tunnel_state import BURST

_UNTOUCHED: Final = 64
"""The number of newest entries kept, which are visible on the screen."""
_SHORTEST: Final = 1_000
"""The characters kept of the newest line if even that one is too long."""

Kind = tuple[object, ...]


def trim(history: History, goal: int) -> None:
    """Forget until the history's weight is at most `goal`, which must be at least 1. The newest line always stays."""
    if history.weight > goal:
        history.drop(_routine(list(history), goal, history.weight - goal))
    if history.weight > goal:
        history.drop(_repetitions(list(history), goal), as_repetition=True)
    if history.weight > goal:
        history.drop(_all_but_landmarks(list(history), goal), as_repetition=True)
    if history.weight > goal:
        history.shorten_last(_SHORTEST)


def _untouched(goal: int) -> int:
    return min(_UNTOUCHED, goal // 2)


def _routine(entries: Sequence[Entry], goal: int, surplus: int) -> list[range]:
    """Return the oldest chatter that changed nothing, until its weight is at least `surplus`.

    Packets since the last answer stay, because silence is a symptom, too. So do exchange steps in the same burst as
    news, because they may be the only indication of how an attempt ended.
    """
    answered = next((index for index in range(len(entries) - 1, -1, -1) if is_answer(entries[index])), 0)
    indices: list[int] = []
    news_at: int | None = None
    for index, entry in enumerate(entries[: len(entries) - _untouched(goal)]):
        news_at = news_at if entry.is_chatter else entry.at
        is_unanswered = index > answered and rule_of(entry) == "packet_sent"
        tells_an_end = entry.is_step and news_at is not None and entry.at - news_at <= BURST
        is_idle = index > 0 and entry.state is entries[index - 1].state
        if not (entry.is_chatter and is_idle) or is_unanswered or tells_an_end:
            continue
        indices.append(index)
        surplus -= entry.weight
        if surplus <= 0:
            break
    return _ranges(indices)


def _repetitions(entries: Sequence[Entry], goal: int) -> list[range]:
    """Return the middle of each loop: lines of the same kinds again and again, as from a peer that dials in vain.

    The first and the last line of each kind stay.
    """
    kinds = _kinds(entries)
    middles = []
    for loop in _loops(kinds[: len(kinds) - _untouched(goal)]):
        last = {kinds[index]: index for index in loop}
        middles.append(range(loop.start, min(last.values(), default=loop.start)))
    return [middle for middle in middles if middle]


def _loops(kinds: Sequence[Kind]) -> Iterator[range]:
    """Yield the stretches in which every line is of a kind seen before."""
    known: set[Kind] = set()
    start = 0
    for index, kind in enumerate(kinds):
        if kind not in known:
            yield range(start, index)
            start = index + 1
            known.add(kind)
    yield range(start, len(kinds))


def _all_but_landmarks(entries: Sequence[Entry], goal: int) -> list[range]:
    """Return everything but what is needed most: the newest line, landmarks, and the newest lines."""
    kept = {len(entries) - 1}
    room = goal - entries[-1].weight
    for indices, share in ((_landmarks(entries), goal * 3 // 4), (range(len(entries) - 1, -1, -1), goal)):
        share = min(share, room)
        for index in indices:
            weight = entries[index].weight
            if index not in kept and weight <= share:
                kept.add(index)
                share -= weight
                room -= weight
    return _ranges(index for index in range(len(entries)) if index not in kept)


def _landmarks(entries: Sequence[Entry]) -> Iterator[int]:
    """Yield, newest first, where the tunnel fell and came up, and the first and last warning of each kind.

    Of rekey collisions all are yielded, because only their number is significant.
    """
    kinds = _kinds(entries)
    last = {kind: index for index, kind in enumerate(kinds)}
    first = {kinds[index]: index for index in reversed(range(len(kinds)))}
    for index in range(len(entries) - 1, -1, -1):
        is_at_an_end = index in (first[kinds[index]], last[kinds[index]]) and _is_evidence(entries[index])
        if _is_turn(entries, index) or is_at_an_end or rule_of(entries[index]) in COLLISIONS:
            yield index


def _kinds(entries: Sequence[Entry]) -> list[Kind]:
    """Return what each line says, and in which stage of the trouble.

    A stage ends when the tunnel falls or comes up, and with the last of equal warnings: whatever follows may be another
    trouble.
    """
    kinds: list[Kind] = []
    turns = 0
    for index, entry in enumerate(entries):
        turns += _is_turn(entries, index)
        kinds.append((turns, rule_of(entry) or entry.event.message))
    last = {kind: index for index, kind in enumerate(kinds) if _is_evidence(entries[index])}
    ends = sorted(last.values())
    return [(bisect_left(ends, index), *kind) for index, kind in enumerate(kinds)]


def _is_turn(entries: Sequence[Entry], index: int) -> bool:
    """Whether the tunnel, or BGP over it, came up or fell with this entry."""
    if not index:
        return False
    before, after = entries[index - 1].state, entries[index].state
    return before.is_up is not after.is_up or before.bgp.is_established is not after.bgp.is_established


def _is_evidence(entry: Entry) -> bool:
    """Whether a diagnosis may rest on the line."""
    rule = entry.rule
    return rule is not None and (rule.severity.rank >= Severity.WARNING.rank or is_dialling(entry))


def _ranges(indices: Iterable[int]) -> list[range]:
    """Return ascending indices as ranges."""
    ranges: list[range] = []
    for index in indices:
        if ranges and ranges[-1].stop == index:
            ranges[-1] = range(ranges[-1].start, index + 1)
        else:
            ranges.append(range(index, index + 1))
    return ranges
