"""The user's options for the screen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

THEMES: Final = ("dark", "light", "contrast", "colour-blind")
"""What the screen's colours can be; their values stand in `tui.app.terminal.theme`, which takes long to import."""
ORDERS: Final = ("worst", "name", "change", "flaps")
GROUPINGS: Final = ("connection", "site", "verdict")
"""How the board can be sorted and grouped, as `tui.content` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """The options of the screen. `cgw` is the make of the customer's device, whose commands are shown with the checks.

    `theme` is one of `THEMES`, None for the one that suits the terminal; `sort` and `group` are the board's initial
    order and grouping. `devices` are the makes of single connections, by id or name.
    """

    no_mouse: bool = False
    ascii_only: bool = False
    utc: bool = False
    their_zone: tzinfo | None = None
    """The customer's zone, whose time stands beside ours."""
    cgw: str | None = None
    theme: str | None = None
    sort: str = ORDERS[0]
    group: str = GROUPINGS[0]
    for_viewer: bool = False
    """Whether a browser draws the screen, for somebody who reads along and changes nothing."""
    devices: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys, by the commands' ids."""
