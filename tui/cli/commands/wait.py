"""`tunnelwatch wait`: a gate for the scripts of a cutover."""

from typing import Final

import click

from tui.cli.options import SPAN, ZONE, Watching, watching
from tui.cli.output import print_note, print_result
from tui.cli.process import Ending, run_until_signal
from tui.cli.reading import reader, with_ids
from tui.cli.recording import RECORD, recording_of
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock
from tui.domain.gate import Aim, Until
from tui.domain.times import when

_CUT_SHORT: Final = {
    Ending.INTERRUPTED: ("interrupted", ExitCode.INTERRUPTED),
    Ending.TERMINATED: ("ended by a signal", ExitCode.UNKNOWN),
    Ending.UNREAD: ("nobody reads the answer", ExitCode.UNKNOWN),
}


@click.command()
@click.option(
    "--until",
    type=click.Choice(Until, case_sensitive=False),
    required=True,
    help="up: each connection has a tunnel that carries traffic; redundant: all of them do; down: none does.",
)
@click.option("--bgp", is_flag=True, help="Want BGP established on those tunnels.")
@click.option("--stable", type=SPAN, default="0s", metavar="SPAN", help="How long it has to hold without a break: 60s.")
@click.option(
    "--timeout", type=SPAN, default="15m", show_default=True, metavar="SPAN", help="How long to wait: 90s, 15m, 1h30m."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON object.")
@click.option("--utc", is_flag=True, help="Show times in UTC.")
@RECORD
@ZONE
@watching
def wait(
    watching: Watching,
    until: Until,
    bgp: bool,
    stable: int,
    timeout: int,
    as_json: bool,
    utc: bool,
    record: str | None,
) -> int:
    """Wait until tunnels are up, redundant or down: a gate for scripts.

    Each change is a line on stderr, the verdict one on stdout. What is old, or doubted by a source, does not count;
    the spans are those of the log's own times.

    Exit code: 0 reached, 1 timed out, 3 could not tell.

    \b
    Examples:
      tunnelwatch wait --until redundant --bgp --stable 60s --timeout 15m hq
      tunnelwatch wait --until down 203.0.113.17 && echo "tunnel 1 is drained"
    """
    if bgp and until is Until.DOWN:
        raise click.UsageError("--bgp goes with --until up or redundant: a tunnel that is down has no BGP.")
    from tui.domain.catalogue_file import load
    from tui.domain.fleet import Fleet
    from tui.headless.must_start import MustStart
    from tui.headless.wait import Wait

    clock = SystemClock()
    gate = Wait(
        MustStart(reader(watching, recording=recording_of(watching, record))),
        Fleet(load()),
        Aim(until=until, bgp=bgp, stable=stable),
        clock=clock,
        timeout=timeout,
        write=print_note,
        moment=lambda at: when(at, now=clock.now(), utc=utc),
        # Under a mask nothing behind the source knows the names that the user typed.
        selectors=() if watching.mask else with_ids(watching.selectors),
    )
    ending = run_until_signal(gate.run)
    if ending is not Ending.DONE:
        gate.cut_short(*_CUT_SHORT[ending])
    if ending is not Ending.UNREAD:
        print_result(gate.json() if as_json else gate.text())
    return gate.verdict.code if gate.verdict is not None else ExitCode.UNKNOWN
