"""Notes of the user, each at its time: "customer changed the PSK"."""

from dataclasses import dataclass
from typing import Final

MOST_MARKS: Final = 1_000
"""How many a fleet keeps; the oldest leave first."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the user noted at `at`, ms."""

    at: int
    text: str
