"""FilterLogEvents, page by page: the record."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup, dicts_in
from tui.feed.tail.log_event import LogEvent, read_log_event
from tui.feed.tail.page_order import Page, Paging
from tui.feed.tail.rate_limit import TokenBucket

log = logging.getLogger("tunnelwatch.feed.tail.event_pages")

_TRIES: Final = 6
NEWEST_FIRST_SINCE: Final = 1_704_067_200_000
"""AWS serves the newest first only from 2024 on."""


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
    ahead: bool = True,
) -> AsyncGenerator[Page, None]:
    """Yield the pages of a group's events from `since` to `until` (ms, inclusive) until there is no token.

    Empty pages are yielded too: they show that time passes. After `page_limit` pages in a row with nothing new, the
    last one `is_cut`. With `ahead`, the next page is fetched while one is worked on; a reader that may leave early does
    without. Raises FeedError; a throttled page is asked for again. Close the iterator if you leave early (`aclosing`).
    """
    wanted: dict[str, Any] = group.reference | {"startTime": max(0, since), "startFromHead": not newest_first}
    if until is not None:
        wanted["endTime"] = until
    if prefix:
        wanted["logStreamNamePrefix"] = prefix
    paging = Paging(asked_newest_first=newest_first)
    end = _End(page_limit)
    asking: asyncio.Task[Mapping[str, Any]] | None = None
    token = ""
    try:
        while True:
            answer = await (asking or _page(aws, group, budget, wanted | ({"nextToken": token} if token else {})))
            lines = [line for each in dicts_in(answer, "events") if (line := _named(each))]
            token, asking = end.token_after(answer, lines), None
            if token and ahead:
                asking = asyncio.create_task(_page(aws, group, budget, wanted | {"nextToken": token}))
                await asyncio.sleep(0)  # so that the request is out before the page is worked on
            yield replace(paging.add(lines, is_last=not token), is_cut=end.is_cut)
            if not token:
                return
    finally:
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


class _End:
    """Tells where the pages end, also where the tokens do not. `is_cut` once page_limit came to its end first."""

    def __init__(self, page_limit: int) -> None:
        self.is_cut = False
        self._page_limit = page_limit
        self._tokens: set[str] = set()
        self._seen: set[str] = set()
        self._idle = 0

    def token_after(self, answer: Mapping[str, Any], lines: list[LogEvent]) -> str:
        """Return the token of the next page, or nothing where this one was the last."""
        after = answer.get("nextToken")
        if not isinstance(after, str) or not after or after in self._tokens:
            return ""  # a token that comes round again leads to what was seen
        self._tokens.add(after)
        # A page is known by its first event: pages that come round again are as good as empty ones.
        self._idle = 0 if lines and lines[0].id not in self._seen else self._idle + 1
        self._seen.update(line.id for line in lines[:1])
        self.is_cut = self._idle >= self._page_limit
        if self.is_cut:
            log.info("no end of page tokens after %d pages without news", self._idle)
        return "" if self.is_cut else after


async def _page(aws: Aws, group: LogGroup, budget: TokenBucket, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    for tries in range(1, _TRIES + 1):
        await budget.take()
        try:
            answer = await aws.call("logs:FilterLogEvents", str(group), **wanted)
        except FeedError as error:
            if error.kind is not ErrorKind.THROTTLED:
                raise
            budget.throttled()
            if tries == _TRIES:
                raise
        else:
            budget.succeeded()
            return answer
    raise AssertionError  # the loop returns or raises


def _named(event: Mapping[str, Any]) -> LogEvent | None:
    """Return the event with an id: one that has none is known by all it has."""
    line = read_log_event(event)
    if line is None or line.id:
        return line
    return line._replace(id=f"{line.stream} {line.at} {line.ingested_at} {line.message}")
