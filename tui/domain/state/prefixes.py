"""The prefixes of a BGP session as a value that is cheap to change: each state of a history holds one."""

from collections.abc import Iterator, Mapping
from typing import Final

_MOST: Final = 1_000
"""AWS's limit for a transit gateway; for a virtual private gateway it is 100."""
_CHANGES: Final = 64
"""The number of changes up to which a value shares its initial prefixes. Copying a thousand routes at each record would
take 60 KB and a millisecond each.
"""


class Prefixes:
    """Prefixes with their AS paths in order of announcement; the last thousand."""

    __slots__ = ("_base", "_changes", "_count")

    def __init__(self, base: Mapping[str, str] | None = None) -> None:
        self._base: Mapping[str, str] = base or {}
        self._changes: tuple[tuple[str, str | None], ...] = ()
        self._count = len(self._base)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield each prefix with its AS path."""
        return iter(self._merged().items())

    def __len__(self) -> int:
        return min(self._count, _MOST)

    def __contains__(self, prefix: str) -> bool:
        for changed, path in reversed(self._changes):
            if changed == prefix:
                return path is not None
        return prefix in self._base

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Prefixes) and list(self) == list(other))

    def __hash__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"Prefixes({len(self)})"

    def announced(self, prefix: str, path: str) -> "Prefixes":
        """Return the prefixes including this one."""
        return self._changed(prefix, path, self._count + (prefix not in self))

    def withdrawn(self, prefix: str) -> "Prefixes":
        """Return the prefixes without this one."""
        return self._changed(prefix, None, self._count - 1) if prefix in self else self

    def _changed(self, prefix: str, path: str | None, count: int) -> "Prefixes":
        after = Prefixes()
        after._base, after._changes, after._count = self._base, (*self._changes, (prefix, path)), count
        return after if len(after._changes) <= _CHANGES else Prefixes(after._merged())

    def _merged(self) -> dict[str, str]:
        merged = dict(self._base)
        for prefix, path in self._changes:
            if path is None:
                merged.pop(prefix, None)
            else:
                merged[prefix] = path
        return merged if len(merged) <= _MOST else dict(list(merged.items())[-_MOST:])


NO_PREFIXES: Final = Prefixes()
