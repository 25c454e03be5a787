"""Single options that several commands share."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Final

import click

from tui.cli.parameter_types import DEVICE

Command = Callable[..., int]


class _DeviceOption(click.Option):
    """Lists the devices in its help, and loads them only then."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        from tui.domain.knowledge.devices import vendors

        self.help = f"Show checks as commands of this customer gateway: {', '.join(vendors())}."
        return super().get_help_record(ctx)


CGW: Final = click.option("--cgw", cls=_DeviceOption, type=DEVICE, metavar="DEVICE")


def _open_debug_log(ctx: click.Context, param: click.Parameter, path: str | None) -> None:
    if path is None or ctx.resilient_parsing:
        return
    from tui.cli.debug_log import open_debug_log

    try:
        open_debug_log(path)
    except OSError as trouble:
        raise click.BadParameter(f"{path}: {trouble.strerror}.", ctx, param) from None


DEBUG: Final = click.option(
    "--debug",
    metavar="FILE",
    expose_value=False,
    callback=_open_debug_log,
    help="Write calls, times and decisions to FILE for a bug report, without secrets or log lines.",
)

THEIR_ZONE: Final = "tunnelwatch.their_zone"
"""The key in a command's context for the customer's zone."""
_MACHINES_OWN: Final = "local"


def _set_zone(ctx: click.Context, param: click.Parameter, zones: str | None) -> None:
    """Make the first zone the local zone of this process, in which all times are shown; keep the second as an extra."""
    if zones is None or ctx.resilient_parsing:
        return
    ours, _, theirs = (zone.strip() for zone in zones.partition(","))
    if theirs:
        ctx.meta[THEIR_ZONE] = _zone(theirs, ctx, param)
    if ours != _MACHINES_OWN:
        _zone(ours, ctx, param)
        os.environ["TZ"] = ours
        time.tzset()


def _zone(name: str, ctx: click.Context, param: click.Parameter) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise click.BadParameter(
            f"{name!r} is not a time zone; write Asia/Tokyo or Europe/Berlin.", ctx, param
        ) from None


ZONE: Final = click.option(
    "--tz",
    metavar="ZONE[,ZONE]",
    expose_value=False,
    callback=_set_zone,
    help="Show times in this zone, such as Asia/Tokyo, instead of the machine's. The clock of a second zone, such as "
    "the customer's, appears in the screen's status bar: local,Asia/Tokyo.",
)

MASK: Final = click.option(
    "--mask/--no-mask",
    help="Replace addresses, ids, accounts and names everywhere by aliases, the same throughout the run.",
)


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Return a command with options, which its help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command
