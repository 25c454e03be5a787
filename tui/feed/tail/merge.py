"""Live Tail and FilterLogEvents made into one: every event once, each in the place that the record gives it.

FilterLogEvents is the record: its events have ids, and its order is the order. Live Tail shows the same events sooner,
without ids, some twice, some never. Both name an event by group, stream, timestamp and text, and real logs hold
identical lines. So each event of the record claims one event of that name that it has not claimed yet, and only where
none is left is it new. Live Tail alone cannot tell a line that was logged twice from one that was delivered twice: a
line that is there already is `doubtful`, and the record decides. Only where there is no record are live lines counted,
each session by itself, for one that sends the history anew must not multiply it.

Pure and synchronous. What is remembered are integers, for as long as a reader may come back to them (`forget`), and
the text of what the record has still to confirm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from sys import intern
from typing import NamedTuple

from tui.domain.events import Origin, RawEvent
from tui.feed.tail.log_event import LogEvent


class Merged(NamedTuple):
    """`events` were not there before; `moved` were, and their place or ingestion time has been corrected.

    `doubtful` lines of a live session repeat what it has brought before: the record has to say whether they are events.
    """

    events: tuple[RawEvent, ...] = ()
    moved: tuple[RawEvent, ...] = ()
    doubtful: int = 0


class _Known:
    """One event that was given out. `record` is 0 until FilterLogEvents has shown it; `session` claimed it last."""

    __slots__ = ("digest", "event", "origin", "record", "serial", "session")

    def __init__(self, digest: int, serial: int, session: int, origin: Origin) -> None:
        self.digest = digest
        self.serial = serial
        self.session = session
        self.origin = origin
        self.record = 0
        self.event: RawEvent | None = None


class _Tie:
    """The events of one stream that share a millisecond: first the record's in its order, then those only live has."""

    __slots__ = ("known", "newest")

    def __init__(self) -> None:
        self.known: list[_Known] = []
        self.newest = 0


class _Memory:
    __slots__ = ("horizon", "ties")

    def __init__(self) -> None:
        self.horizon = 0
        self.ties: dict[int, _Tie] = {}


class Merge:
    """The memory of what was given out. Serials grow by one with each event, over all groups."""

    def __init__(self) -> None:
        self._serials = count(1)
        self._groups: dict[str, _Memory] = {}

    def __repr__(self) -> str:
        return f"Merge({len(self)} remembered)"

    def __len__(self) -> int:
        return sum(len(tie.known) for memory in self._groups.values() for tie in memory.ties.values())

    def live(self, group: str, session: int, lines: Iterable[LogEvent], *, has_record: bool = True) -> Merged:
        """Take what one session brought, in the order of arrival; `session` is its number, from 1.

        Without a record a repetition within a session counts as an event of its own.
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
                new.event = _event(group, line, new, rank=len(tie.known))
                tie.known.append(new)
                events.append(new.event)
        return Merged(tuple(events), doubtful=doubtful)

    def record(self, group: str, lines: Sequence[LogEvent]) -> Merged:
        """Take a page of FilterLogEvents in ascending order, every tie in it whole: its order is the order."""
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
                self._confirm(group, tie, page, events, moved)
            else:  # the most by far: an event alone, and new
                line = page[0]
                new = _Known(hash(line.message), next(self._serials), 0, Origin.BACKFILL)
                new.record = hash(line.id) or 1
                tie.known.append(new)
                events.append(_event(group, line, new, 0))
        return Merged(tuple(events), tuple(moved))

    def recall(self, group: str, lines: Sequence[LogEvent]) -> Merged:
        """Take the last lines of a silent stream, in order, of which no reader will bring more than the newest.

        They have no ids. What was stamped long ago and ingested lately may come from a session, too: it is remembered
        as a session's, which the next one claims.
        """
        horizon = self._memory(group).horizon
        ranks: dict[tuple[str, int], int] = {}
        events = []
        lately = []
        for line in lines:
            if max(line.at, line.ingested_at) >= horizon:
                lately.append(line)
                continue
            rank = ranks[line.stream, line.at] = ranks.get((line.stream, line.at), -1) + 1
            events.append(_event(group, line, _Known(0, next(self._serials), 0, Origin.BACKFILL), rank))
        recalled = self._claim(group, -next(self._serials), lately, Origin.BACKFILL)
        return Merged((*events, *recalled.events))

    def horizon(self, group: str) -> int:
        """Return the instant, ms, from which on all is remembered."""
        return self._memory(group).horizon

    def since(self, group: str, most: int) -> int:
        """Return the instant, ms, from which on at most `most` events are remembered; 0 where there are no more."""
        ties = self._memory(group).ties.values()
        if sum(len(tie.known) for tie in ties) <= most:
            return 0
        for tie in sorted(ties, key=lambda each: each.newest, reverse=True):
            most -= len(tie.known)
            if most < 0:
                return tie.newest + 1
        return 0

    def forget(self, group: str, before: int) -> None:
        """Forget what was stamped and ingested before `before`, ms: no reader will start there any more.

        A delivery of such an event is from then on taken for a repetition. A late event is not: it was ingested
        lately.
        """
        memory = self._memory(group)
        if before <= memory.horizon:
            return
        memory.horizon = before
        memory.ties = {key: tie for key, tie in memory.ties.items() if tie.newest >= before}

    def _memory(self, group: str) -> _Memory:
        memory = self._groups.get(group)
        if memory is None:
            memory = self._groups[group] = _Memory()
        return memory

    def _tie(self, memory: _Memory, line: LogEvent) -> _Tie | None:
        newest = line.at if line.at > line.ingested_at else line.ingested_at
        if newest < memory.horizon:
            return None
        key = hash((line.stream, line.at))
        tie = memory.ties.get(key)
        if tie is None:
            tie = memory.ties[key] = _Tie()
        if newest > tie.newest:
            tie.newest = newest
        return tie

    def _confirm(
        self, group: str, tie: _Tie, page: list[LogEvent], events: list[RawEvent], moved: list[RawEvent]
    ) -> None:
        ids = [hash(line.id) or 1 for line in page]
        if [known.record for known in tie.known] == ids:
            return  # a sweep reads most events again, and finds them as they were
        old = tie.known
        settled = {known.record: known for known in old if known.record}
        waiting: dict[int, list[_Known]] = {}
        for known in reversed(old):
            if not known.record:
                waiting.setdefault(known.digest, []).append(known)
        shown: dict[_Known, LogEvent] = {}
        for record, line in zip(ids, page, strict=True):
            here = settled.get(record)
            if here is None:
                digest = hash(line.message)
                alike = waiting.get(digest)
                here = alike.pop() if alike else _Known(digest, next(self._serials), 0, Origin.BACKFILL)
                here.record = record
                settled[record] = here
            shown[here] = line
        # What the record has ceased to show cannot be given out anew: it keeps its place, the others stand around it.
        others = iter([*shown, *(known for known in old if not known.record)])
        tie.known = [known if known.record and known not in shown else next(others) for known in old]
        tie.known += others
        ranks = {known: rank for rank, known in enumerate(old)}
        for rank, known in enumerate(tie.known):
            was, line_shown = known.event, shown.get(known)
            if line_shown is not None:
                now = _event(group, line_shown, known, rank)
            elif was is not None:
                now = replace(was, rank=rank)
            else:
                continue
            if known not in ranks:
                events.append(now)
            elif ranks[known] != rank or (was is not None and was.ingested_at != now.ingested_at):
                moved.append(now)
            known.event = None if known.record else now


def _event(group: str, line: LogEvent, known: _Known, rank: int) -> RawEvent:
    # Each page brings its own copy of the stream's name with each event: 90 bytes that the history would keep.
    stream = intern(line.stream)
    return RawEvent(stream, line.at, line.ingested_at, line.message, group, known.origin, known.serial, rank)
