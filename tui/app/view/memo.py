"""A value that is made again only when what it is made from changes."""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """Keeps the last value that was made, for as long as its key stays the same."""

    def __init__(self) -> None:
        self._kept: tuple[object, Value] | None = None

    def get(self, key: object, make: Callable[[], Value]) -> Value:
        """Return the value for this key, from memory where it is the last one's."""
        if self._kept is None or self._kept[0] != key:
            self._kept = key, make()
        return self._kept[1]
