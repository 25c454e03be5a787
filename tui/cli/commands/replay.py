"""`tunnelwatch replay`: play a recording on the screen, or print it."""

from typing import TYPE_CHECKING

import click

from tui.app.terminal.display import Display
from tui.cli.displaying import displaying
from tui.cli.options import DEBUG, MASK
from tui.cli.output import Output
from tui.cli.process import garbage_kept, run_until_signal
from tui.cli.reading import mask_for_a_key
from tui.cli.recording import masking, open_recording
from tui.cli.screen import MASKED, background_asked, screen_refusals
from tui.cli.signals import on_ending_signal
from tui.cli.watching import Watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.feed.recording.reader import Reader, Rewrite


@click.command()
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Playback speed.")
@click.option("--json", "as_json", is_flag=True, help="Print what `tail --json` would have printed.")
@click.option("--status", "wants_status", is_flag=True, help="Print what `status --json` would have printed.")
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="The moment to show: 02:14, a date and time, or 30m before the end; in UTC unless it has a zone. With "
    "--status, everything before it is read first: some 20 s for a million events.",
)
@MASK
@DEBUG
@displaying
def replay(
    file: str, speed: float, as_json: bool, wants_status: bool, moment: str | None, mask: bool, display: Display
) -> int:
    """Play a recording made with --record on the screen, or print it."""
    if as_json and (wants_status or moment):
        raise click.UsageError("--json prints the whole recording; --status and --at show one moment of it.")
    rewrite = masking(mask=mask)
    reader = open_recording(file, rewrite)
    if not (as_json or wants_status):
        return _play(file, reader, moment, rewrite, speed=speed, display=display)
    if as_json:
        _print_events(reader)
    else:
        _print_status(reader, moment)
    if reader.damage:
        click.echo(f"tunnelwatch: {reader.damage}", err=True)
    return ExitCode.OK


def _play(
    file: str, reader: "Reader", moment: str | None, rewrite: "Rewrite | None", *, speed: float, display: Display
) -> int:
    header = reader.header()
    with screen_refusals(), background_asked(display) as query:
        from tui.app.mask_key import MaskKey
        from tui.app.replay import replay as play
        from tui.app.run import Setting

        shown_scope = MASKED if rewrite else header.scope
        return play(
            file,
            Setting(display, SystemClock(), on_ending_signal, header.region, shown_scope, query),
            rewrite=rewrite,
            speed=speed,
            at=moment_in(reader, moment) if moment else None,
            mask=None if rewrite else MaskKey(mask_for_a_key(Watching()), MASKED),
        )


def _print_events(reader: "Reader") -> None:
    from tui.domain.knowledge.catalogue_file import load
    from tui.headless.replay import print_events
    from tui.headless.tail_lines import JsonLines

    output, catalogue = Output(), load()
    run_until_signal(lambda: print_events(reader, catalogue, lambda fleet: JsonLines(output, fleet)), output=output)


def _print_status(reader: "Reader", moment: str | None) -> None:
    from tui.domain.knowledge.catalogue_file import load
    from tui.headless.replay import known_at
    from tui.headless.status import render_json

    t = moment_in(reader, moment)

    async def print_status() -> None:
        intake = await known_at(reader, load(), t=t)
        click.echo(render_json(intake.fleet, intake.state, now=t, caught_up=intake.caught_up))

    with garbage_kept():
        run_until_signal(print_status)


def moment_in(reader: "Reader", moment: str | None) -> int:
    """Return the moment of a recording that a text names, in ms; without a text, the end of the recording.

    Raises click.BadParameter for a text that names no moment, or one before the recording begins.
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
