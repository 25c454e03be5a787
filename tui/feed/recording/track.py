"""The events of a watch in order, and the points from which they can be replayed."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.state.fleet import Applied, Fleet
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel_state import Health
from tui.feed.intake import Intake
from tui.feed.recording.checkpoint import Frozen, thaw
from tui.feed.recording.reader import Cursor

EVERY: Final = 10_000
"""The events between two checkpoints. Going to a moment loads one and the events after it: 0.2 s at most."""


class Change(NamedTuple):
    """A change shown at `t`, ms: of a tunnel's health, or of its BGP session (without `before` and `after`).

    `t` is when the program learned of it, `at` when it happened, according to the log.
    """

    t: int
    at: int
    connection: str
    outside_ip: str
    before: Health | None = None
    after: Health | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A moment from which a watch can be replayed: what was known at `t` (ms), and what followed."""

    t: int
    frozen: Frozen | None
    """None at the beginning of a run, when nothing was known."""
    cursor: Cursor

    def depart(self, catalogue: Catalogue) -> tuple[Intake, Cursor]:
        """Return what was known then, and a cursor to what followed; both belong to the caller."""
        intake = Intake(Fleet(catalogue)) if self.frozen is None else thaw(self.frozen, catalogue)
        return intake, self.cursor.fork()

    @property
    def weight(self) -> int:
        """The approximate size in bytes."""
        return sum(map(len, self.frozen or ()))


class Track(Protocol):
    """A watch that can be replayed: from a file, or from this very run. All times in ms.

    `stations` and `changes` are in order, oldest first. They and `end` grow while a file is indexed or a watch
    continues.
    """

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that explains the messages."""

    @property
    def stations(self) -> Sequence[Station]:
        """The moments from which it can be replayed."""

    @property
    def changes(self) -> Sequence[Change]:
        """The changes, without those that happened before the look-back was read."""

    @property
    def marks(self) -> Sequence[Mark]:
        """The marks of the user."""

    @property
    def begin(self) -> int:
        """The first moment that can be shown."""

    @property
    def end(self) -> int:
        """The last moment that can be shown; anything later has not been read, or has not happened yet."""

    @property
    def ready(self) -> int:
        """When the look-back had been read, `begin` until then: before, little was known."""

    @property
    def share_read(self) -> float:
        """The share that can be shown so far, from 0 to 1."""

    @property
    def is_complete(self) -> bool:
        """Whether `end` is final."""


def station_before(track: Track, t: int) -> Station:
    """Return the last station at or before `t`, or else the first."""
    index = bisect_right(track.stations, t, key=lambda station: station.t)
    return track.stations[max(0, index - 1)]


def changes_of(t: int, applied: Applied) -> list[Change]:
    """Return the changes made by a batch that was applied at `t`."""
    return [
        *(
            Change(t, change.at, tunnel.connection, tunnel.outside_ip, change.before, change.after)
            for tunnel, change in applied.transitions
        ),
        *(
            Change(t, entry.at, tunnel.connection, tunnel.outside_ip)
            for tunnel, entry in applied.noted
            if entry.is_bgp_change
        ),
    ]
