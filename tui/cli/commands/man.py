"""`tunnelwatch man`: the manual page."""

import click

from tui.content.exit_codes import ExitCode


@click.command()
@click.pass_context
def man(context: click.Context) -> int:
    """Print the manual page; read it with `tunnelwatch man | man -l -`."""
    from tui.cli.manual import manual

    group = context.find_root().command
    assert isinstance(group, click.Group)  # noqa: S101 - for the type checker: the root is the program
    click.echo(manual(group), nl=False)
    return ExitCode.OK
