"""Selects tunnels by connection id, Name tag, outside address, or a glob of these."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import Final

from tui.domain.inventory import ConnectionFacts, Inventory
from tui.domain.reading.streams import read_stream_name
from tui.domain.text import clean

_SHOWN: Final = 8
_ID: Final = re.compile(r"vpn-[0-9a-f]{8,17}")
_START_OF_ID: Final = re.compile(r"(v(p(n(-[0-9a-f]*)?)?)?)?")
_ADDRESS: Final = re.compile(r"\d+(\.|$)|[0-9A-Fa-f]+:")


def select(inventory: Inventory, selectors: Sequence[str]) -> tuple[Inventory, tuple[str, ...]]:
    """Return the selected part of the inventory, and the selectors that match nothing in it.

    Without selectors everything is selected. A connection selected by id or name comes with all its tunnels; an outside
    address selects only that tunnel.
    """
    if not selectors:
        return inventory, ()
    selected = [part for facts in inventory.connections if (part := _selected_part(facts, selectors))]
    unmatched = tuple(
        selector
        for selector in selectors
        if not any(_selected_part(facts, (selector,)) for facts in inventory.connections)
    )
    return replace(inventory, connections=tuple(selected)), unmatched


def matching_nothing(selectors: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the selectors that match none of these names, ids and addresses."""
    known = tuple(names)
    return tuple(selector for selector in selectors if not any(_fits(name, selector) for name in known))


def needs_names(selectors: Sequence[str]) -> bool:
    """Whether a selector can only be a Name tag: stream names contain only connection ids and addresses."""
    return any(not _may_be_in_stream_name(selector) for selector in selectors)


def _may_be_in_stream_name(selector: str) -> bool:
    start = re.split(r"[*?\[]", selector, maxsplit=1)[0]
    if start == selector:
        return _ID.fullmatch(selector) is not None or _ADDRESS.match(selector) is not None
    return _START_OF_ID.fullmatch(start) is not None or _ADDRESS.match(start) is not None


def unmatched_line(inventory: Inventory, unmatched: Sequence[str], target: str) -> str:
    """Return one line that names the selectors without a match in `target`, and what exists there."""
    nearest = sorted(inventory.connections, key=lambda facts: -max(_likeness(facts, text) for text in unmatched))
    names = [f"{facts.id} ({facts.name})" if facts.name else facts.id for facts in nearest]
    existing = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    wanted = " or ".join(map(clean, unmatched))
    return f"No VPN connection in {target} matches {wanted}. " + (
        f"Existing connections: {existing}." if names else "There is none at all: check the region and the account."
    )


def _likeness(facts: ConnectionFacts, text: str) -> float:
    """Return how similar an unmatched selector is to a connection's name, id or address, from 0 to 1."""
    text = text.casefold()
    names = [
        name.casefold() for name in (facts.name, facts.id, *(tunnel.outside_ip for tunnel in facts.tunnels)) if name
    ]
    return max(1.0 if text in name else SequenceMatcher(None, text, name).ratio() for name in names)


class Selection:
    """Decides by its name whether a stream is selected. `inventory` is the selected part of what EC2 lists, or None."""

    def __init__(self, selectors: Sequence[str] = (), inventory: Inventory | None = None) -> None:
        self.selectors = tuple(selectors)
        self.inventory = inventory
        connections = inventory.connections if inventory else ()
        self._tunnels = _tunnel_keys(connections)
        self._whole = {facts.id for facts in connections if _is_whole(facts, selectors)}
        self._known: dict[str, bool] = {}

    def __repr__(self) -> str:
        return f"Selection({', '.join(self.selectors) or 'all'})"

    def admits(self, stream: str) -> bool:
        """Whether the events of a stream are wanted."""
        if not self.selectors:
            return True
        known = self._known.get(stream)
        if known is None:
            known = self._known[stream] = self._admits(stream)
        return known

    def prefix(self, group: str, everything: Inventory | None) -> str:
        """Return the stream prefix that covers the selected part of a group; empty if the whole group is read.

        A prefix is used for a single selected connection among others: AWS then sends only its events.
        """
        if not self.selectors or self.inventory is None or everything is None:
            return ""
        selected = [facts.id for facts in self.inventory.connections if logs_to(facts, group)]
        others = [facts for facts in everything.connections if logs_to(facts, group) and facts.id not in selected]
        return selected[0] if len(selected) == 1 and others else ""

    def _admits(self, stream: str) -> bool:
        name = read_stream_name(stream)
        if self.inventory is not None:
            # The spelling of IPv6 addresses in stream names is not documented: if the whole connection is selected, its
            # id alone decides.
            return name.connection in self._whole or (name.connection, name.outside_ip) in self._tunnels
        return any(_fits(part, selector) for selector in self.selectors for part in name[:2] if part)


def logs_to(connection: ConnectionFacts, group: str) -> bool:
    """Whether a tunnel of the connection writes one of its logs to that group."""
    return any(group in (tunnel.ike_group, tunnel.bgp_group) for tunnel in connection.tunnels)


def _selected_part(connection: ConnectionFacts, selectors: Sequence[str]) -> ConnectionFacts | None:
    if _is_whole(connection, selectors):
        return connection
    tunnels = tuple(
        tunnel for tunnel in connection.tunnels if any(_fits(tunnel.outside_ip, selector) for selector in selectors)
    )
    left_out = len(connection.tunnels) - len(tunnels)
    return replace(connection, tunnels=tunnels, left_out=left_out) if tunnels else None


def _is_whole(connection: ConnectionFacts, selectors: Sequence[str]) -> bool:
    names = (connection.id, connection.name)
    return any(_fits(name, selector) for selector in selectors for name in names if name)


def _fits(name: str, selector: str) -> bool:
    """Whether a selector or glob matches this name, regardless of case."""
    return fnmatchcase(name.casefold(), selector.casefold())


def _tunnel_keys(connections: Iterable[ConnectionFacts]) -> frozenset[tuple[str, str]]:
    return frozenset((facts.id, tunnel.outside_ip) for facts in connections for tunnel in facts.tunnels)
