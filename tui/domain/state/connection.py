"""One VPN connection: its tunnels and what EC2 says about it."""

from collections.abc import Collection, Container, Iterable
from typing import Final

from tui.domain.connection_name import at_its_site
from tui.domain.inventory import ConnectionFacts
from tui.domain.state.tunnel import Tunnel

_PAIR: Final = 2


class Connection:
    """One VPN connection and its tunnels."""

    def __init__(self, connection_id: str, source: str = "") -> None:
        self.id = connection_id
        self.source = source
        """The source that listed it first: only that one can report that it is gone."""
        self.facts: ConnectionFacts | None = None
        self._tunnels: dict[str, Tunnel] = {}
        self._ordered: tuple[ConnectionFacts | None, tuple[Tunnel, ...]] | None = None
        """The tunnels in order, and the facts that determine it: a screen needs them several times a second."""

    def __repr__(self) -> str:
        return f"Connection({self.id}, {len(self._tunnels)} tunnels)"

    @property
    def name(self) -> str:
        """The Name tag, or empty; for a connection known only from a site's log, the site and the id."""
        if self.facts is not None:
            return self.facts.name
        return f"{self.source}/{self.id}" if self.source and self.id else ""

    @property
    def label(self) -> str:
        """The name, or the id if it has none."""
        return self.name or self.id

    @property
    def name_at_its_site(self) -> str:
        """The name without the prefix of its site, which it has if several are watched."""
        return at_its_site(self.name, self.source)

    @property
    def tunnels(self) -> tuple[Tunnel, ...]:
        """The tunnels: in EC2's order if EC2 lists them, else by address.

        A connection has two. If EC2 lists both, another one in the log was replaced under a new address once the log of
        its successor has begun.
        """
        listed = self.facts.tunnels if self.facts else ()
        if len(listed) >= _PAIR and len(self._tunnels) > len(listed):
            return tuple(tunnel for tunnel in self._in_order() if tunnel.facts or not self._is_replaced(tunnel))
        if self._ordered is None or self._ordered[0] is not self.facts:
            self._ordered = self.facts, self._in_order()
        return self._ordered[1]

    def _in_order(self) -> tuple[Tunnel, ...]:
        order = {facts.outside_ip: number for number, facts in enumerate(self.facts.tunnels if self.facts else ())}

        def position(tunnel: Tunnel) -> tuple[int, str]:
            return order.get(tunnel.outside_ip, len(order)), tunnel.outside_ip

        return tuple(sorted(self._tunnels.values(), key=position))

    @property
    def held(self) -> Collection[Tunnel]:
        """All its tunnels whose past is held, including replaced ones."""
        return self._tunnels.values()

    def _is_replaced(self, tunnel: Tunnel) -> bool:
        """Whether a tunnel that EC2 does not list ended before one that it lists first logged anything."""
        ended = tunnel.last_event_at or 0
        firsts = [next(iter(other.history), None) for other in self._tunnels.values() if other.facts]
        return any(first is not None and first.at > ended for first in firsts)

    def find(self, outside_ip: str) -> Tunnel | None:
        """Return that tunnel, None if it is unknown."""
        return self._tunnels.get(outside_ip)

    def tunnel(self, outside_ip: str) -> Tunnel:
        """Return that tunnel, which is created if it is unknown."""
        tunnel = self._tunnels.get(outside_ip)
        if tunnel is None:
            tunnel = self._tunnels[outside_ip] = Tunnel(self.id, outside_ip)
            self._ordered = None
        return tunnel

    def with_tunnels(self, tunnels: Iterable[Tunnel]) -> "Connection":
        """Return the same connection with other tunnels."""
        copy = Connection(self.id, self.source)
        copy.facts = self.facts
        copy._tunnels = {tunnel.outside_ip: tunnel for tunnel in tunnels}
        return copy

    def learn(self, facts: ConnectionFacts) -> None:
        """Apply EC2's facts about the connection and its tunnels."""
        self.facts = facts
        for tunnel_facts in facts.tunnels:
            self.tunnel(tunnel_facts.outside_ip).facts = tunnel_facts

    def keep_only(self, outside_ips: Container[str]) -> None:
        """Remove the tunnels that EC2 no longer lists. Those known only from a log stay."""
        self._tunnels = {ip: tunnel for ip, tunnel in self._tunnels.items() if ip in outside_ips or not tunnel.facts}
        self._ordered = None

    @property
    def left_out(self) -> int:
        """The number of its tunnels that were not selected, so that nothing can be said about its redundancy."""
        return self.facts.left_out if self.facts else 0
