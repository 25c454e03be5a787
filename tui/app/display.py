"""How the user wants the screen drawn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """The options of the screen. `cgw` is the make of the customer's device, whose commands join the checks."""

    no_mouse: bool = False
    ascii_only: bool = False
    utc: bool = False
    cgw: str | None = None
