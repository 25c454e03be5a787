"""Live sessions that follow the log groups of several sites at once, ten groups each.

The groups of linked accounts are read by the monitoring account and count against its sessions: with one session per
site, a dozen customers would leave none for the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live.live_session import Deliver, KeyOf, SessionScope, SessionUpdate, account_and_name
from tui.feed.tail.live.session_plan import MOST_GROUPS
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.timing import Timing

_TOO_MUCH: Final = 6
"""The score of three consecutive sampled updates: each adds two, and each unsampled one subtracts one."""


class Open(Protocol):
    """Opens a session and passes its updates on until it ends; raises FeedError."""

    def __call__(
        self, aws: Aws, scope: SessionScope, deliver: Deliver, silence_limit: float, key_of: KeyOf
    ) -> Awaitable[None]: ...


@dataclass(eq=False, slots=True)
class _Member:
    """A scope that waits for others, or shares a session with them."""

    scope: SessionScope
    deliver: Deliver
    session: "_Joint | None" = None


@dataclass(eq=False, slots=True)
class _Joint:
    """One session of several members, run by the first. It ends for all of them when one leaves."""

    members: tuple[_Member, ...]
    left: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    error: FeedError | None = None
    sampled: int = 0
    is_given_up: bool = False
    """Whether it was not opened, because its members join another session that has room for them."""

    @property
    def groups(self) -> tuple[LogGroup, ...]:
        """The groups of all members."""
        return tuple(group for member in self.members for group in member.scope.groups)

    @property
    def may_part(self) -> bool:
        """Whether one member may have caused the refusal: the others must not lose their live view."""
        return self.error is not None and self.error.kind.is_permanent and len(self.members) > 1


class JointSessions:
    """Combines scopes that request a session at about the same time."""

    def __init__(self, open_session: Open, has_free_session: Callable[[], bool], timing: Timing) -> None:
        """`has_free_session` says whether the account may open another session."""
        self._open = open_session
        self._has_free_session = has_free_session
        self._timing = timing
        self._waiting: list[_Member] = []
        self._running: list[_Joint] = []
        self._most: dict[SessionScope, int] = {}
        """The maximum number of members in a session with a scope, if more were refused or had too many events."""

    def __repr__(self) -> str:
        return f"JointSessions({len(self._running)} running, {len(self._waiting)} waiting)"

    def takes(self, scope: SessionScope) -> bool:
        """Whether a scope can share a session: it has linked groups, with all their streams and lines."""
        return all(group.is_linked and group.arn for group in scope.groups) and not (scope.prefixes or scope.pattern)

    async def tail(self, aws: Aws, scope: SessionScope, deliver: Deliver, silence_limit: float) -> None:
        """Pass every update for a scope to `deliver`, and return when the shared session ends.

        Raises FeedError as `live_session.tail` does.
        """
        member = _Member(scope, deliver)
        while True:
            self._waiting.append(member)
            try:
                await asyncio.sleep(self._timing.live_gather)
                session = member.session or self._gather(member)
                if session.members[0] is not member:
                    await session.ended.wait()
                elif not self._has_free_session() and self._make_room(session):
                    session.is_given_up = True
                    session.ended.set()
                else:
                    await self._run(aws, session, silence_limit)
            finally:
                self._leave(member)
            if session.error is None and not session.is_given_up:
                return
            if session.error is not None and not session.may_part:
                raise FeedError(session.error.message, session.error.kind, session.error.detail)

    def _gather(self, first: _Member) -> _Joint:
        """Return a session of the waiting members, as many as may be combined."""
        members, room = [first], MOST_GROUPS - len(first.scope.groups)
        most = self._most_with(first)
        for other in self._waiting:
            fits = len(other.scope.groups) <= room and len(members) < min(most, self._most_with(other))
            if other is not first and fits:
                members.append(other)
                room -= len(other.scope.groups)
                most = min(most, self._most_with(other))
        session = _Joint(tuple(members))
        for member in members:
            member.session = session
            self._waiting.remove(member)
        return session

    def _make_room(self, newcomer: _Joint) -> bool:
        """End a session with room for the newcomer's members, if there is one; its own members will return soon."""
        for session in self._running:
            members = (*session.members, *newcomer.members)
            has_room = len(session.groups) + len(newcomer.groups) <= MOST_GROUPS
            if has_room and len(members) <= min(map(self._most_with, members)):
                session.left.set()
                return True
        return False

    def _most_with(self, member: _Member) -> int:
        return self._most.get(member.scope, MOST_GROUPS)

    def _leave(self, member: _Member) -> None:
        if member in self._waiting:
            self._waiting.remove(member)
        if member.session is not None:
            member.session.left.set()
            member.session = None

    async def _run(self, aws: Aws, session: _Joint, silence_limit: float) -> None:
        """Run a session until it ends or one of its members leaves."""
        router = _Router(session)

        async def deliver(update: SessionUpdate) -> None:
            await router.deliver(update)
            if router.is_ambiguous or self._is_too_much(session, update):
                self._part(session)
                session.left.set()

        self._running.append(session)
        scope = SessionScope(session.groups)
        running = asyncio.ensure_future(self._open(aws, scope, deliver, silence_limit, account_and_name))
        leaving = asyncio.create_task(session.left.wait())
        try:
            await asyncio.wait([running, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._running.remove(session)
            for task in (running, leaving):
                task.cancel()
            await asyncio.wait([running, leaving])
            error = None if running.cancelled() else running.exception()
            session.error = error if isinstance(error, FeedError) else None
            if session.may_part:
                self._part(session)
            session.ended.set()
        if error is not None and session.error is None:
            raise error

    def _is_too_much(self, session: _Joint, update: SessionUpdate) -> bool:
        """Whether AWS samples the members' combined events. A single member is handled by its own plan."""
        session.sampled = session.sampled + 2 if update.sampled else max(0, session.sampled - 1)
        return session.sampled >= _TOO_MUCH and len(session.members) > 1

    def _part(self, session: _Joint) -> None:
        """Limit each member to sessions with half as many members from now on."""
        for member in session.members:
            self._most[member.scope] = max(1, len(session.members) // 2)


class _Router:
    """Passes the updates of a session to its members, to each the lines of its own groups."""

    def __init__(self, session: _Joint) -> None:
        self._members = session.members
        self._owners: dict[str, _Member | None] = {}
        self.is_ambiguous = False
        """Whether lines arrived without their account, while several members have a group of that name."""
        for member in session.members:
            for group in member.scope.groups:
                self._owners[f"{group.account}:{group.name}"] = member
                nameless = f":{group.name}"
                self._owners[nameless] = None if nameless in self._owners else member

    async def deliver(self, update: SessionUpdate) -> None:
        """Pass an update on. Lines that AWS left out are read by all members, since their owner is unknown."""
        lines: dict[_Member, dict[str, list[LogEvent]]] = {member: {} for member in self._members}
        for key, events in (update.lines or {}).items():
            owner = self._owners.get(key)
            if owner is not None:
                lines[owner][key.rpartition(":")[2]] = events
            elif key in self._owners:
                self.is_ambiguous = True
        is_alone = len(self._members) == 1
        for member in self._members:
            await member.deliver(
                SessionUpdate(
                    started=update.started,
                    sampled=update.sampled and is_alone,
                    lines=lines[member],
                    is_partial=update.sampled or self.is_ambiguous,
                )
            )
