"""What a query sees of a log event: the fields that CloudWatch Logs adds, and those that the message holds as JSON."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Self

from tui.demo.server.store import StoredEvent

_DEEPEST: Final = 8


class Instant(int):
    """A time in ms since the epoch, which is compared as a number and shown as a date."""

    def __str__(self) -> str:
        at = datetime.fromtimestamp(self / 1000, UTC)
        return f"{at:%Y-%m-%d %H:%M:%S}.{int(self) % 1000:03d}"


Value = str | int | float | None
"""A field's value; None where the record has no such field."""


class Record:
    """One log event as a query sees it. The message is read as JSON once a field of it is asked for."""

    __slots__ = ("_discovered", "_event", "fields")

    def __init__(self, fields: dict[str, Value], event: StoredEvent | None = None) -> None:
        self.fields = fields
        """What is known without reading the message, and what the query has added."""
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
        """What identifies the event in a result, `@ptr`; empty for a row of `stats`, which is none."""
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
        yield path, str(int(value))  # Insights shows a truth as 1 or 0
    elif isinstance(value, int | float | str):
        yield path, value
