"""The calls of Logs Insights: StartQuery, GetQueryResults, StopQuery, DescribeQueries, with AWS's quotas.

A query is executed when its results are first requested after its running time; until then it is scheduled or running.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from tui.demo.server.account import Account
from tui.demo.server.constraints import check
from tui.demo.server.errors import ApiError, access_denied, invalid_parameter, no_such_group, throttled
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.insights.language import Query, read_query
from tui.demo.server.insights.records import Record
from tui.demo.server.pagination import cut_page
from tui.demo.server.store import LogGroup, Store, StoredEvent

Request = Mapping[str, Any]
Answer = dict[str, object]

STARTS_PER_SECOND: Final = 10
CONCURRENT: Final = 100
MOST_ROWS: Final = 10_000
"""The rows of a query without a limit, and of one page of results."""
_TOO_EARLY: Final = (
    "end date and time is either before the log groups creation time or exceeds the log groups log retention settings"
)
_KEPT: Final = 1_000
"""The number of queries remembered; AWS keeps results for seven days."""


@dataclass(slots=True)
class RunningQuery:
    """A query that was started, and its outcome."""

    id: str
    text: str
    query: Query
    groups: tuple[LogGroup, ...]
    start: int
    end: int
    """The first and the last millisecond, both inclusive."""
    limit: int
    created_at: int
    due: float
    """When it ends, on the monotonic clock."""
    outcome: str
    status: str = "Scheduled"
    rows: list[dict[str, str]] = field(default_factory=list)
    statistics: dict[str, float] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it counts towards the account's concurrency limit."""
        return self.status in ("Scheduled", "Running")


class QueriesApi:
    """An account's queries over the log groups of a store."""

    ACTIONS: ClassVar[dict[str, Callable[["QueriesApi", Request], Answer]]]

    def __init__(self, store: Store, *, account: Account, injector: FaultInjector) -> None:
        self._store = store
        self._account = account
        self._injector = injector
        self._queries: dict[str, RunningQuery] = {}
        self._starts: list[float] = []

    @property
    def open(self) -> int:
        """The number of queries that are scheduled or running."""
        for query in self._queries.values():
            self._advance(query)
        return sum(query.is_open for query in self._queries.values())

    def call(self, action: str, request: Request) -> Answer:
        """Return the answer to one call; raises ApiError as CloudWatch Logs would."""
        check(action, request)
        if action != "StartQuery":
            self._injector.throttle(self._injector.faults.logs_throttle)
        return self.ACTIONS[action](self, request)

    def start_query(self, request: Request) -> Answer:
        """Start a query and return its id."""
        faults, now = self._injector.faults, self._store.clock.monotonic()
        self._injector.throttle(faults.query_throttle)
        self._starts = [at for at in self._starts if now - at < 1.0]
        if len(self._starts) >= STARTS_PER_SECOND:
            raise throttled()
        self._starts.append(now)
        if request.get("queryLanguage", "CWLI") != "CWLI":
            raise invalid_parameter("Only the query language CWLI is served here")
        if request["startTime"] > request["endTime"]:
            raise invalid_parameter("End time should not be less than start time")
        groups = tuple(map(self._group, _groups_named(request)))
        query = read_query(request["queryString"])
        if any(request["endTime"] * 1000 < self._begins(group) for group in groups):
            raise ApiError("MalformedQueryException", _TOO_EARLY)
        most = round(faults.query_concurrent) or CONCURRENT
        if self.open >= most:
            raise ApiError("LimitExceededException", f"Account maximum query concurrency limit of [{most}] reached.")
        running = RunningQuery(
            id=str(uuid.uuid4()),
            text=request["queryString"],
            query=query,
            groups=groups,
            start=request["startTime"] * 1000,
            end=request["endTime"] * 1000,
            limit=min(request.get("limit") or MOST_ROWS, round(faults.query_rows) or 10**9),
            created_at=self._store.clock.now(),
            due=now + faults.query_slow,
            outcome=self._outcome(),
        )
        self._queries[running.id] = running
        if len(self._queries) > _KEPT:
            del self._queries[next(iter(self._queries))]
        return {"queryId": running.id}

    def _begins(self, group: LogGroup) -> int:
        """Return the time (ms) before which a group can hold no events."""
        days = group.retention_days
        kept_since = 0 if days is None else self._store.clock.now() - days * 86_400_000
        return max(kept_since, min([group.created_at, *(event.at for event in group.events[:1])]))

    def _outcome(self) -> str:
        faults = self._injector.faults
        if self._injector.happens(faults.query_fail):
            return "Failed"
        return "Timeout" if self._injector.happens(faults.query_timeout) else "Complete"

    def _group(self, identifier: str) -> LogGroup:
        name = self._account.group_name(identifier) if identifier.startswith("arn:") else identifier
        name = name or identifier
        if self._injector.is_group_denied(name, "StartQuery"):
            resource = f"{self._account.group_arn(name)}:log-stream:"
            raise access_denied("logs:StartQuery", user=self._account.user_arn, resource=resource)
        group = self._store.groups.get(name)
        if group is None:
            raise no_such_group()
        if group.log_class == "DELIVERY":
            raise invalid_parameter("Log groups of the Delivery class cannot be queried")
        return group

    def get_query_results(self, request: Request) -> Answer:
        """Return the status of a query and one page of its rows; there are none until it is complete."""
        query = self._known(request)
        self._advance(query)
        page, token = cut_page(query.rows, {"limit": request.get("maxItems") or MOST_ROWS, **_token_in(request)})
        return {
            "queryLanguage": "CWLI",
            "status": query.status,
            "statistics": query.statistics or dict.fromkeys(_STATISTICS, 0.0),
            "results": [[{"field": name, "value": value} for name, value in row.items()] for row in page],
            **token,
        }

    def _advance(self, query: RunningQuery) -> None:
        """Move a query from scheduled to running, and to its outcome when its time is over."""
        if not query.is_open:
            return
        if self._store.clock.monotonic() < query.due:
            query.status = "Running"
            return
        query.status = query.outcome
        if query.status == "Complete":
            self._run(query)

    def _run(self, query: RunningQuery) -> None:
        counts = Counter[str](logGroupsScanned=len(query.groups))
        matching = query.query.select(self._scanned(query, counts))
        counts["recordsMatched"] = len(matching)
        query.rows = query.query.rows(matching, query.limit)
        query.statistics = {name: float(counts[name]) for name in _STATISTICS}

    def _scanned(self, query: RunningQuery, counts: Counter[str]) -> Iterator[Record]:
        """Yield the scanned records; the index on @logStream skips the others."""
        streams = query.query.streams
        for group in query.groups:
            log = f"{self._account.id}:{group.name}"
            for event in self._in_order(group.between(query.start, query.end)):
                if streams is not None and event.stream not in streams:
                    counts.update(estimatedRecordsSkipped=1, estimatedBytesSkipped=event.size)
                    continue
                counts["recordsScanned"] += 1
                counts["bytesScanned"] += event.size
                yield Record.of(event, log)

    def _in_order(self, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        if not self._injector.happens(self._injector.faults.query_unordered):
            return events
        return sorted(events, key=lambda event: (event.at, -event.serial))

    def stop_query(self, request: Request) -> Answer:
        """Cancel a query; raises ApiError if it has already ended."""
        query = self._known(request)
        self._advance(query)
        if not query.is_open:
            raise invalid_parameter(f"Query {query.id} is not running: its status is {query.status}")
        query.status = "Cancelled"
        return {"success": True}

    def describe_queries(self, request: Request) -> Answer:
        """Return one page of the queries, newest first."""
        name, status = request.get("logGroupName"), request.get("status")
        for query in self._queries.values():
            self._advance(query)
        described = [
            {
                "queryLanguage": "CWLI",
                "queryId": query.id,
                "queryString": query.text,
                "status": query.status,
                "createTime": query.created_at,
                "logGroupName": query.groups[0].name,
                "bytesScanned": query.statistics.get("bytesScanned", 0.0),
                "userIdentity": self._account.user_arn,
            }
            for query in reversed(self._queries.values())
            if (status is None or query.status == status) and (name is None or name in {g.name for g in query.groups})
        ]
        page, token = cut_page(described, {"limit": request.get("maxResults") or 50, **_token_in(request)})
        return {"queries": page, **token}

    def _known(self, request: Request) -> RunningQuery:
        query = self._queries.get(request["queryId"])
        if query is None:
            raise ApiError("ResourceNotFoundException", "The specified query does not exist.")
        return query


_STATISTICS: Final = (
    "recordsMatched",
    "recordsScanned",
    "estimatedRecordsSkipped",
    "bytesScanned",
    "estimatedBytesSkipped",
    "logGroupsScanned",
)


def _token_in(request: Request) -> Answer:
    return {"nextToken": request["nextToken"]} if request.get("nextToken") else {}


def _groups_named(request: Request) -> list[str]:
    """Return the names or ARNs of the queried groups; exactly one of three parameters must name them."""
    named: list[list[str]] = [
        request[name] if isinstance(request[name], list) else [request[name]]
        for name in ("logGroupName", "logGroupNames", "logGroupIdentifiers")
        if request.get(name)
    ]
    if len(named) != 1:
        raise invalid_parameter("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified")
    return named[0]


QueriesApi.ACTIONS = {
    "StartQuery": QueriesApi.start_query,
    "GetQueryResults": QueriesApi.get_query_results,
    "StopQuery": QueriesApi.stop_query,
    "DescribeQueries": QueriesApi.describe_queries,
}
