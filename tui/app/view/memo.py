"""A cache for the last value of a computation."""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """Keeps the last value for as long as its key stays the same."""

    def __init__(self) -> None:
        self._kept: tuple[object, Value] | None = None

    def has(self, key: object) -> bool:
        """Whether the value for this key is in memory."""
        return self._kept is not None and self._kept[0] == key

    def get(self, key: object, make: Callable[[], Value]) -> Value:
        """Return the value for this key, computing it unless the key is the last one."""
        if self._kept is None or self._kept[0] != key:
            self._kept = key, make()
        return self._kept[1]
