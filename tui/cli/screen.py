"""The screen, opened for what the options ask for."""

from typing import TYPE_CHECKING

import click

from tui.app.display import Display
from tui.cli.options import Watching
from tui.cli.signals import on_ending_signal
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.feed.source import Source


def scope(watching: Watching) -> str:
    """Return what the header says beside the region: the profile, and what alone is watched."""
    only = f"only: {', '.join(watching.selectors)}" if watching.selectors else ""
    return " · ".join(filter(None, (only, watching.profile)))


def open_screen(source: "Source", display: Display, *, region: str = "", scope: str = "") -> int:
    """Show what a source brings until the user quits, and return the exit code.

    Raises click.ClickException where no screen can be drawn.
    """
    from tui.app.run import NoScreenError, show

    try:
        return show(
            source, display=display, clock=SystemClock(), region=region, scope=scope, on_ending_signal=on_ending_signal
        )
    except NoScreenError as refusal:
        raise click.ClickException(str(refusal)) from None
