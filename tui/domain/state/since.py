"""A value together with the time since which it holds."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Since(Generic[T]):
    """A value and the time since which it holds, ms.

    `seen`: the change itself was in the log; otherwise the value may hold since earlier.
    """

    value: T
    at: int | None = None
    seen: bool = False

    def moved_to(self, value: T, *, at: int, seen: bool) -> "Since[T]":
        """Return the value from `at` on; the same object if it does not change."""
        return self if value == self.value else Since(value, at, seen)
