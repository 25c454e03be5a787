"""The last lines of tunnels that were quiet in the look-back: an idle tunnel has a state, too."""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final, Protocol

from tui.domain.inventory import Inventory
from tui.domain.reading.streams import read_stream_name
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.record.event_pages import NEWEST_FIRST_SINCE
from tui.feed.tail.record.group_progress import GroupProgress
from tui.feed.tail.record.newest_lines import LINES, NewestLines
from tui.feed.tail.record.page_order import Page
from tui.feed.tail.record.stream_list import LogStream, list_streams

log = logging.getLogger("tunnelwatch.feed.tail.last_known")

_FURTHER_BACK_MS: Final = 7 * 86_400_000
_FURTHER_PAGES: Final = 5
"""The pages with lines that are read if the streams cannot be listed."""

Pages = Callable[[GroupProgress, int, int], AsyncGenerator[Page, None]]
"""Reads a group's events between two times (ms, inclusive), newest first."""


class LastLines(Protocol):
    """Another way to get the last lines of streams if there are many."""

    async def ask(
        self, aws: Aws, group: LogGroup, streams: Sequence[LogStream], *, before: int, budget: TokenBucket
    ) -> Mapping[str, LogEvent]:
        """Return the last line before `before` (ms) of those streams that are certainly up."""

    def price(self, group: LogGroup) -> float | None:
        """Return what it would have cost (US dollars), if it was not done because of its price."""


class LastKnownEvents:
    """Lists the tunnels of a group by stream, and reads the last lines of those that were quiet.

    Whatever could not be determined becomes a notice of the group: its tunnels remain unknown. Methods raise FeedError
    only if the next call would fail as well.
    """

    def __init__(
        self,
        aws: Aws,
        progress: FeedProgress,
        pages: Pages,
        *,
        filter_budget: TokenBucket,
        lookup_budget: TokenBucket,
        last_lines: LastLines | None = None,
    ) -> None:
        self._last_lines = last_lines
        self._aws = aws
        self._progress = progress
        self._pages = pages
        self._filter_budget = filter_budget
        self._lookup_budget = lookup_budget
        self._left: dict[str, list[LogStream]] = {}

    async def read(self, group: GroupProgress) -> None:
        """Read the last lines of the group's quiet streams, as far as calls are available."""
        if group.expected_tunnels(self._inventory) and not group.quiet_logs(self._inventory):
            return
        streams = await self.list_tunnels(group)
        if streams is None:
            await self._read_before_look_back(group)
        else:
            await self._read_silent(group, [stream for stream in streams if not group.has_heard(stream.name)])

    async def _read_silent(self, group: GroupProgress, streams: Sequence[LogStream]) -> None:
        """Read the last lines of silent streams; one is enough for those that are up, the others' show the reason."""
        if self._last_lines is not None:
            up = await self._last_lines.ask(
                self._aws, group.log_group, streams, before=self._progress.since, budget=self._lookup_budget
            )
            for line in up.values():
                await self._progress.take_last_lines(group, [line])
        await self._read_last_lines(group, [stream for stream in streams if not group.has_heard(stream.name)])

    async def read_more(self, group: GroupProgress) -> None:
        """Continue with the quiet streams left by the previous read, if any."""
        if left := self._left.pop(group.name, []):
            await self._read_last_lines(group, [stream for stream in left if not group.has_heard(stream.name)])

    async def list_tunnels(self, group: GroupProgress) -> list[LogStream] | None:
        """Publish the tunnels named by the streams, and return the selected streams; None if denied."""
        connections = {connection for connection, _, _ in group.quiet_logs(self._inventory)}
        prefix = connections.pop() if len(connections) == 1 else "vpn-"
        try:
            listed, is_complete = await list_streams(self._aws, group.log_group, self._lookup_budget, prefix=prefix)
        except FeedError as error:
            self._note(group, error)
            return None
        notice = "" if is_complete else f"Only {len(listed)} streams of {group.log_group} were listed; there are more."
        group.set_access_notice(notice)
        streams = [stream for stream in listed if self._is_selected_tunnel(stream)]
        await self._progress.take_listed(group, [stream.name for stream in streams])
        return streams

    def _is_selected_tunnel(self, stream: LogStream) -> bool:
        connection, outside_ip, _ = read_stream_name(stream.name)
        plan = self._progress.plan
        return bool(connection) and outside_ip != "?" and plan is not None and plan.chosen.admits(stream.name)

    async def _read_last_lines(self, group: GroupProgress, streams: Sequence[LogStream]) -> None:
        lines = NewestLines(
            self._aws,
            group.log_group,
            partial(self._progress.take_last_lines, group),
            before=self._progress.since,
            filter_budget=self._filter_budget,
            lookup_budget=self._lookup_budget,
        )
        try:
            left = await lines.read(streams)
        except FeedError as error:
            self._note(group, error)
            return
        self._left[group.name] = left
        price = self._last_lines.price(group.log_group) if self._last_lines is not None else None
        group.set_quiet_notice(_left_notice(group, left, price))
        log.info("%s: %d quiet streams, %d left for later", group.log_group, len(streams), len(left))

    async def _read_before_look_back(self, group: GroupProgress) -> None:
        """Read the newest pages before the look-back, which suffice for a group with few events."""
        until = self._progress.since - 1
        since = until - _FURTHER_BACK_MS
        if since < NEWEST_FIRST_SINCE:
            return
        pages_with_lines = 0
        try:
            async with aclosing(self._pages(group, since, until)) as pages:
                async for page in pages:
                    await self._deliver_unheard(group, page.lines)
                    pages_with_lines += bool(page.lines)
                    is_all = group.expected_tunnels(self._inventory) and not group.quiet_logs(self._inventory)
                    if pages_with_lines >= _FURTHER_PAGES or is_all:
                        break
        except FeedError as error:
            self._note(group, error)

    async def _deliver_unheard(self, group: GroupProgress, lines: Sequence[LogEvent]) -> None:
        by_stream: dict[str, list[LogEvent]] = {}
        for line in lines:
            if not group.has_heard(line.stream):
                by_stream.setdefault(line.stream, []).append(line)
        for of_stream in by_stream.values():
            await self._progress.take_last_lines(group, of_stream[-LINES:])

    @property
    def _inventory(self) -> Inventory | None:
        return self._progress.plan.inventory if self._progress.plan else None

    def _note(self, group: GroupProgress, error: FeedError) -> None:
        """Turn an error into a notice, or raise it if every call would fail."""
        if error.kind.affects_every_call:
            raise error
        log.info("%s: quiet tunnels stay unknown: %s", group.log_group, error.kind)
        group.set_access_notice(f"{error.message} Tunnels that were quiet for long may stay unknown.")


def _left_notice(group: GroupProgress, left: Sequence[LogStream], price: float | None) -> str:
    tunnels = {read_stream_name(stream.name)[:2] for stream in left}
    if not tunnels:
        return ""
    count = "one quiet tunnel" if len(tunnels) == 1 else f"{len(tunnels)} quiet tunnels"
    at_once = f" --insights-cost {price + 0.005:.2f} has Logs Insights tell of them at once." if price else ""
    return f"The last lines of {count} in {group.log_group} have not been read yet; the state may be unknown.{at_once}"
