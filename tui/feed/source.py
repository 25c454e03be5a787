"""What a source of events yields, whatever it reads from."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read brought.

    `events` are new, each once; `moved` are events delivered before (same serial) whose place among the events of
    their millisecond turned out different. `watermark` is the newest instant, ms, up to which the feed has read.
    `state` and `inventory` are there when they changed. `caught_up` is true from the first batch on that completes
    the look-back of the start.
    """

    events: tuple[RawEvent, ...] = ()
    moved: tuple[RawEvent, ...] = ()
    watermark: int | None = None
    state: FeedState | None = None
    inventory: Inventory | None = None
    caught_up: bool = False


class Source(Protocol):
    """Where batches come from: AWS, a demo endpoint on the same wire, a recording, a list in a test."""

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield batches until the source ends or the consumer closes the iterator; closing releases everything."""


class Deferred:
    """A source that is made when it is first read: what its making imports does not delay the first paint."""

    def __init__(self, make: Callable[[], Source]) -> None:
        self._make = make

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield what the source made now yields."""
        return self._make().batches()
