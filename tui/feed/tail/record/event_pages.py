"""The pages of FilterLogEvents, the authoritative read of events."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from tui.feed.aws.client import Aws
from tui.feed.inventory.log_groups import LogGroup, dicts_in
from tui.feed.tail.log_event import LogEvent, read_log_events
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.record.packed_lines import PackedLines
from tui.feed.tail.record.page_order import Page, Paging

log = logging.getLogger("tunnelwatch.feed.tail.event_pages")

NEWEST_FIRST_SINCE: Final = 1_704_067_200_000
"""2024-01-01: `startFromHead=False` works only for events since then (FilterLogEvents API reference)."""


async def read_pages(
    aws: Aws,
    group: LogGroup,
    *,
    budget: TokenBucket,
    page_limit: int,
    since: int,
    until: int | None = None,
    newest_first: bool = False,
    prefix: str = "",
    streams: Sequence[str] = (),
    ahead: bool = True,
    limit: int | None = None,
) -> AsyncGenerator[Page, None]:
    """Yield the pages of a group's events from `since` to `until` (ms, inclusive).

    All streams are read, or those with a `prefix`, or the named `streams`, at most 100. A page has at most `limit`
    events, by default as many as fit, 10,000 or a megabyte.

    Empty pages are yielded, too. After `page_limit` consecutive pages without news the reading stops, and the last page
    `is_cut`. With `ahead` the next page is fetched while the consumer processes one; a consumer that may stop early
    should not use that. Close the iterator (`aclosing`) when stopping early. Raises FeedError; a throttled page is
    requested again first.
    """
    request: dict[str, Any] = group.reference | {"startTime": max(0, since), "startFromHead": not newest_first}
    if until is not None:
        request["endTime"] = until
    if limit is not None:
        request["limit"] = limit
    if streams:
        request["logStreamNames"] = list(streams)
    elif prefix:
        request["logStreamNamePrefix"] = prefix
    fetch = partial(_fetch, partial(call_paced, aws, budget, "logs:FilterLogEvents", str(group)))
    paging = Paging(asked_newest_first=newest_first)
    end = _End(page_limit)
    asking: asyncio.Task[_Fetched] | None = None
    token = ""
    try:
        while True:
            lines, following = await (asking or fetch(request | ({"nextToken": token} if token else {})))
            token, asking = end.token_after(following, lines), None
            if token and ahead:
                asking = asyncio.create_task(fetch(request | {"nextToken": token}))
                await asyncio.sleep(0)  # lets the request be sent before the consumer processes this page
            page = _packed(paging.add(lines, is_last=not token), is_cut=end.is_cut)
            del lines  # the consumer takes its time
            yield page
            if not token:
                return
    finally:
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


_Fetched = tuple[list[LogEvent], object]
"""The events of an answer, and its token for the next page."""


async def _fetch(
    call: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]], request: Mapping[str, Any]
) -> _Fetched:
    """Return the needed parts of an answer. The answer itself is freed at once, since it takes as much memory again."""
    answer = await call(request)
    return events_in(answer), answer.get("nextToken")


def _packed(page: Page, *, is_cut: bool) -> Page:
    return replace(page, lines=PackedLines(page.lines), is_cut=is_cut)


class _End:
    """Detects the end of the pages, even if the tokens never end. `is_cut` is set if the page limit was reached.

    It keeps one hashed token and one hashed id per page: a look-back of 10,000 pages costs 2 MB until it is read.
    """

    def __init__(self, page_limit: int) -> None:
        self.is_cut = False
        self._page_limit = page_limit
        self._tokens: set[int] = set()
        self._seen: set[int] = set()
        self._idle = 0

    def token_after(self, token: object, lines: list[LogEvent]) -> str:
        """Return the token of the next page as it was given, empty if this was the last one."""
        if not isinstance(token, str) or not token or hash(token) in self._tokens:
            return ""  # a repeated token leads to pages already read
        self._tokens.add(hash(token))
        # A page is recognised by its first event. Repeated pages count as empty ones.
        is_new = bool(lines) and hash(lines[0].id) not in self._seen
        self._idle = 0 if is_new else self._idle + 1
        self._seen.update(hash(line.id) for line in lines[:1])
        self.is_cut = self._idle >= self._page_limit
        if self.is_cut:
            log.info("no end of page tokens after %d pages without news", self._idle)
        return "" if self.is_cut else token


def events_in(answer: Mapping[str, Any]) -> list[LogEvent]:
    """Return the events of an answer, each with an id: one without it is identified by all its fields."""
    return [event if event.id else _with_id(event) for event in read_log_events(dicts_in(answer, "events"))]


def _with_id(event: LogEvent) -> LogEvent:
    return event._replace(id=f"{event.stream} {event.at} {event.ingested_at} {event.message}")
