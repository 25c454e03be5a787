"""A tunnel's events in the order of the log, with the state after each: bounded, and open to late arrivals."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from tui.domain.catalogue import Explanation, Rule
from tui.domain.events import Event, Log, RawEvent
from tui.domain.folding import advance
from tui.domain.tunnel import BURST, UNHEARD, State

CHUNK: Final = 64
"""Events between two remembered states: a late event costs the folding of the chunks from its place on."""

_HEAVY: Final = 16_384
"""Characters from which a line closes its chunk: forgetting goes by chunks, and lines can be 256 KB."""

Key = tuple[int, int, str, int]


class Entry:
    """One event in a history: as it came (`raw`), as it was read (`event`, `rule`), and the tunnel's `state` after it.

    `state` is the one part that changes: a late arrival before this entry may teach better.
    """

    __slots__ = ("event", "log", "raw", "rule", "state")

    def __init__(self, raw: RawEvent, event: Event, rule: Rule | None, log: Log = Log.IKE) -> None:
        self.raw = raw
        self.log = log
        self.event = event
        self.rule = rule
        self.state: State = UNHEARD

    @property
    def at(self) -> int:
        """The event's time, ms."""
        return self.raw.at

    @property
    def key(self) -> Key:
        """The place in the order: time, ingestion time, then the order of the stream."""
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


class _Chunk:
    __slots__ = ("before", "entries")

    def __init__(self, before: State, entries: list[Entry]) -> None:
        self.before = before
        self.entries = entries

    @property
    def news_at(self) -> int | None:
        """When the last line came that is no chatter, ms."""
        return next((entry.at for entry in reversed(self.entries) if not entry.is_chatter), None)


class History:
    """The events of one tunnel. `weight` is what they hold of memory, in units of about a kilobyte."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = [_Chunk(UNHEARD, [])]
        self._compacted = 0
        self._forgotten: Key | None = None
        self.state: State = UNHEARD
        self.weight = 0
        self.seen = 0

    def __len__(self) -> int:
        return sum(len(chunk.entries) for chunk in self._chunks)

    def __iter__(self) -> Iterator[Entry]:
        for chunk in self._chunks:
            yield from chunk.entries

    def newest_first(self) -> Iterator[Entry]:
        """Yield the entries from the newest back."""
        for chunk in reversed(self._chunks):
            yield from reversed(chunk.entries)

    @property
    def last(self) -> Entry | None:
        """The newest entry by the log's order."""
        return next(self.newest_first(), None)

    def add(self, entries: Sequence[Entry]) -> list[Entry]:
        """Take entries in, each at its place; return those that were late: older than one already here."""
        late: list[Entry] = []
        placed: list[Entry] = []
        self.seen += len(entries)
        newest = self._chunks[-1].entries[-1] if self._chunks[-1].entries else None
        for entry in entries:
            if newest is None or entry.raw.at > newest.raw.at or entry.key >= newest.key:
                self._append(entry, fold=not placed)
                newest = entry
                continue
            late.append(entry)
            # What is older than all that is kept has no place any more; what followed it has been counted in.
            if self._forgotten is None or entry.key >= self._forgotten:
                placed.append(entry)
        if len(placed) > CHUNK:
            self._refold(self._interleave(placed))
        elif placed:
            self._refold(min([self._insert(entry) for entry in placed]))
        return late

    def move(self, raws: Sequence[RawEvent]) -> None:
        """Put events that are here (by serial) at the place that the record gives them."""
        taken = []
        for raw in raws:
            entry = self._take(raw)
            if entry is not None:
                entry.raw = raw
                taken.append(entry)
        if taken:
            self._refold(min(self._insert(entry) for entry in taken))

    def trim(self, limit: int) -> None:
        """Forget until `weight` is at most `limit`: first chatter that changed nothing, then the oldest chunks."""
        while self.weight > limit and len(self._chunks) > 1:
            if self._compacted < len(self._chunks) - 1:
                self._compact(self._compacted)
                self._compacted += 1
            else:
                # The oldest half goes at once, so that this is rare.
                dropped = self._chunks[: max(1, len(self._chunks) // 2)]
                del self._chunks[: len(dropped)]
                self._compacted = 0 if not self._chunks else max(0, self._compacted - len(dropped))
                for chunk in dropped:
                    self.weight -= sum(map(_weight, chunk.entries))
                    if chunk.entries:
                        self._forgotten = chunk.entries[-1].key

    def _append(self, entry: Entry, *, fold: bool) -> None:
        chunk = self._chunks[-1]
        if len(chunk.entries) >= CHUNK or len(chunk.entries[-1].raw.message if chunk.entries else "") > _HEAVY:
            chunk = _Chunk(self.state, [])
            self._chunks.append(chunk)
        chunk.entries.append(entry)
        self.weight += _weight(entry)
        if fold:
            self.state = entry.state = advance(self.state, entry.event, entry.rule, at=entry.raw.at)

    def _insert(self, entry: Entry) -> int:
        place = self._chunk_of(entry.key)
        entries = self._chunks[place].entries
        entries.insert(bisect_right(entries, entry.key, key=lambda each: each.key), entry)
        self.weight += _weight(entry)
        if len(entries) > 2 * CHUNK:
            # The state between the halves is set by the folding that follows every insertion.
            self._chunks.insert(place + 1, _Chunk(UNHEARD, entries[CHUNK:]))
            del entries[CHUNK:]
            if place < self._compacted:
                self._compacted += 1
        return place

    def _interleave(self, entries: list[Entry]) -> int:
        """Take many late entries in at once (an older page of a look-back) and return the first chunk touched."""
        place = self._chunk_of(min(entry.key for entry in entries))
        merged = [entry for chunk in self._chunks[place:] for entry in chunk.entries]
        merged.extend(entries)
        merged.sort(key=lambda entry: entry.key)
        before = self._chunks[place].before
        self._chunks[place:] = [_Chunk(before, merged[start : start + CHUNK]) for start in range(0, len(merged), CHUNK)]
        self._compacted = min(self._compacted, place)
        self.weight += sum(map(_weight, entries))
        return place

    def _chunk_of(self, key: Key) -> int:
        """Return the chunk in which an event with `key` belongs: the last that begins before it."""
        starts = [chunk.entries[0].key for chunk in self._chunks if chunk.entries]
        if len(starts) < len(self._chunks):
            self._drop_empty()
        return max(0, bisect_right(starts, key) - 1)

    def _drop_empty(self) -> None:
        kept = [chunk for chunk in self._chunks if chunk.entries]
        self._compacted = sum(1 for chunk in self._chunks[: self._compacted] if chunk.entries)
        self._chunks = kept or [_Chunk(UNHEARD, [])]

    def _take(self, raw: RawEvent) -> Entry | None:
        for chunk in reversed(self._chunks):
            entries = chunk.entries
            if not entries or entries[0].raw.at > raw.at:
                continue
            start = bisect_left(entries, raw.at, key=lambda each: each.raw.at)
            for index in range(start, len(entries)):
                entry = entries[index]
                if entry.raw.at != raw.at:
                    break
                if entry.raw.serial == raw.serial and entry.raw.source == raw.source:
                    del entries[index]
                    self.weight -= _weight(entry)
                    return entry
            if entries[0].raw.at < raw.at:
                break
        return None

    def _refold(self, start: int) -> None:
        state = self._chunks[start].before
        for chunk in self._chunks[start:]:
            chunk.before = state
            for entry in chunk.entries:
                state = entry.state = advance(state, entry.event, entry.rule, at=entry.raw.at)
        self.state = state

    def _compact(self, place: int) -> None:
        """Drop the chatter that changed nothing, keeping the first entry: it marks the chunk's place.

        A step of an exchange that shares a burst with news stays: it can be all that tells how an attempt ended.
        """
        chunk = self._chunks[place]
        state = chunk.before
        news_at = self._chunks[place - 1].news_at if place else None
        kept = []
        for index, entry in enumerate(chunk.entries):
            if not entry.is_chatter:
                news_at = entry.at
            in_burst = news_at is not None and entry.at - news_at <= BURST
            if index == 0 or entry.state is not state or not entry.is_chatter or (entry.is_step and in_burst):
                kept.append(entry)
            else:
                self.weight -= _weight(entry)
            state = entry.state
        chunk.entries = kept


def _weight(entry: Entry) -> int:
    return 1 + (len(entry.raw.message) >> 10)
