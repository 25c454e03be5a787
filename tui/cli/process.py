"""How a command runs and ends: every failure is one line on stderr and an exit code, never a traceback."""

import asyncio
import fcntl
import gc
import logging
import os
import signal
import stat
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from enum import Enum
from io import TextIOWrapper
from typing import Any, Final

import click

from tui.cli.output import Output, ReaderGone, discard_output
from tui.cli.signals import on_signal
from tui.content.exit_codes import ExitCode
from tui.content.layout.ascii_text import ERRORS, register_errors
from tui.domain.text import clean


def run(group: click.Group) -> int:
    """Run the command line and return the exit code; print every failure as one clear line on stderr."""
    if sys.stdout is None:  # closed by the parent process: only the exit code counts
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the end
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open until the end
    register_errors()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=ERRORS)  # a Latin-1 terminal gets what it can show
    _silence_libraries()
    try:
        # Not `group.main`: it ends a closed pipe with code 1, and bad usage with 2.
        with group.make_context("tunnelwatch", sys.argv[1:]) as context:
            context.color = True  # otherwise click would strip the colours that --color always asked for
            result = group.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except (BrokenPipeError, ReaderGone):
        discard_output()  # the reader has gone or stopped: a normal end in a pipe
        return ExitCode.OK
    except OSError as error:  # a port that is taken, a full disk
        return _fail(f"{clean(error.strerror or str(error)).rstrip('.')}.")
    except Exception as error:
        # An error's words may quote what was read, and a traceback helps nobody on a call: its place is enough for a
        # report.
        from tui.cli.debug_log import log, place_of

        log.info("internal error", exc_info=error)
        return _fail(f"internal error ({place_of(error)}). Please report it, with --debug FILE.")
    return result if isinstance(result, int) else ExitCode.OK


def _fail(message: str) -> int:
    click.echo(f"tunnelwatch: {message}", err=True)
    return ExitCode.UNKNOWN


def _silence_libraries() -> None:
    """Keep the libraries' log messages off stderr: they come with tracebacks, in the middle of a screen."""
    for name in ("aiobotocore", "aiohttp", "asyncio", "botocore", "textual-serve"):
        logging.getLogger(name).addHandler(logging.NullHandler())


class Ending(Enum):
    """How a command's work ended."""

    DONE = "done"
    """The work ended by itself."""
    INTERRUPTED = "interrupted"
    """ctrl+c ended it."""
    TERMINATED = "terminated"
    """SIGTERM or SIGHUP ended it."""
    UNREAD = "unread"
    """Nobody reads its output any more."""


def run_until_signal(
    main: Callable[[], Coroutine[Any, Any, None]], *, output: Output | None = None, ends_with_reader: bool = True
) -> Ending:
    """Run a coroutine until SIGTERM, SIGHUP or ctrl+c; return how it ended.

    With `ends_with_reader` it also ends when nobody reads stdout any more. It is cancelled, so its `finally` blocks run
    in every case; a second signal cancels those, too. `output` is what the coroutine prints with; on a signal it stops
    waiting for its reader. Raises click.ClickException with one line if AWS could not be read.
    """
    from tui.feed.aws.errors import FeedError

    try:
        return asyncio.run(_until_signal(main(), output or Output(), ends_with_reader=ends_with_reader))
    except FeedError as error:
        raise click.ClickException(error.message) from None


async def _until_signal(work: Coroutine[Any, Any, None], output: Output, *, ends_with_reader: bool) -> Ending:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    ending = Ending.UNREAD
    if ends_with_reader:
        _call_without_reader(task.cancel)

    def end(number: int) -> None:
        nonlocal ending
        ending = Ending.INTERRUPTED if number == signal.SIGINT else Ending.TERMINATED
        loop.call_soon_threadsafe(task.cancel)
        output.stop_waiting()

    with on_signal(end):
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            return ending
        except ReaderGone:
            discard_output()
            return ending
    return Ending.DONE


def _call_without_reader(end: Callable[[], object]) -> None:
    """Call `end` when the reader of a piped stdout has gone, even while nothing is printed and no write could fail.

    A live session would otherwise stay open, and be billed, without a reader. The writing end of a pipe becomes
    readable only when the other end is closed.
    """
    loop = asyncio.get_running_loop()
    try:
        stdout = sys.stdout.fileno()
        if not _is_writing_end(stdout):
            return
    except (OSError, ValueError):  # no descriptor, or a closed one
        return

    def leave() -> None:
        loop.remove_reader(stdout)
        end()

    loop.add_reader(stdout, leave)


def _is_writing_end(descriptor: int) -> bool:
    is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    return is_pipe and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY


_SELDOM: Final = (20_000, 2, 20)
"""The collector's thresholds: new objects per young collection, and collections before the next older generation.
Each pass delays a key; one over 200,000 objects takes 0.1 s."""


def collect_garbage_seldom() -> None:
    """Collect garbage after 20,000 new objects instead of 700, and exclude everything already imported.

    An event creates some ten objects, nearly all of which live until the history drops them, without the collector's
    help. The default cost a quarter of the time to take events in. A page of 5,000 events is 10,000 objects, which are
    gone before most passes. One pass takes 2 ms, which no reader notices.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    gc.enable()


@contextmanager
def garbage_kept() -> Iterator[None]:
    """Suspend garbage collection within this block: for one read, whose hundred thousand new objects all stay alive.

    The collector would scan them again and again, for a tenth of the time. The survivors are also excluded from then
    on: scanning them once more at the end of the program took a fifth.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()
