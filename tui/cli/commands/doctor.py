"""`tunnelwatch doctor`: why there are no logs, what bites later, whether traffic finds its way back."""

import sys
from dataclasses import replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from tui.cli.examining import examining_watched
from tui.cli.options import Watching, watching
from tui.cli.process import Ending, run_until_signal
from tui.content.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.domain.checkup.facts import Examination


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plan", "as_plan", is_flag=True, help="Print a shell script that turns logs on, tunnel by tunnel.")
@watching
def doctor(watching: Watching, as_json: bool, as_plan: bool) -> int:
    """Check access, logging, delivery, set-up and the way back; print what mends what is wrong. Changes nothing.

    Exit code: 0 all well, 1 a warning, 2 something stops the logs, 3 could not look.
    """
    from tui.cli.this_terminal import this_terminal, versions
    from tui.content.doctor.plan import plan
    from tui.domain.checkup.checkup import findings
    from tui.headless.colour import renderer
    from tui.headless.doctor import exit_code, render_json, render_page

    if as_json and as_plan:
        raise click.UsageError("--json or --plan, not both.")
    if watching.mask:
        raise click.UsageError("doctor prints commands for your own account, which aliases would break.")
    examine = examining_watched(watching)
    outcome: list[Examination] = []

    async def look() -> None:
        outcome.append(await examine((), False))

    if run_until_signal(look) is not Ending.DONE:
        return ExitCode.UNKNOWN
    (asked,) = outcome
    examined = replace(asked, terminal=this_terminal(), versions=versions())
    judged = findings(examined)
    if as_json:
        click.echo(render_json(examined, judged))
    elif as_plan:
        click.echo("\n".join(plan(examined, judged)))
        return ExitCode.OK if examined.inventory is not None else ExitCode.UNKNOWN
    else:
        columns = get_terminal_size().columns if sys.stdout.isatty() else 80
        click.echo(render_page(examined, judged, columns=columns, render=renderer(sys.stdout)))
    return exit_code(examined, judged)
