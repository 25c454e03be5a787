"""Live Tail and FilterLogEvents merged: every event once, at the place that FilterLogEvents gives it.

FilterLogEvents decides: its events have ids, and its order is the order. Live Tail shows the same events sooner, but
without ids, some of them twice and some never. Both identify an event by group, stream, timestamp and text, and real
logs contain identical lines. So each event of FilterLogEvents claims one event with the same identity that no other one
has claimed, and is new only if none is left. Live Tail alone cannot tell a line that was logged twice from one that was
delivered twice: a line that is known already is `doubtful`, and FilterLogEvents decides. Only if a group cannot be read
are live lines counted, each session by itself, so that a session that sends the history again does not multiply it.

Pure and synchronous. It remembers integers, for as long as a read may go back to them (`forget`), and the text of
events that FilterLogEvents has still to confirm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from sys import intern
from typing import NamedTuple

from tui.domain.events import Origin, RawEvent
from tui.feed.tail.log_event import LogEvent


class Merged(NamedTuple):
    """`events` are new; `moved` were published before, and their place or ingestion time has been corrected.

    `doubtful` counts live lines that repeat what the session has brought before: only FilterLogEvents can tell whether
    they are events of their own.
    """

    events: tuple[RawEvent, ...] = ()
    moved: tuple[RawEvent, ...] = ()
    doubtful: int = 0


class _Known:
    """One published event.

    `digest`: hash of the text. `record`: hash of the eventId, 0 while unconfirmed. `session`: the last session that
    delivered it. `event` is kept only while it is unconfirmed.
    """

    __slots__ = ("digest", "event", "origin", "record", "serial", "session")

    def __init__(self, digest: int, serial: int, session: int, origin: Origin) -> None:
        self.digest = digest
        self.serial = serial
        self.session = session
        self.origin = origin
        self.record = 0
        self.event: RawEvent | None = None


class _Tie:
    """Events with the same stream and timestamp `at`: those confirmed by FilterLogEvents, in its order, then others.

    `newest` is the latest timestamp or ingestion time among them.
    """

    __slots__ = ("at", "known", "newest")

    def __init__(self, at: int) -> None:
        self.at = at
        self.known: list[_Known] = []
        self.newest = 0


class _Memory:
    """The ties of one group, by the hash of stream and timestamp, and what is known to be forgotten.

    Forgotten is what was stamped and ingested before `horizon`, and what was stamped before `floor` and ingested until
    `floor_ingested`.
    """

    __slots__ = ("floor", "floor_ingested", "horizon", "ties")

    def __init__(self) -> None:
        self.horizon = 0
        self.floor = 0
        self.floor_ingested = 0
        self.ties: dict[int, _Tie] = {}

    def has_forgotten(self, line: LogEvent) -> bool:
        """Whether the event would be forgotten if it had been published."""
        newest = line.at if line.at > line.ingested_at else line.ingested_at
        return newest < self.horizon or (line.at < self.floor and newest <= self.floor_ingested)


class Merge:
    """Remembers what was published. Serials increase by one with each event, over all groups of one source."""

    def __init__(self, source: str = "") -> None:
        self._source = source
        self._serials = count(1)
        self._groups: dict[str, _Memory] = {}

    def __repr__(self) -> str:
        return f"Merge({len(self)} remembered)"

    def __len__(self) -> int:
        return sum(len(tie.known) for memory in self._groups.values() for tie in memory.ties.values())

    def live(self, group: str, session: int, lines: Iterable[LogEvent], *, has_record: bool = True) -> Merged:
        """Take the lines of one live session in the order of arrival; `session` is its number, from 1.

        Without a record, that is if the group cannot be read, a repetition within a session counts as another event.
        """
        return self._claim(group, session, lines, Origin.LIVE, has_record=has_record)

    def _claim(
        self, group: str, session: int, lines: Iterable[LogEvent], origin: Origin, *, has_record: bool = False
    ) -> Merged:
        memory = self._memory(group)
        events = []
        doubtful = 0
        for line in lines:
            tie = self._tie(memory, line)
            if tie is None:
                continue
            digest = hash(line.message)
            alike = [known for known in tie.known if known.digest == digest]
            unclaimed = next((known for known in alike if known.session != session), None)
            if unclaimed is not None:
                unclaimed.session = session
            elif alike and has_record:
                doubtful += 1
            else:
                new = _Known(digest, next(self._serials), session, origin)
                new.event = self._event(group, line, new, rank=len(tie.known))
                tie.known.append(new)
                events.append(new.event)
        return Merged(tuple(events), doubtful=doubtful)

    def record(self, group: str, lines: Sequence[LogEvent]) -> Merged:
        """Take a page of FilterLogEvents in ascending order, with every tie in it complete."""
        memory = self._memory(group)
        shown: dict[int, tuple[_Tie, list[LogEvent]]] = {}
        for line in lines:
            tie = self._tie(memory, line)
            if tie is not None:
                shown.setdefault(id(tie), (tie, []))[1].append(line)
        events: list[RawEvent] = []
        moved: list[RawEvent] = []
        for tie, page in shown.values():
            if tie.known or len(page) > 1:
                new, corrected = self._confirm(group, tie, page)
                events += new
                moved += corrected
            else:  # by far the most frequent case: a single event, and new
                line = page[0]
                known = _Known(hash(line.message), next(self._serials), 0, Origin.BACKFILL)
                known.record = hash(line.id) or 1
                tie.known.append(known)
                events.append(self._event(group, line, known, 0))
        return Merged(tuple(events), tuple(moved))

    def recall(self, group: str, lines: Sequence[LogEvent]) -> Merged:
        """Take the last lines of a quiet stream, in order.

        They have no ids, and no later read brings them. Only a line that was ingested lately may come again, from a
        live session; it is remembered as if a session had brought it, so that the next one claims it.
        """
        memory = self._memory(group)
        ranks: dict[tuple[str, int], int] = {}
        events = []
        recent = []
        for line in lines:
            if not memory.has_forgotten(line):
                recent.append(line)
                continue
            rank = ranks[line.stream, line.at] = ranks.get((line.stream, line.at), -1) + 1
            events.append(self._event(group, line, _Known(0, next(self._serials), 0, Origin.BACKFILL), rank))
        claimed = self._claim(group, -next(self._serials), recent, Origin.BACKFILL)
        return Merged((*events, *claimed.events))

    def horizon(self, group: str) -> int:
        """Return the time (ms) from which on everything is remembered."""
        memory = self._memory(group)
        return max(memory.horizon, memory.floor)

    def forget(self, group: str, before: int) -> None:
        """Forget events that were stamped and ingested before `before` (ms), to which no read goes back any more.

        From then on such an event counts as a repetition. A late event does not, because it is ingested later.
        """
        memory = self._memory(group)
        if before <= memory.horizon:
            return
        memory.horizon = before
        memory.ties = {key: tie for key, tie in memory.ties.items() if tie.newest >= before}

    def limit(self, group: str, most: int, *, before: int) -> None:
        """Forget the oldest events that were stamped before `before` (ms), until at most `most` are remembered.

        From then on such an event counts as a repetition, unless it was ingested later than all of those.
        """
        memory = self._memory(group)
        excess = sum(len(tie.known) for tie in memory.ties.values()) - most
        if excess <= 0:
            return
        floor = ingested = 0
        for tie in sorted(memory.ties.values(), key=lambda tie: tie.at):
            floor = min(tie.at, before)
            if excess <= 0 or tie.at >= before:
                break
            excess -= len(tie.known)
            ingested = max(ingested, tie.newest)
        memory.floor = max(memory.floor, floor)
        memory.floor_ingested = max(memory.floor_ingested, ingested)
        memory.ties = {key: tie for key, tie in memory.ties.items() if tie.at >= floor}

    def _memory(self, group: str) -> _Memory:
        memory = self._groups.get(group)
        if memory is None:
            memory = self._groups[group] = _Memory()
        return memory

    def _tie(self, memory: _Memory, line: LogEvent) -> _Tie | None:
        if memory.has_forgotten(line):
            return None
        newest = line.at if line.at > line.ingested_at else line.ingested_at
        key = hash((line.stream, line.at))
        tie = memory.ties.get(key)
        if tie is None:
            tie = memory.ties[key] = _Tie(line.at)
        if newest > tie.newest:
            tie.newest = newest
        return tie

    def _confirm(self, group: str, tie: _Tie, page: list[LogEvent]) -> tuple[list[RawEvent], list[RawEvent]]:
        """Bring a tie into line with what FilterLogEvents shows of it; return the new and the corrected events."""
        records = _records(page)
        if [known.record for known in tie.known] == records:
            return [], []  # a deep read repeats most events, and finds them unchanged
        before = tie.known
        shown = self._match(before, page, records)
        tie.known = _reorder(before, shown)
        return self._emit(group, before, tie.known, shown)

    def _match(self, before: list[_Known], page: list[LogEvent], records: list[int]) -> dict[_Known, LogEvent]:
        """Return the known or new event of each line, in the order of the page.

        A line is matched by its id, else by its text: first among the events that only Live Tail has shown, then among
        those whose id is not on the page. Some emulators make up new ids for every answer.
        """
        by_record = {known.record: known for known in before if known.record}
        on_page = set(records)
        unconfirmed = [known for known in before if not known.record]
        changed = [known for known in before if known.record and known.record not in on_page]
        by_digest: dict[int, list[_Known]] = {}
        for known in reversed([*unconfirmed, *changed]):  # reversed because pop() takes the last
            by_digest.setdefault(known.digest, []).append(known)
        shown: dict[_Known, LogEvent] = {}
        for record, line in zip(records, page, strict=True):
            match = by_record.get(record)
            if match is None:
                digest = hash(line.message)
                alike = by_digest.get(digest)
                match = alike.pop() if alike else _Known(digest, next(self._serials), 0, Origin.BACKFILL)
                match.record = record
            shown[match] = line
        return shown

    def _emit(
        self, group: str, before: list[_Known], after: list[_Known], shown: dict[_Known, LogEvent]
    ) -> tuple[list[RawEvent], list[RawEvent]]:
        """Return the new events of a tie, and those whose place or ingestion time has changed."""
        ranks = {known: rank for rank, known in enumerate(before)}
        events: list[RawEvent] = []
        moved: list[RawEvent] = []
        for rank, known in enumerate(after):
            was, line = known.event, shown.get(known)
            if line is not None:
                now = self._event(group, line, known, rank)
            elif was is not None:
                now = replace(was, rank=rank)
            else:
                continue
            if known not in ranks:
                events.append(now)
            elif ranks[known] != rank or (was is not None and was.ingested_at != now.ingested_at):
                moved.append(now)
            known.event = None if known.record else now
        return events, moved

    def _event(self, group: str, line: LogEvent, known: _Known, rank: int) -> RawEvent:
        # Every page repeats the stream's name for each event, which would cost the history 90 bytes an event.
        stream = intern(line.stream)
        return RawEvent(
            stream, line.at, line.ingested_at, line.message, group, known.origin, known.serial, rank, self._source
        )


def _records(page: list[LogEvent]) -> list[int]:
    """Return the hash of each line's id; ids that repeat within a tie are numbered."""
    records = [hash(line.id) or 1 for line in page]
    if len(set(records)) == len(records):
        return records
    seen: dict[str, int] = {}
    numbered = []
    for line in page:
        number = seen[line.id] = seen.get(line.id, -1) + 1
        numbered.append((hash((line.id, number)) if number else hash(line.id)) or 1)
    return numbered


def _reorder(before: list[_Known], shown: dict[_Known, LogEvent]) -> list[_Known]:
    """Return a tie's events in the order of the page, unconfirmed ones after them.

    A confirmed event that the page no longer shows cannot be published again, so it keeps its place among the others.
    """
    others = iter([*shown, *(known for known in before if not known.record)])
    reordered = [known if known.record and known not in shown else next(others) for known in before]
    return [*reordered, *others]
