"""What has been read so far, and how the feed stands: every batch is made here."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.clock import Clock
from tui.domain.events import RawEvent
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.inventory import Inventory
from tui.domain.text import clean
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.inventory.tunnel_status import Details
from tui.feed.source import Batch
from tui.feed.tail.live_session import SessionScope, SessionUpdate
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.merge import Merge, Merged
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.page_order import Page

log = logging.getLogger("tunnelwatch.feed.tail.progress")

_SHOWN: Final = 8


@dataclass(eq=False, slots=True)
class GroupProgress:
    """How far one log group has been read. Instants in ms of our clock, set back where AWS's is behind it."""

    log_group: LogGroup
    read_until: int | None = None
    """When the last complete read began: what came before is known, but for late events."""
    deep_read_until: int | None = None
    """The same for deep reads."""
    complete_until: int | None = None
    """The instant up to which, as far as we know, nothing is missing."""
    gaps_seen: int = 0
    gaps_filled: int = 0
    trouble: FeedError | None = None
    access_notice: str = ""
    """What is not known of the group because an action is denied, in words."""
    incomplete_notice: str = ""
    """That the last read found no end, in words."""
    page_limit: int = 0
    """How many pages without news the next read goes through; 0 until one was put off."""
    streams: set[str] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    wants_depth: bool = False
    has_unconfirmed_lines: bool = False
    """Whether live lines wait for the record to say if they are events of their own."""

    @property
    def is_refused(self) -> bool:
        """Whether the record cannot be read, and waiting will not help."""
        return self.trouble is not None and self.trouble.kind.is_permanent

    @property
    def is_whole(self) -> bool:
        """Whether no hole is waiting to be filled."""
        return self.gaps_filled == self.gaps_seen

    def note_hole(self, *, deep: bool = False) -> None:
        """Have the record read at once: something may have been missed."""
        self.gaps_seen += 1
        self.wants_depth = self.wants_depth or deep
        self.wake.set()


class FeedProgress:
    """The state of one run. It outlives sessions and credentials, so that what comes after fills what was missed."""

    def __init__(self, outbox: Outbox, clock: Clock, *, details: Details, since: int, asked: str) -> None:
        self.plan: Plan | None = None
        self.details = details
        self.region = ""
        """The region that is asked, empty until it is known."""
        self.since = since
        self.groups: dict[str, GroupProgress] = {}
        """The groups that are watched now, by name."""
        self.live: dict[SessionScope, FeedError | bool] = {}
        """Each session that ought to be: True while it streams, False before it has begun, or why it does not."""
        self.heard: dict[SessionScope, float] = {}
        """When each streaming session was last heard of, on the monotonic clock."""
        self.merge = Merge()
        self.regrouped = asyncio.Event()
        self.replanned = asyncio.Event()
        self.surveyed = asyncio.Event()
        self.passed_over: dict[str, None] = {}
        """Some of the streams that were not chosen, in order of appearance."""
        self._known: dict[str, GroupProgress] = {}
        self._outbox = outbox
        self._clock = clock
        self._asked = asked
        self._offline: FeedError | None = None
        self._stale: FeedError | None = None
        self._watermark: int | None = None
        self._state = FeedState()
        self._inventory: Inventory | None = None
        self._published: Inventory | None = None

    @property
    def is_caught_up(self) -> bool:
        """Whether the look-back of the start is read, of all groups that can be."""
        return self.plan is not None and all(
            each.read_until is not None or each.is_refused for each in self.groups.values()
        )

    async def adopt(self, plan: Plan | None, trouble: FeedError | None = None) -> None:
        """Take a new plan, or the reason why there is none; groups and sessions follow."""
        if plan is None:
            # What was known of the plan still holds; only a start without any is a standstill.
            self._stale = trouble
            self._offline = trouble if self.plan is None else self._offline
        else:
            self.plan = plan
            self._stale = self._offline = None
            for name, group in plan.groups.items():
                if name not in self._known:
                    self._known[name] = GroupProgress(group)
                    self.merge.forget(name, self.since)
                elif name not in self.groups:
                    self._known[name].note_hole(deep=True)
            # A group that leaves is remembered: when it comes back, its events must not come again.
            self.groups = {name: self._known[name] for name in plan.groups}
            self.regrouped.set()
            self.replanned.set()
            self.surveyed.set()
            self._complete_inventory()
            log.info("plan: %d groups, %s", len(plan.groups), plan.chosen)
        await self.publish()

    async def take_details(self) -> None:
        """Give out what EC2 has told of single tunnels since the last time."""
        self._complete_inventory()
        await self.publish()

    def _complete_inventory(self) -> None:
        inventory = self.plan.inventory if self.plan else None
        self._inventory = self.details.complete(inventory) if inventory else None

    async def lose(self, trouble: FeedError) -> None:
        """Take note that there is no access at all at present."""
        self._offline = trouble
        self.live.clear()
        self.heard.clear()
        for group in self.groups.values():
            group.note_hole(deep=True)
        await self.publish()

    @property
    def mismatch(self) -> str:
        """One line where there are streams and none was chosen; else empty."""
        plan = self.plan
        if plan is None or not self.passed_over or any(each.streams for each in self.groups.values()):
            return ""
        wanted = " or ".join(clean(each) for each in plan.chosen.selectors)
        streams = ", ".join(clean(stream) for stream in list(self.passed_over)[:_SHOWN])
        return f"No stream matches {wanted}. There are: {streams}. Names are known only where EC2 may be asked."

    def streams_live(self, group: LogGroup) -> bool:
        """Whether a session brings the group's events at present."""
        return any(group in scope.groups and state is True for scope, state in self.live.items())

    async def take_page(self, group: GroupProgress, page: Page) -> None:
        """Give out what a page of the record brought."""
        lines = self._wanted(group, page.lines)
        await self.publish(self.merge.record(group.log_group.name, lines))

    async def take_last_lines(self, group: GroupProgress, lines: list[LogEvent]) -> None:
        """Give out the last lines of a stream that has been silent for longer than the look-back."""
        await self.publish(self.merge.recall(group.log_group.name, self._wanted(group, lines)))

    async def take_update(self, scope: SessionScope, session: int, update: SessionUpdate) -> None:
        """Give out what a live session brought, and take note that it is alive."""
        self.heard[scope] = self._clock.monotonic()
        groups = [self.groups[group.name] for group in scope.groups if group.name in self.groups]
        if update.started:
            self.live[scope] = True
        if update.started or update.sampled:
            for group in groups:
                group.note_hole()
        events: list[RawEvent] = []
        for name, lines in (update.lines or {}).items():
            if name in self.groups:
                of = self.groups[name]
                merged = self.merge.live(name, session, self._wanted(of, lines), has_record=not of.is_refused)
                events += merged.events
                if merged.doubtful:
                    of.has_unconfirmed_lines = True
                    of.wake.set()
        for group in groups:
            if group.is_refused or (group.is_whole and group.read_until is not None):
                group.complete_until = max(group.complete_until or 0, self._clock.now())
        await self.publish(Merged(tuple(events)))

    def _wanted(self, group: GroupProgress, lines: Sequence[LogEvent]) -> Sequence[LogEvent]:
        """Return the lines of chosen tunnels: parameters are not honoured everywhere."""
        wanted = lines
        if self.plan is not None and self.plan.chosen.selectors:
            admits = self.plan.chosen.admits
            wanted = [line for line in lines if admits(line.stream)]
            if len(wanted) < len(lines) and len(self.passed_over) < _SHOWN:
                self.passed_over.update(dict.fromkeys(line.stream for line in lines if not admits(line.stream)))
        group.streams.update(line.stream for line in wanted)
        return wanted

    async def publish(self, merged: Merged = Merged()) -> None:  # noqa: B008 - a constant
        """Put out a batch with these events and with whatever else has changed, if anything."""
        batch = Batch(merged.events, merged.moved, caught_up=self.is_caught_up)
        fresh = [
            each.complete_until
            for each in self.groups.values()
            if each.trouble is None or self.streams_live(each.log_group)
        ]
        watermark = min((each for each in fresh if each is not None), default=None)
        if watermark is not None and None not in fresh and watermark > (self._watermark or 0):
            self._watermark = watermark
            batch = replace(batch, watermark=watermark)
        if self._inventory is not self._published and self._inventory is not None:
            if self._inventory != self._published:
                batch = replace(batch, inventory=self._inventory)
            self._published = self._inventory
        state = self.state()
        if state != self._state:
            self._state = state
            log.info("feed is %s %s", state.mode, state.reason)
            batch = replace(batch, state=state)
        await self._outbox.put(batch)

    def state(self) -> FeedState:
        """Return how the feed stands, in the reader's words."""
        mode, reason, trouble = self._standing()
        plan = self.plan
        troubles = [each.trouble.message for each in self.groups.values() if each.trouble]
        if len(troubles) == len(self.groups) and mode is FeedMode.OFFLINE:
            troubles = []
        refused = [each.message for each in self.live.values() if isinstance(each, FeedError)]
        told = (*plan.notices, *self.details.notices) if plan else ()
        told += tuple(
            line for each in self.groups.values() for line in (each.access_notice, each.incomplete_notice) if line
        )
        notices = [*told, *troubles, *(refused if mode is FeedMode.LIVE else ())]
        if self._stale is not None:
            notices.append(self._stale.message)
        if mismatch := self.mismatch:
            notices.append(mismatch)
        standing = tuple(dict.fromkeys(each for each in notices if each != reason))
        unread = tuple(name for name, each in self.groups.items() if each.is_refused)
        return FeedState(mode, reason, standing, plan.account if plan else "", self.region, trouble, unread)

    def _standing(self) -> tuple[FeedMode, str, ErrorKind | None]:
        groups = list(self.groups.values())
        if self._offline is not None:
            return FeedMode.OFFLINE, self._offline.message_while_watching, self._offline.kind
        if self.plan is not None and not groups:
            return FeedMode.OFFLINE, self.plan.reason, ErrorKind.SELECTOR
        if any(each is True for each in self.live.values()):
            return FeedMode.LIVE, "", None
        troubles = [each.trouble for each in groups if each.trouble]
        if troubles and len(troubles) == len(groups):
            return FeedMode.OFFLINE, troubles[0].message_while_watching, troubles[0].kind
        if not groups or any(each.read_until is None and not each.trouble for each in groups):
            return FeedMode.STARTING, "", None
        refused = [each for each in self.live.values() if isinstance(each, FeedError)]
        if self._asked == "poll":
            return FeedMode.POLLING, "", None
        return (FeedMode.POLLING, refused[0].message, None) if refused else (FeedMode.STARTING, "", None)
