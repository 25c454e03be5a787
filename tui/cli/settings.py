"""Defaults of options: from the command line, else from a variable, else from the config file.

The AWS CLI uses the same order. A variable is named after its option: `--since` is `TUNNELWATCH_SINCE`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from tui.cli.config_file import VARIABLE, Config, Options, read_config

_KEPT: Final = "tunnelwatch.config"
_EACH_TIME: Final = frozenset({"debug", "config", "help", "record", "site_names", "all_sites", "is_viewer"})
"""Options that make sense for a single run only."""


def settings(watch: click.Command) -> Options:
    """Return what the file may set: every option of watching, and the selectors."""
    return {key_of(parameter): parameter for parameter in watch.params if parameter.name not in _EACH_TIME}


def key_of(parameter: click.Parameter) -> str:
    """Return an option's key in the file: its name on the command line, in the plural if it may be repeated."""
    if not isinstance(parameter, click.Option):
        return str(parameter.name)
    name = max(parameter.opts, key=len).removeprefix("--").replace("-", "_")
    return f"{name}s" if parameter.multiple else name


def take_settings(commands: Iterable[click.Command], options: Options) -> None:
    """Make these commands take their defaults from variables and from the config file."""
    for command in commands:
        taken = [parameter for parameter in command.params if key_of(parameter) in options]
        for parameter in taken:
            if isinstance(parameter, click.Option):
                parameter.envvar = variable_of(parameter)
        if taken:
            command.params.append(_config_option(options))


def variable_of(parameter: click.Parameter) -> str:
    """Return the name of an option's variable."""
    return f"TUNNELWATCH_{key_of(parameter).upper()}"


def config_in_force() -> Config:
    """Return the config of the command that runs."""
    config = click.get_current_context().meta.get(_KEPT)
    return config if isinstance(config, Config) else Config(Path())


def _config_option(options: Options) -> click.Option:
    def read(context: click.Context, parameter: click.Parameter, path: str | None) -> None:
        if context.resilient_parsing:
            return
        config = read_config(Path(path) if path else None, options)
        context.meta[_KEPT] = config
        context.default_map = {**(context.default_map or {}), **_for(context.command, config.options)}

    return click.Option(
        ["--config"],
        metavar="FILE",
        envvar=VARIABLE,
        is_eager=True,
        expose_value=False,
        callback=read,
        help="Read default options from FILE; see `tunnelwatch config`.",
    )


def _for(command: click.Command, values: Mapping[str, Any]) -> dict[str, Any]:
    keys = [(key_of(parameter), parameter.name) for parameter in command.params]
    return {name: values[key] for key, name in keys if name is not None and key in values}
