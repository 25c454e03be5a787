"""`tunnelwatch wait`: a gate for cutover scripts."""

import click

from tui.cli.notifying import NoticeOptions, noticing
from tui.cli.options import ZONE
from tui.cli.output import ErrorOutput
from tui.cli.parameter_types import SPAN
from tui.cli.recording import RECORD
from tui.cli.waiting import run_to_outcome, waiting_for
from tui.cli.watching import Watching, watching
from tui.domain.acceptance.aim import Aim, Until
from tui.domain.clock import SystemClock


@click.command()
@click.option(
    "--until",
    type=click.Choice(Until, case_sensitive=False),
    required=True,
    help="up: each connection has a tunnel that carries traffic; redundant: all of them do; down: none does.",
)
@click.option("--bgp", is_flag=True, help="Also require BGP to be established on those tunnels.")
@click.option(
    "--stable", type=SPAN, default="0s", metavar="SPAN", help="How long the state must hold without a break: 60s."
)
@click.option(
    "--timeout", type=SPAN, default="15m", show_default=True, metavar="SPAN", help="How long to wait: 90s, 15m, 1h30m."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON object.")
@click.option("--utc", is_flag=True, help="Show times in UTC.")
@RECORD
@ZONE
@noticing
@watching
def wait(
    watching: Watching,
    notices: NoticeOptions,
    until: Until,
    bgp: bool,
    stable: int,
    timeout: int,
    as_json: bool,
    utc: bool,
    record: str | None,
) -> int:
    """Wait until tunnels are up, redundant or down: a gate for scripts.

    Each change is printed to stderr, the verdict as one line to stdout. States that are old, or that another source
    contradicts, do not count; durations are measured in the log's own time.

    Exit code: 0 reached, 1 timed out, 3 could not tell.
    """
    if bgp and until is Until.DOWN:
        raise click.UsageError("--bgp goes with --until up or redundant: a tunnel that is down has no BGP.")
    from tui.headless.wait import GateGoal

    clock, stderr = SystemClock(), ErrorOutput()
    aim = Aim(until=until, bgp=bgp, stable=stable)
    gate, waiting = waiting_for(
        lambda fleet, notes: GateGoal(aim, notes),
        watching,
        clock=clock,
        timeout=timeout,
        utc=utc,
        stderr=stderr,
        record=record,
    )
    render = gate.json if as_json else gate.text
    return run_to_outcome(waiting, lambda outcome: render(outcome, waited=waiting.waited), notices, stderr=stderr)
