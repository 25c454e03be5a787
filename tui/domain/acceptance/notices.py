"""Decides which changes deserve a notice, and when: seldom enough that every notice is read.

Pure; times in ms, by any clock that the caller uses consistently. A deterioration is announced at once, an improvement
once it has held for a while. After a notice, the connection is silent for a minute, and twice as long after each
further one while it keeps changing. A state that persists is then announced; one that came and went is not. Only a
verdict worse than any since the last calm breaks the silence, so the second tunnel's fall is never held back by the
first one's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.judgement.verdict import Verdict
from tui.domain.times import MINUTE, SECOND

SETTLED: Final = 10 * SECOND
"""How long an improvement must hold before it is announced."""
LASTS: Final = MINUTE
"""How long a change must hold to be announced during the longer silence after several notices."""
SILENCE: Final = MINUTE
"""The minimum time between two notices of one connection, unless its verdict becomes worse than ever."""
_LONGEST_SILENCE: Final = 8 * MINUTE
CALM: Final = 10 * MINUTE
"""After this long without a change, the silence is short again."""
GAP: Final = 5 * SECOND
"""The minimum time between any two notices: connections that fall together are announced together."""
_RANK: Final = {Verdict.REDUNDANT: 0, Verdict.AT_RISK: 1, Verdict.DOWN: 2}


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a connection: its verdict, and whether each tunnel, by outside address, carries traffic."""

    verdict: Verdict
    carries: tuple[tuple[str, bool | None], ...] = ()

    @property
    def carrying(self) -> int:
        """The number of tunnels that carry traffic."""
        return sum(1 for _, carries in self.carries if carries)

    def is_worse_than(self, other: "Standing") -> bool:
        """Whether the verdict is worse, or the same with fewer tunnels carrying."""
        return (_RANK[self.verdict], -self.carrying) > (_RANK[other.verdict], -other.carrying)


@dataclass(frozen=True, slots=True)
class Change:
    """One notice: a connection's state when last announced, and its state now."""

    connection: str
    at: int
    before: Standing
    after: Standing

    @property
    def lost(self) -> tuple[str, ...]:
        """The outside IPs of the tunnels that no longer carry traffic."""
        before = dict(self.before.carries)
        return tuple(ip for ip, carries in self.after.carries if carries is False and before.get(ip) is not False)

    @property
    def back(self) -> tuple[str, ...]:
        """The outside IPs of the tunnels that carry traffic again."""
        before = dict(self.before.carries)
        return tuple(ip for ip, carries in self.after.carries if carries and not before.get(ip))


@dataclass(frozen=True, slots=True)
class _Watched:
    """A connection: the state last announced and when, and the current state and since when.

    `worst` is the rank of the worst verdict since the last calm.
    """

    announced: Standing
    seen: Standing
    seen_at: int
    announced_at: int | None = None
    silence: int = SILENCE
    worst: int = 0

    def observing(self, standing: Standing, now: int) -> "_Watched":
        """Return it with its current state; after a calm, the next notice counts as the first."""
        if standing == self.seen:
            return self
        calm = self.announced_at is not None and now - max(self.announced_at, self.seen_at) >= CALM
        after = replace(self, seen=standing, seen_at=now)
        return replace(after, silence=SILENCE, worst=_RANK[self.announced.verdict]) if calm else after

    def is_due(self, now: int) -> bool:
        """Whether the current state differs from the announced one, and it is time to announce it."""
        held = now - self.seen_at
        if self.seen == self.announced or (held < SETTLED and not self.seen.is_worse_than(self.announced)):
            return False
        if self.announced_at is None or _RANK[self.seen.verdict] > self.worst:
            return True
        passed = now - self.announced_at
        return passed >= self.silence or (passed >= SILENCE and held >= LASTS)

    def announced_now(self, now: int) -> "_Watched":
        """Return it after a notice; the next one is due after twice the time."""
        again = self.announced_at is not None
        silence = min(2 * self.silence, _LONGEST_SILENCE) if again else self.silence
        return replace(
            self,
            announced=self.seen,
            announced_at=now,
            silence=silence,
            worst=max(self.worst, _RANK[self.seen.verdict]),
        )


@dataclass(frozen=True, slots=True)
class Notices:
    """The states announced so far. The first sighting of a connection gives no notice."""

    _watched: Mapping[str, _Watched] = field(default_factory=dict)
    _announced_at: int | None = None

    def advance(self, standings: Mapping[str, Standing], *, now: int) -> tuple["Notices", tuple[Change, ...]]:
        """Return the updated notices after a look at the connections, by id, and the changes to announce now.

        A connection about which nothing is known at present keeps its announced state; one that is gone is dropped.
        """
        watched: dict[str, _Watched] = {}
        for connection, standing in standings.items():
            known = self._watched.get(connection)
            if standing.verdict is Verdict.UNKNOWN:
                watched |= {connection: known} if known is not None else {}
            elif known is None:
                watched[connection] = _Watched(standing, standing, now, worst=_RANK[standing.verdict])
            else:
                watched[connection] = known.observing(standing, now)
        if self._announced_at is not None and now - self._announced_at < GAP:
            return Notices(watched, self._announced_at), ()
        changes = tuple(
            Change(connection, now, state.announced, state.seen)
            for connection, state in watched.items()
            if state.is_due(now)
        )
        watched |= {change.connection: watched[change.connection].announced_now(now) for change in changes}
        return Notices(watched, now if changes else self._announced_at), changes
