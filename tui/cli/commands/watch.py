"""`tunnelwatch watch`: the screen, live."""

import click

from tui.app.display import Display
from tui.cli.completion import remember_selectors
from tui.cli.options import Watching, displaying, watching
from tui.cli.reading import reader
from tui.cli.screen import open_screen, scope
from tui.domain.clock import SystemClock
from tui.domain.feed_state import ErrorKind


@click.command()
@displaying
@watching
def watch(watching: Watching, display: Display) -> int:
    """Show the tunnels live on the screen (the default command)."""
    from tui.feed.source import Deferred
    from tui.headless.must_start import MustStart

    watching.since_ms(SystemClock())  # a look-back that cannot be read is reported before the screen is drawn
    # A name that matches nothing is mistyped as a rule: a screen that waits for it would hide that.
    source = Deferred(lambda: MustStart(reader(watching), only=ErrorKind.SELECTOR))
    return open_screen(source, display, region=watching.region or "", scope=scope(watching), sinks=[remember_selectors])
