"""The user's options for the screen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

THEMES: Final = ("dark", "light", "contrast", "colour-blind")
"""The themes of the screen; their values are in `tui.app.terminal.theme`, which takes long to import."""
ORDERS: Final = ("worst", "name", "change", "flaps")
GROUPINGS: Final = ("connection", "site", "verdict")
"""The orders and groupings of the board, by `tui.content`'s names."""


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
    """The customer's zone, whose time is shown beside the local one."""
    cgw: str | None = None
    theme: str | None = None
    sort: str = ORDERS[0]
    group: str = GROUPINGS[0]
    for_viewer: bool = False
    """Whether the screen is drawn in a browser, for a viewer who changes nothing."""
    devices: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    """The user's keys, by the commands' ids."""
