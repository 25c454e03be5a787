"""How the user wants the screen drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """The options of the screen. `cgw` is the make of the customer's device, whose commands join the checks.

    `devices` are the makes of single connections, by id or name.
    """

    no_mouse: bool = False
    ascii_only: bool = False
    utc: bool = False
    cgw: str | None = None
    devices: Mapping[str, str] = field(default_factory=dict)
