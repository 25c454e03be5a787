"""How far one log group has been read, and what is known to be missing."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from tui.domain.events import Log
from tui.domain.inventory import Inventory
from tui.domain.reading.streams import StreamName, read_stream_name
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup

_FAILURES_AWAITED: Final = 3
"""The consecutive failures, some seconds, after which the start no longer waits for a group."""
_MAX_PAGE_FACTOR: Final = 16
"""The maximum factor on the limit of empty pages: half an hour of FilterLogEvents calls."""
_MAX_STREAMS: Final = 50_000
"""The stream names kept per group, about 8 MB. A group with other logs may have a stream for every request."""

TunnelKey = tuple[str, str]
"""A connection's id and a tunnel's outside address."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """How far a log group has been read.

    Times are ms on the local clock, except `read_until` and `deep_read_until`, which are server time if the server's
    clock is behind.
    """

    name: str
    read_until: int | None = None
    """The start of the last complete read: all earlier events are known, except late ones."""
    deep_read_until: int | None = None
    """The same for deep reads, which go back far enough to find late events."""
    complete_until: int | None = None
    """The time up to which nothing is known to be missing."""
    gaps_seen: int = 0
    gaps_filled: int = 0
    error: FeedError | None = None
    """Why the last read failed."""
    failures: int = 0
    """The number of consecutive failed reads."""
    access_notice: str = ""
    """What remains unknown because an action is denied, for the user."""
    quiet_notice: str = ""
    """A notice that the last lines of some quiet tunnels have not been read, for the user."""
    incomplete_notice: str = ""
    """A notice that the last read stopped before the end, for the user."""

    @property
    def is_refused(self) -> bool:
        """Whether the group cannot be read, and waiting will not help."""
        return self.error is not None and self.error.kind.is_permanent

    @property
    def is_unread(self) -> bool:
        """Whether nothing is known of the group, because it has not been read and the last attempt failed."""
        return self.is_refused or (self.error is not None and self.read_until is None)

    @property
    def delays_start(self) -> bool:
        """Whether the start still waits for the group: it has not been read, but may be soon.

        A group that failed several times by itself must not block the others.
        """
        if self.read_until is not None or self.is_refused:
            return False
        return self.error is None or self.error.kind.affects_every_call or self.failures < _FAILURES_AWAITED

    @property
    def has_gap(self) -> bool:
        """Whether events may have been missed since the last complete read began."""
        return self.gaps_filled < self.gaps_seen


@dataclass(frozen=True, slots=True)
class Read:
    """One read of a group; it fills only the gaps seen before it began."""

    began: int
    """ms on the local clock."""
    server_began: int
    """ms on the server's clock if that is behind, else the same."""
    gaps: int
    is_deep: bool


@dataclass(frozen=True, slots=True)
class LookBack:
    """The unread part of the look-back: from `since` to `until` (ms, inclusive), nothing if reversed.

    `read` is the read that began it; once the rest is read, everything before that is complete. `page_span` is the span
    of a page (ms), 0 if unknown. It `is_first_look` if only a few of the newest lines have been read.
    """

    read: Read
    since: int
    until: int
    page_span: float = 0.0
    is_first_look: bool = False


class GroupProgress:
    """The progress of one group, changed only by its own methods."""

    def __init__(self, log_group: LogGroup) -> None:
        self.log_group = log_group
        self._state = GroupState(log_group.name)
        self._requested = asyncio.Event()
        self._needs_deep_read = False
        self._has_unconfirmed_lines = False
        self._page_factor = 1
        self._look_back: LookBack | None = None
        self._streams: set[str] = set()
        self._listed: set[str] = set()

    def __repr__(self) -> str:
        return f"GroupProgress({self._state})"

    @property
    def name(self) -> str:
        """The group's name."""
        return self.log_group.name

    @property
    def state(self) -> GroupState:
        """The state as a value; changes create a new one."""
        return self._state

    @property
    def page_factor(self) -> int:
        """The factor on the limit of empty pages; it doubles with each read that stopped at the limit."""
        return self._page_factor

    # The reads

    def start_read(self, *, now: int, server_now: int, deep: bool) -> Read:
        """Return the read that begins now; it is deep if `deep`, or if a gap or a failure requires it."""
        read = Read(now, server_now, self._state.gaps_seen, deep or self._needs_deep_read)
        self._requested.clear()
        self._needs_deep_read = self._has_unconfirmed_lines = False
        return read

    def complete(self, read: Read) -> None:
        """Record that `read` reached its end: it fills the gaps seen before it began."""
        state = self._state
        self._page_factor = 1
        self._look_back = None
        self._state = replace(
            state,
            read_until=read.server_began,
            deep_read_until=read.server_began if read.is_deep else state.deep_read_until,
            complete_until=max(state.complete_until or 0, read.began),
            gaps_filled=max(state.gaps_filled, read.gaps),
            error=None,
            failures=0,
            incomplete_notice="",
        )

    def mark_incomplete(self, *, pages: int, since: int) -> None:
        """Mark the last read as incomplete: it stopped after `pages` empty pages.

        It suffices for the start, which would otherwise wait for a server whose page tokens never end, but it must be
        repeated, from `since` (ms) if there was no complete read before.
        """
        state = self._state
        never_read = state.read_until is None
        self._page_factor = min(2 * self._page_factor, _MAX_PAGE_FACTOR)
        self._needs_deep_read = True
        self._state = replace(
            state,
            read_until=since if never_read else state.read_until,
            deep_read_until=since if never_read else state.deep_read_until,
            error=None,
            failures=0,
            incomplete_notice=f"Stopped after {pages} empty pages of {self.log_group}; events may be missing.",
        )

    def fail(self, error: FeedError) -> None:
        """Record that a read failed; the next one is deep."""
        self._needs_deep_read = True
        self._state = replace(self._state, error=error, failures=self._state.failures + 1)

    @property
    def look_back(self) -> LookBack | None:
        """The rest of an unfinished look-back, None if there is none."""
        return self._look_back

    def keep_look_back(self, look_back: LookBack) -> None:
        """Record how far the look-back has been read, so that a retry continues from there."""
        self._look_back = look_back

    def set_access_notice(self, text: str) -> None:
        """Set the notice of what remains unknown because an action is denied, or clear it."""
        self._state = replace(self._state, access_notice=text)

    def set_quiet_notice(self, text: str) -> None:
        """Set the notice that the last lines of some quiet tunnels have not been read, or clear it."""
        self._state = replace(self._state, quiet_notice=text)

    # Live Tail

    def note_gap(self, *, deep: bool = False) -> None:
        """Request a read at once: events may have been missed."""
        self._state = replace(self._state, gaps_seen=self._state.gaps_seen + 1)
        self._needs_deep_read = self._needs_deep_read or deep
        self._requested.set()

    def note_unconfirmed_lines(self) -> None:
        """Request a read without urgency: repeated live lines, shown once, may be separate events."""
        self._has_unconfirmed_lines = True
        self._requested.set()

    def note_live(self, now: int) -> None:
        """Record that a live session was active at `now` (ms), which proves completeness if there is no gap."""
        state = self._state
        if state.is_refused or (not state.has_gap and state.read_until is not None):
            self._state = replace(state, complete_until=max(state.complete_until or 0, now))

    async def wait_for_request(self) -> None:
        """Wait until a read has been requested since the last one began."""
        await self._requested.wait()

    @property
    def is_urgent(self) -> bool:
        """Whether the next read must not wait for the usual polling interval."""
        return self._state.has_gap or not self._has_unconfirmed_lines

    # The streams

    @property
    def stream_count(self) -> int:
        """The number of streams that have had events."""
        return len(self._streams)

    @property
    def streams(self) -> Collection[str]:
        """The streams that have had events."""
        return self._streams

    def has_heard(self, stream: str) -> bool:
        """Whether the stream has had events."""
        return stream in self._streams

    @property
    def listed_tunnels(self) -> frozenset[TunnelKey]:
        """The tunnels named by the group's streams, with or without events."""
        return frozenset(read_stream_name(stream)[:2] for stream in self._listed)

    def add_listed(self, streams: Iterable[str]) -> None:
        """Record existing streams by name."""
        self._listed.update(streams)

    def add_streams(self, streams: Iterable[str]) -> None:
        """Record that the streams have had events."""
        if len(self._streams) < _MAX_STREAMS:
            self._streams.update(streams)

    def expected_tunnels(self, inventory: Inventory | None) -> set[TunnelKey]:
        """Return the tunnels that log to the group according to EC2."""
        return {
            (connection.id, tunnel.outside_ip)
            for connection in (inventory.connections if inventory else ())
            for tunnel in connection.tunnels
            if self.name in (tunnel.ike_group, tunnel.bgp_group)
        }

    def quiet_tunnels(self, inventory: Inventory | None) -> set[TunnelKey]:
        """Return the expected tunnels that have had no events."""
        return self.expected_tunnels(inventory) - {read_stream_name(stream)[:2] for stream in self._streams}

    def quiet_logs(self, inventory: Inventory | None) -> set[StreamName]:
        """Return the logs that EC2 says are written to the group but that have had no events.

        A stream whose name does not tell which log it is counts as both.
        """
        expected = {
            StreamName(connection.id, tunnel.outside_ip, log)
            for connection in (inventory.connections if inventory else ())
            for tunnel in connection.tunnels
            for log, name in ((Log.IKE, tunnel.ike_group), (Log.BGP, tunnel.bgp_group))
            if name == self.name
        }
        heard = {read_stream_name(stream) for stream in self._streams}
        return {log for log in expected if log not in heard and log._replace(log=None) not in heard}

    def has_heard_every_tunnel(self, inventory: Inventory | None) -> bool:
        """Whether EC2 lists tunnels that log to the group, and each of them has had events."""
        return bool(self.expected_tunnels(inventory)) and not self.quiet_tunnels(inventory)
