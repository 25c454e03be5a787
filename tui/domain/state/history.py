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
from tui.domain.state.tunnel_state import BURST, REMEMBERED, UNHEARD, Ending, State, Transition

_FEW: Final = 64
"""The number of late events up to which each is inserted separately; more, as from a look-back, are sorted in at once.
"""

Key = tuple[int, int, str, int]
T = TypeVar("T")


class Entry:
    """One event in a history: as delivered (`raw`), as parsed (`event`, `rule`), and the tunnel's `state` after it.

    `state` is recomputed when an earlier event arrives late. `gap` describes the following lines that were dropped.
    `skipped` is the total time, ms, covered by lines before it that were dropped as repetitions. `weight` is its
    memory, in units of about a kilobyte.
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
        """The meaning of the message in the state it led to; None if no rule matches."""
        if self.rule is None:
            return None
        return self.rule.explain(phase1=self.state.phase1.value, phase2=self.state.phase2.value)

    @property
    def is_chatter(self) -> bool:
        """Whether the line is routine to be folded (DPD, packets)."""
        return self.rule is not None and self.rule.fold is not None

    @property
    def is_bgp_change(self) -> bool:
        """Whether the line says that a BGP session came up or was lost."""
        return self.rule is not None and self.rule.id in ("bgp_state_established", "bgp_state_lost")

    @property
    def is_step(self) -> bool:
        """Whether the line is a step of an exchange between the two ends."""
        return self.rule is not None and self.rule.family == "exchange"

    def __repr__(self) -> str:
        return f"Entry({self.raw.at}, {self.event.message!r})"


def pause_between(before: Entry, after: Entry) -> int:
    """Return the time between two entries, ms, minus the time covered by dropped repetitions.

    A process that lasts for hours thus stays as dense after its middle was dropped.
    """
    return after.raw.at - before.raw.at - (after.skipped - before.skipped)


class History:
    """The events of one tunnel, in order of the log.

    `weight` is their memory, in units of about a kilobyte; `seen` is the number of events added so far.
    """

    __slots__ = ("_entries", "_forgotten", "_origin", "seen", "state", "weight")

    def __init__(self, origin: State = UNHEARD) -> None:
        self._entries: list[Entry] = []
        self._origin = origin
        """The state before the first entry."""
        self._forgotten: Key | None = None
        """The newest event that was dropped together with everything before it."""
        self.state = origin
        self.weight = 0
        self.seen = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def newest_first(self) -> Iterator[Entry]:
        """Return the entries, newest first."""
        return reversed(self._entries)

    def since(self, at: int) -> Iterator[Entry]:
        """Return the entries from `at`, ms, on, oldest first."""
        return iter(self._entries[bisect_left(self._entries, at, key=_at) :])

    def before(self, at: int) -> "History":
        """Return the history before `at` (ms). It shares the entries, so nothing may be added to it."""
        earlier = History(self._origin)
        earlier._entries = self._entries[: bisect_left(self._entries, at, key=_at)]
        last = earlier.last
        if last is not None:
            is_whole = last.gap is None or last.gap.until < at
            earlier.state = _state_after(last) if is_whole else last.state
        earlier.seen = len(earlier)
        return earlier

    def transitions(self) -> tuple[Transition, ...]:
        """Return every change of health still known to the entries, oldest first: a state holds only the last ones."""
        return self._all(lambda state: state.transitions, at=lambda change: change.at, key=lambda change: change)

    def endings(self) -> tuple[Ending, ...]:
        """Return every end of the tunnel still known to the entries, oldest first."""
        # By its time alone: later lines of the burst add to what is known of an end.
        return self._all(lambda state: state.endings, at=lambda end: end.at, key=lambda end: end.at)

    def bgp_falls(self) -> tuple[int, ...]:
        """Return every moment still known to the entries at which BGP fell, oldest first."""
        return self._all(lambda state: state.bgp.falls, at=lambda at: at, key=lambda at: at)

    def bgp_losses(self) -> tuple[Loss, ...]:
        """Return every past period without BGP still known to the entries, oldest first."""
        return self._all(lambda state: state.bgp.losses, at=lambda loss: loss.until, key=lambda loss: loss)

    def _all(
        self, of: Callable[[State], tuple[T, ...]], *, at: Callable[[T], int], key: Callable[[T], object]
    ) -> tuple[T, ...]:
        """Return what the newest state remembers of a kind, preceded by what earlier entries' states remember."""
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
        """The number of events that are no longer held."""
        return self.seen - len(self._entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries, each at its position in the order of the log."""
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
        # An entry older than everything held has no position any more; the states after it are already fixed.
        placed = [entry for entry in late if self._forgotten is None or entry.key >= self._forgotten]
        self._fold(min(start, self._insert(placed)))

    def move(self, raws: Iterable[RawEvent]) -> None:
        """Move held events, identified by serial, to the position given by the record."""
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
        """Drop the entries in these ranges of indices, given in order; the states after them are unchanged.

        Entries dropped from the start on are forgotten: a late event as old as these has no position any more.
        `as_repetition` excludes the time they cover from `pause_between`.
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
        """Keep what is needed of dropped entries, which followed the kept ones."""
        self.weight -= sum(entry.weight for entry in dropped)
        if dropped and kept:
            kept[-1].gap = _gap(kept[-1], dropped)
        elif dropped:
            self._origin, self._forgotten = _state_after(dropped[-1]), dropped[-1].key

    def shorten_last(self, limit: int) -> None:
        """Truncate the raw text of the newest entry to `limit` characters, if nothing else is left to drop.

        The entry is replaced, so that earlier readers of it keep its text.
        """
        whole = self._entries.pop()
        entry = Entry(replace(whole.raw, message=whole.raw.message[:limit] + "…"), whole.event, whole.rule, whole.log)
        entry.state, entry.skipped = whole.state, whole.skipped
        self._entries.append(entry)
        self.weight += entry.weight - whole.weight

    def _insert(self, entries: Sequence[Entry]) -> int:
        """Insert entries at their positions; return the first index from which states must be recomputed."""
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
        """Recompute the states from the entry at index `start` on."""
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
    """Return the state after an entry and the lines dropped after it."""
    return entry.state if entry.gap is None else entry.gap.after(entry.state)


def _repeated(entries: Sequence[Entry], indices: range) -> int:
    """Return the time covered by these entries, ms; without it, the pause at the seam is as long as before."""
    if not indices.start or indices.stop == len(entries):
        return 0
    before, first, last, after = (entries[index] for index in (indices[0] - 1, indices[0], indices[-1], indices.stop))
    return pause_between(before, after) - max(pause_between(before, first), pause_between(last, after))


def _gap(entry: Entry, dropped: Sequence[Entry]) -> Gap:
    """Return the gap after an entry once these entries are dropped, too."""
    since, until, pause = entry.at, entry.at, 0
    for line in (entry, *dropped):
        pause = max(pause, line.at - until, line.gap.pause if line.gap else 0)
        until = line.gap.until if line.gap else line.at
    return Gap(since, until, pause, _state_after(dropped[-1]))


def _at(entry: Entry) -> int:
    return entry.raw.at


def _key(entry: Entry) -> Key:
    return entry.key
