"""Log events as answers and live updates hold them, with the types checked: an endpoint may send anything."""

from collections.abc import Mapping
from sys import intern
from typing import Any, NamedTuple


class LogEvent(NamedTuple):
    """A log event. Times are ms since the epoch; `id` is the eventId, which only FilterLogEvents gives."""

    stream: str
    at: int
    ingested_at: int
    message: str
    id: str = ""


def read_log_event(event: Mapping[str, Any], *, stream: object = None) -> LogEvent | None:
    """Return the event, or None if it has no time or no stream.

    `stream` is the stream of an answer that holds only one and does not name it.
    """
    stream, at, message = event.get("logStreamName", stream), event.get("timestamp"), event.get("message")
    if not isinstance(stream, str) or not isinstance(at, int):
        return None
    ingested_at, name = event.get("ingestionTime"), event.get("eventId")
    return LogEvent(
        intern(stream),  # every page repeats it for each event, which would cost 90 bytes an event
        at,
        ingested_at if isinstance(ingested_at, int) else at,
        message if isinstance(message, str) else "",
        name if isinstance(name, str) else "",
    )
