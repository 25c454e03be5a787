"""What a gate waits for."""

from dataclasses import dataclass
from enum import StrEnum


class Until(StrEnum):
    """What is waited for of each connection."""

    UP = "up"
    """One of its tunnels carries traffic, and something is routed into it."""
    REDUNDANT = "redundant"
    """All of its tunnels do so, and it has more than one."""
    DOWN = "down"
    """None of them does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is waited for: with `bgp`, that BGP is established on the tunnels that count; for `stable` ms without a
    break."""

    until: Until
    bgp: bool = False
    stable: int = 0
