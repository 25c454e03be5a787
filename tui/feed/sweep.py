"""FilterLogEvents, page by page: the record."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

from tui.feed.budget import Budget
from tui.feed.failure import FeedError, Trouble
from tui.feed.groups import LogGroup, dicts_in
from tui.feed.merge import Line
from tui.feed.paging import Page, Paging
from tui.feed.session import Aws, trace

_TRIES: Final = 6
_IDLE_PAGES: Final = 250
"""So many pages in a row that bring nothing new, each with a token to go on, are taken for the end.

A busy group of which few streams are wanted has dozens of empty pages in a row, and events after them; some servers'
tokens never end. This many take 100 s of the budget of calls."""


async def read_pages(
    aws: Aws,
    group: LogGroup,
    *,
    budget: Budget,
    since: int,
    until: int | None = None,
    newest_first: bool = False,
    prefix: str = "",
    ahead: bool = True,
) -> AsyncGenerator[Page, None]:
    """Yield the pages of a group's events from `since` to `until` (ms, inclusive) until there is no token.

    Empty pages are yielded too: they tell that time passes. With `ahead` the next page is on its way while one is taken
    in; a reader that may leave early does without. Raises FeedError; a throttled page is asked for again. Close the
    iterator if you leave early (`aclosing`).
    """
    wanted: dict[str, Any] = group.reference | {"startTime": max(0, since), "startFromHead": not newest_first}
    if until is not None:
        wanted["endTime"] = until
    if prefix:
        wanted["logStreamNamePrefix"] = prefix
    paging = Paging(asked_newest_first=newest_first)
    end = _End()
    asking: asyncio.Task[Mapping[str, Any]] | None = None
    token = ""
    try:
        while True:
            answer = await (asking or _page(aws, group, budget, wanted | ({"nextToken": token} if token else {})))
            lines = [line for each in dicts_in(answer, "events") if (line := _line(each))]
            token, asking = end.token_after(answer, lines, token), None
            if token and ahead:
                asking = asyncio.create_task(_page(aws, group, budget, wanted | {"nextToken": token}))
                await asyncio.sleep(0)  # so that the request is out before the page is worked on
            yield paging.add(lines, is_last=not token)
            if not token:
                return
    finally:
        if asking is not None:
            asking.cancel()


class _End:
    """Tells where the pages end, also where the tokens do not."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._idle = 0

    def token_after(self, answer: Mapping[str, Any], lines: list[Line], token: str) -> str:
        """Return the token of the next page, or nothing where this one was the last."""
        after = answer.get("nextToken")
        if not isinstance(after, str) or not after or after == token:
            return ""
        # A page is known by its first event: pages that come round again are as good as empty ones.
        self._idle = 0 if lines and lines[0].id not in self._seen else self._idle + 1
        self._seen.update(line.id for line in lines[:1])
        if self._idle >= _IDLE_PAGES:
            trace.info("no end of page tokens: stopped after %d pages without news", self._idle)
            return ""
        return after


async def _page(aws: Aws, group: LogGroup, budget: Budget, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    for tries in range(1, _TRIES + 1):
        await budget.take()
        try:
            answer = await aws.call("logs:FilterLogEvents", str(group), **wanted)
        except FeedError as error:
            if error.trouble is not Trouble.THROTTLED:
                raise
            budget.throttled()
            if tries == _TRIES:
                raise
        else:
            budget.served()
            return answer
    raise AssertionError  # the loop returns or raises


def _line(event: Mapping[str, Any]) -> Line | None:
    """Return the event, or None for something that has no time or no stream."""
    stream, at, message = event.get("logStreamName"), event.get("timestamp"), event.get("message")
    if not isinstance(stream, str) or not isinstance(at, int):
        return None
    ingested_at, name = event.get("ingestionTime"), event.get("eventId")
    text = message if isinstance(message, str) else ""
    return Line(
        stream,
        at,
        ingested_at if isinstance(ingested_at, int) else at,
        text,
        # Without an id, an event is known by all it has.
        name if isinstance(name, str) and name else f"{stream} {at} {ingested_at} {text}",
    )
