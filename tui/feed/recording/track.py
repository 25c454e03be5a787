"""What happened in a watch, in order, and from where it can be gone through again."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.state.fleet import Applied, Fleet
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Health
from tui.feed.intake import Intake
from tui.feed.recording.checkpoint import Frozen, thaw
from tui.feed.recording.reader import Cursor

EVERY: Final = 10_000
"""Events between two checkpoints. To go to a moment takes one, and the events after it: 0.2 s at the most."""
_BGP_CHANGES: Final = frozenset({"bgp_state_established", "bgp_state_lost"})


class Change(NamedTuple):
    """A change that was shown at `t`, ms: a tunnel's health, or its BGP session (without `before` and `after`).

    `t` is when the program learned of it; `at` when it was, by the log.
    """

    t: int
    at: int
    connection: str
    outside_ip: str
    before: Health | None = None
    after: Health | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A moment from which a watch can be gone through again: what was known at `t` (ms), and what came after."""

    t: int
    frozen: Frozen | None
    """None where nothing was known: at the beginning of a run."""
    cursor: Cursor

    def depart(self, catalogue: Catalogue) -> tuple[Intake, Cursor]:
        """Return what was known, and a cursor to what came next; both are the caller's own."""
        intake = Intake(Fleet(catalogue)) if self.frozen is None else thaw(self.frozen, catalogue)
        return intake, self.cursor.fork()

    @property
    def weight(self) -> int:
        """The bytes that it holds, about."""
        return sum(map(len, self.frozen or ()))


class Track(Protocol):
    """A watch that can be gone through again: a file's, or that of this very run. All times in ms.

    `stations` and `changes` are in order, oldest first. Both, and `end`, grow while a file is being indexed or a watch
    goes on.
    """

    @property
    def catalogue(self) -> Catalogue:
        """What the watch explains messages by."""

    @property
    def stations(self) -> Sequence[Station]:
        """The moments from which it can be gone through."""

    @property
    def changes(self) -> Sequence[Change]:
        """What changed, without what had happened before the look-back was read."""

    @property
    def marks(self) -> Sequence[Mark]:
        """What the user noted."""

    @property
    def begin(self) -> int:
        """The first moment that can be shown."""

    @property
    def end(self) -> int:
        """The last moment that can be shown; what came after has not been read, or not happened yet."""

    @property
    def ready(self) -> int:
        """When the look-back had been read, `begin` as long as it has not: before, little was known."""

    @property
    def share_read(self) -> float:
        """How much of it can be shown already, from 0 to 1."""

    @property
    def is_complete(self) -> bool:
        """Whether `end` is the last there will be."""


def station_before(track: Track, t: int) -> Station:
    """Return the last station at or before `t`, the first of all where there is none."""
    index = bisect_right(track.stations, t, key=lambda station: station.t)
    return track.stations[max(0, index - 1)]


def changes_of(t: int, applied: Applied) -> list[Change]:
    """Return the changes that a batch made which was taken in at `t`."""
    return [
        *(
            Change(t, change.at, tunnel.connection, tunnel.outside_ip, change.before, change.after)
            for tunnel, change in applied.transitions
        ),
        *(
            Change(t, entry.at, tunnel.connection, tunnel.outside_ip)
            for tunnel, entry in applied.noted
            if entry.rule is not None and entry.rule.id in _BGP_CHANGES
        ),
    ]
