"""How far one run has read, and the state of the feed: every batch is created here."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from tui.domain.clock import Clock
from tui.domain.events import RawEvent
from tui.domain.inventory import Inventory
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.inventory.trail import Trail
from tui.feed.inventory.tunnel_status import Details
from tui.feed.mode import Mode
from tui.feed.tail.feed_state import UNMATCHED_SHOWN, feed_state, unmatched_notice
from tui.feed.tail.live.live_session import SessionScope, SessionUpdate
from tui.feed.tail.live.session_plan import MOST_SESSIONS, SessionPlan
from tui.feed.tail.live.session_status import SessionStatuses
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.merge import Merge, Merged
from tui.feed.tail.publisher import Publisher
from tui.feed.tail.record.group_progress import GroupProgress
from tui.feed.tail.record.page_order import Page, parts_by_time
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.progress")

_AT_ONCE: Final = 1_000
"""The events of a page merged without a pause, which takes 10 ms; a page has up to 10,000."""


class FeedProgress:
    """The state of one run. It outlives sessions and credentials, so that the next ones can fill gaps.

    It changes only through methods: its own, those of a `GroupProgress` and of `sessions`. `publish` then publishes
    what has changed.
    """

    def __init__(
        self,
        publisher: Publisher,
        clock: Clock,
        *,
        details: Details,
        trail: Trail,
        since: int,
        asked: Mode,
        source: str = "",
        timing: Timing = Timing(),  # noqa: B008 - an immutable value
    ) -> None:
        """`since` (ms) is the start of the look-back, `asked` the mode requested by the user."""
        self.details = details
        self.trail = trail
        self.since = since
        self.sessions = SessionStatuses()
        self.session_plan = SessionPlan(clock, timing)
        self.groups_changed = asyncio.Event()
        self.sessions_changed = asyncio.Event()
        self.surveyed = asyncio.Event()
        self._publisher = publisher
        self._clock = clock
        self._asked = asked
        self._most_remembered = timing.most_remembered
        self._part_pause = timing.part_pause
        self._merge = Merge(source)
        self._plan: Plan | None = None
        self._groups: dict[str, GroupProgress] = {}
        # A removed group is remembered: if it returns, its events must not be repeated. An account has few groups.
        self._known_groups: dict[str, GroupProgress] = {}
        self._passed_over: dict[str, None] = {}
        self._region = ""
        self._live_over = ""
        self._lost: FeedError | None = None
        self._retry_at: int | None = None
        self._survey_error: FeedError | None = None
        self._inventory: Inventory | None = None

    def __repr__(self) -> str:
        return f"FeedProgress({len(self._groups)} groups, {self.sessions})"

    @property
    def plan(self) -> Plan | None:
        """What is watched, None until known."""
        return self._plan

    @property
    def inventory(self) -> Inventory | None:
        """What is known of the tunnels besides their logs, None until something is."""
        return self._inventory

    @property
    def groups(self) -> Mapping[str, GroupProgress]:
        """The groups watched now, by name."""
        return self._groups

    @property
    def is_caught_up(self) -> bool:
        """Whether the look-back of all readable groups has been read."""
        return self._plan is not None and not any(group.state.delays_start for group in self._groups.values())

    @property
    def read_until(self) -> int:
        """The latest time (ms) up to which any group has been read, 0 if none has."""
        return max((group.state.read_until or 0 for group in self._groups.values()), default=0)

    @property
    def live_is_over(self) -> bool:
        """Whether Live Tail is no longer used in this run."""
        return bool(self._live_over)

    async def end_live(self, reason: str) -> None:
        """Stop using Live Tail in this run; `reason` says why."""
        self._live_over = reason
        self.sessions_changed.set()
        await self.publish()

    @property
    def unmatched(self) -> str:
        """One line if there are streams but none was selected, else empty."""
        plan = self._plan
        if plan is None or not self._passed_over or any(group.stream_count for group in self._groups.values()):
            return ""
        return unmatched_notice(plan.chosen.selectors, self._passed_over)

    def set_region(self, region: str | None) -> None:
        """Record the region in use, which the AWS settings may have chosen."""
        self._region = region or ""

    async def adopt(self, plan: Plan | None, error: FeedError | None = None) -> None:
        """Follow a new plan; or record why there is none, and continue with the previous one if there was one."""
        if plan is None:
            self._survey_error = error
            self._lost = error if self._plan is None else self._lost
        else:
            self._follow(plan)
        await self.publish()

    def _follow(self, plan: Plan) -> None:
        self._plan = plan
        self._survey_error = self._lost = None
        for name, log_group in plan.groups.items():
            if name not in self._known_groups:
                self._known_groups[name] = GroupProgress(log_group)
                self._merge.forget(name, self.since)
            elif name not in self._groups:
                self._known_groups[name].note_gap(deep=True)
        self._groups = {name: self._known_groups[name] for name in plan.groups}
        self._complete_inventory()
        for changed in (self.groups_changed, self.sessions_changed, self.surveyed):
            changed.set()
        log.info("plan: %d groups, %s", len(plan.groups), plan.chosen)

    async def take_details(self) -> None:
        """Publish what EC2 has reported about single tunnels, and CloudTrail about changes, since the last time."""
        self._complete_inventory()
        await self.publish()

    def _complete_inventory(self) -> None:
        """Use EC2's inventory; if EC2 was not asked, the tunnels named by streams."""
        if self._plan is None:
            return
        if self._plan.inventory is not None:
            self._inventory = self.trail.complete(self.details.complete(self._plan.inventory))
            return
        listed = {tunnel for group in self._groups.values() for tunnel in group.listed_tunnels}
        self._inventory = Inventory(listed=tuple(sorted(listed))) if listed else None

    async def lose(self, error: FeedError, *, retry_at: int) -> None:
        """Record that there is no access at present, and when (ms) it will be retried."""
        self._lost = error
        self._retry_at = retry_at
        self.sessions.clear()
        self.note_gap(self._groups, deep=True)
        await self.publish()

    async def note_try(self) -> None:
        """Record that access is being retried now."""
        self._retry_at = None
        await self.publish()

    def note_gap(self, names: Sequence[str] | Mapping[str, object], *, deep: bool = False) -> None:
        """Request a read of those of the named groups that are watched: events may have been missed."""
        for name in names:
            if name in self._groups:
                self._groups[name].note_gap(deep=deep)

    def forget(self, name: str, before: int, *, late_since: int) -> None:
        """Forget the group's events before `before` (ms), except those since `late_since` as far as there is room.

        The remembered events serve to recognise late ones. No later read may start before `before`.
        """
        self._merge.forget(name, min(before, late_since))
        self._merge.limit(name, self._most_remembered // max(1, len(self._groups)), before=before)

    @property
    def remembered(self) -> int:
        """The number of events remembered, to recognise repetitions."""
        return len(self._merge)

    def remembered_since(self, name: str) -> int:
        """Return the time (ms) since which all of the group's events are remembered."""
        return self._merge.horizon(name)

    async def take_page(self, group: GroupProgress, page: Page) -> None:
        """Publish what is new on a page of FilterLogEvents, in parts, between which other tasks run."""
        for part in parts_by_time(page.lines, _AT_ONCE):
            merged = self._merge.record(group.name, self._chosen(group, part))
            self.session_plan.note_events(group.name, merged.events)
            await self.publish(merged)
            await asyncio.sleep(self._part_pause)

    async def take_listed(self, group: GroupProgress, streams: Sequence[str]) -> None:
        """Publish that these streams of selected tunnels exist, whether or not they have had events."""
        group.add_listed(streams)
        self._complete_inventory()
        await self.publish()

    async def take_last_lines(self, group: GroupProgress, lines: list[LogEvent]) -> None:
        """Publish the last lines of a stream that has been quiet for longer than the look-back."""
        await self.publish(self._merge.recall(group.name, self._chosen(group, lines)))

    async def take_update(self, scope: SessionScope, session: int, update: SessionUpdate) -> None:
        """Publish what is new in an update of a live session, and record that the session is alive."""
        self.sessions.note_update(scope, at=self._clock.monotonic(), started=update.started)
        names = [log_group.name for log_group in scope.groups if log_group.name in self._groups]
        if update.started or update.sampled or update.is_partial:
            self.note_gap(names)
        if update.sampled:
            self.session_plan.note_sampled(names)
        events: list[RawEvent] = []
        for name, lines in (update.lines or {}).items():
            if name in self._groups:
                events += self._merge_live(self._groups[name], session, lines)
        self._note_live(names)
        await self.publish(Merged(tuple(events)))

    def _note_live(self, names: Sequence[str]) -> None:
        """Record up to when live sessions cover all of these groups; nothing is known if a shard is missing."""
        for name in names:
            group = self._groups[name]
            heard_at = self.sessions.heard_at(group.log_group)
            if heard_at is not None and not self.session_plan.is_filtered(name):
                group.note_live(self._clock.now() - round((self._clock.monotonic() - heard_at) * 1000))

    async def review_sessions(self, *, spare: int = MOST_SESSIONS) -> None:
        """Adapt the live sessions to the load; `spare` is how many more the account may have."""
        streams = {name: group.streams for name, group in self._groups.items()}
        roots = self._plan.roots if self._plan is not None and len(streams) == 1 else ()
        spare = 0 if self.sessions.is_limited else spare
        if self.session_plan.review(streams, spare=spare, roots=roots):
            log.info("%s", self.session_plan)
            self.sessions_changed.set()
            await self.publish()

    def _merge_live(self, group: GroupProgress, session: int, lines: Sequence[LogEvent]) -> Sequence[RawEvent]:
        has_record = not group.state.is_refused
        merged = self._merge.live(group.name, session, self._chosen(group, lines), has_record=has_record)
        self.session_plan.note_events(group.name, merged.events)
        if merged.doubtful:
            group.note_unconfirmed_lines()
        return merged.events

    def _chosen(self, group: GroupProgress, lines: Sequence[LogEvent]) -> Sequence[LogEvent]:
        """Return the lines of selected tunnels: not every endpoint honours the parameters that select them."""
        chosen = lines
        if self._plan is not None and self._plan.chosen.selectors:
            admits = self._plan.chosen.admits
            chosen = [line for line in lines if admits(line.stream)]
            if len(chosen) < len(lines) and len(self._passed_over) < UNMATCHED_SHOWN:
                self._passed_over.update(dict.fromkeys(line.stream for line in lines if not admits(line.stream)))
        group.add_streams(line.stream for line in chosen)
        return chosen

    async def publish(self, merged: Merged = Merged()) -> None:  # noqa: B008 - an immutable value
        """Publish a batch with these events and anything else that has changed."""
        await self._publisher.publish(
            merged,
            state=feed_state(
                asked=self._asked,
                plan=self._plan,
                groups=[group.state for group in self._groups.values()],
                sessions=self.sessions.all,
                lost=self._lost,
                survey_error=self._survey_error,
                detail_notices=self.details.notices if self._plan else (),
                unmatched=self.unmatched,
                region=self._region,
                since=self.since,
                retry_at=self._retry_at if self._lost is not None else None,
                failing=self._failing(),
                live_over=self._live_over,
                remarks=self.trail.remarks,
                busy=() if self._live_over else self.session_plan.busy,
            ),
            watermark=self._watermark(),
            inventory=self._inventory,
            caught_up=self.is_caught_up,
        )

    def _watermark(self) -> int | None:
        """Return the time (ms) up to which every group is complete; None while one of them has not been read."""
        times = [
            group.state.complete_until
            for group in self._groups.values()
            if group.state.error is None or self.is_streamed(group.log_group)
        ]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def _failing(self) -> list[str]:
        """Return the groups whose last read failed, and that no live session covers."""
        return [
            name
            for name, group in self._groups.items()
            if group.state.error is not None and not self.is_streamed(group.log_group)
        ]

    def is_streamed(self, log_group: LogGroup) -> bool:
        """Whether live sessions currently cover the group."""
        return self.sessions.is_streamed(log_group)
