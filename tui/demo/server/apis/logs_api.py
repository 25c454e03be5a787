"""The calls of CloudWatch Logs that answer with a single JSON object; `live_tail` has the streaming one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.demo.server.account import Account
from tui.demo.server.apis.deliveries_api import describe_deliveries, describe_destinations, describe_sources
from tui.demo.server.constraints import check
from tui.demo.server.errors import ApiError, access_denied, invalid_parameter, no_such_group, no_such_stream, throttled
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.filter_pattern import Matcher, compile_pattern
from tui.demo.server.pagination import (
    PAGE_BYTES,
    PAGE_EVENTS,
    Page,
    beside,
    cut_page,
    fingerprint,
    read_stream_token,
    read_token,
    take,
    write_stream_token,
    write_token,
)
from tui.demo.server.store import OVERHEAD, LogGroup, LogStream, Position, Store, StoredEvent

Request = Mapping[str, Any]
Answer = dict[str, object]

_NEWEST_FIRST_SINCE: Final = 1_704_067_200_000  # 1 January 2024, the limit that the API reference names
_HOUR_MS: Final = 3_600_000
_FAR: Final = 10**17
"""A time later than every event, ms."""


class LogsApi:
    """The log groups of a store, as CloudWatch Logs shows them."""

    def __init__(self, store: Store, *, account: Account, injector: FaultInjector) -> None:
        self._store = store
        self._account = account
        self._injector = injector
        self._granted: list[float] = []
        self.linked: tuple[LogsApi, ...] = ()
        """The accounts whose log groups this one may read by ARN."""

    def call(self, action: str, request: Request) -> Answer:
        """Return the answer to one call; raises ApiError as CloudWatch Logs would."""
        handler = _ACTIONS.get(action)
        if handler is None:
            raise ApiError("UnknownOperationException", f"{action} is not served here")
        check(action, request)
        if action != "FilterLogEvents":
            self._injector.throttle(self._injector.faults.logs_throttle)
        return handler(self, request)

    def filter_log_events(self, request: Request) -> Answer:
        """Return one page of a group's events, oldest or newest first."""
        injector = self._injector
        injector.throttle(injector.faults.filter_throttle)
        self._keep_quota(injector.faults.filter_quota)
        group = self._group(request, "FilterLogEvents")
        if injector.happens(injector.faults.filter_error) or injector.is_group_failing(group.name):
            raise ApiError(
                "InternalFailure", "The request processing has failed because of an unknown error", status=500
            )
        names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
        if names and prefix:
            raise invalid_parameter("LogStreamNames and LogStreamNamePrefix cannot both be specified")
        start, end = request.get("startTime"), request.get("endTime")
        if start is not None and end is not None and start > end:
            raise invalid_parameter("startTime must not be greater than endTime")
        page = self._page(request)
        if not page.forward and (start is None or start < _NEWEST_FIRST_SINCE):
            raise invalid_parameter("startFromHead false is supported only for a startTime on or after 2024-01-01")
        if page.forward:
            events = group.between(start, end, after=page.position)
        else:
            events = group.between(start, end, before=page.position)[::-1]
        wanted = _stream_test(names, prefix, ignored=injector.happens(injector.faults.filter_ignore))
        pattern = compile_pattern(request.get("filterPattern") or "")
        limit = min(request.get("limit") or PAGE_EVENTS, round(injector.faults.filter_events) or PAGE_EVENTS)
        return self._filtered(events, page, wanted, pattern, limit)

    def _keep_quota(self, quota: float) -> None:
        """Refuse a call that exceeds the account's quota; AWS allows 5 a second in some regions and 25 in others."""
        if not quota:
            return
        now = self._store.clock.monotonic()
        self._granted = [at for at in self._granted if now - at < 1.0]
        if len(self._granted) >= quota:
            raise throttled()
        self._granted.append(now)

    def _page(self, request: Request) -> Page:
        query = fingerprint(request)
        if token := request.get("nextToken"):
            return read_token(token, query)
        forward = request.get("startFromHead", True)
        if not forward and self._injector.happens(self._injector.faults.filter_ignore):
            forward = True
        return Page(None, forward, query)

    def _filtered(
        self, events: list[StoredEvent], page: Page, wanted: Matcher | None, pattern: Matcher | None, limit: int
    ) -> Answer:
        injector = self._injector
        if injector.happens(injector.faults.filter_empty):
            return {"events": [], "searchedLogStreams": [], "nextToken": write_token(page)}
        taken, scanned = take(events, wanted, pattern, limit)
        more = scanned < len(events) or injector.happens(injector.faults.filter_endless)
        shown: list[object] = [_filtered_event(event) for event in taken]
        if injector.happens(injector.faults.filter_shuffle):
            injector.shuffle(shown)
        answer: Answer = {"events": shown, "searchedLogStreams": []}
        if more:
            last = events[scanned - 1] if scanned else None
            position = page.position if last is None else beside(last, forward=page.forward)
            answer["nextToken"] = write_token(Page(position, page.forward, page.query))
        return answer

    def get_log_events(self, request: Request) -> Answer:
        """Return one page of a stream's events, oldest first whatever the direction."""
        group = self._group(request, "GetLogEvents")
        stream = request["logStreamName"]
        if stream not in group.streams:
            raise no_such_stream()
        limit = request.get("limit") or PAGE_EVENTS
        token = request.get("nextToken")
        forward, position = read_stream_token(token) if token else (bool(request.get("startFromHead", False)), None)
        if not forward and self._injector.happens(self._injector.faults.get_empty):
            return {"events": [], "nextForwardToken": token or "", "nextBackwardToken": _cut_short(position)}
        start, end = request.get("startTime"), request.get("endTime")
        last = None if end is None else end - 1  # unlike FilterLogEvents, this call excludes the end
        if forward:
            events = group.between(start, last, stream=stream, after=position)
        else:
            events = group.between(start, last, stream=stream, before=position)[::-1]
        taken, _ = take(events, None, None, limit)
        if not forward:
            taken.reverse()
        if taken:
            first, final = beside(taken[0], forward=False), beside(taken[-1], forward=True)
        else:
            first = final = position or (start or 0, 0, 0.0)
        shown = [{"timestamp": e.at, "message": e.message, "ingestionTime": e.ingested_at} for e in taken]
        return {
            "events": shown,
            "nextForwardToken": write_stream_token("f", final),
            "nextBackwardToken": write_stream_token("b", first),
        }

    def describe_log_groups(self, request: Request) -> Answer:
        """Return one page of the log groups, sorted by name."""
        prefix, part = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
        if prefix and part:
            raise invalid_parameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        named = request.get("logGroupIdentifiers")
        names = None if named is None else {self._account.group_name(name) or name for name in named}
        owners = [self, *(self.linked if request.get("includeLinkedAccounts") else ())]
        if wanted := request.get("accountIdentifiers"):
            owners = [owner for owner in owners if owner._account.id in wanted]
        groups = [
            owner._described(group)
            for owner in owners
            for name, group in sorted(owner._store.groups.items())
            if name.startswith(prefix or "")
            and (part or "") in name
            and (names is None or name in names)
            and request.get("logGroupClass", group.log_class) == group.log_class
        ]
        page, token = cut_page(groups, request)
        return {"logGroups": page, **token}

    def _described(self, group: LogGroup) -> Answer:
        arn = self._account.group_arn(group.name)
        return {
            "logGroupName": group.name,
            "creationTime": group.created_at,
            "metricFilterCount": 0,
            "arn": f"{arn}:*",
            "logGroupArn": arn,
            "storedBytes": group.size,
            "logGroupClass": group.log_class,
            **({"retentionInDays": group.retention_days} if group.retention_days is not None else {}),
            **({"kmsKeyId": group.kms_key} if group.kms_key is not None else {}),
        }

    def describe_resource_policies(self, request: Request) -> Answer:
        """Return one page of the account's resource policies."""
        policies = [
            {"policyName": name, "policyDocument": document, "policyScope": "ACCOUNT", "lastUpdatedTime": 0}
            for name, document in sorted(self._store.resource_policies.items())
            if request.get("policyScope", "ACCOUNT") == "ACCOUNT"
        ]
        page, token = cut_page(policies, request)
        return {"resourcePolicies": page, **token}

    def describe_log_streams(self, request: Request) -> Answer:
        """Return one page of a group's streams, sorted by name or by last event."""
        group = self._group(request, "DescribeLogStreams")
        prefix = request.get("logStreamNamePrefix")
        by_time = request.get("orderBy") == "LastEventTime"
        if prefix and by_time:
            raise invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
        streams = [stream for name, stream in group.streams.items() if name.startswith(prefix or "")]
        descending = bool(request.get("descending", False))
        if by_time:
            streams.sort(key=lambda stream: (self._last_seen(stream) or 0, stream.name), reverse=descending)
        else:
            streams.sort(key=lambda stream: stream.name, reverse=descending)
        page, token = cut_page(streams, request)
        return {"logStreams": [self._described_stream(group, stream) for stream in page], **token}

    def _last_seen(self, stream: LogStream) -> int | None:
        """Return the reported timestamp of the newest event; AWS's may lag by up to an hour."""
        lag = round(self._injector.faults.streams_lag * 1000)
        if not stream.events:
            return None
        if not lag:
            return stream.events[-1].at
        due = self._store.clock.now() - lag
        return max((event.at for event in stream.events if event.ingested_at <= due), default=None)

    def _described_stream(self, group: LogGroup, stream: LogStream) -> Answer:
        arn = f"{self._account.group_arn(group.name)}:log-stream:{stream.name}"
        answer: Answer = {"logStreamName": stream.name, "creationTime": stream.created_at, "arn": arn, "storedBytes": 0}
        last = self._last_seen(stream)
        if last is not None:
            answer["firstEventTimestamp"] = stream.events[0].at
            answer["lastEventTimestamp"] = last
            answer["lastIngestionTime"] = max(event.ingested_at for event in stream.events[-64:])
            answer["uploadSequenceToken"] = f"{stream.events[-1].serial:056d}"
        return answer

    def put_log_events(self, request: Request) -> Answer:
        """Add events to a stream; events that are too old or too new are dropped and reported in the answer."""
        group = self._named_group(request["logGroupName"], "PutLogEvents")
        if request["logStreamName"] not in group.streams:
            raise no_such_stream()
        events = [(event["timestamp"], event["message"]) for event in request["logEvents"]]
        _check_upload(events)
        now = self._store.clock.now()
        oldest, newest = now - 14 * 24 * _HOUR_MS, now + 2 * _HOUR_MS
        too_old = sum(at < oldest for at, _ in events)
        too_new = next((index for index, (at, _) in enumerate(events) if at > newest), len(events))
        self._store.put(group.name, request["logStreamName"], events[too_old:too_new])
        answer: Answer = {"nextSequenceToken": f"{now:056d}"}
        rejected: Answer = {}
        if too_old:
            rejected["tooOldLogEventEndIndex"] = too_old
        if too_new < len(events):
            rejected["tooNewLogEventStartIndex"] = too_new
        if rejected:
            answer["rejectedLogEventsInfo"] = rejected
        return answer

    def create_log_group(self, request: Request) -> Answer:
        """Create a log group."""
        if request["logGroupName"] in self._store.groups:
            raise ApiError("ResourceAlreadyExistsException", "The specified log group already exists")
        self._store.create_group(request["logGroupName"], log_class=request.get("logGroupClass") or "STANDARD")
        return {}

    def create_log_stream(self, request: Request) -> Answer:
        """Create a log stream."""
        group = self._named_group(request["logGroupName"], "CreateLogStream")
        if request["logStreamName"] in group.streams:
            raise ApiError("ResourceAlreadyExistsException", "The specified log stream already exists")
        self._store.create_stream(group.name, request["logStreamName"])
        return {}

    def delete_log_group(self, request: Request) -> Answer:
        """Delete a log group with its events."""
        self._store.delete_group(self._named_group(request["logGroupName"], "DeleteLogGroup").name)
        return {}

    def _group(self, request: Request, action: str) -> LogGroup:
        name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
        if (name is None) == (identifier is None):
            raise invalid_parameter("Exactly one of logGroupName and logGroupIdentifier must be specified")
        if identifier is not None and identifier.startswith("arn:"):
            for owner in (self, *self.linked):
                if (name := owner._account.group_name(identifier)) is not None:
                    return owner._named_group(name, action)
        return self._named_group(name or identifier or "", action)

    def _named_group(self, name: str, action: str) -> LogGroup:
        if self._injector.is_group_denied(name, action):
            resource = f"{self._account.group_arn(name)}:log-stream:"
            raise access_denied(f"logs:{action}", user=self._account.user_arn, resource=resource)
        group = self._store.groups.get(name)
        if group is None:
            raise no_such_group()
        return group


_ACTIONS: Final[dict[str, Callable[[LogsApi, Request], Answer]]] = {
    "FilterLogEvents": LogsApi.filter_log_events,
    "GetLogEvents": LogsApi.get_log_events,
    "DescribeLogGroups": LogsApi.describe_log_groups,
    "DescribeLogStreams": LogsApi.describe_log_streams,
    "DescribeResourcePolicies": LogsApi.describe_resource_policies,
    "DescribeDeliverySources": lambda api, request: describe_sources(api._store, api._account, request),
    "DescribeDeliveries": lambda api, request: describe_deliveries(api._store, api._account, request),
    "DescribeDeliveryDestinations": lambda api, request: describe_destinations(api._store, api._account, request),
    "PutLogEvents": LogsApi.put_log_events,
    "CreateLogGroup": LogsApi.create_log_group,
    "CreateLogStream": LogsApi.create_log_stream,
    "DeleteLogGroup": LogsApi.delete_log_group,
}


def _cut_short(position: Position | None) -> str:
    """Return the token of a page that time cut short before it reached an event; it continues from further back."""
    at = position[0] if position else _FAR
    return write_stream_token("b", (at - 1, 0, 0.0))


def _filtered_event(event: StoredEvent) -> Answer:
    return {
        "logStreamName": event.stream,
        "timestamp": event.at,
        "message": event.message,
        "ingestionTime": event.ingested_at,
        "eventId": event.event_id,
    }


def _stream_test(names: list[str] | None, prefix: str | None, *, ignored: bool) -> Matcher | None:
    if ignored:
        return None
    if names:
        return frozenset(names).__contains__
    if prefix:
        return lambda stream: stream.startswith(prefix)
    return None


def _check_upload(events: list[tuple[int, str]]) -> None:
    times = [at for at, _ in events]
    if times != sorted(times):
        raise invalid_parameter("Log events in a single PutLogEvents request must be in chronological order.")
    if times[-1] - times[0] > 24 * _HOUR_MS:
        raise invalid_parameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    sizes = [len(message.encode(errors="replace")) + OVERHEAD for _, message in events]
    for size in (max(sizes), sum(sizes)):
        if size > PAGE_BYTES:
            subject = "Log event" if size == max(sizes) else "Upload"
            raise invalid_parameter(f"{subject} too large: {size} bytes exceeds limit of {PAGE_BYTES}")
