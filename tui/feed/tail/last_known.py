"""What tunnels said before the look-back: an idle one has a state, too."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import dicts_in, names_in
from tui.feed.tail.event_pages import NEWEST_FIRST_SINCE
from tui.feed.tail.group_progress import GroupProgress, TunnelKey
from tui.feed.tail.log_event import LogEvent, read_log_event
from tui.feed.tail.page_order import Page
from tui.feed.tail.progress import FeedProgress

log = logging.getLogger("tunnelwatch.feed.tail.last_known")

_FURTHER_BACK_MS: Final = 7 * 86_400_000
_FURTHER_PAGES: Final = 2
_ASKED_STREAMS: Final = 20
_LAST_LINES: Final = 10

Pages = Callable[[GroupProgress, int, int], AsyncGenerator[Page, None]]
"""Reads a group's record between two instants, the newest first."""


class LastKnownEvents:
    """Finds the newest lines of tunnels that said nothing in the look-back."""

    def __init__(self, aws: Aws, progress: FeedProgress, pages: Pages) -> None:
        self._aws = aws
        self._progress = progress
        self._pages = pages

    async def read(self, group: GroupProgress) -> None:
        """Look further back for tunnels that said nothing in the look-back: an idle one has a state, too.

        First the last pages before it, which hold most of what there is in a quiet group such as one of BGP logs; then
        the last lines of each stream that is still silent, as long as those are few.
        """
        group.set_access_notice("")
        try:
            if self._quiet(group):
                await self._look_further_back(group)
            if self._quiet(group) or not group.expected_tunnels(self._inventory):
                await self._ask_streams(group)
        except FeedError as error:
            if error.kind.affects_every_call:
                raise
            log.info("%s: some quiet streams stay unknown: %s", group.log_group, error.kind)
            if error.kind is ErrorKind.DENIED:
                group.set_access_notice(f"{error.message} Without it, a tunnel that was quiet for long stays unknown.")

    @property
    def _inventory(self) -> Inventory | None:
        return self._progress.plan.inventory if self._progress.plan else None

    def _quiet(self, group: GroupProgress) -> set[TunnelKey]:
        return group.quiet_tunnels(self._inventory)

    async def _look_further_back(self, group: GroupProgress) -> None:
        until = self._progress.since - 1
        since = until - _FURTHER_BACK_MS
        if since < NEWEST_FIRST_SINCE:
            return
        pages = 0
        async with aclosing(self._pages(group, since, until)) as found:
            async for page in found:
                await self._give_out(group, page.lines)
                pages += 1
                if pages >= _FURTHER_PAGES or not self._quiet(group):
                    break

    async def _ask_streams(self, group: GroupProgress) -> None:
        connections = {connection for connection, _ in self._quiet(group)}
        prefix = connections.pop() if len(connections) == 1 else "vpn-"
        answer = await self._aws.call(
            "logs:DescribeLogStreams", str(group.log_group), **group.log_group.reference, logStreamNamePrefix=prefix
        )
        plan = self._progress.plan
        named = [
            stream
            for stream in names_in(answer, "logStreams", "logStreamName")
            if not group.has_heard(stream) and plan is not None and plan.chosen.admits(stream)
        ]
        for stream in named[:_ASKED_STREAMS]:
            await self._give_out(group, await self._last_lines(group, stream))

    async def _give_out(self, group: GroupProgress, lines: Sequence[LogEvent]) -> None:
        """Give out the last lines of each stream that has not been heard of."""
        by_stream: dict[str, list[LogEvent]] = {}
        for line in lines:
            if not group.has_heard(line.stream):
                by_stream.setdefault(line.stream, []).append(line)
        for found in by_stream.values():
            await self._progress.take_last_lines(group, found[-_LAST_LINES:])

    async def _last_lines(self, group: GroupProgress, stream: str) -> list[LogEvent]:
        answer = await self._aws.call(
            "logs:GetLogEvents",
            str(group.log_group),
            **group.log_group.reference,
            logStreamName=stream,
            limit=_LAST_LINES,
            startFromHead=False,
        )
        lines = [line for each in dicts_in(answer, "events") if (line := read_log_event(each, stream=stream))]
        return sorted(lines, key=lambda line: line.at)
