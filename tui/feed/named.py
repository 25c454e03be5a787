"""Connections under the names that the user gives them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

from tui.domain.inventory import Inventory
from tui.feed.source import Batch, Source


class Named:
    """Passes on a source in which each connection of `names` (by id) has that name instead of its Name tag."""

    def __init__(self, source: Source, names: Mapping[str, str]) -> None:
        self._source = source
        self._names = names

    def __repr__(self) -> str:
        return f"Named({self._source!r}, {len(self._names)} names)"

    def retry(self) -> None:
        """Have the source try again."""
        self._source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the source's batches."""
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                yield batch if batch.inventory is None else replace(batch, inventory=self._named(batch.inventory))

    def _named(self, inventory: Inventory) -> Inventory:
        connections = tuple(
            replace(connection, name=self._names.get(connection.id, connection.name))
            for connection in inventory.connections
        )
        return replace(inventory, connections=connections)
