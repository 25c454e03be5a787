"""`tunnelwatch report`: what happened, ready to paste into a ticket."""

import os
from typing import TYPE_CHECKING, Final

import click

from tui.cli.insights import costing, read_by_insights
from tui.cli.process import Ending, garbage_kept, run_until_signal
from tui.cli.reading import reader, report_unread_sites
from tui.cli.reading_once import read_once
from tui.cli.recording import masking, open_recording
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock
from tui.domain.times import DAY, parse_since

if TYPE_CHECKING:
    from tui.content.report.values import Report
    from tui.feed.pump import Pump

_READ_WHOLE: Final = 2 * DAY
"""The longest look-back read event by event by default, ms."""
_OF_FILES: Final = (".jsonl", ".json", ".gz")


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "html", "json", "csv"]),
    default="md",
    show_default=True,
    help="Markdown for a ticket, one HTML file for a mail, JSON, or CSV with one outage per line.",
)
@click.option(
    "--run",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Report on this run of a recording with several, counted from 1; by default the last.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "insights", "events"]),
    default="auto",
    show_default=True,
    help="events: read every event; insights: let Logs Insights, which AWS bills, find changes of state; auto: "
    "insights for more than 2 days.",
)
@costing
@watching
@click.pass_context
def report(ctx: click.Context, watching: Watching, form: str, run: int | None, engine: str, max_cost: float) -> int:
    """Print what happened since --since: interruptions, outages with their causes and evidence, and changes.

    Instead of selectors, a file made with --record may be given. The report then covers its last run, or the run that
    --run names, from its beginning if there is no --since, and includes the notes made in it.
    """
    file = _recording_among(watching.selectors)
    with garbage_kept():
        code = ExitCode.OK
        if file is None:
            if run is not None:
                raise click.UsageError("--run chooses a run of a recording: name its file.")
            made, code = _of_the_account(watching, engine=engine, max_cost=max_cost)
        else:
            is_asked = ctx.get_parameter_source("since") is not click.core.ParameterSource.DEFAULT
            since = watching.since if is_asked else None
            made = _of_the_recording(file, mask=watching.mask, since=since, number=run)
        if made is None:
            return ExitCode.UNKNOWN
        from tui.headless.report import RENDERERS

        text = RENDERERS[form](made)
        # The page declares UTF-8, whatever the locale's encoding.
        click.echo(text.encode() if form == "html" else text, nl=False)
    return code


def _recording_among(selectors: tuple[str, ...]) -> str | None:
    """Return the recording to read instead of the account; None if the words are selectors.

    A folder does not count as a recording: it may have the same name as a connection.
    """
    files = [selector for selector in selectors if selector.endswith(_OF_FILES) or _is_there(selector)]
    if files and len(selectors) > 1:
        raise click.UsageError(f"A report is of one recording, or of what selectors choose: {files[0]} is a file.")
    return files[0] if files else None


def _is_there(name: str) -> bool:
    return os.path.exists(name) and (os.sep in name or not os.path.isdir(name))


def _of_the_account(watching: Watching, *, engine: str, max_cost: float) -> "tuple[Report | None, ExitCode]":
    """Return the report on CloudWatch's logs (None if reading was interrupted) and the exit code.

    A site that cannot be read is reported on stderr and makes the code 3, because the report is then incomplete.
    """
    since = watching.since_ms(SystemClock())
    is_long = SystemClock().now() - since > _READ_WHOLE
    if engine == "insights" or (engine == "auto" and is_long):
        pump = read_by_insights(watching, max_cost=max_cost, otherwise=_by_events if engine == "auto" else None)
    else:
        pump = _by_events(watching)
    if pump is None:
        return None, ExitCode.UNKNOWN
    from tui.content.report.report import report_of

    code = ExitCode.UNKNOWN if report_unread_sites(watching, pump.states) else ExitCode.OK
    return report_of(pump, since=since, now=SystemClock().now()), code


def _by_events(watching: Watching) -> "Pump | None":
    """Return what FilterLogEvents brought, event by event; None if a signal ended the reading."""
    return read_once(reader(watching, follow=False, trail=True), then="tui.content.report.report")


def _of_the_recording(file: str, *, mask: bool, since: str | None, number: int | None) -> "Report | None":
    """Return the report on one run of a recording; None if a signal ended the reading."""
    from tui.domain.knowledge.catalogue_file import load
    from tui.headless.report import other_runs, recorded

    recording = open_recording(file, masking(mask=mask))
    runs = recording.runs()
    if number is not None and number > len(runs):
        raise click.UsageError(f"--run {number}: {file} has {len(runs)}.")
    chosen = len(runs) - 1 if number is None else number - 1
    try:
        begin = runs[chosen].header.since if since is None else parse_since(since, now=runs[chosen].end)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--since") from None
    reports: list[Report] = []

    async def read() -> None:
        reports.append(await recorded(recording, load(), runs, chosen=chosen, since=begin))

    ended = run_until_signal(read)
    for remark in filter(None, (recording.damage, number is None and other_runs(runs, chosen))):
        click.echo(f"tunnelwatch: {remark}", err=True)
    return reports[0] if ended is Ending.DONE else None
