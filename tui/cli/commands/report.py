"""`tunnelwatch report`: what happened, to paste in a ticket."""

import os
from typing import TYPE_CHECKING, Final

import click

from tui.cli.completion import remember_selectors
from tui.cli.options import Watching, watching
from tui.cli.process import Ending, garbage_kept, run_until_signal
from tui.cli.reading import reader, say_unread_sites
from tui.cli.recording import masking, opened
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock
from tui.domain.times import parse_since

if TYPE_CHECKING:
    from tui.content.report_values import Report

_OF_FILES: Final = (".jsonl", ".json", ".gz")


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
@click.pass_context
def report(ctx: click.Context, watching: Watching, form: str) -> int:
    """Print what happened since --since: interruptions, outages with their causes and evidence, and changes.

    In the place of selectors, a file that --record made: its last run is reported on, from its begin on where there is
    no --since, with the notes that were made in it.
    """
    from tui.headless.report import RENDERERS

    file = _recording_among(watching.selectors)
    with garbage_kept():
        code = ExitCode.OK
        if file is None:
            made, code = _of_the_account(watching)
        else:
            is_asked = ctx.get_parameter_source("since") is not click.core.ParameterSource.DEFAULT
            made = _of_the_recording(file, mask=watching.mask, since=watching.since if is_asked else None)
        if made is None:
            return ExitCode.UNKNOWN
        text = RENDERERS[form](made)
        # The page says itself that it is UTF-8, whatever the locale's encoding is.
        click.echo(text.encode() if form == "html" else text, nl=False)
    return code


def _recording_among(selectors: tuple[str, ...]) -> str | None:
    """Return the file that is to be read instead of the account; None for selectors, which no file is named after."""
    files = [each for each in selectors if os.path.isfile(each) or each.endswith(_OF_FILES)]
    if files and len(selectors) > 1:
        raise click.UsageError(f"A report is of one recording, or of what selectors choose: {files[0]} is a file.")
    return files[0] if files else None


def _of_the_account(watching: Watching) -> "tuple[Report | None, ExitCode]":
    """Return the report on what CloudWatch has, None where it was ended before all was read, and the exit code.

    A site that cannot be read is said on stderr and makes the code 3: the report is not of everything that was asked.
    """
    from tui.content.report import report_of
    from tui.domain.catalogue_file import load
    from tui.domain.fleet import Fleet
    from tui.feed.pump import Pump

    since = watching.since_ms(SystemClock())
    pump = Pump(reader(watching, follow=False, trail=True), Fleet(load()), sinks=[remember_selectors])
    if run_until_signal(pump.run) is not Ending.DONE:
        return None, ExitCode.UNKNOWN
    code = ExitCode.UNKNOWN if say_unread_sites(watching, pump.states) else ExitCode.OK
    return report_of(pump, since=since, now=SystemClock().now()), code


def _of_the_recording(file: str, *, mask: bool, since: str | None) -> "Report | None":
    """Return the report on a recording; None where it was ended before all was read."""
    from tui.domain.catalogue_file import load
    from tui.headless.report import recorded

    recording = opened(file, masking(mask=mask))
    end = recording.end()
    try:
        begin = None if since is None else parse_since(since, now=end)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--since") from None
    found: list[Report] = []

    async def read() -> None:
        found.append(await recorded(recording, load(), since=begin, end=end))

    ended = run_until_signal(read)
    if recording.damage:
        click.echo(f"tunnelwatch: {recording.damage}", err=True)
    return found[0] if ended is Ending.DONE else None
