"""`tunnelwatch tail`: events as they arrive."""

import sys

import click

from tui.cli.notifying import NoticeOptions, Notifying, noticing
from tui.cli.options import ZONE
from tui.cli.output import Output
from tui.cli.process import run_until_signal
from tui.cli.reading import must_start, reader
from tui.cli.recording import RECORD, recording_of
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--utc", is_flag=True, help="Show times in UTC, as JSON always does.")
@click.option("--no-follow", is_flag=True, help="Exit after the look-back.")
@click.option("--changes", is_flag=True, help="Print only tunnels and BGP sessions that come up or go down.")
@click.option(
    "--level",
    type=click.Choice(["info", "warning", "error"]),
    help="Print only events of at least this severity, and tunnels that come up or go down.",
)
@click.option(
    "--every-line",
    is_flag=True,
    help="Print every line of repeated attempts, which a terminal otherwise shows as one line each.",
)
@RECORD
@ZONE
@noticing
@watching
def tail(
    watching: Watching,
    notices: NoticeOptions,
    as_json: bool,
    utc: bool,
    no_follow: bool,
    changes: bool,
    level: str | None,
    every_line: bool,
    record: str | None,
) -> int:
    """Print events as they arrive, each with its explanation; made for pipes."""
    from tui.domain.knowledge.catalogue_file import load
    from tui.domain.knowledge.rule import Severity
    from tui.domain.state.fleet import Fleet
    from tui.feed.pump import Pump
    from tui.headless.colour import renderer
    from tui.headless.folded_attempts import FoldedAttempts
    from tui.headless.tail import Tail, at_least, changes_only
    from tui.headless.tail_lines import JsonLines, TextLines

    fleet = Fleet(load())
    output = Output()
    text = TextLines(output, fleet, utc=utc, render=renderer(sys.stdout))
    folded = FoldedAttempts(text)
    lines = JsonLines(output, fleet) if as_json else text if every_line or not sys.stdout.isatty() else folded
    wanted = changes_only if changes else at_least(Severity(level)) if level else lambda noted: True
    since = watching.since_ms(SystemClock())
    printer = Tail(
        fleet,
        lines,
        since=since,
        wanted=wanted,
        attempts=not changes,
        settled=not as_json,
        is_caught_up=lambda: pump.caught_up,
    )
    recording = recording_of(watching, record)
    # CloudTrail answers one call a second: a command that ends at once does not wait for it.
    source = reader(watching, follow=not no_follow, trail=not no_follow, recording=recording)
    pump = Pump(must_start(source), fleet, sinks=[printer])
    notifying = Notifying(notices, SystemClock())
    run_until_signal(lambda: notifying.accompany(pump, pump.run), output=output)
    printer.release()
    folded.close()
    return ExitCode.OK
