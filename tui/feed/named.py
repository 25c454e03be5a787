"""Renames connections: to the user's own names, or to those of several sites on one board."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from tui.domain.inventory import ConnectionFacts, Inventory, keeping_equal
from tui.feed.source import Batch, Passing, Source

Naming = Callable[[ConnectionFacts], str]
"""Returns the name of a connection."""


class Named(Passing):
    """Passes on a source with each connection renamed by `naming`."""

    def __init__(self, source: Source, naming: Naming) -> None:
        super().__init__(source)
        self._naming = naming
        self._original = self._renamed = Inventory()

    def __repr__(self) -> str:
        return f"Named({self._source!r})"

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield the source's batches."""
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                inventory = batch.inventory
                yield batch if inventory is None else replace(batch, inventory=self._rename(inventory))

    def _rename(self, inventory: Inventory) -> Inventory:
        if inventory is not self._original:
            self._original = inventory
            self._renamed = keeping_equal(self._renamed, named(inventory, self._naming))
        return self._renamed


def named(inventory: Inventory, naming: Naming) -> Inventory:
    """Return the inventory with each connection renamed by `naming`."""
    connections = (replace(facts, name=naming(facts)) for facts in inventory.connections)
    return replace(inventory, connections=tuple(connections))
