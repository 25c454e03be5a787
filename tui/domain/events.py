"""Events: as AWS delivered them (`RawEvent`), and as parsed (the other classes).

Times are integers, milliseconds since the epoch, UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """The state of an IKE phase as the log names it, regardless of case."""

    ESTABLISHED = "established"
    REKEYING = "rekeying"
    NEGOTIATING = "negotiating"
    DOWN = "down"
    UNKNOWN = "unknown"

    is_up: bool
    """Whether the phase carries traffic; rekeying does."""

    def __init__(self, value: str) -> None:
        self.is_up = value in ("established", "rekeying")  # not a property: it is read several times per event


class Log(StrEnum):
    """Which of a tunnel's two logs a stream belongs to."""

    IKE = "ike"
    BGP = "bgp"


class Origin(StrEnum):
    """How an event first arrived."""

    LIVE = "live"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One log event as CloudWatch delivered it.

    `source` and `serial` identify it within one run: a second delivery with the same pair is the same event at a
    corrected position. `source` is empty if there is only one. `rank` is its position among the events of its stream in
    the same millisecond (IKE stamps whole seconds, so a handshake shares one).
    """

    stream: str
    at: int
    ingested_at: int
    message: str
    group: str = ""
    origin: Origin = Origin.BACKFILL
    serial: int = 0
    rank: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class IkeEvent:
    """A tunnel activity record. `None` means that the record does not say: unchanged, never down."""

    message: str
    phase1: Phase | None = None
    phase2: Phase | None = None
    dpd_enabled: bool | None = None
    nat_t_detected: bool | None = None


@dataclass(frozen=True, slots=True)
class BgpEvent:
    """A BGPStatus record. `is_up` describes the session at that time, not the step (a sent OPEN is still down)."""

    message: str
    is_up: bool | None = None


@dataclass(frozen=True, slots=True)
class RouteEvent:
    """A RouteStatus record; `action` is what the peer did: advertised, updated or withdrawn."""

    message: str
    action: str
    prefix: str | None = None
    as_path: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadEvent:
    """A line in an unknown form: kept and shown, never dropped."""

    message: str


Event = IkeEvent | BgpEvent | RouteEvent | UnreadEvent

LOG_OF: Final[Mapping[type[Event], Log]] = {IkeEvent: Log.IKE, BgpEvent: Log.BGP, RouteEvent: Log.BGP}
"""The log that holds such records; an unread line shows none."""
