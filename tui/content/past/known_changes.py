"""The known changes at AWS of a connection and its tunnels, each with the person who made it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tui.content.past.option_changes import who_changed
from tui.domain.calls import Change, changes_of
from tui.domain.state.connection import Connection


@dataclass(frozen=True, slots=True)
class KnownChange:
    """One change at AWS of a connection or a tunnel. `who` made it; None if unknown."""

    connection: str
    name: str
    change: Change
    who: str | None = None
    site: str = ""

    @property
    def at(self) -> int:
        """When it was made or, if only EC2 shows it, when it was noticed; ms."""
        return self.change.at

    @property
    def label(self) -> str:
        """The connection's name, or its id, and the tunnel's address if the change is the tunnel's."""
        return f"{self.name or self.connection} {self.change.outside_ip}".strip()


def known_changes(connection: Connection) -> Iterator[KnownChange]:
    """Yield the changes of a connection and its tunnels; one of the whole connection is listed with each tunnel."""
    callers = {
        change: who_changed(change, tunnel.facts)
        for tunnel in connection.tunnels
        for change in changes_of(tunnel.facts)
    }
    for change, caller in callers.items():
        yield KnownChange(connection.id, connection.name, change, caller, connection.source)
