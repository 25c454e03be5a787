"""`tunnelwatch replay`: a recording, on the same screen or in print."""

from typing import TYPE_CHECKING

import click

from tui.cli.options import DEBUG, MASK
from tui.cli.output import Output
from tui.cli.process import garbage_kept, run_until_signal
from tui.content.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.feed.recording.reader import Reader, Rewrite


@click.command()
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print what `tail --json` would have printed.")
@click.option("--status", "wants_status", is_flag=True, help="Print what `status --json` would have printed.")
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="The moment to show: 02:14, a time, or 30m before the end. UTC where it names no zone.",
)
@MASK
@DEBUG
def replay(file: str, as_json: bool, wants_status: bool, moment: str | None, mask: bool) -> int:
    """Show a recording that --record made, or print it."""
    if as_json and (wants_status or moment):
        raise click.UsageError("--json prints the whole recording; --status and --at show one moment of it.")
    if not (as_json or wants_status):
        raise click.UsageError("Name what to print: --json or --status.")
    reader = _opened(file, mask=mask)
    if as_json:
        _print_events(reader)
    else:
        _print_status(reader, moment)
    if reader.damage:
        click.echo(f"tunnelwatch: {reader.damage}", err=True)
    return ExitCode.OK


def _opened(file: str, *, mask: bool) -> "Reader":
    from tui.feed.recording.format import RecordingError
    from tui.feed.recording.reader import Reader

    try:
        return Reader.open(file, rewrite=_rewrite(mask=mask))
    except RecordingError as refusal:
        raise click.ClickException(str(refusal)) from None


def _rewrite(*, mask: bool) -> "Rewrite":
    """Return what changes the batches of the recording: a mask, or nothing."""
    if not mask:
        return lambda batch: batch
    from functools import partial

    from tui.cli.options import Watching
    from tui.cli.reading import new_mask
    from tui.feed.masked import masked_batch

    return partial(masked_batch, new_mask(Watching(mask=True)))


def _print_events(reader: "Reader") -> None:
    from tui.domain.catalogue_file import load
    from tui.headless.replay import print_events
    from tui.headless.tail_lines import JsonLines

    output, catalogue = Output(), load()
    run_until_signal(lambda: print_events(reader, catalogue, lambda fleet: JsonLines(output, fleet)), output=output)


def _print_status(reader: "Reader", moment: str | None) -> None:
    from tui.domain.catalogue_file import load
    from tui.headless.replay import known_at
    from tui.headless.status import render_json

    t = moment_in(reader, moment)

    async def print_status() -> None:
        intake = await known_at(reader, load(), t=t)
        click.echo(render_json(intake.fleet, intake.state, now=t, caught_up=intake.caught_up))

    with garbage_kept():
        run_until_signal(print_status)


def moment_in(reader: "Reader", moment: str | None) -> int:
    """Return the moment of a recording that a text names, ms; its end without any.

    Raises click.BadParameter for a text that names none, or one before the recording begins.
    """
    from tui.domain.times import iso, parse_since

    end = reader.end()
    if moment is None:
        return end
    try:
        t = parse_since(moment, now=end)
    except ValueError as wrong:
        text = str(wrong).replace("a look-back", "a moment").replace("the future", "the time after the recording")
        raise click.BadParameter(text, param_hint="--at") from None
    begin = reader.header().started
    if t < begin:
        raise click.BadParameter(f"the recording is of {iso(begin)} to {iso(end)}.", param_hint="--at")
    return t
