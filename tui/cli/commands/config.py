"""`tunnelwatch config`: the options that apply to every run."""

from collections.abc import Iterator
from pathlib import Path

import click

from tui.cli.config_file import VARIABLE, Config, Site, duplicate_sites, fault, read_config, usual_path
from tui.cli.config_template import template
from tui.cli.settings import settings
from tui.content.exit_codes import ExitCode


@click.command()
@click.option("--init", "is_new", is_flag=True, help="Write a commented template if there is no file yet.")
@click.option("--print", "print_it", is_flag=True, help="Print the template.")
@click.option("--check", is_flag=True, help="Show the values in force, or the faults with file and line.")
@click.option("--config", "path", metavar="FILE", envvar=VARIABLE, help="Check this file.")
def config(is_new: bool, print_it: bool, check: bool, path: str | None) -> int:
    """Show the config file: a commented template, or the values in force.

    The file is ~/.config/tunnelwatch/config.toml, or the one that --config or TUNNELWATCH_CONFIG names. An option on
    the command line takes precedence over its variable (--since over TUNNELWATCH_SINCE), and the variable over the
    file.
    """
    from tui.cli.commands.watch import watch

    options = settings(watch)
    if is_new + print_it + check > 1:
        raise click.UsageError("--init, --print and --check are different things: choose one.")
    if is_new:
        click.echo(_write(Path(path) if path else usual_path(), template(options)))
        return ExitCode.OK
    if print_it:
        click.echo(template(options), nl=False)
        return ExitCode.OK
    contents = read_config(Path(path) if path else None, options)
    if not contents.path.exists():
        click.echo(f"{contents.path}: there is none; `tunnelwatch config --init` writes one.")
        return ExitCode.OK
    click.echo(f"{contents.path}: nothing is wrong.")
    if check and contents.keys:
        _check_keys(contents)
    tables = {"names": contents.names, "devices": contents.devices, "keys": contents.keys}
    for key, value in contents.options.items():
        click.echo(f"{key} = {_written(value)}")
    for table, texts in tables.items():
        for key, value in texts.items():
            click.echo(f"{table}: {key} = {_written(value)}")
    for name, site in contents.sites.items():
        click.echo(f"site {name}: {', '.join(_site(site))}")
    if twice := duplicate_sites(contents.sites):
        raise fault(contents, "", f"sites.{twice[1]}", f"is the same account and region as `sites.{twice[0]}`")
    return ExitCode.OK


def _site(site: Site) -> Iterator[str]:
    """Yield the settings of a site, and where its account and region come from if it has none."""
    yield f"region {site.region or 'as in the AWS settings'}"
    yield f"profile {site.profile or 'default'}"
    for key in ("role_arn", "external_id", "endpoint_url", "log_groups", "selectors"):
        if value := getattr(site, key):
            yield f"{key} {' '.join(value) if isinstance(value, tuple) else value}"
    if site.linked_accounts:
        yield "with the accounts that are linked to it"


def _write(path: Path, text: str) -> str:
    """Write the template for the user alone and return a message; raises click.ClickException if the file exists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(text)
    except FileExistsError:
        raise click.ClickException(f"{path} exists; `tunnelwatch config --check` shows its contents.") from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}.") from None
    return f"{path}: written; nothing is in force yet. Remove the # in front of what you want."


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
