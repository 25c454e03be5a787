"""Reads the newest lines of streams that have long been quiet, in few calls."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from tui.feed.aws.client import Aws
from tui.feed.inventory.log_groups import LogGroup, dicts_in
from tui.feed.tail.log_event import LogEvent, read_log_event
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.record.event_pages import NEWEST_FIRST_SINCE, events_in
from tui.feed.tail.record.page_order import Paging
from tui.feed.tail.record.stream_list import LogStream

log = logging.getLogger("tunnelwatch.feed.tail.newest_lines")

_MAX_NAMES: Final = 100
"""The maximum number of stream names in FilterLogEvents."""
_MAX_CALLS: Final = 25
"""The calls with lines per read of one group; the remaining streams are read later."""
_MAX_BULK_CALLS: Final = 15
_MAX_EMPTY_PAGES: Final = 30
"""The consecutive empty pages with a token that are followed: AWS cuts pages by time, and the lines may be far back."""
_FEW: Final = 4
"""The number of streams up to which one call each is cheaper than reading them together."""
_LEAST_HEARD: Final = 2
"""The number of streams that a bulk call must find to be worth more than a call for a single stream."""
LINES: Final = 10
"""The lines per stream: the last one has the states, the few before it the cause of a fall."""

Deliver = Callable[[list[LogEvent]], Awaitable[None]]
"""Receives the last lines of one stream, in ascending order."""


class NewestLines:
    """One read of the newest lines before `before` (ms) of some streams of a group.

    FilterLogEvents, newest first, covers many streams at once, and every stream found is left out of the next call.
    GetLogEvents covers one. Raises FeedError.
    """

    def __init__(
        self,
        aws: Aws,
        group: LogGroup,
        deliver: Deliver,
        *,
        before: int,
        filter_budget: TokenBucket,
        lookup_budget: TokenBucket,
    ) -> None:
        self._aws = aws
        self._group = group
        self._deliver = deliver
        self._before = before
        self._filter_budget = filter_budget
        self._lookup_budget = lookup_budget
        self._calls_left = _MAX_CALLS
        self._bulk_calls_left = _MAX_BULK_CALLS

    async def read(self, streams: Sequence[LogStream]) -> list[LogStream]:
        """Deliver the last lines of the streams; return those for which no calls were left."""
        streams = sorted(streams, key=lambda stream: stream.last_event_at or 0, reverse=True)
        together = [stream for stream in streams if self._can_read_together(stream)]
        alone = [stream for stream in streams if not self._can_read_together(stream)]
        if len(together) > _FEW:
            together = await self._read_together(together)
        left = [*together, *alone]
        while left and self._calls_left > 0:
            await self._read_one(left.pop(0))
        return left

    def _can_read_together(self, stream: LogStream) -> bool:
        return stream.last_event_at is not None and NEWEST_FIRST_SINCE <= stream.last_event_at < self._before

    async def _read_together(self, streams: Sequence[LogStream]) -> list[LogStream]:
        left = []
        for start in range(0, len(streams), _MAX_NAMES):
            left += await self._read_chunk(streams[start : start + _MAX_NAMES])
        return left

    async def _read_chunk(self, streams: Sequence[LogStream]) -> list[LogStream]:
        """Read the streams backwards, fewer each time; return those without lines.

        The end of the range does not rely on `last_event_at`, which lags: an older line would be taken for the last
        one.
        """
        left, until = list(streams), self._before - 1
        while left and self._bulk_calls_left > 0:
            lines, is_last, is_newest_first = await self._newest_page(left, until)
            if not is_last and not is_newest_first:
                return left  # the direction was ignored: these are the oldest lines
            heard = await self._deliver_last(lines)
            if is_last:
                return []  # the others' lines have expired
            left = [stream for stream in left if stream.name not in heard]
            if len(heard) < _LEAST_HEARD:
                break  # a stream with very many lines; single calls are more efficient
            until = lines[0].at
        return left

    async def _newest_page(self, streams: Sequence[LogStream], until: int) -> tuple[list[LogEvent], bool, bool]:
        """Return the first page with lines up to `until` (ms), if it is the last, and if it is newest first."""
        request: dict[str, Any] = self._group.reference | {
            "logStreamNames": [stream.name for stream in streams],
            "startTime": min(min(stream.last_event_at or 0 for stream in streams), until),
            "endTime": until,
            "startFromHead": False,
        }
        for _ in range(_MAX_EMPTY_PAGES):
            answer = await call_paced(self._aws, self._filter_budget, "logs:FilterLogEvents", str(self._group), request)
            lines, token = events_in(answer), answer.get("nextToken")
            is_last = not isinstance(token, str) or not token or token == request.get("nextToken")
            if lines or is_last:
                self._calls_left -= 1
                self._bulk_calls_left -= 1
                page = Paging(asked_newest_first=True).add(lines, is_last=True)
                return list(page.lines), is_last, page.newest_first
            request["nextToken"] = token
        log.info("%s: no line in %d pages of quiet streams", self._group, _MAX_EMPTY_PAGES)
        return [], False, False

    async def _deliver_last(self, lines: Sequence[LogEvent]) -> set[str]:
        by_stream: dict[str, list[LogEvent]] = {}
        for line in lines:
            by_stream.setdefault(line.stream, []).append(line)
        for of_stream in by_stream.values():
            await self._deliver(of_stream[-LINES:])
        return set(by_stream)

    async def _read_one(self, stream: LogStream) -> None:
        """Deliver the last lines of one stream. An empty page with another token is not the end: AWS cuts by time."""
        request: dict[str, Any] = self._group.reference | {
            "logStreamName": stream.name,
            "limit": LINES,
            "startFromHead": False,
        }
        self._calls_left -= 1
        for _ in range(_MAX_EMPTY_PAGES):
            answer = await call_paced(self._aws, self._lookup_budget, "logs:GetLogEvents", str(self._group), request)
            lines = [line for item in dicts_in(answer, "events") if (line := read_log_event(item, stream=stream.name))]
            token = answer.get("nextBackwardToken")
            if lines or not isinstance(token, str) or not token or token == request.get("nextToken"):
                await self._deliver_last(sorted(lines, key=lambda line: line.at))
                return
            request["nextToken"] = token
