"""A log event of whatever answer, as a line; what an endpoint may put into its fields is looked at first."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class LogEvent(NamedTuple):
    """A log event as either feed gives it. Times in ms; `id` is the eventId, which only FilterLogEvents has."""

    stream: str
    at: int
    ingested_at: int
    message: str
    id: str = ""


def read_log_event(event: Mapping[str, Any], *, stream: object = None) -> LogEvent | None:
    """Return the event, or None for something that has no time or no stream.

    `stream` is for an answer that holds one stream and does not name it.
    """
    stream, at, message = event.get("logStreamName", stream), event.get("timestamp"), event.get("message")
    if not isinstance(stream, str) or not isinstance(at, int):
        return None
    ingested_at, name = event.get("ingestionTime"), event.get("eventId")
    return LogEvent(
        stream,
        at,
        ingested_at if isinstance(ingested_at, int) else at,
        message if isinstance(message, str) else "",
        name if isinstance(name, str) else "",
    )
