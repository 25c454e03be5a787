"""The knowledge at one moment, as bytes: 17,500 events in about 600 KB, written in 0.15 s and read in 0.07 s.

Late events change existing entries, so a checkpoint must share nothing with the running watch. It stays in this
process: pickle is not a file format, since reading one from a file executes what it contains.
"""

import copyreg
import gc
import io
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from tui.domain.events import BgpEvent, IkeEvent, RawEvent, RouteEvent, UnreadEvent
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.rule import LikelyRule, Rule
from tui.domain.state.bgp import Bgp
from tui.domain.state.history import Entry, History
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import AssumedState, BriefOutage, Transition
from tui.feed.intake import Intake
from tui.feed.recording.compression import compress, decompress

_Reducer = Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]
_AT_ONCE: Final = 800
"""The entries serialised per step, which takes about 8 ms."""
_AT_LAST: Final = 3
"""The multiple of it allowed in the last step."""
_ROUNDS: Final = 2
"""The number of rounds in which changes made meanwhile are serialised in steps. Then the rest is serialised at once: if
events arrived faster than they are written, it would never end.
"""

Frozen = tuple[bytes, ...]
"""Everything but the histories, then histories in each further part. A later part overrides an earlier one."""


class Freezing:
    """Serialises an intake's knowledge in steps, between which the intake may continue."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._written: dict[Tunnel, tuple[int, ...]] = {}
        self._numbers: dict[int, int] = {}
        """The number of each serialised history, by identity."""
        self._parts: list[bytes] = []
        self._round: deque[Tunnel] = deque()
        self._rounds = 0

    def step(self) -> Frozen | None:
        """Serialise some more; return the complete, current result once little is missing or changed."""
        if self._round:  # going through all tunnels for what has changed takes 1 ms, so it is done between the rounds
            self._go_on()
            return None
        tunnels = self._intake.fleet.held_tunnels
        changed = [tunnel for tunnel in tunnels if self._written.get(tunnel) != _version(tunnel)]
        if self._rounds < _ROUNDS and sum(len(tunnel.history) for tunnel in changed) > _AT_ONCE * _AT_LAST:
            self._round.extend(changed)
            self._go_on()
            return None
        self._write(changed)
        intake = self._intake
        known = (intake.fleet, intake.states, intake.caught_up_by_source)
        return _dumped(known, {**_REDUCERS, History: self._reduced}), *self._parts

    def _go_on(self) -> None:
        part, entries = list[Tunnel](), 0
        while self._round and entries < _AT_ONCE:
            part.append(self._round.popleft())
            entries += len(part[-1].history)
        self._rounds += not self._round
        self._write(part)

    def _write(self, tunnels: Sequence[Tunnel]) -> None:
        for tunnel in tunnels:
            self._numbers.setdefault(id(tunnel.history), len(self._numbers))
            self._written[tunnel] = _version(tunnel)
        part = {self._numbers[id(tunnel.history)]: tunnel.history for tunnel in tunnels}
        if part:
            self._parts.append(_dumped(part, _REDUCERS))

    def _reduced(self, history: History) -> Any:
        """Return a reference to a history that has already been serialised."""
        return _history, (self._numbers[id(history)],)


def _version(tunnel: Tunnel) -> tuple[int, ...]:
    """Return a value that differs after any change: dropping lines to free memory does not change the revision."""
    history = tunnel.history
    return tunnel.revision, history.seen, history.weight, len(history)


def freeze(intake: Intake) -> Frozen:
    """Return an intake's knowledge; `thaw` turns it into another, independent intake."""
    freezing = Freezing(intake)
    while (frozen := freezing.step()) is None:
        pass
    return frozen


def _dumped(value: object, reducers: Mapping[type, _Reducer]) -> bytes:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, **reducers}
    with garbage_kept():
        pickler.dump(value)
    return compress(buffer.getbuffer())


def thaw(frozen: Frozen, catalogue: Catalogue) -> Intake:
    """Return an intake with the frozen one's knowledge. `catalogue` must be the same."""
    rest, *parts = frozen
    histories: dict[int, History] = {}
    with garbage_kept():
        for part in parts:
            histories |= _Unpickler(decompress(part), catalogue).load()
        fleet, states, caught_up = _Unpickler(decompress(rest), catalogue, histories).load()
    return Intake(fleet, states=states, caught_up=caught_up)


@contextmanager
def garbage_kept(*, spared: bool = False) -> Iterator[None]:
    """Disable garbage collection in this block.

    The block creates a hundred thousand long-lived objects, which the collector would traverse again and again, taking
    several times as long as their creation. With `spared` it does not traverse them after the block either, which takes
    0.1 s, until another such block begins. A fleet no longer shown is still freed, since it contains no reference
    cycles.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    if spared:
        gc.unfreeze()
    try:
        yield
    finally:
        if spared:
            gc.freeze()
        if was_enabled:
            gc.enable()


class _Unpickler(pickle.Unpickler):
    """Resolves rules by name: they are compared by identity, so a checkpoint refers to those of the catalogue."""

    def __init__(
        self, data: bytes, catalogue: Catalogue, histories: Mapping[int, History] = MappingProxyType({})
    ) -> None:
        super().__init__(io.BytesIO(data))
        self._catalogue = catalogue
        self._histories = histories

    def find_class(self, module: str, name: str) -> Any:
        # Without `self`: the unpickler caches what it reads, and would keep all of that alive.
        catalogue, histories = self._catalogue, self._histories
        if name == _history.__name__:
            return lambda number: histories[number]
        if name == _catalogue.__name__:
            return lambda: catalogue
        if name == _rule.__name__:
            return lambda rule_id, is_exact: catalogue.rule(rule_id, is_exact=is_exact)
        return super().find_class(module, name)


def _catalogue() -> Catalogue:
    """Placeholder for the catalogue in a checkpoint."""
    raise NotImplementedError


def _history(number: int) -> History:
    """Placeholder for a history in the rest of a checkpoint."""
    raise NotImplementedError


def _rule(rule_id: str, is_exact: bool) -> Rule:
    """Placeholder for a rule in a checkpoint."""
    raise NotImplementedError


def _entry(*values: object) -> Entry:
    entry = Entry.__new__(Entry)
    for name, value in zip(Entry.__slots__, values, strict=True):
        setattr(entry, name, value)
    return entry


def _reducer(cls: type, names: Sequence[str], make: Callable[..., Any] | None = None) -> _Reducer:
    """Return the reducer of a class: its constructor, and its values in order."""
    values = attrgetter(*names)
    if len(names) == 1:  # with a single name, attrgetter returns the bare value
        return lambda item: (make or cls, (values(item),))
    return lambda item: (make or cls, values(item))


_VALUES: Final = (
    RawEvent,
    IkeEvent,
    BgpEvent,
    RouteEvent,
    UnreadEvent,
    Since,
    Transition,
    AssumedState,
    BriefOutage,
    Bgp,
)
"""The most frequent classes: pickle's default reduction takes four times as long."""
_REDUCERS: Final[dict[type, _Reducer]] = {
    Catalogue: lambda catalogue: (_catalogue, ()),
    Rule: lambda rule: (_rule, (rule.id, True)),
    LikelyRule: lambda rule: (_rule, (rule.id, False)),
    Entry: _reducer(Entry, Entry.__slots__, _entry),
    **{cls: _reducer(cls, [field.name for field in fields(cls)]) for cls in _VALUES},
}
