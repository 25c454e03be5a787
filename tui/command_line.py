"""How the command line is read: the default command, the options that every watching command shares, exit codes."""

import asyncio
import contextlib
import fcntl
import functools
import os
import re
import signal
import stat
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields
from difflib import get_close_matches
from io import TextIOWrapper
from typing import Any, Final, TypeVar

import click

from tui.domain.clock import Clock
from tui.domain.text import clean
from tui.domain.times import parse_since

COULD_NOT: Final = 3
"""The exit code of every command that could not do what it was asked."""

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
    from tui.debug_log import open_debug_log

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


def scripted(main: Callable[[], Coroutine[Any, Any, None]], *, for_reader: bool = True) -> bool:
    """Run a coroutine until SIGTERM, SIGHUP or ctrl+c; return whether it ended by itself before that.

    With `for_reader` also until nobody reads stdout any more. The coroutine's `finally` blocks run in every case.
    Raises click.ClickException with one line where AWS could not be read.
    """
    from tui.feed.failure import FeedError

    try:
        return asyncio.run(_until_told(main(), for_reader=for_reader))
    except FeedError as trouble:
        raise click.ClickException(trouble.message) from None


async def _until_told(work: Coroutine[Any, Any, None], *, for_reader: bool) -> bool:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and jobs in the background, asked to be left alone
            loop.add_signal_handler(number, task.cancel)
    # While nothing is printed, no write fails; a live session would stay open, and be billed, with nobody to read it.
    # The writing end of a pipe turns readable when the other end is closed, and at no other time.
    with contextlib.suppress(OSError, ValueError):
        stdout = sys.stdout.fileno()
        if for_reader and _is_writing_end(stdout):

            def leave() -> None:
                loop.remove_reader(stdout)
                task.cancel()

            loop.add_reader(stdout, leave)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise
        return False
    return True


def _is_writing_end(descriptor: int) -> bool:
    is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    return is_pipe and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY


_TO_COME: Final = frozenset({"wait", "replay", "report", "doctor"})
"""Commands that scripts may already know: taken for a selector, they would open the screen."""


class WatchByDefault(click.Group):
    """A group whose command may be left out: `tunnelwatch hq` is `tunnelwatch watch hq`.

    The command may also stand behind options (`tunnelwatch --region eu-west-1 status`), as AWS users write it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] not in (["-h"], ["--help"], ["--version"]):
            args = self._command_first(args)
        return super().parse_args(ctx, args)

    def _command_first(self, args: list[str]) -> list[str]:
        takes_value = {
            name
            for command in self.commands.values()
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in parameter.opts
        }
        skip = False
        for place, word in enumerate(args):
            if skip:
                skip = False
            elif word in takes_value:
                skip = True
            elif not word.startswith("-"):
                if word in self.commands:
                    return [word, *args[:place], *args[place + 1 :]]
                if word in _TO_COME:
                    raise click.UsageError(f"`{word}` is not in this version; `tunnelwatch --help` names what is.")
                self._refuse_slip(word)
                break
        return ["watch", *args]

    def _refuse_slip(self, word: str) -> None:
        """Raise click.UsageError where a selector looks like a mistyped command: the screen would open on nothing."""
        alike = get_close_matches(word, self.commands, n=1, cutoff=0.8)
        if alike and word.isalpha() and word[0] == alike[0][0]:
            raise click.UsageError(
                f"There is no command `{word}`. Did you mean `{alike[0]}`? "
                f"A connection of that name is watched with `tunnelwatch watch {word}`."
            )


def run(group: click.Group) -> int:
    """Run the command line and return the exit code; what goes wrong is one clear line on stderr."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a latin-1 terminal gets what it can show
    try:
        # Not `group.main`: it ends a closed pipe with code 1, and bad usage with 2.
        with group.make_context("tunnelwatch", sys.argv[1:]) as context:
            result = group.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        click.echo(f"tunnelwatch: {wrong.format_message()}", err=True)
        return COULD_NOT
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader went away: a normal end for what stands in a pipe. Whatever is still buffered has no reader either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as trouble:  # a port that is taken, a full disk
        click.echo(f"tunnelwatch: {clean(trouble.strerror or str(trouble))}.".replace("..", "."), err=True)
        return COULD_NOT
    except Exception as fault:
        # A fault of ours. Its words may quote what was read, and a traceback helps nobody on a call: its place will do.
        from tui.debug_log import log, place_of

        log.info("unforeseen", exc_info=fault)
        click.echo(f"tunnelwatch: unforeseen {place_of(fault)}. Please report it, with --debug FILE.", err=True)
        return COULD_NOT
    return result if isinstance(result, int) else 0
