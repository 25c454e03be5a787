"""Reads the rows of a query as log events, with the types checked."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tui.feed.tail.log_event import LogEvent


class Row(NamedTuple):
    """One event of a result and the name of its log group."""

    group: str
    line: LogEvent

    @property
    def at(self) -> int:
        """The event's time, ms."""
        return self.line.at


def read_rows(answer: Mapping[str, Any]) -> list[Row]:
    """Return the events in a page of results, in its order; a row without time or stream is skipped."""
    results = answer.get("results")
    return [row for result in (results if isinstance(results, list) else ()) if (row := _read_row(result))]


def _read_row(result: Iterable[Mapping[str, Any]]) -> Row | None:
    fields = {str(item.get("field")): item.get("value") for item in result}
    at, stream = _time(fields.get("@timestamp")), fields.get("@logStream")
    if at is None or not isinstance(stream, str):
        return None
    ingested_at = _time(fields.get("@ingestionTime"))
    # `account:group`; no group name contains a colon.
    group = str(fields.get("@log") or "").rpartition(":")[2]
    message, pointer = str(fields.get("@message") or ""), str(fields.get("@ptr") or "")
    ingested_at = at if ingested_at is None else ingested_at
    return Row(group, LogEvent(stream, at, ingested_at, message, pointer or f"{stream} {at} {ingested_at} {message}"))


def _time(value: object) -> int | None:
    """Return a time of Insights, `2026-11-23 10:00:00.000` in UTC, in ms."""
    if not isinstance(value, str):
        return None
    if value.isdecimal():
        return int(value)
    try:
        return round(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None
