"""Which tunnels were chosen: connection ids, Name tags, outside addresses, or globs of these."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from tui.domain.inventory import ConnectionFacts, Inventory
from tui.domain.streams import read_stream_name
from tui.domain.text import clean

_SHOWN: Final = 8
_ID: Final = re.compile(r"vpn-[0-9a-f]{8,17}")
_START_OF_ID: Final = re.compile(r"(v(p(n(-[0-9a-f]*)?)?)?)?")
_ADDRESS: Final = re.compile(r"\d+(\.|$)|[0-9A-Fa-f]+:")


def select(inventory: Inventory, selectors: Sequence[str]) -> tuple[Inventory, tuple[str, ...]]:
    """Return the part of the inventory that was chosen, and the selectors that match nothing in it.

    No selector means all. A connection chosen by id or name comes with all its tunnels, one chosen by an outside
    address with that tunnel alone.
    """
    if not selectors:
        return inventory, ()
    chosen = [part for each in inventory.connections if (part := _chosen(each, selectors))]
    unmatched = tuple(one for one in selectors if not any(_chosen(each, (one,)) for each in inventory.connections))
    return replace(inventory, connections=tuple(chosen)), unmatched


def needs_names(selectors: Sequence[str]) -> bool:
    """Whether a selector can only be a Name tag: the names of streams hold connection ids and addresses alone."""
    return any(not _may_be_in_stream_name(selector) for selector in selectors)


def _may_be_in_stream_name(selector: str) -> bool:
    start = re.split(r"[*?\[]", selector, maxsplit=1)[0]
    if start == selector:
        return _ID.fullmatch(selector) is not None or _ADDRESS.match(selector) is not None
    return _START_OF_ID.fullmatch(start) is not None or _ADDRESS.match(start) is not None


def unmatched_line(inventory: Inventory, unmatched: Sequence[str], place: str) -> str:
    """Return one line that says which selectors match nothing, and what exists."""
    names = [f"{each.id} ({each.name})" if each.name else each.id for each in inventory.connections]
    existing = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    wanted = " or ".join(clean(each) for each in unmatched)
    return f"No VPN connection in {place} matches {wanted}. " + (
        f"There are: {existing}." if names else "There is none at all: check the region and the account."
    )


class Selection:
    """Tells by its name whether a stream was chosen. `inventory` is the chosen part of what EC2 names, or None."""

    def __init__(self, selectors: Sequence[str] = (), inventory: Inventory | None = None) -> None:
        self.selectors = tuple(selectors)
        self.inventory = inventory
        self._tunnels = _tunnels(inventory.connections) if inventory else frozenset()
        self._whole = {each.id for each in inventory.connections if _is_whole(each, selectors)} if inventory else set()
        self._known: dict[str, bool] = {}

    def __repr__(self) -> str:
        return f"Selection({', '.join(self.selectors) or 'all'})"

    def admits(self, stream: str) -> bool:
        """Whether a stream's events are wanted."""
        if not self.selectors:
            return True
        known = self._known.get(stream)
        if known is None:
            known = self._known[stream] = self._admits(stream)
        return known

    def prefix(self, group: str, everything: Inventory | None) -> str:
        """Return the stream prefix that holds all that was chosen in a group, empty where the group is read whole.

        One chosen connection among others is worth a prefix, for then AWS sends only that.
        """
        if not self.selectors or self.inventory is None or everything is None:
            return ""
        here = [each.id for each in self.inventory.connections if logs_to(each, group)]
        others = [each.id for each in everything.connections if logs_to(each, group) and each.id not in here]
        return here[0] if len(here) == 1 and others else ""

    def _admits(self, stream: str) -> bool:
        name = read_stream_name(stream)
        if self.inventory is not None:
            # An IPv6 address is spelled in some unknown way in a stream's name: the id alone decides where it can.
            return name.connection in self._whole or (name.connection, name.outside_ip) in self._tunnels
        return any(fnmatchcase(part, one) for one in self.selectors for part in name[:2] if part)


def logs_to(connection: ConnectionFacts, group: str) -> bool:
    """Whether a tunnel of the connection writes one of its logs to that group."""
    return any(group in (tunnel.ike_group, tunnel.bgp_group) for tunnel in connection.tunnels)


def _chosen(connection: ConnectionFacts, selectors: Sequence[str]) -> ConnectionFacts | None:
    if _is_whole(connection, selectors):
        return connection
    tunnels = tuple(
        tunnel for tunnel in connection.tunnels if any(fnmatchcase(tunnel.outside_ip, one) for one in selectors)
    )
    left_out = len(connection.tunnels) - len(tunnels)
    return replace(connection, tunnels=tunnels, left_out=left_out) if tunnels else None


def _is_whole(connection: ConnectionFacts, selectors: Sequence[str]) -> bool:
    names = (connection.id, connection.name)
    return any(fnmatchcase(name, one) for one in selectors for name in names if name)


def _tunnels(connections: Iterable[ConnectionFacts]) -> frozenset[tuple[str, str]]:
    return frozenset((each.id, tunnel.outside_ip) for each in connections for tunnel in each.tunnels)
