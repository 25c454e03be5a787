"""`--color auto|always|never`, an option of every command."""

import os
from collections.abc import Iterable
from typing import Final

import click

_FORBIDS, _FORCES = "NO_COLOR", "FORCE_COLOR"
"""Variables with the same meaning for users and libraries (no-color.org, force-color.org)."""
_VARIABLES: Final = {"always": (_FORCES, _FORBIDS), "never": (_FORBIDS, _FORCES)}
"""The variables to set and to unset."""


def give_colour_option(commands: Iterable[click.Command]) -> None:
    """Add the option to each of the commands."""
    for command in commands:
        command.params.append(
            click.Option(
                ["--color"],
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                expose_value=False,
                callback=_choose,
                help="Use colours if the terminal has them (auto), always (for `less -R`), or never. NO_COLOR, "
                "FORCE_COLOR, CLICOLOR and CLICOLOR_FORCE are respected.",
            )
        )


def _choose(ctx: click.Context, param: click.Parameter, choice: str) -> None:
    """Apply the choice to this process, libraries included; it takes precedence over the environment."""
    if choice == "auto" or ctx.resilient_parsing:
        return
    wanted, unwanted = _VARIABLES[choice]
    os.environ[wanted] = "1"
    os.environ.pop(unwanted, None)
