"""A log event as a query sees it: the fields added by CloudWatch Logs, and those of a JSON message."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Self

from tui.demo.server.store import StoredEvent

_DEEPEST: Final = 8


class Instant(int):
    """A time in ms since the epoch that compares as a number and prints as a date."""

    def __str__(self) -> str:
        at = datetime.fromtimestamp(self / 1000, UTC)
        return f"{at:%Y-%m-%d %H:%M:%S}.{int(self) % 1000:03d}"


Value = str | int | float | None
"""A field's value; None if the record has no such field."""


class Record:
    """One log event as a query sees it. The message is parsed as JSON only when one of its fields is requested."""

    __slots__ = ("_discovered", "_event", "fields")

    def __init__(self, fields: dict[str, Value], event: StoredEvent | None = None) -> None:
        self.fields = fields
        """The fields that need no parsing of the message, and those that the query has added."""
        self._event = event
        self._discovered: dict[str, Value] | None = None if event else {}

    @classmethod
    def of(cls, event: StoredEvent, log: str) -> Self:
        """Return the record of an event; `log` is the group as Insights names it, `account:group`."""
        return cls(
            {
                "@timestamp": Instant(event.at),
                "@ingestionTime": Instant(event.ingested_at),
                "@message": event.message,
                "@logStream": event.stream,
                "@log": log,
            },
            event,
        )

    def __getitem__(self, name: str) -> Value:
        value = self.fields.get(name)
        if value is not None or name.startswith("@"):
            return value
        if self._discovered is None:
            self._discovered = dict(_discovered(str(self.fields["@message"])))
        return self._discovered.get(name)

    @property
    def pointer(self) -> str:
        """The `@ptr` that identifies the event in a result; empty for a row of `stats`."""
        if self._event is None:
            return ""
        return base64.b64encode(f"{self.fields['@log']} {self._event.event_id}".encode()).decode()


def _discovered(message: str) -> Iterator[tuple[str, Value]]:
    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict):
        yield from _flattened("", data, _DEEPEST)


def _flattened(path: str, value: object, depth: int) -> Iterator[tuple[str, Value]]:
    """Yield nested fields under dotted names, `message.details`, and the items of a list under numbers."""
    if isinstance(value, dict | list) and depth:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in items:
            yield from _flattened(f"{path}.{name}" if path else str(name), item, depth - 1)
    elif isinstance(value, bool):
        yield path, str(int(value))  # Insights shows booleans as 1 or 0
    elif isinstance(value, int | float | str):
        yield path, value
