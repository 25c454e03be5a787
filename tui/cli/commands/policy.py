"""`tunnelwatch policy`: the IAM policy that the program needs."""

import click

from tui.content.exit_codes import ExitCode


@click.command()
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["monitor", "causes", "logging"]),
    default="monitor",
    show_default=True,
    help="For watching; for watching and all that `doctor` looks at; or for turning the logs on.",
)
@click.option(
    "--log-group",
    "log_groups",
    multiple=True,
    metavar="NAME|ARN",
    help="Allow this log group alone. Repeatable.",
)
def policy(purpose: str, log_groups: tuple[str, ...]) -> int:
    """Print the smallest IAM policy that the program needs, as JSON."""
    from tui.headless.policy import causes_policy, logging_policy, monitor_policy

    if purpose == "logging":
        click.echo(logging_policy())
    else:
        click.echo(monitor_policy(log_groups) if purpose == "monitor" else causes_policy(log_groups))
    return ExitCode.OK
