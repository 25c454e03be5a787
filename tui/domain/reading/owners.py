"""Which tunnel an event belongs to: its stream's name tells, or the line itself."""

from typing import Final

from tui.domain.events import RawEvent
from tui.domain.reading.parse import locate
from tui.domain.reading.streams import StreamName

MOST_STREAMS: Final = 4_096
"""Streams for which the tunnel that their lines named is remembered. As a rule the name of a stream tells all."""


class Owners:
    """Finds the tunnel of each event, and remembers what the lines of a stream with a name of no use have said."""

    def __init__(self) -> None:
        self._located: dict[str, tuple[str, str]] = {}

    def __repr__(self) -> str:
        return f"Owners({len(self._located)} streams)"

    def of(self, raw: RawEvent, name: StreamName) -> tuple[str, str]:
        """Return an event's tunnel, as connection and outside address: the stream's `name` tells; where that lacks a
        part, the line does, or one that came before in its stream."""
        if name.connection and name.outside_ip != "?":
            return name[:2]
        named = locate(raw.message)
        if named is None:
            return self._located.get(raw.stream, name[:2])
        if raw.stream not in self._located:
            if len(self._located) >= MOST_STREAMS:
                del self._located[next(iter(self._located))]
            self._located[raw.stream] = named
        return named
