"""One tunnel: its history and what EC2 says about it."""

from tui.domain.inventory import TunnelFacts
from tui.domain.state.announcements import Announcements
from tui.domain.state.history import History
from tui.domain.state.tunnel_state import Health, State

Key = tuple[str, str]
"""A tunnel's identity: connection id and outside address."""


class Tunnel:
    """One tunnel: its history and EC2's facts. `revision` is the fleet's revision of its last change."""

    __slots__ = (
        "__weakref__",
        "announcements",
        "connection",
        "facts",
        "history",
        "outside_ip",
        "revision",
        "unknown",
    )

    def __init__(self, connection: str, outside_ip: str) -> None:
        self.connection = connection
        self.outside_ip = outside_ip
        self.history = History()
        self.facts: TunnelFacts | None = None
        self.revision = 0
        self.unknown = 0
        """The number of messages without a rule."""
        self.announcements = Announcements()

    def __repr__(self) -> str:
        return f"Tunnel({self.connection} {self.outside_ip} {self.health.value})"

    @property
    def state(self) -> State:
        """The state after the newest event."""
        return self.history.state

    @property
    def health(self) -> Health:
        """Up, negotiating, down or unknown."""
        return self.history.state.health.value

    @property
    def last_event_at(self) -> int | None:
        """The time of the newest event, ms."""
        last = self.history.last
        return last.raw.at if last else None
