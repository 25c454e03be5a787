"""What a source of events yields, whatever it reads from."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tui.domain.events import RawEvent
from tui.domain.inventory import Inventory
from tui.feed.failure import Trouble


class FeedMode(StrEnum):
    """How events reach us at present."""

    STARTING = "starting"
    LIVE = "live"
    POLLING = "polling"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class FeedState:
    """The truth about the feed, as a value.

    `reason` is one plain line for the reader where the mode is not what was asked for: what was tried, what went
    wrong, what to do next. `notices` are standing remarks that do not stop the feed (EC2 denied, one group missing).
    `region` is the one that is asked, also where the AWS settings chose it; empty until that is known. `trouble` is
    what kind of trouble keeps the feed offline.
    """

    mode: FeedMode = FeedMode.STARTING
    reason: str = ""
    notices: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    trouble: Trouble | None = None
    unread: tuple[str, ...] = ()
    """The log groups whose record may not be read, whatever Live Tail brings of them."""


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
