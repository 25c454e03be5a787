"""The aim of a gate."""

from dataclasses import dataclass
from enum import StrEnum


class Until(StrEnum):
    """The state to wait for, for each connection."""

    UP = "up"
    """One of its tunnels carries traffic and has routes from AWS."""
    REDUNDANT = "redundant"
    """All of its tunnels do, and it has more than one."""
    DOWN = "down"
    """None of its tunnels does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The state to wait for; with `bgp`, BGP must be established on the tunnels that count; `stable` is in ms."""

    until: Until
    bgp: bool = False
    stable: int = 0
