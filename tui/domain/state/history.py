"""A tunnel's events in the order of the log, with the state after each: bounded, and open to late arrivals."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from tui.domain.events import Event, Log, RawEvent
from tui.domain.knowledge.rule import Explanation, Rule
from tui.domain.state.bgp import Loss
from tui.domain.state.folding import advance
from tui.domain.state.gap import Gap
from tui.domain.state.tunnel import BURST, REMEMBERED, UNHEARD, Ending, State, Transition

_FEW: Final = 64
"""Late events up to which each is inserted by itself; an older page of a look-back is sorted in as a whole."""

Key = tuple[int, int, str, int]
T = TypeVar("T")


class Entry:
    """One event in a history: as it came (`raw`), as it was read (`event`, `rule`), and the tunnel's `state` after it.

    `state` is recomputed when an earlier event arrives late. `gap` tells of the lines that followed and are no
    longer here. `skipped` is how much time went by, ms, over all lines before it that were dropped as repetitions.
    `weight` is what it holds of memory, in units of about a kilobyte.
    """

    __slots__ = ("event", "gap", "log", "raw", "rule", "skipped", "state", "weight")

    def __init__(self, raw: RawEvent, event: Event, rule: Rule | None, log: Log = Log.IKE) -> None:
        self.raw = raw
        self.log = log
        self.event = event
        self.rule = rule
        self.state: State = UNHEARD
        self.gap: Gap | None = None
        self.skipped = 0
        self.weight = 1 + (len(raw.message) >> 10)

    @property
    def at(self) -> int:
        """The event's time, ms."""
        return self.raw.at

    @property
    def key(self) -> Key:
        """The position in the order: time, ingestion time, then the order of the stream."""
        raw = self.raw
        return (raw.at, raw.ingested_at, raw.stream, raw.rank)

    @property
    def explanation(self) -> Explanation | None:
        """What the message means in the state that it led to; None where no rule knows it."""
        if self.rule is None:
            return None
        return self.rule.explain(phase1=self.state.phase1.value, phase2=self.state.phase2.value)

    @property
    def is_chatter(self) -> bool:
        """Whether the line is routine that a reader wants folded (DPD, packets)."""
        return self.rule is not None and self.rule.fold is not None

    @property
    def is_step(self) -> bool:
        """Whether the line is a step of an exchange between the two ends."""
        return self.rule is not None and self.rule.family == "exchange"

    def __repr__(self) -> str:
        return f"Entry({self.raw.at}, {self.event.message!r})"


def pause_between(before: Entry, after: Entry) -> int:
    """Return the time between two entries, ms, without the time over which what was dropped only repeated itself.

    What goes on for hours is as dense with the middle of it dropped as it was.
    """
    return after.raw.at - before.raw.at - (after.skipped - before.skipped)


class History:
    """The events of one tunnel. `weight` is what they hold of memory, in units of about a kilobyte; `seen` counts the
    events taken in so far."""

    def __init__(self, origin: State = UNHEARD) -> None:
        self._entries: list[Entry] = []
        self._origin = origin
        """The state before the first entry."""
        self._forgotten: Key | None = None
        """The newest event that was dropped with all before it."""
        self.state = origin
        self.weight = 0
        self.seen = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def newest_first(self) -> Iterator[Entry]:
        """Return the entries from the newest back."""
        return reversed(self._entries)

    def since(self, at: int) -> Iterator[Entry]:
        """Return the entries from `at`, ms, on, oldest first."""
        return iter(self._entries[bisect_left(self._entries, at, key=_at) :])

    def before(self, at: int) -> "History":
        """Return the history as it stood before `at`, ms. It shares the entries, so nothing may be added to it."""
        earlier = History(self._origin)
        earlier._entries = self._entries[: bisect_left(self._entries, at, key=_at)]
        last = earlier.last
        if last is not None:
            is_whole = last.gap is None or last.gap.until < at
            earlier.state = _state_after(last) if is_whole else last.state
        earlier.seen = len(earlier)
        return earlier

    def transitions(self) -> tuple[Transition, ...]:
        """Return every change of health that the entries still know, oldest first: a state holds only the last ones."""
        return self._all(lambda state: state.transitions, at=lambda change: change.at, key=lambda change: change)

    def endings(self) -> tuple[Ending, ...]:
        """Return every end of the tunnel that the entries still know, oldest first."""
        # By its time alone: later lines of the burst say more of an end.
        return self._all(lambda state: state.endings, at=lambda end: end.at, key=lambda end: end.at)

    def bgp_losses(self) -> tuple[Loss, ...]:
        """Return every time without BGP that is over and that the entries still know, oldest first."""
        return self._all(lambda state: state.bgp.losses, at=lambda loss: loss.until, key=lambda loss: loss)

    def _all(
        self, of: Callable[[State], tuple[T, ...]], *, at: Callable[[T], int], key: Callable[[T], object]
    ) -> tuple[T, ...]:
        """Return what the newest state remembers of a kind, and before that what the entries' states remembered."""
        known = of(self.state)
        if len(known) < REMEMBERED:
            return known
        for entry in reversed(self._entries):
            if entry.at > at(known[0]):
                continue
            earlier = of(entry.state)
            dip = entry.state.dip
            may_be_taken_back = dip is not None and entry.at - dip.at <= BURST
            if earlier and not may_be_taken_back and key(known[0]) not in map(key, earlier):
                known = (*earlier, *known)
        return known

    @property
    def last(self) -> Entry | None:
        """The newest entry by the log's order."""
        return self._entries[-1] if self._entries else None

    @property
    def dropped(self) -> int:
        """How many of the events seen are no longer here."""
        return self.seen - len(self._entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take entries in, each at its position in the order of the log."""
        late: list[Entry] = []
        start = len(self._entries)
        newest = self.last
        for entry in entries:
            self.seen += 1
            if newest is None or entry.raw.at > newest.raw.at or entry.key >= newest.key:
                self._entries.append(entry)
                self.weight += entry.weight
                newest = entry
            else:
                late.append(entry)
        # What is older than all that is kept has no position any more; what followed it has been counted in.
        placed = [entry for entry in late if self._forgotten is None or entry.key >= self._forgotten]
        self._fold(min(start, self._insert(placed)))

    def move(self, raws: Iterable[RawEvent]) -> None:
        """Put events that are here (by serial) at the position that the record gives them."""
        moved: list[Entry] = []
        start = len(self._entries)
        for raw in raws:
            index = self._find(raw)
            if index is not None:
                entry = self._take(index)
                entry.raw = raw
                moved.append(entry)
                start = min(start, index)
        self._fold(min(start, self._insert(moved)))

    def drop(self, ranges: Iterable[range], *, as_repetition: bool = False) -> None:
        """Drop the entries at these indices, in order; the states after them stay as they are.

        What is dropped from the first entry on is forgotten: an event that comes later still, and is as old, has no
        position any more. `as_repetition` takes the time over which it went out of `pause_between`.
        """
        entries, kept, start, skipped = self._entries, list[Entry](), 0, 0
        for indices in (*ranges, range(len(entries), len(entries))):
            repeated = _repeated(entries, indices) if as_repetition else 0
            for entry in entries[start : indices.start]:
                entry.skipped += skipped
                kept.append(entry)
            start = indices.stop
            skipped += repeated
            self._close(kept, entries[indices.start : indices.stop])
        self._entries = kept

    def _close(self, kept: Sequence[Entry], dropped: Sequence[Entry]) -> None:
        """Remember what is needed of dropped entries, which followed those that were kept."""
        self.weight -= sum(entry.weight for entry in dropped)
        if dropped and kept:
            kept[-1].gap = _gap(kept[-1], dropped)
        elif dropped:
            self._origin, self._forgotten = _state_after(dropped[-1]), dropped[-1].key

    def shorten_last(self, limit: int) -> None:
        """Cut the raw text of the newest entry to `limit` characters, where nothing else is left to drop.

        The entry itself is left alone: whoever was told of it still has its text.
        """
        whole = self._entries.pop()
        entry = Entry(replace(whole.raw, message=whole.raw.message[:limit] + "…"), whole.event, whole.rule, whole.log)
        entry.state, entry.skipped = whole.state, whole.skipped
        self._entries.append(entry)
        self.weight += entry.weight - whole.weight

    def _insert(self, entries: Sequence[Entry]) -> int:
        """Insert entries where they belong; return the first index from which the states have to be set anew."""
        if not entries:
            return len(self._entries)
        self.weight += sum(entry.weight for entry in entries)
        if len(entries) > _FEW:
            self._entries.extend(entries)
            self._entries.sort(key=_key)
        else:
            for entry in entries:
                self._entries.insert(bisect_right(self._entries, entry.key, key=_key), entry)
        return bisect_left(self._entries, min(map(_key, entries)), key=_key)

    def _find(self, raw: RawEvent) -> int | None:
        """Return the index of the event with this serial, which keeps its time when it moves."""
        for index in range(bisect_left(self._entries, raw.at, key=_at), len(self._entries)):
            here = self._entries[index].raw
            if here.at != raw.at:
                return None
            if here.serial == raw.serial and here.source == raw.source:
                return index
        return None

    def _take(self, index: int) -> Entry:
        entry = self._entries.pop(index)
        self.weight -= entry.weight
        if entry.gap is not None and index:
            before = self._entries[index - 1]
            before.gap = _gap(before, [entry])
        entry.gap, entry.skipped = None, 0
        return entry

    def _fold(self, start: int) -> None:
        """Set the states anew, from the entry at index `start` on."""
        before = self._entries[start - 1] if start else None
        state = self._origin if before is None else before.state
        for index in range(start, len(self._entries)):
            entry = self._entries[index]
            if before is not None:
                if before.skipped > entry.skipped:
                    entry.skipped = before.skipped
                if before.gap is not None:
                    if entry.at < before.gap.until:  # a late one
                        before.gap, entry.gap = before.gap.split(entry.at)
                    state = _state_after(before)
            state = entry.state = advance(state, entry.event, entry.rule, at=entry.raw.at)
            before = entry
        self.state = self._origin if before is None else _state_after(before)


def _state_after(entry: Entry) -> State:
    """Return the state after an entry and the lines that were dropped after it."""
    return entry.state if entry.gap is None else entry.gap.after(entry.state)


def _repeated(entries: Sequence[Entry], indices: range) -> int:
    """Return the time over which these entries go, ms; without it, the pause at the seam is as long as it was."""
    if not indices.start or indices.stop == len(entries):
        return 0
    before, first, last, after = (entries[index] for index in (indices[0] - 1, indices[0], indices[-1], indices.stop))
    return pause_between(before, after) - max(pause_between(before, first), pause_between(last, after))


def _gap(entry: Entry, dropped: Sequence[Entry]) -> Gap:
    """Return what there is to know of the lines after an entry, once these are dropped too."""
    since, until, pause = entry.at, entry.at, 0
    for each in (entry, *dropped):
        pause = max(pause, each.at - until, each.gap.pause if each.gap else 0)
        until = each.gap.until if each.gap else each.at
    return Gap(since, until, pause, _state_after(dropped[-1]))


def _at(entry: Entry) -> int:
    return entry.raw.at


def _key(entry: Entry) -> Key:
    return entry.key
