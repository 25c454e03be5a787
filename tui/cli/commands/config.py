"""`tunnelwatch config`: the options that hold for every run."""

from pathlib import Path

import click

from tui.cli.config_file import VARIABLE, Config, fault, read_config
from tui.cli.config_template import template
from tui.cli.settings import settings
from tui.content.exit_codes import ExitCode


@click.command()
@click.option("--print", "print_it", is_flag=True, help="Print a commented template.")
@click.option("--check", is_flag=True, help="Say what is in force, or what is wrong, with file and line.")
@click.option("--config", "path", metavar="FILE", envvar=VARIABLE, help="Check this file.")
def config(print_it: bool, check: bool, path: str | None) -> int:
    """Show the config file: a commented template, or what is in force.

    The file is ~/.config/tunnelwatch/config.toml, or what --config or TUNNELWATCH_CONFIG names. An option on the
    command line comes before its variable (--since before TUNNELWATCH_SINCE), and that before the file.
    """
    from tui.cli.commands.watch import watch

    options = settings(watch)
    if print_it and check:
        raise click.UsageError("--print and --check are two things: choose one.")
    if print_it:
        click.echo(template(options), nl=False)
        return ExitCode.OK
    found = read_config(Path(path) if path else None, options)
    if not found.path.exists():
        click.echo(f"{found.path}: there is none; `tunnelwatch config --print > {found.path}` makes one.")
        return ExitCode.OK
    click.echo(f"{found.path}: nothing is wrong.")
    if check and found.keys:
        _check_keys(found)
    tables = {"names": found.names, "devices": found.devices, "keys": found.keys}
    for key, value in found.options.items():
        click.echo(f"{key} = {_written(value)}")
    for table, texts in tables.items():
        for key, value in texts.items():
            click.echo(f"{table}: {key} = {_written(value)}")
    for name, site in found.sites.items():
        click.echo(
            f"site {name}: region {site.region or 'as in the AWS settings'}, profile {site.profile or 'default'}"
        )
    return ExitCode.OK


def _check_keys(config: Config) -> None:
    from tui.app.keys import KeyChoiceError, choose  # imports Textual

    try:
        choose(config.keys)
    except KeyChoiceError as wrong:
        raise fault(config, "keys", wrong.name, str(wrong)) from None


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
