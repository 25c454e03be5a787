"""What this run has seen so far, in memory, so that it can be replayed and saved without having been requested."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from tui.domain.clock import Clock
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory
from tui.domain.state.fleet import Applied
from tui.domain.state.marks import Mark
from tui.feed.intake import Intake
from tui.feed.recording.checkpoint import Freezing, Frozen, freeze, thaw
from tui.feed.recording.format import Encoder, Header
from tui.feed.recording.stretch import Stretch, StretchCursor, member
from tui.feed.recording.track import EVERY, Change, Station, changes_of
from tui.feed.source import Batch

MOST: Final = 11_000_000
"""The capacity of a journal in compressed bytes: about 500,000 events of a busy fleet, usually more than a night."""
_SELDOM: Final = 2.0
_SHARE: Final = 100
"""The minimum seconds between two checkpoints, and the multiple of the last one's duration, which is 0.2 s for 2,000
tunnels. During a long look-back, or in a busy fleet, one would follow the other.
"""
_LOOK_BACK: Final = 6
"""The divisor of a journal's capacity that gives the amount of look-back read between two checkpoints."""
_WORTH: Final = 1.4
"""The weight of what followed a checkpoint, relative to it, that justifies another one."""


class Journal:
    """A sink that keeps everything a pump has applied, and a track for replaying it.

    Beyond `most` bytes the oldest stretch is dropped: `begin` is then later than the start of the run.
    """

    def __init__(self, pump: Intake, clock: Clock, header: Header, *, most: int = MOST) -> None:
        self.catalogue = pump.fleet.catalogue
        self.changes: list[Change] = []
        self.marks: list[Mark] = []
        self.is_complete = False
        self.share_read = 1.0
        self.header = header
        self._pump = pump
        self._clock = clock
        self._most = most
        self._t = max(header.started, clock.now())
        self._was_caught_up = pump.caught_up
        self._ready: int | None = None
        self._stretches: deque[Stretch] = deque()
        self._forgotten = 0
        self.stations: list[Station] = []
        self._events, self._began, self._took = 0, 0.0, 0.0
        self._encoder = Encoder()
        self._freezing: Freezing | None = None
        self._begin_stretch(freeze(pump))

    def __repr__(self) -> str:
        return f"Journal({len(self.stations)} stretches, {self.weight:,} bytes)"

    @property
    def begin(self) -> int:
        """The first moment that can be shown, ms."""
        return self.stations[0].t

    @property
    def ready(self) -> int:
        """When the look-back had been read, ms."""
        return max(self.begin, self._ready or 0)

    @property
    def end(self) -> int:
        """The last moment that can be shown, ms: now."""
        self._t = max(self._t, self._clock.now())
        return self._t

    @property
    def has_forgotten(self) -> bool:
        """Whether the beginning of the run has been dropped."""
        return self._forgotten > 0

    @property
    def weight(self) -> int:
        """The approximate size in bytes."""
        stations = sum(station.weight for station in self.stations)
        return stations + sum(stretch.weight for stretch in self._stretches)

    def __call__(self, batch: Batch, applied: Applied) -> None:
        """Keep a batch that the pump has applied."""
        t = self.end
        self._stretches[-1].append(self._encoder.batch(batch, t=t))
        if self._was_caught_up:  # before that, the events happened earlier
            self.changes += changes_of(t, applied)
        if self._pump.caught_up and not self._was_caught_up and self._ready is None:
            self._ready = t
        self._was_caught_up = self._pump.caught_up
        self.marks += batch.marks
        self._events += len(batch.events)
        if self._freezing is not None:
            self._go_on_freezing(self._freezing)
        elif self._is_due:
            self._freezing, self._took = Freezing(self._pump), 0.0

    @property
    def _is_due(self) -> bool:
        """Whether another checkpoint is due.

        One of 2,000 tunnels weighs as much as 40,000 of their events: more checkpoints would leave less room for
        events.
        """
        if not self._pump.caught_up:
            # A look-back changes all tunnels faster than they can be serialised in steps, and nobody returns to it.
            return self._stretches[-1].packed >= self._most // _LOOK_BACK
        if self._events < EVERY or self._stretches[-1].packed < self.stations[-1].weight * _WORTH:
            return False
        return self._clock.monotonic() - self._began >= max(_SELDOM, _SHARE * self._took)

    def _go_on_freezing(self, freezing: Freezing) -> None:
        """Serialise a part of the knowledge with each batch: all at once, it would delay keys."""
        began = self._clock.monotonic()
        frozen = freezing.step()
        self._took += self._clock.monotonic() - began
        if frozen is not None:
            self._begin_stretch(frozen)
            self._forget()

    def _begin_stretch(self, frozen: Frozen) -> None:
        stretch = Stretch(self._t)
        if self._stretches:
            self._stretches[-1].close()
            self._stretches[-1].following = stretch
        self._stretches.append(stretch)
        self.stations.append(Station(self._t, frozen, StretchCursor(stretch)))
        self._freezing = None
        self._encoder = Encoder()
        self._events = 0
        self._began = self._clock.monotonic()

    def _forget(self) -> None:
        """Drop the oldest stretches beyond the capacity. The newest stays."""
        surplus = self.weight - self._most
        while surplus > 0 and len(self.stations) > 1:
            surplus -= self.stations.pop(0).weight + self._stretches.popleft().weight
            self._forgotten += 1
        if self._forgotten:
            begin = self.begin
            self.changes = [change for change in self.changes if change.t >= begin]
            self.marks = [mark for mark in self.marks if mark.at >= begin]

    def recording(self) -> Iterator[bytes]:
        """Yield everything held, as the bytes of a recording compressed with gzip.

        If the beginning was dropped, the recording starts with what was still known of it: the newest events of each
        tunnel, as a fleet keeps them.
        """
        encoder = Encoder()
        header = replace(self.header, since=self.header.since or self._pump.state.since or 0)
        first = [encoder.header(header)]
        if self.has_forgotten:
            held = thaw(self.stations[0].frozen or (), self.catalogue)
            first += [encoder.batch(batch, t=self.begin) for batch in held_by(held)]
        yield member(first)
        for stretch in self._stretches:
            yield from stretch.blocks
            yield member(stretch.tail)


def held_by(intake: Intake) -> Iterator[Batch]:
    """Yield batches that lead from nothing to roughly an intake's knowledge; what it dropped of its past is missing."""
    fleet = intake.fleet
    if fleet.marks:
        yield Batch(marks=fleet.marks)
    events: dict[str, list[RawEvent]] = {source: [] for source in intake.caught_up_by_source}
    facts: dict[str, list[ConnectionFacts]] = {}
    for connection in fleet.connections:
        if connection.facts is not None:
            facts.setdefault(connection.source, []).append(connection.facts)
        for entry in chain.from_iterable(tunnel.history for tunnel in connection.tunnels):
            events.setdefault(entry.raw.source, []).append(entry.raw)
    for source, raws in events.items():
        yield Batch(
            tuple(sorted(raws, key=lambda raw: (raw.at, raw.ingested_at, raw.stream, raw.rank))),
            watermark=fleet.watermarks.get(source),
            state=intake.states.get(source),
            inventory=Inventory(tuple(facts[source])) if source in facts else None,
            caught_up=intake.caught_up_by_source.get(source, False),
            source=source,
        )
