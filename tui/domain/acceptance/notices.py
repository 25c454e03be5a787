"""Which changes of what carries traffic are worth a notice, and when: seldom enough that each is looked at.

Pure; times in ms, by whichever clock the caller keeps to. A connection that gets worse is told at once, one that gets
better when that has held for a while. After a notice the connection is left alone: for a minute, and for twice as long
each time while it keeps changing. What then lasts is told; what came and went is not. Only a verdict that is worse than
any since it was calm breaks the silence: the second tunnel's fall is never held back by the first one's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.state.fleet import Verdict
from tui.domain.times import MINUTE, SECOND

SETTLED: Final = 10 * SECOND
"""For how long something better has to hold before it is told."""
LASTS: Final = MINUTE
"""For how long a change has to hold to be told in the longer silence after several notices."""
SILENCE: Final = MINUTE
"""The least time between two notices of one connection, unless its verdict gets worse than ever."""
_LONGEST_SILENCE: Final = 8 * MINUTE
CALM: Final = 10 * MINUTE
"""After so long without any change the silence is short again."""
GAP: Final = 5 * SECOND
"""The least time between notices of any connections: what falls together is told together."""
_RANK: Final = {Verdict.REDUNDANT: 0, Verdict.AT_RISK: 1, Verdict.DOWN: 2}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a connection is worth: its verdict, and whether each tunnel, by outside address, carries traffic."""

    verdict: Verdict
    carries: tuple[tuple[str, bool | None], ...] = ()

    @property
    def carrying(self) -> int:
        """How many tunnels carry traffic."""
        return sum(1 for _, carries in self.carries if carries)

    def is_worse_than(self, other: "Standing") -> bool:
        """Whether the verdict is worse, or fewer tunnels carry under the same one."""
        return (_RANK[self.verdict], -self.carrying) > (_RANK[other.verdict], -other.carrying)


@dataclass(frozen=True, slots=True)
class Change:
    """One notice: how a connection stood when it was last told of, and how it stands now."""

    connection: str
    at: int
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class _Watched:
    """A connection: what was told last and when, and what is seen since when. `worst` is that since it was calm."""

    told: Standing
    seen: Standing
    seen_at: int
    told_at: int | None = None
    silence: int = SILENCE
    worst: int = 0

    def saw(self, standing: Standing, now: int) -> "_Watched":
        """Return it with what is seen now; after a calm the next notice is like a first one."""
        if standing == self.seen:
            return self
        calm = self.told_at is not None and now - max(self.told_at, self.seen_at) >= CALM
        after = replace(self, seen=standing, seen_at=now)
        return replace(after, silence=SILENCE, worst=_RANK[self.told.verdict]) if calm else after

    def is_due(self, now: int) -> bool:
        """Whether what is seen differs from what was told, and this is the moment to tell it."""
        held = now - self.seen_at
        if self.seen == self.told or (held < SETTLED and not self.seen.is_worse_than(self.told)):
            return False
        if self.told_at is None or _RANK[self.seen.verdict] > self.worst:
            return True
        passed = now - self.told_at
        return passed >= self.silence or (passed >= SILENCE and held >= LASTS)

    def told_of(self, now: int) -> "_Watched":
        """Return it after a notice; the next one comes after twice the time."""
        again = self.told_at is not None
        silence = min(2 * self.silence, _LONGEST_SILENCE) if again else self.silence
        return replace(
            self, told=self.seen, told_at=now, silence=silence, worst=max(self.worst, _RANK[self.seen.verdict])
        )


@dataclass(frozen=True, slots=True)
class Notices:
    """What was told of each connection so far. A connection is first seen without a notice."""

    _watched: Mapping[str, _Watched] = field(default_factory=dict)
    _told_at: int | None = None

    def advance(self, standings: Mapping[str, Standing], *, now: int) -> tuple["Notices", tuple[Change, ...]]:
        """Return the notices after a look at the connections, by id, and the changes that are to be told now.

        A connection of which nothing is known at the moment stays as it was told; one that is gone is forgotten.
        """
        watched: dict[str, _Watched] = {}
        for connection, standing in standings.items():
            known = self._watched.get(connection)
            if standing.verdict is Verdict.UNKNOWN:
                watched |= {connection: known} if known is not None else {}
            elif known is None:
                watched[connection] = _Watched(standing, standing, now, worst=_RANK[standing.verdict])
            else:
                watched[connection] = known.saw(standing, now)
        if self._told_at is not None and now - self._told_at < GAP:
            return Notices(watched, self._told_at), ()
        changes = tuple(
            Change(connection, now, each.told, each.seen) for connection, each in watched.items() if each.is_due(now)
        )
        watched |= {change.connection: watched[change.connection].told_of(now) for change in changes}
        return Notices(watched, now if changes else self._told_at), changes
