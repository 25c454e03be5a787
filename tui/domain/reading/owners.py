"""Determines the tunnel of an event from its stream's name or from the line itself."""

from typing import Final

from tui.domain.events import RawEvent
from tui.domain.reading.parse import locate
from tui.domain.reading.streams import StreamName

MOST_STREAMS: Final = 4_096
"""The streams whose tunnel, named by a line, is remembered. Usually the stream's name suffices."""


class Owners:
    """Finds the tunnel of each event, and remembers, for streams not named after a tunnel, the one their lines name."""

    def __init__(self) -> None:
        self._located: dict[str, tuple[str, str]] = {}

    def __repr__(self) -> str:
        return f"Owners({len(self._located)} streams)"

    def of(self, raw: RawEvent, name: StreamName) -> tuple[str, str]:
        """Return an event's connection and outside address from the stream's `name`, its line or an earlier line."""
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
