"""`tunnelwatch doctor`: why there are no logs, what bites later, whether traffic finds its way back."""

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from tui.cli.options import Watching, watching
from tui.cli.process import Ending, run_until_signal
from tui.content.exit_codes import ExitCode

if TYPE_CHECKING:
    from tui.domain.checkup.facts import Examination


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@watching
def doctor(watching: Watching, as_json: bool) -> int:
    """Check access, logging, delivery and set-up, and print the commands that mend what is wrong. Changes nothing.

    Exit code: 0 all well, 1 a warning, 2 something stops the logs, 3 could not look.
    """
    from tui.domain.checkup.checkup import findings
    from tui.feed.aws.target import AwsTarget
    from tui.feed.doctor.examine import examine
    from tui.headless.colour import renderer
    from tui.headless.doctor import exit_code, render_json, render_page

    if watching.mask:
        raise click.UsageError("doctor prints commands for your own account, which aliases would break.")
    target = AwsTarget(watching.profile, watching.region, watching.endpoint_url)
    outcome: list[Examination] = []

    async def look() -> None:
        outcome.append(await examine(target, selectors=watching.selectors, named_groups=watching.log_groups))

    if run_until_signal(look) is not Ending.DONE:
        return ExitCode.UNKNOWN
    (examined,) = outcome
    found = findings(examined)
    if as_json:
        click.echo(render_json(examined, found))
    else:
        columns = get_terminal_size().columns if sys.stdout.isatty() else 80
        click.echo(render_page(examined, found, columns=columns, render=renderer(sys.stdout)))
    return exit_code(examined, found)
