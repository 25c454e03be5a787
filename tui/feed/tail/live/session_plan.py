"""Decides which log groups share a live session, which have several, and which are followed without chatter.

A session shows 500 events a second; beyond that, AWS sends a sample. A busier group is divided among sessions by stream
name. That is the first remedy, because everything still arrives within a second; it costs session minutes. If no more
sessions are available, they leave out routine lines, which then arrive with the reads of FilterLogEvents: nothing is
lost, but a tunnel's sign of life is only as fresh as the last read. A plan made for a load is kept for minutes after
it, since every change closes and opens sessions.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final, TypeVar

from tui.domain.clock import Clock
from tui.domain.events import RawEvent
from tui.domain.feed_state import BusyGroup
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live.chatter import WITHOUT_CHATTER
from tui.feed.tail.live.live_session import SessionScope
from tui.feed.tail.live.shards import MOST_PREFIXES, Shard, divide
from tui.feed.tail.live.stream_load import StreamLoad
from tui.feed.tail.timing import Timing

MOST_GROUPS: Final = 10
"""The maximum number of log groups in StartLiveTail."""
MOST_SESSIONS: Final = 12
"""Out of an account's 15: three are left to other people and their consoles."""
_SAMPLED: Final = 3
"""The number of sampled updates within `Timing.sampled_within` that indicate a load rather than a single burst."""
_MOST_PATIENCE: Final = 16
_WHOLE: Final[tuple[Shard, ...]] = ((),)
Item = TypeVar("Item")


@dataclass(slots=True)
class _Load:
    """The load of a group. Times are seconds on the monotonic clock; `sampled_since` is in ms."""

    streams: StreamLoad
    sampled: deque[float] = field(default_factory=lambda: deque(maxlen=_SAMPLED))
    sampled_since: int | None = None
    busy_at: float = 0.0
    """When the current plan was last needed."""
    patience: int = 1
    """The factor on the time until a smaller plan is tried. It doubles when one has been too small."""
    was_calm: bool = False
    """Whether the last change was to a smaller plan."""
    covered: frozenset[str] = frozenset()
    """The streams known to be covered by the shards."""


@dataclass(frozen=True, slots=True)
class _Own:
    """A group's own sessions: one per shard, without chatter if `is_filtered`."""

    shards: tuple[Shard, ...] = _WHOLE
    is_filtered: bool = False


class SessionPlan:
    """Divides log groups among sessions by their load."""

    def __init__(self, clock: Clock, timing: Timing) -> None:
        self._clock = clock
        self._timing = timing
        self._loads: dict[str, _Load] = {}
        self._own: dict[str, _Own] = {}
        self._refused: set[str] = set()

    def __repr__(self) -> str:
        return f"SessionPlan({', '.join(f'{name} by {len(own.shards)}' for name, own in self._own.items())})"

    # Observations

    def note_events(self, group: str, events: Iterable[RawEvent]) -> None:
        """Count new events of a group, live or read."""
        self._load(group).streams.note(events)

    def note_sampled(self, groups: Iterable[str]) -> None:
        """Record that AWS sampled an update of a session that follows these groups."""
        for name in groups:
            self._load(name).sampled.append(self._clock.monotonic())

    def set_apart(self, groups: Iterable[str]) -> None:
        """Give each group its own session permanently.

        Together they were refused, and one bad group must not cost the others their live view.
        """
        for name in groups:
            self._refused.add(name)
            self._own.setdefault(name, _Own())

    # Review

    def review(
        self, streams: Mapping[str, Iterable[str]], *, spare: int = MOST_SESSIONS, roots: Sequence[str] = ()
    ) -> bool:
        """Adapt the plan to the load; return whether it has changed.

        `streams` are the followed groups, each with its known streams. At most `spare` sessions may be added. `roots`
        are the prefixes of what is watched, if that is not everything.
        """
        before = dict(self._own)
        rates = {name: self._load(name).streams.rates(self._clock.now()) for name in streams}
        totals = {name: sum(rates[name].values()) for name in streams}
        self._own = {name: own for name, own in self._own.items() if name in streams}
        self._review_shared([name for name in streams if name not in self._own], totals)
        for name in sorted(self._own, key=totals.__getitem__, reverse=True):
            free = min(spare, self._free(streams))
            loads = {**dict.fromkeys(streams[name], 0.0), **rates[name]}
            count = len(self._own[name].shards)
            self._own[name] = self._reviewed(name, loads, totals[name], free=free, roots=roots)
            spare -= max(0, len(self._own[name].shards) - count)
            self._cover(name, loads, roots=roots)
        self._join(totals)
        return self._own != before

    def _review_shared(self, names: Sequence[str], totals: Mapping[str, float]) -> None:
        """Give the busiest group of each overloaded session its own; a group that is alone has its own anyway."""
        for chunk in _chunks(names):
            if len(chunk) == 1:
                self._own[chunk[0]] = _Own()
            elif self._is_overloaded(chunk, sum(totals[name] for name in chunk), sessions=1):
                busiest = max(chunk, key=totals.__getitem__)
                self._own[busiest] = _Own()
                for name in chunk:
                    self._load(name).sampled.clear()
                self._load(busiest).busy_at = self._clock.monotonic()

    def _reviewed(
        self, name: str, loads: Mapping[str, float], total: float, *, free: int, roots: Sequence[str]
    ) -> _Own:
        """Return the future sessions of a group with its own sessions."""
        own, load, now = self._own[name], self._load(name), self._clock.monotonic()
        count, least = len(own.shards), self._timing.session_load
        if self._is_overloaded([name], total, sessions=count):
            load.busy_at = now
            load.sampled.clear()
            wanted = min(count + free, max(ceil(total / least), count + 1))
            if load.was_calm:
                load.patience = min(2 * load.patience, _MOST_PATIENCE)
                load.was_calm = False
            return _larger(own, divide(loads, wanted, roots=roots) if wanted > count else ())
        if self._is_needed(own, total) or load.sampled:
            load.busy_at = now
        elif now - load.busy_at > self._timing.calm_after * load.patience:
            smaller = _smaller(own, divide(loads, max(1, ceil(total / least)), roots=roots))
            if smaller != own:
                load.busy_at, load.was_calm = now, True
            return smaller
        return own

    def _is_needed(self, own: _Own, total: float) -> bool:
        """Whether a smaller plan would be too small for the load."""
        count = len(own.shards)
        if own.is_filtered:
            return total > self._timing.session_load * count
        return count > 1 and total > self._timing.session_load * (count - 1)

    def _join(self, totals: Mapping[str, float]) -> None:
        """Let separated groups share a session again if all that share one are calm enough."""
        alone = [name for name, own in self._own.items() if own == _Own() and name not in self._refused]
        shared = [name for name in totals if name not in self._own or name in alone]
        now, loads = self._clock.monotonic(), [self._load(name) for name in alone]
        is_calm = all(now - load.busy_at > self._timing.calm_after * load.patience for load in loads)
        if is_calm and sum(totals[name] for name in shared) <= self._timing.session_load:
            for name in alone:
                del self._own[name]

    def _cover(self, name: str, loads: Mapping[str, float], *, roots: Sequence[str]) -> None:
        """Divide a group again if it has a stream that no shard covers."""
        own, load = self._own[name], self._load(name)
        if len(own.shards) == 1:
            return
        new = loads.keys() - load.covered
        prefixes = tuple(prefix for shard in own.shards for prefix in shard)
        if not all(stream.startswith(prefixes) for stream in new):
            self._own[name] = _Own(divide(loads, len(own.shards), roots=roots), own.is_filtered)
        load.covered = load.covered | new

    def _is_overloaded(self, names: Sequence[str], total: float, *, sessions: int) -> bool:
        now = self._clock.monotonic()
        is_sampled = True
        for name in names:
            load = self._load(name)
            while load.sampled and load.sampled[0] < now - self._timing.sampled_within:
                load.sampled.popleft()
            is_sampled = is_sampled and len(load.sampled) == _SAMPLED
            if len(load.sampled) == _SAMPLED:
                load.sampled_since = load.sampled_since or self._clock.now()
            elif not load.sampled:
                load.sampled_since = None
        return is_sampled or total > self._timing.session_full * sessions

    def _free(self, names: Iterable[str]) -> int:
        shared = sum(1 for _ in _chunks([name for name in names if name not in self._own]))
        return max(0, MOST_SESSIONS - shared - sum(len(own.shards) for own in self._own.values()))

    def _load(self, name: str) -> _Load:
        load = self._loads.get(name)
        if load is None:
            load = self._loads[name] = _Load(StreamLoad(self._timing.load_span))
        return load

    # Result

    def scopes(self, groups: Sequence[LogGroup], *, roots: Sequence[str] = ()) -> list[SessionScope]:
        """Return the sessions for these groups: ten groups each, or one group with stream prefixes."""
        if len(groups) == 1 and groups[0].name not in self._own:
            return [SessionScope(tuple(groups), _prefixes(roots))]
        shared = [group for group in groups if group.name not in self._own]
        scopes = [SessionScope(tuple(chunk)) for chunk in _chunks(shared)]
        for group in groups:
            if own := self._own.get(group.name):
                pattern = WITHOUT_CHATTER if own.is_filtered else ""
                whole = _prefixes(roots) if len(groups) == 1 else ()
                scopes += [SessionScope((group,), shard or whole, pattern) for shard in own.shards]
        return scopes

    def rate(self, name: str) -> float:
        """Return the recent events per second of a group."""
        return self._load(name).streams.total(self._clock.now())

    def is_filtered(self, name: str) -> bool:
        """Whether the group's sessions leave out routine lines, which then only arrive with the reads."""
        own = self._own.get(name)
        return own is not None and own.is_filtered

    @property
    def busy(self) -> tuple[BusyGroup, ...]:
        """The groups with too many events for one session, for the user."""
        groups = (
            BusyGroup(name, len(own.shards), self._load(name).sampled_since, own.is_filtered)
            for name, own in self._own.items()
        )
        return tuple(busy for busy in groups if busy != BusyGroup(busy.group))


def _larger(own: _Own, shards: tuple[Shard, ...]) -> _Own:
    """Return more sessions for a group, or, if none are available, sessions without chatter."""
    return _Own(shards, own.is_filtered) if len(shards) > len(own.shards) else _Own(own.shards, is_filtered=True)


def _smaller(own: _Own, shards: tuple[Shard, ...]) -> _Own:
    """Return the plan for a calmer load: first the chatter again, then fewer sessions."""
    if own.is_filtered:
        return _Own(own.shards)
    if len(shards) >= len(own.shards):
        return own
    return _Own(shards) if len(shards) > 1 else _Own()


def _prefixes(roots: Sequence[str]) -> Shard:
    return tuple(roots) if len(roots) <= MOST_PREFIXES else ()


def _chunks(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + MOST_GROUPS] for start in range(0, len(items), MOST_GROUPS)]
