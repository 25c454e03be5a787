"""Marks: notes of the user, each at its time, such as "customer changed the PSK"."""

from dataclasses import dataclass
from typing import Final

MOST_MARKS: Final = 1_000
"""The number kept by a fleet; the oldest are dropped first."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A note of the user at `at`, ms."""

    at: int
    text: str
