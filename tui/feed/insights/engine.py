"""Runs Logs Insights queries: starts them, waits, reads the results; queries no longer wanted are stopped at AWS."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.insights.rows import Row, read_rows
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.rate_limit import TokenBucket

log = logging.getLogger("tunnelwatch.feed.insights.engine")

MOST_ROWS: Final = 10_000
"""The maximum number of rows of a query."""
MOST_GROUPS: Final = 50
"""The maximum number of log groups of a query."""
STARTS: Final = 8
"""The attempts to start a query while the account's limit is reached: up to two minutes."""
_GROWTH: Final = 1.5
"""The factor by which each pause is longer than the last."""
_TO_STOP: Final = 3.0
"""The seconds that stopping a query may take; the program is about to end."""
_TOO_EARLY: Final = "before the log groups creation time"
"""AWS's message for a window that ends before a group was created or its retention begins: there is nothing in it."""
_FAILED: Final = {
    "Failed": "failed",
    "Cancelled": "was stopped by somebody else",
    "Timeout": "took longer than the hour that AWS gives it; ask for less at a time",
}


class Window(NamedTuple):
    """A period in seconds since the epoch, from `start` up to but excluding `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Its duration in seconds."""
        return self.end - self.start


@dataclass(slots=True)
class Scanned:
    """The total that the queries of a run have scanned so far."""

    queries: int = 0
    bytes: int = 0
    records: int = 0
    matched: int = 0

    def __add__(self, other: "Scanned") -> "Scanned":
        return Scanned(
            self.queries + other.queries,
            self.bytes + other.bytes,
            self.records + other.records,
            self.matched + other.matched,
        )

    def add(self, statistics: Mapping[str, Any]) -> None:
        """Add the statistics of one completed query."""
        self.queries += 1
        self.bytes += _whole(statistics.get("bytesScanned"))
        self.records += _whole(statistics.get("recordsScanned"))
        self.matched += _whole(statistics.get("recordsMatched"))


def _whole(number: object) -> int:
    return int(number) if isinstance(number, int | float) else 0


class Engine:
    """The queries of one run over the same log groups of one account and region.

    `most_bytes` limits what they may scan in total: beyond it no query is started. `scanned` is shared by the engines
    of a run.
    """

    def __init__(
        self,
        aws: Aws,
        groups: Sequence[LogGroup],
        *,
        budget: TokenBucket,
        scanned: Scanned,
        most_bytes: int | None = None,
        first_pause: float = 0.2,
        longest_pause: float = 5.0,
        tries: int = STARTS,
    ) -> None:
        """`budget` paces all calls, `tries` limits the starts of a query while the account's limit is reached.

        The first check for completion is after `first_pause` seconds, later ones after growing pauses up to
        `longest_pause`.
        """
        self._aws = aws
        self._groups = list(groups)
        self._budget = budget
        self._scanned = scanned
        self._most_bytes = most_bytes
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._tries = tries

    def __repr__(self) -> str:
        return f"Engine({len(self._groups)} groups, {self._scanned})"

    @property
    def _resource(self) -> str:
        more = f" and {len(self._groups) - 1} more" if len(self._groups) > 1 else ""
        return f"{self._groups[0]}{more}"

    @property
    def _named_groups(self) -> dict[str, list[str]]:
        """The parameter that names the groups: ARNs if one is in another account, else names, which emulators know."""
        if any(group.is_linked for group in self._groups):
            return {"logGroupIdentifiers": [group.arn or group.name for group in self._groups]}
        return {"logGroupNames": [group.name for group in self._groups]}

    async def rows(self, query: str, window: Window, *, limit: int) -> list[Row]:
        """Return the rows of one query; raises FeedError if it cannot be started, fails or costs too much.

        Cancelling stops the query at AWS.
        """
        if self._most_bytes is not None and self._scanned.bytes > self._most_bytes:
            raise FeedError("The queries have scanned more than was agreed, and were stopped: see --max-cost.")
        try:
            async with self._started(query, window, limit) as query_id:
                answer = await self._ended(query_id)
        except FeedError as error:
            # Among several groups it may concern only one: then each is read separately.
            if len(self._groups) > 1 or _TOO_EARLY not in error.message:
                raise
            return []
        rows = read_rows(answer)
        while isinstance(token := answer.get("nextToken"), str) and token and len(rows) < limit:
            answer = await self._page(query_id, nextToken=token)
            more = read_rows(answer)
            if not more:
                break
            rows += more
        log.info("query over %d s: %d rows", window.length, len(rows))
        return rows

    @asynccontextmanager
    async def _started(self, query: str, window: Window, limit: int) -> AsyncIterator[str]:
        """Run a query for this block, and stop it at AWS if the block is left before the query is complete."""
        starting = asyncio.create_task(self._start(query, window, limit))
        query_id = ""
        try:
            query_id = await asyncio.shield(starting)
            yield query_id
        except BaseException:
            with suppress(FeedError, TimeoutError):
                async with asyncio.timeout(_TO_STOP):
                    await self._stop(query_id or await starting)
            raise

    async def _start(self, query: str, window: Window, limit: int) -> str:
        request = {
            **self._named_groups,
            "startTime": window.start,
            "endTime": window.end,
            "queryString": query,
            "limit": limit,
        }
        tries = 1
        while True:
            try:
                answer = await call_paced(self._aws, self._budget, "logs:StartQuery", self._resource, request)
            except FeedError as error:
                if error.kind is not ErrorKind.LIMIT or tries == self._tries:
                    raise
                self._budget.throttled()
                tries += 1
            else:
                return str(answer.get("queryId") or "")

    async def _stop(self, query_id: str) -> None:
        await self._aws.call("logs:StopQuery", self._resource, queryId=query_id)

    async def _ended(self, query_id: str) -> Mapping[str, Any]:
        """Return the first page of a query's results once it is complete, checking after growing pauses."""
        pause = self._first_pause
        while True:
            answer = await self._page(query_id)
            status = str(answer.get("status"))
            if status not in ("Scheduled", "Running", "Unknown"):
                break
            await asyncio.sleep(pause)
            pause = min(self._longest_pause, _GROWTH * pause)
        self._scanned.add(answer.get("statistics") or {})
        if status != "Complete":
            raise FeedError(f"The query of {self._resource} {_FAILED.get(status, f'ended as {status}')}.")
        return answer

    async def _page(self, query_id: str, **token: str) -> Mapping[str, Any]:
        request = {"queryId": query_id, **token}
        return await call_paced(self._aws, self._budget, "logs:GetQueryResults", self._resource, request)
