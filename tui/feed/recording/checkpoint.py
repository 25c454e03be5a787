"""What was known at one moment, as bytes: 17,500 events in some 450 KB, written in 0.1 s and read in 0.05 s.

Events that arrive late change entries that are there already, so a checkpoint must share nothing with what goes on.
It stays in this process: pickle is no format for files, and whoever reads one from a file runs what stands in it.
"""

import copyreg
import io
import pickle
import zlib
from collections.abc import Callable
from typing import Any, Final

from tui.domain.catalogue import Catalogue, LikelyRule, Rule
from tui.domain.events import RawEvent
from tui.domain.history import Entry
from tui.feed.intake import Intake

_FASTEST: Final = 1


def freeze(intake: Intake) -> bytes:
    """Return what an intake knows; `thaw` makes another one of it, which goes on by itself."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, **_REDUCERS}
    pickler.dump((intake.fleet, intake.states, intake.caught_up_by_source))
    return zlib.compress(buffer.getbuffer(), _FASTEST)


def thaw(frozen: bytes, catalogue: Catalogue) -> Intake:
    """Return an intake that knows what the frozen one knew. `catalogue` must be the one that it had."""
    fleet, states, caught_up = _Unpickler(zlib.decompress(frozen), catalogue).load()
    return Intake(fleet, states=states, caught_up=caught_up)


class _Unpickler(pickle.Unpickler):
    """Rules are compared by identity, so a checkpoint names them, and gets those of the catalogue."""

    def __init__(self, data: bytes, catalogue: Catalogue) -> None:
        super().__init__(io.BytesIO(data))
        self._catalogue = catalogue

    def find_class(self, module: str, name: str) -> Any:
        if name == _catalogue.__name__:
            return lambda: self._catalogue
        if name == _rule.__name__:
            return lambda rule_id, is_exact: self._catalogue.rule(rule_id, is_exact=is_exact)
        return super().find_class(module, name)


def _catalogue() -> Catalogue:
    """Stand for the catalogue in a checkpoint."""
    raise NotImplementedError


def _rule(rule_id: str, is_exact: bool) -> Rule:
    """Stand for a rule in a checkpoint."""
    raise NotImplementedError


def _entry(*values: object) -> Entry:
    entry = Entry.__new__(Entry)
    for name, value in zip(Entry.__slots__, values, strict=True):
        setattr(entry, name, value)
    return entry


# Spelled out, because the way that pickle goes by itself takes three times as long.
_REDUCERS: Final[dict[type, Callable[[Any], tuple[Any, ...]]]] = {
    Catalogue: lambda catalogue: (_catalogue, ()),
    Rule: lambda rule: (_rule, (rule.id, True)),
    LikelyRule: lambda rule: (_rule, (rule.id, False)),
    Entry: lambda entry: (_entry, tuple(getattr(entry, name) for name in Entry.__slots__)),
    RawEvent: lambda raw: (
        RawEvent,
        (raw.stream, raw.at, raw.ingested_at, raw.message, raw.group, raw.origin, raw.serial, raw.rank, raw.source),
    ),
}
