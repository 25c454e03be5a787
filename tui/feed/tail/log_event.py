"""Parses log events in answers and live updates, with the types checked: an endpoint may send anything."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from sys import intern
from typing import Any, Final, NamedTuple


class LogEvent(NamedTuple):
    """A log event. Times are ms since the epoch; `id` is the eventId, which only FilterLogEvents provides."""

    stream: str
    at: int
    ingested_at: int
    message: str
    id: str = ""


_FIELDS: Final = itemgetter("logStreamName", "timestamp", "ingestionTime", "message", "eventId")


def read_log_events(events: Iterable[Mapping[str, Any]]) -> list[LogEvent]:
    """Return the events of a page as `read_log_event` does, in half the time.

    A busy fleet rereads every event several times, and nearly all have every field with its documented type.
    """
    lines: list[LogEvent] = []
    new = tuple.__new__  # bypasses the Python function of a named tuple
    for event in events:
        try:
            stream, at, ingested_at, message, name = _FIELDS(event)
        except KeyError:
            stream = at = ingested_at = message = name = None
        if type(stream) is type(message) is type(name) is str and type(at) is type(ingested_at) is int:
            lines.append(new(LogEvent, (intern(stream), at, ingested_at, message, name)))
        elif line := read_log_event(event):
            lines.append(line)
    return lines


def read_log_event(event: Mapping[str, Any], *, stream: object = None) -> LogEvent | None:
    """Return the event, or None if it has no time or no stream.

    `stream` is the stream of an answer that contains only one and does not name it.
    """
    stream, at, message = event.get("logStreamName", stream), event.get("timestamp"), event.get("message")
    if not isinstance(stream, str) or not isinstance(at, int):
        return None
    ingested_at, name = event.get("ingestionTime"), event.get("eventId")
    return LogEvent(
        intern(stream),  # every page repeats it for each event, which would cost 90 bytes per event
        at,
        ingested_at if isinstance(ingested_at, int) else at,
        message if isinstance(message, str) else "",
        name if isinstance(name, str) else "",
    )
