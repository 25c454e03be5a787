"""A source with masked identifiers: nothing behind it, fleet, screen or report, ever sees the originals."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from tui.domain.events import RawEvent
from tui.domain.masking.facts import (
    introduce,
    masked_event,
    masked_inventory,
    masked_mark,
    masked_source,
    masked_state,
)
from tui.domain.masking.mask import Mask
from tui.domain.text import clean
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import dicts_in, names_in
from tui.feed.source import Batch, Passing, Source

_AT_ONCE: Final = 1_000
"""The events masked without a pause, which takes about 20 ms."""


class Masked(Passing):
    """Yields the batches of a source with aliases in place of identifiers."""

    def __init__(self, source: Source, mask: Mask) -> None:
        super().__init__(source)
        self._mask = mask

    def __repr__(self) -> str:
        return f"Masked({self._mask!r})"

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield masked batches; raises FeedError with a masked message if the source raises one."""
        try:
            async with aclosing(self._source.batches()) as batches:
                async for batch in batches:
                    for masked in _masking(self._mask, batch):
                        if masked is None:
                            await asyncio.sleep(0)
                        else:
                            yield masked
        except FeedError as error:
            raise FeedError(self._mask.text(error.message), error.kind, error.detail) from None


def masked_batch(mask: Mask, batch: Batch) -> Batch:
    """Return a batch with aliases in place of identifiers."""
    return next(masked for masked in _masking(mask, batch) if masked is not None)


def _masking(mask: Mask, batch: Batch) -> Iterator[Batch | None]:
    """Yield None after each part of the events, and finally the masked batch."""
    # The connections first: those registered together are lettered in order of name.
    inventory = masked_inventory(mask, batch.inventory) if batch.inventory is not None else None
    introduce(mask, batch.events)
    events: list[RawEvent] = []
    for start in range(0, len(batch.events), _AT_ONCE):
        events += [masked_event(mask, raw) for raw in batch.events[start : start + _AT_ONCE]]
        yield None
    yield replace(
        batch,
        events=tuple(events),
        moved=tuple(masked_event(mask, raw) for raw in batch.moved),
        inventory=inventory,
        state=masked_state(mask, batch.state) if batch.state is not None else None,
        marks=tuple(masked_mark(mask, mark) for mark in batch.marks),
        source=masked_source(mask, batch.source),
    )


def learn_names(mask: Mask, answer: Mapping[str, Any]) -> None:
    """Register the names in an answer from AWS, before any message or debug log line quotes them."""
    connections = dicts_in(answer, "VpnConnections")
    ids = (str(described.get("VpnConnectionId") or "") for described in connections)
    names = (next(_name_tags(described), "") for described in connections)
    mask.learn_connections((connection, name) for connection, name in zip(ids, names, strict=True) if connection)
    for gateway in dicts_in(answer, "CustomerGateways"):
        for name in (*_name_tags(gateway), clean(str(gateway.get("DeviceName") or ""))):
            mask.learn_name(name, mask.aliases.word("device", name) if name else "")
    for name in names_in(answer, "logGroups", "logGroupName"):
        mask.group(name)


def _name_tags(described: Mapping[str, Any]) -> Iterator[str]:
    return (clean(str(tag.get("Value") or "")) for tag in dicts_in(described, "Tags") if tag.get("Key") == "Name")
