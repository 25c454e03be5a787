"""The content of an account: log groups with their streams and events, and VPN connections.

In memory and bounded. A group keeps its events in the order in which FilterLogEvents returns them: by timestamp, then
ingestion time, then request. Times are milliseconds since the epoch.
"""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import RLock
from typing import Final, NamedTuple

from tui.demo.server.vpn import CustomerGateway, LogDelivery, TrailEvent, VpnConnection
from tui.domain.clock import Clock, SystemClock

OVERHEAD: Final = 26
"""The bytes that CloudWatch Logs counts for each event on top of its message."""

CAPACITY: Final = 300_000
CAPACITY_BYTES: Final = 256 * 1024 * 1024
_KEPT_ARRIVALS: Final = 20_000


class StoredEvent(NamedTuple):
    """One log event. A tuple, because its order is the record's order and bisect then compares it in C."""

    at: int
    ingested_at: int
    serial: int
    stream: str
    message: str
    size: int

    @property
    def event_id(self) -> str:
        """The id returned by FilterLogEvents: 56 digits, unique, increasing in the order of the record."""
        return f"{self.at:020d}{self.ingested_at:020d}{self.serial:016d}"


Position = tuple[int, int, float]
"""A position between two events: half a serial before or after one, so that it survives the event's removal."""


@dataclass(slots=True)
class LogStream:
    """A log stream; `events` are in the order of the record."""

    name: str
    created_at: int
    events: list[StoredEvent] = field(default_factory=list)


@dataclass(slots=True)
class LogGroup:
    """A log group; `events` are those of all its streams in the order of the record."""

    name: str
    created_at: int
    log_class: str = "STANDARD"
    retention_days: int | None = None
    kms_key: str | None = None
    streams: dict[str, LogStream] = field(default_factory=dict)
    events: list[StoredEvent] = field(default_factory=list)
    arrivals: list[StoredEvent] = field(default_factory=list)
    size: int = 0
    """The size of all events in bytes, as CloudWatch Logs counts it."""
    forgotten: int = 0
    """The number of arrivals dropped from `arrivals`, which is bounded: cursors count from the group's beginning."""

    @property
    def arrived(self) -> int:
        """The number of events that arrived since the group was created: the cursor of a reader that starts now."""
        return self.forgotten + len(self.arrivals)

    def arrived_since(self, cursor: int) -> list[StoredEvent]:
        """Return the events after `cursor` in order of arrival; a reader that is too far behind misses some."""
        return self.arrivals[max(0, cursor - self.forgotten) :]

    def between(
        self,
        start: int | None,
        end: int | None,
        *,
        stream: str | None = None,
        after: Position | None = None,
        before: Position | None = None,
    ) -> list[StoredEvent]:
        """Return the events with `start` <= timestamp <= `end` between two positions, oldest first."""
        events = self.events if stream is None else self.streams[stream].events
        low = 0 if start is None else bisect_left(events, (start,))
        high = len(events) if end is None else bisect_left(events, (end + 1,))
        if after is not None:
            low = max(low, bisect_left(events, after))
        if before is not None:
            high = min(high, bisect_left(events, before))
        return events[low:high]

    def add(self, event: StoredEvent) -> None:
        """Insert an event at its position."""
        stream = self.streams.get(event.stream)
        if stream is None:
            stream = self.streams[event.stream] = LogStream(event.stream, event.ingested_at)
        self.size += event.size
        insort(self.events, event)
        insort(stream.events, event)
        self.arrivals.append(event)
        if len(self.arrivals) > 2 * _KEPT_ARRIVALS:
            self._forget_arrivals(len(self.arrivals) - _KEPT_ARRIVALS)

    def _forget_arrivals(self, surplus: int) -> None:
        self.forgotten += surplus
        del self.arrivals[:surplus]

    def shrink_to(self, capacity: int, size: int) -> None:
        """Drop the oldest events beyond `capacity` and beyond `size` bytes."""
        surplus = max(0, len(self.events) - capacity)
        left = self.size - sum(event.size for event in self.events[:surplus])
        while left > size:
            left -= self.events[surplus].size
            surplus += 1
        self.size = left
        last = self.events[surplus - 1]
        del self.events[:surplus]
        for stream in self.streams.values():
            del stream.events[: bisect_right(stream.events, last)]
        kept = (index for index, event in enumerate(self.arrivals) if event > last)
        self._forget_arrivals(next(kept, len(self.arrivals)))


class Store:
    """The log groups and VPN connections of one account in one region.

    `capacity` and `capacity_bytes` bound the events of each group; the oldest are dropped first. `delay`, if set, is
    called once per event and returns its ingestion delay in ms. All methods may be called from any thread, so that a
    test can put events while a server runs in another.
    """

    def __init__(
        self, *, clock: Clock | None = None, capacity: int = CAPACITY, capacity_bytes: int = CAPACITY_BYTES
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.capacity = capacity
        self.capacity_bytes = capacity_bytes
        self.delay: Callable[[], int] | None = None
        self.connections: dict[str, VpnConnection] = {}
        self.customer_gateways: dict[str, CustomerGateway] = {}
        self.deliveries: list[LogDelivery] = []
        self.resource_policies: dict[str, str] = {}
        """The documents (JSON) of CloudWatch Logs' resource policies, by name."""
        self.trail: list[TrailEvent] = []
        self._groups: dict[str, LogGroup] = {}
        self._held: list[tuple[int, int, str, str, int, str]] = []
        self._serial = 0
        self._lock = RLock()

    def __repr__(self) -> str:
        events = sum(len(group.events) for group in self._groups.values())
        return f"<Store {len(self._groups)} groups, {events} events, {len(self.connections)} VPN connections>"

    @property
    def groups(self) -> dict[str, LogGroup]:
        """The log groups by name, with every event whose ingestion is due."""
        self._release()
        return self._groups

    def create_group(self, name: str, *, log_class: str = "STANDARD", created_at: int | None = None) -> LogGroup:
        """Create a log group and return it; an existing one is returned unchanged."""
        with self._lock:
            group = self._groups.get(name)
            if group is None:
                created = self.clock.now() if created_at is None else created_at
                group = self._groups[name] = LogGroup(name, created, log_class)
            return group

    def create_stream(self, group: str, stream: str, *, created_at: int | None = None) -> LogStream:
        """Create a log stream (and its group) and return it; an existing one is returned unchanged."""
        with self._lock:
            created = self.clock.now() if created_at is None else created_at
            return self.create_group(group).streams.setdefault(stream, LogStream(stream, created))

    def delete_group(self, name: str) -> None:
        """Delete a log group with its events, including those still to be ingested."""
        with self._lock:
            del self._groups[name]
            self._held = [held for held in self._held if held[2] != name]
            heapq.heapify(self._held)

    def put(
        self, group: str, stream: str, events: Iterable[tuple[int, str]], *, ingested_at: int | None = None
    ) -> None:
        """Add (timestamp, message) events; group and stream are created if they do not exist.

        `ingested_at` defaults to now; an event to be ingested later stays invisible until then.
        """
        now = self.clock.now()
        with self._lock:
            if stream not in self.create_group(group, created_at=ingested_at).streams:
                self.create_stream(group, stream, created_at=ingested_at)
            for at, message in events:
                due = now if ingested_at is None else ingested_at
                if self.delay is not None:
                    due += self.delay()
                if due > now:
                    self._serial += 1
                    heapq.heappush(self._held, (due, self._serial, group, stream, at, message))
                else:
                    self._ingest(group, stream, at, message, due)

    def _release(self) -> None:
        if not self._held:
            return
        with self._lock:
            now = self.clock.now()
            while self._held and self._held[0][0] <= now:
                due, _, group, stream, at, message = heapq.heappop(self._held)
                self._ingest(group, stream, at, message, due)

    def _ingest(self, name: str, stream: str, at: int, message: str, due: int) -> None:
        self._serial += 1
        size = (len(message) if message.isascii() else len(message.encode(errors="replace"))) + OVERHEAD
        group = self._groups[name]
        group.add(StoredEvent(at, due, self._serial, stream, message, size))
        # In large steps: removing the head of a long list at every event would move the whole list each time.
        if len(group.events) > self.capacity * 9 // 8 or group.size > self.capacity_bytes * 9 // 8:
            group.shrink_to(self.capacity, self.capacity_bytes)
