"""`tunnelwatch status`: every tunnel, once."""

import sys

import click

from tui.cli.options import ZONE
from tui.cli.output import print_width
from tui.cli.process import garbage_kept
from tui.cli.reading import reader
from tui.cli.reading_once import read_once
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@ZONE
@watching
def status(watching: Watching, as_json: bool) -> int:
    """Print the state of every tunnel once.

    Exit code: 0 every tunnel carries traffic, 1 some tunnel does not, 2 no tunnel of some connection does, 3 could not
    tell.
    """
    with garbage_kept():
        pump = read_once(reader(watching, follow=False), then="tui.headless.status")
        if pump is None:
            return ExitCode.UNKNOWN
        from tui.headless.colour import renderer, with_links
        from tui.headless.status import exit_code, render_json, render_table

        now = SystemClock().now()
        sites = pump.states if watching.is_several else {}
        if as_json:
            click.echo(render_json(pump.fleet, pump.state, now=now, caught_up=pump.caught_up, sites=sites))
        else:
            columns = print_width()
            render, caught_up = renderer(sys.stdout), pump.caught_up
            if not (watching.mask or watching.endpoint_url):
                states, own_state = pump.states, pump.state
                known = {
                    connection.id: states.get(connection.source, own_state).region
                    for connection in pump.fleet.connections
                }
                render = with_links(render, sys.stdout, known)
            click.echo(
                render_table(pump.fleet, pump.state, now=now, caught_up=caught_up, columns=columns, render=render)
            )
        return exit_code(pump.fleet, now=now, states=sites)
