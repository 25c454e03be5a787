"""The log streams of a group, each with the time of its last event as reported by AWS."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tui.feed.aws.client import Aws
from tui.feed.inventory.log_groups import LogGroup, dicts_in
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.rate_limit import TokenBucket

_MAX_PAGES: Final = 100
"""The maximum number of pages, of 50 streams each: 2,500 tunnels with two logs, at ten calls a second."""


class LogStream(NamedTuple):
    """A stream. `last_event_at` (ms) may lag by an hour and more; None if the stream has had no event.

    Source: API reference, LogStream, "lastEventTimestamp … is updated on an eventual consistency basis".
    """

    name: str
    last_event_at: int | None


async def list_streams(aws: Aws, group: LogGroup, budget: TokenBucket, *, prefix: str) -> tuple[list[LogStream], bool]:
    """Return the group's streams whose names start with `prefix`, and whether these are all. Raises FeedError."""
    request: dict[str, Any] = group.reference | {"logStreamNamePrefix": prefix}
    streams: dict[str, LogStream] = {}
    tokens: set[str] = set()
    for _ in range(_MAX_PAGES):
        answer = await call_paced(aws, budget, "logs:DescribeLogStreams", str(group), request)
        streams |= {stream.name: stream for item in dicts_in(answer, "logStreams") if (stream := _read(item))}
        token = answer.get("nextToken")
        if not isinstance(token, str) or not token or token in tokens:
            return list(streams.values()), True
        tokens.add(token)
        request["nextToken"] = token
    return list(streams.values()), False


def _read(item: Mapping[str, Any]) -> LogStream | None:
    name, last = item.get("logStreamName"), item.get("lastEventTimestamp")
    if not isinstance(name, str):
        return None
    return LogStream(name, last if isinstance(last, int) else None)
