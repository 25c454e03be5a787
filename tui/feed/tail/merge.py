"""Merges Live Tail and FilterLogEvents: every event once, at the position given by FilterLogEvents.

FilterLogEvents is authoritative: its events have ids, and its order is the order. Live Tail shows the same events
sooner, but without ids, some of them twice and some never. Both identify an event by group, stream, timestamp and text,
and real logs contain identical lines. So each event of FilterLogEvents claims one event with the same identity that no
other has claimed, and is new only if none is left. Live Tail alone cannot distinguish a line logged twice from one
delivered twice: a known line is `doubtful`, and FilterLogEvents decides. Only if a group cannot be read are live lines
counted, separately per session, so that a session that repeats the history does not multiply it.

Pure and synchronous. It remembers integers for as long as a read may go back to them (`forget`), and the text of events
that FilterLogEvents has not confirmed yet. `ties` defines how they are kept.
"""

from collections.abc import Iterable, Sequence
from itertools import count, islice
from typing import NamedTuple

from tui.domain.events import Origin, RawEvent
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.record.ties import (
    Known,
    Memory,
    OpenTie,
    Tie,
    Unconfirmed,
    confirmed,
    is_dated,
    newest_of,
    pack_new,
    shows,
    unpack,
)


class Merged(NamedTuple):
    """The result of a merge: new `events`, and `moved` ones, whose position or ingestion time has been corrected.

    `doubtful` counts live lines that repeat earlier ones of the session: only FilterLogEvents can tell whether they are
    separate events.
    """

    events: tuple[RawEvent, ...] = ()
    moved: tuple[RawEvent, ...] = ()
    doubtful: int = 0


class Merge:
    """Remembers what was published. Serials increase by one per event, over all groups of one source."""

    def __init__(self, source: str = "") -> None:
        self._source = source
        self._serials = count(1)
        self._groups: dict[str, Memory] = {}

    def __repr__(self) -> str:
        return f"Merge({len(self)} remembered)"

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def live(self, group: str, session: int, lines: Iterable[LogEvent], *, has_record: bool = True) -> Merged:
        """Merge the lines of one live session in order of arrival; `session` is its number, from 1.

        Without a record, that is if the group cannot be read, a repetition within a session counts as another event.
        """
        return self._claim(group, session, lines, Origin.LIVE, has_record=has_record)

    def _claim(
        self, group: str, session: int, lines: Iterable[LogEvent], origin: Origin, *, has_record: bool = False
    ) -> Merged:
        memory = self._memory(group)
        ties: dict[int, OpenTie] = {}
        events = []
        doubtful = 0
        for line in memory.without_forgotten(lines):
            key = hash(line[:2])
            tie = ties.get(key) or ties.setdefault(key, _opened(memory.get(key), line.at))
            tie.newest = max(tie.newest, newest_of(line))
            digest = hash(line.message)
            alike = [known for known in tie.known if known.digest == digest]
            unclaimed = next((known for known in alike if known.session != session), None) if alike else None
            if unclaimed is not None:
                unclaimed.session = session
            elif alike and has_record:
                doubtful += 1
            else:
                new = Known(digest, next(self._serials), session, origin)
                new.content = line.ingested_at, line.message
                events.append(self._event(group, line, new, rank=len(tie.known)))
                tie.known.append(new)
        for key, tie in ties.items():
            memory.keep(key, tie)
        return Merged(tuple(events), doubtful=doubtful)

    def record(self, group: str, lines: Sequence[LogEvent]) -> Merged:
        """Merge a page of FilterLogEvents in ascending order, with every tie in it complete."""
        memory = self._memory(group)
        shown: dict[int, list[LogEvent]] = {}
        for line in memory.without_forgotten(lines):
            key = hash(line[:2])
            if key in shown:
                shown[key].append(line)
            else:
                shown[key] = [line]
        events: list[RawEvent] = []
        moved: list[RawEvent] = []
        for key, page in shown.items():
            tie, records = memory.get(key), _records(page)
            newest = max(page[0].at, max([line.ingested_at for line in page]))
            if tie is None and is_dated(page[0].at, newest):  # a look-back: by far the most frequent case
                events += self._publish_new(group, memory, key, page, records, newest)
                continue
            if isinstance(tie, bytes) and shows(tie, records, newest):
                continue  # a deep read repeats most events and finds them unchanged
            if isinstance(tie, Unconfirmed) and (known := confirmed(tie, page, records, newest)) is not None:
                memory.keep(key, known)
                continue
            opened = _opened(tie, page[0].at)
            opened.newest = max(opened.newest, newest)
            new, corrected = self._confirm(group, opened, page, records)
            events += new
            moved += corrected
            memory.keep(key, opened)
        return Merged(tuple(events), tuple(moved))

    def _publish_new(
        self, group: str, memory: Memory, key: int, page: list[LogEvent], records: list[int], newest: int
    ) -> list[RawEvent]:
        """Return the events of a tie about which nothing was known."""
        serials = list(islice(self._serials, len(page)))
        memory.keep(key, pack_new(page[0].at, newest, records, [hash(line.message) for line in page], serials[0]))
        return [
            RawEvent(
                line.stream, line.at, line.ingested_at, line.message, group, Origin.BACKFILL, serial, rank, self._source
            )
            for rank, (line, serial) in enumerate(zip(page, serials, strict=True))
        ]

    def recall(self, group: str, lines: Sequence[LogEvent]) -> Merged:
        """Merge the last lines of a quiet stream, in order.

        They have no ids, and no later read returns them. Only a recently ingested line may arrive again, from a live
        session; it is remembered as if a session had delivered it, so that the next one claims it.
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
            events.append(self._event(group, line, Known(0, next(self._serials), 0, Origin.BACKFILL), rank))
        claimed = self._claim(group, -next(self._serials), recent, Origin.BACKFILL)
        return Merged((*events, *claimed.events))

    def horizon(self, group: str) -> int:
        """Return the time (ms) since which everything is remembered."""
        memory = self._memory(group)
        return max(memory.horizon, memory.floor)

    def forget(self, group: str, before: int) -> None:
        """Forget events stamped and ingested before `before` (ms), to which no read goes back any more.

        From then on such an event counts as a repetition. A late event does not, because it is ingested later.
        """
        self._memory(group).forget(before)

    def limit(self, group: str, most: int, *, before: int) -> None:
        """Forget the oldest events stamped before `before` (ms), until at most `most` are remembered.

        From then on such an event counts as a repetition, unless it was ingested later than all of them.
        """
        self._memory(group).limit(most, before=before)

    def _memory(self, group: str) -> Memory:
        memory = self._groups.get(group)
        if memory is None:
            memory = self._groups[group] = Memory()
        return memory

    def _confirm(
        self, group: str, tie: OpenTie, page: list[LogEvent], records: list[int]
    ) -> tuple[list[RawEvent], list[RawEvent]]:
        """Reconcile a tie with what FilterLogEvents shows of it; return the new and the corrected events."""
        if [known.record for known in tie.known] == records:
            return [], []
        before = tie.known
        shown = self._match(before, page, records)
        tie.known = _reorder(before, shown)
        return self._emit(group, page[0], before, tie.known, shown)

    def _match(self, before: list[Known], page: list[LogEvent], records: list[int]) -> dict[Known, LogEvent]:
        """Return the known or new event of each line, in the order of the page.

        A line is matched by id, else by text: first among the events shown only by Live Tail, then among those whose id
        is not on the page. Some emulators invent new ids for every answer.
        """
        by_record = {known.record: known for known in before if known.record}
        on_page = set(records)
        unconfirmed = [known for known in before if not known.record]
        changed = [known for known in before if known.record and known.record not in on_page]
        by_digest: dict[int, list[Known]] = {}
        for known in reversed([*unconfirmed, *changed]):  # reversed because pop() takes the last
            by_digest.setdefault(known.digest, []).append(known)
        shown: dict[Known, LogEvent] = {}
        for record, line in zip(records, page, strict=True):
            match = by_record.get(record)
            if match is None:
                digest = hash(line.message)
                alike = by_digest.get(digest)
                match = alike.pop() if alike else Known(digest, next(self._serials), 0, Origin.BACKFILL)
                match.record = record
            shown[match] = line
        return shown

    def _emit(
        self, group: str, of: LogEvent, before: list[Known], after: list[Known], shown: dict[Known, LogEvent]
    ) -> tuple[list[RawEvent], list[RawEvent]]:
        """Return a tie's new events, and those whose position or ingestion time changed; `of` is any of its lines."""
        ranks = {known: rank for rank, known in enumerate(before)}
        events: list[RawEvent] = []
        moved: list[RawEvent] = []
        for rank, known in enumerate(after):
            was, line = known.content, shown.get(known)
            if line is None:
                if was is None:
                    continue
                line = of._replace(ingested_at=was[0], message=was[1])
            now = self._event(group, line, known, rank)
            if known not in ranks:
                events.append(now)
            elif ranks[known] != rank or (was is not None and was[0] != now.ingested_at):
                moved.append(now)
            known.content = None if known.record else was
        return events, moved

    def _event(self, group: str, line: LogEvent, known: Known, rank: int) -> RawEvent:
        return RawEvent(
            line.stream, line.at, line.ingested_at, line.message, group, known.origin, known.serial, rank, self._source
        )


def _opened(tie: Tie | None, at: int) -> OpenTie:
    return OpenTie(at) if tie is None else unpack(tie)


def _records(page: list[LogEvent]) -> list[int]:
    """Return the hash of each line's id; repeated ids within a tie are numbered."""
    records = [hash(line.id) or 1 for line in page]
    if len(page) == 1 or len(set(records)) == len(records):
        return records
    seen: dict[str, int] = {}
    numbered = []
    for line in page:
        number = seen[line.id] = seen.get(line.id, -1) + 1
        numbered.append((hash((line.id, number)) if number else hash(line.id)) or 1)
    return numbered


def _reorder(before: list[Known], shown: dict[Known, LogEvent]) -> list[Known]:
    """Return a tie's events in the order of the page, followed by unconfirmed ones.

    A confirmed event that the page no longer shows cannot be published again, so it keeps its position among the
    others.
    """
    others = iter([*shown, *(known for known in before if not known.record)])
    reordered = [known if known.record and known not in shown else next(others) for known in before]
    return [*reordered, *others]
