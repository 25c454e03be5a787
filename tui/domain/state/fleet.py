"""All connections and tunnels: what is known of each, and its history."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Final, NamedTuple

from tui.domain.events import LOG_OF, BgpEvent, IkeEvent, Log, RawEvent, UnreadEvent
from tui.domain.inventory import Inventory
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.reading.owners import Owners
from tui.domain.reading.parse import parse
from tui.domain.reading.streams import read_stream_name
from tui.domain.state.connection import Connection
from tui.domain.state.delivery import Delivery
from tui.domain.state.history import Entry
from tui.domain.state.marks import MOST_MARKS, Mark
from tui.domain.state.memory import MOST_EACH, RETAINED, Memory
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health, Transition


class Noted(NamedTuple):
    """An event that was applied, and where."""

    tunnel: Tunnel
    entry: Entry


@dataclass(frozen=True, slots=True)
class Applied:
    """What one `apply` changed: the events in the given order, and the new changes of health, oldest first."""

    noted: tuple[Noted, ...] = ()
    transitions: tuple[tuple[Tunnel, Transition], ...] = ()


MOST_AWAY: Final = 256
"""The number of removed connections kept in case an EC2 answer omitted them by mistake."""
MOST_CHANGES: Final = 256
"""The number of revisions whose changes are known: some seconds of a busy fleet."""


class Fleet:
    """The watched connections. `revision` increases with every change that a reader could see."""

    def __init__(self, catalogue: Catalogue, *, retained: int = RETAINED, most_each: int = MOST_EACH) -> None:
        """`retained` limits all histories together, `most_each` each single one, in units of about a kilobyte."""
        self.catalogue = catalogue
        self.revision = 0
        self.watermarks: dict[str, int] = {}
        """The time (ms) up to which each source has read everything, by the source's name."""
        self.seen = 0
        """The number of events applied so far, including those of removed tunnels."""
        self.delivery = Delivery()
        """How late events arrive."""
        self.newest: int | None = None
        """The time of the newest event, ms."""
        self.marks: tuple[Mark, ...] = ()
        """The marks of the user, oldest first."""
        self._memory = Memory(retained, most_each)
        self._connections: dict[str, Connection] = {}
        self._away: dict[str, Connection] = {}
        self._surveyed: set[str] = set()
        self._owners = Owners()
        self._listed: tuple[Connection, ...] = ()
        self._is_listed = False
        self._changes: deque[tuple[int, Collection[Tunnel]]] = deque(maxlen=MOST_CHANGES)
        """The last revisions, each with the tunnels it changed, without those that only logged routine."""

    def __repr__(self) -> str:
        return f"Fleet({len(self._connections)} connections, revision {self.revision})"

    @property
    def watermark(self) -> int | None:
        """The time (ms) up to which everything is known: the oldest of the sources' watermarks, None without any."""
        return min(self.watermarks.values(), default=None)

    @property
    def held(self) -> int:
        """The memory held by the histories, in units of about a kilobyte."""
        return self._memory.weight

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections by name, then id; the same tuple as before if it would be equal.

        If EC2 listed all connections, those known only from an old log are omitted.
        """
        if not self._is_listed:
            listed = self._in_order()
            self._listed, self._is_listed = self._listed if listed == self._listed else listed, True
        return self._listed

    def _in_order(self) -> tuple[Connection, ...]:
        shown = [
            connection
            for connection in self._connections.values()
            if connection.facts or not connection.id or not self._has_survey(connection)
        ]
        return tuple(sorted(shown, key=lambda connection: (connection.name or "~", connection.id)))

    @property
    def tunnels(self) -> tuple[Tunnel, ...]:
        """All tunnels, in the order of `connections`."""
        return tuple(tunnel for connection in self.connections for tunnel in connection.tunnels)

    @property
    def held_tunnels(self) -> Iterator[Tunnel]:
        """All tunnels whose past is held, including those of hidden and of removed connections."""
        for connection in chain(self._connections.values(), self._away.values()):
            yield from connection.held

    def changed_since(self, revision: int) -> Collection[Tunnel] | None:
        """Return the tunnels changed since `revision`; None if that is too long ago.

        A tunnel that is up and logged only routine without changing its state counts as unchanged. Most of a fleet does
        so all the time; the reader must check for consequences, such as the end of a silence.
        """
        if self.revision > revision and (not self._changes or self._changes[0][0] > revision + 1):
            return None
        newer = takewhile(lambda change: change[0] > revision, reversed(self._changes))
        return {tunnel for _, tunnels in newer for tunnel in tunnels}

    def known_until(self, now: int) -> int:
        """Return the time up to which anything is known, ms: `now`, or how far the feed has read before it."""
        return now if self.watermark is None else min(now, self.watermark)

    def connection(self, connection_id: str) -> Connection | None:
        """Return that connection, None if it is unknown."""
        return self._connections.get(connection_id)

    def find(self, connection: str, outside_ip: str) -> Tunnel | None:
        """Return that tunnel, None if it is unknown."""
        owner = self._connections.get(connection)
        return owner.find(outside_ip) if owner else None

    def _has_survey(self, connection: Connection) -> bool:
        return connection.source in self._surveyed

    def learn(self, inventory: Inventory, *, source: str = "") -> None:
        """Apply EC2's inventory: tunnels are unknown until they log; those that are gone are removed.

        A connection is gone if its own source no longer lists it, whatever other sources list.
        """
        (self._surveyed.add if inventory.connections else self._surveyed.discard)(source)
        named = {facts.id for facts in inventory.connections}
        ours = [connection for connection in self._connections.values() if connection.source == source]
        for gone in [connection.id for connection in ours if connection.facts and connection.id not in named]:
            self._put_away(self._connections.pop(gone))
        listed = [key for key in inventory.listed if self.find(*key) is None]
        changed = {self._connection(connection, source).tunnel(outside_ip) for connection, outside_ip in listed}
        for facts in inventory.connections:
            connection = self._connection(facts.id, source)
            # EC2 is called tunnel by tunnel, and each answer brings the whole inventory: most of it is unchanged.
            if connection.facts != facts:
                connection.learn(facts)
                changed.update(connection.tunnels)
            connection.keep_only({tunnel.outside_ip for tunnel in facts.tunnels})
        self._is_listed = False
        self._touch(changed)

    def mark(self, marks: Iterable[Mark]) -> None:
        """Add marks of the user."""
        self.marks = tuple(sorted((*self.marks, *marks), key=lambda mark: mark.at)[-MOST_MARKS:])
        self._touch(())

    def apply(
        self,
        events: Iterable[RawEvent],
        *,
        moved: Sequence[RawEvent] = (),
        watermark: int | None = None,
        source: str = "",
    ) -> Applied:
        """Apply the events of one source, each at its position in the order of the log; return what changed.

        `watermark` (ms) is the time up to which the source has read everything; an earlier one has no effect.
        """
        if watermark is not None and watermark > self.watermarks.get(source, 0):
            self.watermarks[source] = watermark
        order = [self._read(raw) for raw in events]
        self.seen += len(order)
        self.newest = max([entry.raw.at for _, entry in order], default=self.newest or 0) or None
        self.delivery.note([entry.raw for _, entry in order])
        arrivals = _by_tunnel(order)
        before = {tunnel: tunnel.state.transitions for tunnel in arrivals}
        changed = {tunnel for tunnel, entries in arrivals.items() if self._add(tunnel, entries)}
        if self._memory.is_full:
            self._memory.make_room(tunnel.history for tunnel in self.held_tunnels)
        for tunnel, raws in self._grouped(moved).items():
            before.setdefault(tunnel, tunnel.state.transitions)
            tunnel.history.move(raws)
            changed.add(tunnel)
        if before:
            self._touch(before, changed)
        return Applied(tuple(order), tuple(_transitions(before)))

    def _add(self, tunnel: Tunnel, entries: list[Entry]) -> bool:
        """Add entries to a tunnel's history; return whether they are more than the routine of a tunnel that is up."""
        state, weight = tunnel.state, tunnel.history.weight
        tunnel.history.add(entries)
        self._memory.grow(tunnel.history, tunnel.history.weight - weight)
        is_as_before = tunnel.state is state and tunnel.health is Health.UP
        return not is_as_before or not all(entry.is_chatter for entry in entries)

    def _read(self, raw: RawEvent) -> Noted:
        event = parse(raw.message)
        name = read_stream_name(raw.stream)
        log = LOG_OF.get(type(event)) or name.log or Log.IKE
        rule = self.catalogue.match(event.message, log=log)
        if rule is not None and isinstance(event, UnreadEvent):  # a delivery of only the text
            event = IkeEvent(event.message) if log is Log.IKE else BgpEvent(event.message)
        connection_id, outside_ip = self._owners.of(raw, name)
        tunnel = self.find(connection_id, outside_ip) or self._connection(connection_id, raw.source).tunnel(outside_ip)
        if rule is None and (event.message or isinstance(event, UnreadEvent)):
            tunnel.unknown += 1
        return Noted(tunnel, Entry(raw, event, rule, log))

    def _grouped(self, moved: Sequence[RawEvent]) -> dict[Tunnel, list[RawEvent]]:
        grouped: dict[Tunnel, list[RawEvent]] = {}
        for raw in moved:
            name = read_stream_name(raw.stream)
            tunnel = self.find(*self._owners.of(raw, name))
            if tunnel is not None:
                grouped.setdefault(tunnel, []).append(raw)
        return grouped

    def _connection(self, connection_id: str, source: str) -> Connection:
        connection = self._connections.get(connection_id)
        if connection is None:
            # A connection that an EC2 answer omitted returns unchanged: its events will not be delivered again.
            connection = self._away.pop(connection_id, None) or Connection(connection_id, source)
            self._connections[connection_id] = connection
            self._is_listed = False
        return connection

    def _put_away(self, connection: Connection) -> None:
        """Keep a connection that EC2 no longer lists, in case it returns; the one removed first is dropped."""
        self._away[connection.id] = connection
        if len(self._away) > MOST_AWAY:
            oldest = self._away.pop(next(iter(self._away)))
            self._memory.release(tunnel.history for tunnel in oldest.tunnels)

    def _touch(self, tunnels: Collection[Tunnel], changed: Collection[Tunnel] | None = None) -> None:
        """Advance the revision of these tunnels; `changed` are those that logged more than routine, all if None."""
        self.revision += 1
        self._changes.append((self.revision, tuple(tunnels if changed is None else changed)))
        for tunnel in tunnels:
            tunnel.revision = self.revision


def _by_tunnel(order: Iterable[Noted]) -> dict[Tunnel, list[Entry]]:
    arrivals: dict[Tunnel, list[Entry]] = {}
    for tunnel, entry in order:
        if tunnel in arrivals:
            arrivals[tunnel].append(entry)
        else:
            arrivals[tunnel] = [entry]
    return arrivals


def _transitions(before: Mapping[Tunnel, Sequence[Transition]]) -> list[tuple[Tunnel, Transition]]:
    """Return the new changes of health, oldest first, given each tunnel's previously known changes."""
    changes = [
        (tunnel, change)
        for tunnel, known in before.items()
        for change in tunnel.announcements.new(known, tunnel.state, at=tunnel.last_event_at or 0)
    ]
    return sorted(changes, key=lambda pair: pair[1].at)
