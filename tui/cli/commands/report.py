"""`tunnelwatch report`: what happened, to paste in a ticket."""

import click

from tui.cli.completion import remember_selectors
from tui.cli.options import Watching, watching
from tui.cli.process import Ending, garbage_kept, run_until_signal
from tui.cli.reading import reader
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "html", "json", "csv"]),
    default="md",
    show_default=True,
    help="Markdown for a ticket, one HTML file for a mail, JSON, or CSV with one outage a line.",
)
@watching
def report(watching: Watching, form: str) -> int:
    """Print what happened since --since: interruptions, outages with their causes and evidence, changes and notes."""
    from tui.domain.catalogue_file import load
    from tui.domain.fleet import Fleet
    from tui.feed.pump import Pump
    from tui.headless.report import RENDERERS, report_of

    since = watching.since_ms(SystemClock())
    with garbage_kept():
        pump = Pump(reader(watching, follow=False), Fleet(load()), sinks=[remember_selectors])
        if run_until_signal(pump.run) is not Ending.DONE:
            return ExitCode.UNKNOWN
        made = report_of(pump.fleet, pump.state, since=since, now=SystemClock().now(), caught_up=pump.caught_up)
        click.echo(RENDERERS[form](made), nl=False)
    return ExitCode.OK
