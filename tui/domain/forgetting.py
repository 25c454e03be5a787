"""What a history forgets when it holds too much: first routine, then what only repeats, then all but landmarks.

A diagnosis rests on the first and the last lines that speak for a cause. These go last, so that "since" does not move
because memory was short.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tui.domain.catalogue import Severity
from tui.domain.diagnosis.indicators import COLLISIONS, is_answer, rule_of
from tui.domain.history import Entry, History, gap_between
from tui.domain.tunnel import BURST, LONGEST_LIFE, State

_UNTOUCHED: Final = 64
"""The newest entries, which a reader has before the eyes."""
_PAUSE: Final = 10 * 60_000
"""Until when a line that comes back is the same trouble still; after that, a cause is new."""
_SHORTEST: Final = 1_000
"""Characters that are left of the newest line where even that one is too much."""

Kind = tuple[object, ...]


def trim(history: History, goal: int) -> None:
    """Forget until the history's weight is at most `goal`, which is 1 at least. The newest line always stays."""
    if history.weight > goal:
        history.drop(_routine(list(history), goal, history.weight - goal))
    if history.weight > goal:
        history.drop(_repetitions(list(history), goal), as_repetition=True)
    if history.weight > goal:
        history.drop(_all_but_landmarks(list(history), goal, history.state), as_repetition=True)
    if history.weight > goal:
        history.shorten_last(_SHORTEST)


def _untouched(goal: int) -> int:
    return min(_UNTOUCHED, goal // 2)


def _routine(entries: Sequence[Entry], goal: int, surplus: int) -> list[range]:
    """Return, from the oldest on, the chatter that changed nothing, until so much weight is found.

    A step of an exchange in the same burst as news stays, because it can be all that tells how an attempt ended. So do
    the packets since the last answer: silence is a symptom too.
    """
    answered = next((index for index in range(len(entries) - 1, -1, -1) if is_answer(entries[index])), 0)
    found: list[int] = []
    news_at: int | None = None
    for index in range(len(entries) - _untouched(goal)):
        entry = entries[index]
        if not entry.is_chatter:
            news_at = entry.at
            continue
        is_news = entry.is_step and news_at is not None and entry.at - news_at <= BURST
        is_unanswered = index > answered and rule_of(entry) == "packet_sent"
        if index == 0 or is_news or is_unanswered or entry.state is not entries[index - 1].state:
            continue
        found.append(index)
        surplus -= entry.weight
        if surplus <= 0:
            break
    return _ranges(found)


def _repetitions(entries: Sequence[Entry], goal: int) -> list[range]:
    """Return the middle of each loop: lines of the same kinds again and again, as of a peer that dials in vain."""
    kinds = [_kind(entry) for entry in entries]
    loops = _loops(entries[: len(entries) - _untouched(goal)], kinds)
    return [middle for loop in loops for part in _parts(kinds, loop) if (middle := _middle(kinds, part))]


def _loops(entries: Sequence[Entry], kinds: Sequence[Kind]) -> Iterator[range]:
    """Yield the stretches in which each line is of a kind that came a while before, in the same outage or time up."""
    known: dict[Kind, Entry] = {}
    start = 0
    for index, entry in enumerate(entries):
        if index and _is_turn(entries[index - 1].state, entry.state):
            known = {}
        before = known.get(kinds[index])
        if before is None or gap_between(before, entry) > _PAUSE:
            yield range(start, index)
            start = index + 1
        known[kinds[index]] = entry
    yield range(start, len(entries))


def _parts(kinds: Sequence[Kind], loop: range) -> list[range]:
    """Return a loop in parts, so that the last line of each kind is in none."""
    ends = sorted({kinds[index]: index for index in loop}.values())
    return [range(start, end) for start, end in zip([loop.start, *(end + 1 for end in ends)], ends, strict=False)]


def _middle(kinds: Sequence[Kind], part: range) -> range:
    """Return what can go of a part of a loop, after a line of each kind, so that it goes on at the seam as it did."""
    first = {kinds[index]: index for index in reversed(part)}
    once = max(first.values(), default=part.start) + 1
    for start in range(once, min(once + 8, part.stop)):
        for end in range(part.stop - 1, start + 1, -1):
            if kinds[end] == kinds[start] and kinds[end - 1] == kinds[start - 1]:
                return range(start, end)
    return range(0)


def _kind(entry: Entry) -> Kind:
    state, rule = entry.state, entry.rule
    name = rule.id if rule is not None else entry.event.message
    return (name, state.phase1.value, state.phase2.value, state.bgp.session)


def _is_turn(before: State, after: State) -> bool:
    """Whether the tunnel, or BGP over it, came up or fell."""
    return before.is_up is not after.is_up or before.bgp.is_established is not after.bgp.is_established


def _all_but_landmarks(entries: Sequence[Entry], goal: int, state: State) -> list[range]:
    """Return all but what a reader and a diagnosis need most, as much of it as fits.

    That is the newest line; how the trouble that lasts began; when the tunnel fell and came up, with the first and the
    last line of each warning between; the newest warnings; and as many of the newest lines as there is room for.
    """
    kept = {len(entries) - 1}
    room = goal - entries[-1].weight
    for indices, share in (
        (_beginning(entries, state), goal // 2),
        (_landmarks(entries), goal // 4),
        ((index for index in range(len(entries) - 1, -1, -1) if _is_evidence(entries[index])), goal // 4),
        (range(len(entries) - 1, -1, -1), goal),
    ):
        share = min(share, room)
        for index in indices:
            weight = entries[index].weight
            if index not in kept and weight <= share:
                kept.add(index)
                share -= weight
                room -= weight
            elif weight > share:
                break
    return _ranges(index for index in range(len(entries)) if index not in kept)


def _beginning(entries: Sequence[Entry], state: State) -> Iterator[int]:
    """Yield the first line of each kind since the trouble that lasts began, and since what led to it."""
    if state.is_up.value is False:
        since = state.is_up.at or 0
    elif state.is_up.value and state.bgp.is_up is False:
        since = state.bgp.is_established.at or 0
    elif state.is_up.value:
        return
    else:
        since = 0
    first: dict[Kind, int] = {}
    for index, entry in enumerate(entries):
        if entry.at >= since - LONGEST_LIFE and not entry.is_chatter:
            first.setdefault(_kind(entry), index)
    for index in sorted(first.values(), key=lambda index: not _is_evidence(entries[index])):
        yield index
        # A refusal means nothing without the exchange that was refused.
        if index and entries[index - 1].is_step and entries[index].at - entries[index - 1].at <= BURST:
            yield index - 1


def _landmarks(entries: Sequence[Entry]) -> Iterator[int]:
    """Yield, from the newest back, the turns and the first and last line of each warning between two of them."""
    first: dict[Kind, int] = {}
    for index in range(len(entries) - 1, -1, -1):
        entry = entries[index]
        if _is_evidence(entry):
            if _kind(entry) not in first:
                yield index
            first[_kind(entry)] = index
        if index and _is_turn(entries[index - 1].state, entry.state):
            yield from first.values()
            yield index
            first = {}
    yield from first.values()


def _is_evidence(entry: Entry) -> bool:
    """Whether a diagnosis may rest on the line."""
    rule = entry.rule
    return rule is not None and (rule.severity.rank >= Severity.WARNING.rank or rule.id in COLLISIONS)


def _ranges(indices: Iterable[int]) -> list[range]:
    """Return rising indices as ranges."""
    found: list[range] = []
    for index in indices:
        if found and found[-1].stop == index:
            found[-1] = range(found[-1].start, index + 1)
        else:
            found.append(range(index, index + 1))
    return found
