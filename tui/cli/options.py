"""The options that commands share: what to watch and where, how to draw the screen, where to write a debug log."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

import click

from tui.domain.clock import Clock
from tui.domain.times import parse_since

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What to watch, and where: the options that the watching commands share."""

    selectors: tuple[str, ...] = ()
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    log_groups: tuple[str, ...] = ()
    source: str = "auto"
    since: str = "1h"

    def since_ms(self, clock: Clock) -> int:
        """Return where the look-back begins; raises click.BadParameter on a text that names no instant."""
        try:
            return parse_since(self.since, now=clock.now())
        except ValueError as wrong:
            raise click.BadParameter(str(wrong), param_hint="--since") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """How the screen is to be drawn."""

    no_mouse: bool = False
    ascii_only: bool = False
    utc: bool = False
    cgw: str | None = None


class _Device(click.ParamType[str]):
    """A customer gateway's make. Its table is read when the option is used: at every start it would cost 15 ms."""

    name = "device"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from tui.domain.devices import vendors

        if value not in vendors():
            self.fail(f"{value!r} is not known; known are {', '.join(vendors())}.", param, ctx)
        return value


CGW: Final = click.option(
    "--cgw",
    type=_Device(),
    metavar="DEVICE",
    help="The customer gateway's make (cisco-ios, cisco-asa, juniper, fortigate, paloalto, strongswan, yamaha,"
    " generic): checks become its commands.",
)


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
    help="Write what is called and decided to FILE, for a bug report; no secrets, no log lines.",
)


def _checked_url(ctx: click.Context, param: click.Parameter, url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url, re.IGNORECASE):
        raise click.BadParameter(f"{url!r} is no URL: write http://127.0.0.1:4566 or https://host.", ctx, param)
    return url


_WATCHING: Final = (
    click.argument("selectors", nargs=-1, metavar="[SELECTOR]..."),
    click.option("--profile", help="AWS profile, as in the AWS CLI."),
    click.option("--region", help="AWS region, as in the AWS CLI."),
    click.option(
        "--endpoint-url",
        metavar="URL",
        callback=_checked_url,
        help="Another endpoint for every AWS service (tests, emulators).",
    ),
    click.option(
        "--log-group",
        "log_groups",
        multiple=True,
        metavar="NAME|ARN",
        help="Read this log group and do not ask EC2. Repeatable.",
    ),
    click.option(
        "--source",
        type=click.Choice(["auto", "live", "poll"]),
        default="auto",
        show_default=True,
        help="Live Tail with sweeps, or polling alone.",
    ),
    click.option("--since", default="1h", show_default=True, metavar="SPAN|TIME", help="How far to look back."),
    DEBUG,
)

_DISPLAY: Final = (
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    click.option("--ascii", "ascii_only", is_flag=True, help="Symbols in plain ASCII."),
    click.option("--utc", is_flag=True, help="Times in UTC."),
    CGW,
)


def watching(command: F) -> F:
    """Give a command the options that say what to watch; it gets them as one `watching` argument."""
    return _gathering(command, "watching", Watching, _WATCHING)


def displaying(command: F) -> F:
    """Give a command the options of the screen; it gets them as one `display` argument."""
    return _gathering(command, "display", Display, _DISPLAY)


def _gathering(command: F, name: str, kind: type[Any], options: tuple[Callable[[Any], Any], ...]) -> F:
    @functools.wraps(command)
    def gathered(**given: Any) -> Any:
        return command(**{name: kind(**{field.name: given.pop(field.name) for field in fields(kind)})}, **given)

    decorated: Any = gathered
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators give back what they got
