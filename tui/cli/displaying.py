"""The screen's options, shared by the commands that open it."""

import functools
from typing import Any, Final

import click

from tui.app.terminal.display import GROUPINGS, ORDERS, THEMES, Display
from tui.cli.options import CGW, THEIR_ZONE, ZONE, Command, with_options
from tui.cli.settings import config_in_force

_DISPLAY: Final = (
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw symbols in plain ASCII."),
    click.option("--utc", is_flag=True, help="Show times in UTC."),
    ZONE,
    click.option(
        "--theme",
        type=click.Choice(("auto", *THEMES)),
        default="auto",
        help="The screen's colours; auto matches the terminal's background. With 16 colours, the terminal's own.",
    ),
    click.option(
        "--sort",
        type=click.Choice(ORDERS),
        default=ORDERS[0],
        help="Sort the board by this; worst first by default.",
    ),
    click.option(
        "--group",
        type=click.Choice(GROUPINGS),
        default=GROUPINGS[0],
        help="Group the board by this; ungrouped by default.",
    ),
    CGW,
)

VIEWER: Final = click.option("--viewer", "is_viewer", is_flag=True, hidden=True)
"""Passed by `serve` to the screen of each viewer."""


def displaying(command: Command) -> Command:
    """Give a command the screen's options; it receives them as one `display` argument."""

    @functools.wraps(command)
    def with_display(
        *,
        no_mouse: bool,
        ascii_only: bool,
        utc: bool,
        cgw: str | None,
        theme: str,
        sort: str,
        group: str,
        **others: Any,
    ) -> int:
        config = config_in_force()
        display = Display(
            their_zone=click.get_current_context().meta.get(THEIR_ZONE),
            no_mouse=no_mouse,
            ascii_only=ascii_only,
            utc=utc,
            cgw=cgw,
            theme=None if theme == "auto" else theme,
            sort=sort,
            group=group,
            devices=config.devices,
            keys=config.keys,
        )
        return command(display=display, **others)

    return with_options(with_display, _DISPLAY)
