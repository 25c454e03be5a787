"""StartLiveTail: a session that sends one update per second, an empty one if nothing happened.

Source: API reference of CloudWatch Logs, StartLiveTail.
"""

import asyncio
import socket
import struct
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from tui.demo.server.account import Account
from tui.demo.server.constraints import check
from tui.demo.server.errors import ApiError, access_denied, invalid_parameter, no_such_group
from tui.demo.server.event_stream import event_frame, exception_frame, oversized_prelude
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.faults import Faults
from tui.demo.server.filter_pattern import Matcher, compile_pattern
from tui.demo.server.store import LogGroup, Store, StoredEvent

MOST_RESULTS: Final = 500
MOST_SESSIONS: Final = 15
SESSION_SECONDS: Final = 3 * 60 * 60
_BUFFERED_UPDATES: Final = 10
_TIMED_OUT: Final = exception_frame("SessionTimeoutException", "Session timed out after 3 hours.")
_BROKEN: Final = exception_frame("SessionStreamingException", "An unknown error occurred on the server side.")


class LiveTail:
    """The Live Tail sessions of an endpoint. Updates are `update_every` seconds apart; AWS's are one second apart."""

    def __init__(self, store: Store, *, account: Account, injector: FaultInjector, update_every: float = 1.0) -> None:
        self.sessions_started = 0
        self.sessions_allowed = MOST_SESSIONS
        """The number of sessions that may be open; lower if other users of the account have some."""
        self.most_open = 0
        """The highest number of sessions open at once."""
        self.all_closed = asyncio.Event()
        """Set whenever no session is open."""
        self.all_closed.set()
        self._store = store
        self._account = account
        self._injector = injector
        self._update_every = update_every
        self.linked: tuple[tuple[Account, Store], ...] = ()
        """The accounts whose log groups this one may follow."""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, http: web.Request, request: Mapping[str, Any]) -> web.StreamResponse:
        """Answer with a session that lasts until either side ends it; raises ApiError if it may not start."""
        check("StartLiveTail", request)
        self._refuse()
        session = _Session(request, self._groups(request), store=self._store, injector=self._injector)
        self.sessions_started += 1
        self.all_closed.clear()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        self._tasks.add(task)
        self.most_open = max(self.most_open, len(self._tasks))
        try:
            return await session.stream(http, self._update_every)
        finally:
            self._tasks.discard(task)
            if not self._tasks:
                self.all_closed.set()

    async def close(self) -> None:
        """End every session."""
        for task in self._tasks:
            task.cancel()
        await self.all_closed.wait()

    @property
    def sessions_open(self) -> int:
        """The number of open sessions."""
        return len(self._tasks)

    def _refuse(self) -> None:
        faults = self._injector.faults
        if self._injector.happens(faults.live_denied):
            resource = self._account.group_arn("*")
            raise access_denied("logs:StartLiveTail", user=self._account.user_arn, resource=resource)
        if self.sessions_open >= self.sessions_allowed or self._injector.happens(faults.live_limit):
            raise ApiError(
                "LimitExceededException", f"The account has reached its limit of {MOST_SESSIONS} Live Tail sessions."
            )

    def _groups(self, request: Mapping[str, Any]) -> "dict[str, _HeldGroup]":
        identifiers = request["logGroupIdentifiers"]
        narrowed = [name for name in ("logStreamNames", "logStreamNamePrefixes") if request.get(name)]
        if len(narrowed) == 2:
            raise invalid_parameter("logStreamNames and logStreamNamePrefixes cannot both be specified")
        if narrowed and len(identifiers) > 1:
            raise invalid_parameter(f"{narrowed[0]} can be specified with one log group only")
        return {identifier: self._group(identifier) for identifier in identifiers}

    def _group(self, identifier: str) -> "_HeldGroup":
        if not identifier.startswith("arn:"):
            raise invalid_parameter(f"Log group identifier {identifier} is not an ARN")
        named = ((account.group_name(identifier), store) for account, store in self._readable())
        name, store = next((pair for pair in named if pair[0] is not None), (None, self._store))
        if name is not None and self._injector.is_group_denied(name):
            raise access_denied("logs:StartLiveTail", user=self._account.user_arn, resource=identifier)
        group = store.groups.get(name or "")
        if group is None:
            raise no_such_group()
        if group.log_class != "STANDARD":
            raise ApiError("InvalidOperationException", f"Live Tail is not supported for {group.log_class} log groups.")
        return _HeldGroup(group, store)

    def _readable(self) -> tuple[tuple[Account, Store], ...]:
        return (self._account, self._store), *self.linked


class _HeldGroup(NamedTuple):
    """A log group and the store that holds it."""

    group: LogGroup
    store: Store


class _Session:
    """One session: one task produces the updates on time, another sends them as fast as the reader takes them."""

    def __init__(
        self, request: Mapping[str, Any], groups: dict[str, _HeldGroup], *, store: Store, injector: FaultInjector
    ) -> None:
        self._request = request
        self._store = store
        self._injector = injector
        self._cursors = {identifier: (held, held.group.arrived) for identifier, held in groups.items()}
        self._wanted = _stream_test(request)
        self._pattern = compile_pattern(request.get("logEventFilterPattern") or "")
        # As on AWS, a slow reader silently loses the oldest of ten updates.
        self._updates: deque[bytes] = deque(maxlen=_BUFFERED_UPDATES)
        self._made = asyncio.Event()

    async def stream(self, http: web.Request, update_every: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/vnd.amazon.eventstream"})
        await response.prepare(http)
        # botocore's JSON protocol reads the members of the answer from this frame and fails without it.
        await response.write(event_frame("initial-response", {}) + event_frame("sessionStart", self._start()))
        async with asyncio.TaskGroup() as tasks:
            maker = tasks.create_task(self._make(update_every))
            await self._write(http, response)
            maker.cancel()
        return response

    def _start(self) -> dict[str, object]:
        echoed = ("logGroupIdentifiers", "logStreamNames", "logStreamNamePrefixes", "logEventFilterPattern")
        return {
            "requestId": str(uuid.uuid4()),
            "sessionId": str(uuid.uuid4()),
            **{name: self._request[name] for name in echoed if self._request.get(name)},
        }

    async def _make(self, update_every: float) -> None:
        deadline = self._store.clock.monotonic() + SESSION_SECONDS
        while not self._injector.happens(self._injector.faults.live_silent):
            await asyncio.sleep(update_every)
            if self._store.clock.monotonic() >= deadline:
                self._updates.append(_TIMED_OUT)
            elif not self._injector.happens(self._injector.faults.live_skip):
                self._updates.append(event_frame("sessionUpdate", self._update()))
            self._made.set()

    def _update(self) -> dict[str, object]:
        results = [result for identifier in self._cursors for result in self._results(identifier)]
        injector, faults = self._injector, self._injector.faults
        sampled = len(results) > MOST_RESULTS or injector.happens(faults.live_sampled)
        if sampled:
            kept = MOST_RESULTS if len(results) > MOST_RESULTS else (len(results) + 1) // 2
            results = [results[at * len(results) // kept] for at in range(kept)]
        if faults.live_withhold:
            results = [result for result in results if not injector.happens(faults.live_withhold)]
        if faults.live_duplicate:
            results = [r for result in results for r in [result] * (1 + injector.happens(faults.live_duplicate))]
        if injector.happens(faults.live_shuffle):
            injector.shuffle(results)
        return {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}

    def _results(self, identifier: str) -> list[object]:
        (group, store), cursor = self._cursors[identifier]
        present = store.groups.get(group.name)
        if present is None:
            return []
        if present is not group:  # deleted and created again: all its events are new
            cursor = 0
        events = present.arrived_since(cursor)
        self._cursors[identifier] = (_HeldGroup(present, store), present.arrived)
        return [_result(identifier, event) for event in events if self._matches(event)]

    def _matches(self, event: StoredEvent) -> bool:
        return (self._wanted is None or self._wanted(event.stream)) and (
            self._pattern is None or self._pattern(event.message)
        )

    async def _write(self, http: web.Request, response: web.StreamResponse) -> None:
        while True:
            await self._made.wait()
            self._made.clear()
            while self._updates:
                frame = self._updates.popleft()
                ending = self._ending()
                if ending is not None:
                    spoil, reset = ending
                    await response.write(spoil(frame))
                    if reset:
                        reset_connection(http)
                    return
                await response.write(frame)
                if frame is _TIMED_OUT:
                    return

    def _ending(self) -> "_Ending | None":
        for chance, ending in _ENDINGS:
            if self._injector.happens(chance(self._injector.faults)):
                return ending
        return None


_Ending = tuple[Callable[[bytes], bytes], bool]
"""The bytes sent instead of a frame, and whether the connection is then reset rather than closed."""

_ENDINGS: Final[tuple[tuple[Callable[[Faults], float], _Ending], ...]] = (
    (lambda faults: faults.live_reset, (lambda frame: b"", True)),
    (lambda faults: faults.live_reset_inside, (lambda frame: frame[: len(frame) // 2], True)),
    (lambda faults: faults.live_truncated, (lambda frame: frame[: len(frame) // 2], False)),
    (lambda faults: faults.live_end, (lambda frame: b"", False)),
    (lambda faults: faults.live_timeout, (lambda frame: _TIMED_OUT, False)),
    (lambda faults: faults.live_streaming_error, (lambda frame: _BROKEN, False)),
    (lambda faults: faults.live_bad_crc, (lambda frame: frame[:-1] + bytes([frame[-1] ^ 0xFF]), False)),
    (lambda faults: faults.live_oversized, (lambda frame: oversized_prelude(), False)),
)


def reset_connection(http: web.Request) -> None:
    """End a request's connection with a TCP reset, as a failing middlebox does."""
    transport = http.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:  # otherwise the kernel would close it cleanly
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _stream_test(request: Mapping[str, Any]) -> Matcher | None:
    if names := request.get("logStreamNames"):
        return frozenset(names).__contains__
    if prefixes := request.get("logStreamNamePrefixes"):
        starts = tuple(prefixes)
        return lambda stream: stream.startswith(starts)
    return None


def _result(identifier: str, event: StoredEvent) -> object:
    return {
        "logStreamName": event.stream,
        "logGroupIdentifier": identifier,
        "message": event.message,
        "timestamp": event.at,
        "ingestionTime": event.ingested_at,
    }
