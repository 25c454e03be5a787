"""`tunnelwatch policy`: the IAM policy that the program needs."""

import click

from tui.content.exit_codes import ExitCode


@click.command()
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["monitor", "causes", "logging", "fleet"]),
    default="monitor",
    show_default=True,
    help="monitor: watching; causes: also everything that doctor looks at; logging: turning the logs on; fleet: "
    "watching several accounts through their roles.",
)
@click.option(
    "--log-group",
    "log_groups",
    multiple=True,
    metavar="NAME|ARN",
    help="Allow only this log group. Repeatable.",
)
def policy(purpose: str, log_groups: tuple[str, ...]) -> int:
    """Print the smallest IAM policy that the program needs, as JSON."""
    from tui.headless.policy import POLICIES

    click.echo(POLICIES[purpose](log_groups))
    return ExitCode.OK
