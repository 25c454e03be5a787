"""How a command runs and ends: by itself, by a signal, with its reader; what goes wrong is one line and a code."""

import asyncio
import contextlib
import fcntl
import logging
import os
import select
import signal
import stat
import sys
from collections.abc import Callable, Coroutine, Iterator
from io import TextIOWrapper
from types import FrameType
from typing import Any, Final

import click

from tui.domain.text import clean

COULD_NOT: Final = 3
"""The exit code of every command that could not do what it was asked."""
_PATIENCE: Final = 0.4
"""Seconds for which the last lines wait for a reader who is slow, and not gone."""
_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class ReaderGone(BaseException):
    """A signal came while a line was waiting for its reader."""


class Output:
    """Prints lines. A reader that takes nothing holds the program up, but not the signal that ends it.

    A blocked write goes on after a signal (PEP 475) unless the signal's handler raises, and the event loop, whose own
    handlers do not, stands still meanwhile. So what is written is what a pipe with room takes whole.
    """

    def __init__(self) -> None:
        self._is_writing = False
        self._is_last = False

    def __call__(self, line: str) -> None:
        """Print a line. Raises ReaderGone where the end was told and the reader makes no room."""
        stdout = sys.stdout
        left = f"{line}\n".encode(stdout.encoding, stdout.errors or "strict")
        while left:
            while not _has_room(_PATIENCE):
                if self._is_last:
                    raise ReaderGone
            self._is_writing = True
            try:
                left = left[os.write(stdout.fileno(), left[: select.PIPE_BUF]) :]
            finally:
                self._is_writing = False

    def give_up(self) -> None:
        """Wait no longer for a reader who is gone, or takes nothing; for a signal's handler.

        Raises ReaderGone where a stopped terminal holds up a write: it says that it has room, and has too little.
        """
        self._is_last = True
        if self._is_writing and not _has_room(0):
            raise ReaderGone


def _has_room(patience: float) -> bool:
    return bool(select.select([], [sys.stdout], [], patience)[1])


def scripted(
    main: Callable[[], Coroutine[Any, Any, None]], *, output: Output | None = None, for_reader: bool = True
) -> bool:
    """Run a coroutine until SIGTERM, SIGHUP or ctrl+c; return whether it ended by itself before that.

    With `for_reader` also until nobody reads stdout any more. The coroutine's `finally` blocks run in every case.
    `output` is what it prints with. Raises click.ClickException with one line where AWS could not be read.
    """
    from tui.feed.aws.errors import FeedError

    try:
        return asyncio.run(_until_told(main(), output or Output(), for_reader=for_reader))
    except FeedError as trouble:
        raise click.ClickException(trouble.message) from None


async def _until_told(work: Coroutine[Any, Any, None], output: Output, *, for_reader: bool) -> bool:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    # While nothing is printed, no write fails; a live session would stay open, and be billed, with nobody to read it.
    # The writing end of a pipe turns readable when the other end is closed, and at no other time.
    with contextlib.suppress(OSError, ValueError):
        stdout = sys.stdout.fileno()
        if for_reader and _is_writing_end(stdout):

            def leave() -> None:
                loop.remove_reader(stdout)
                task.cancel()

            loop.add_reader(stdout, leave)
    with _told(lambda: loop.call_soon_threadsafe(task.cancel), output):
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            return False
        except ReaderGone:
            _drop_output()
            return False
    return True


@contextlib.contextmanager
def _told(end: Callable[[], object], output: Output) -> Iterator[None]:
    """Have the signals that end a program call `end`, and `output` wait no more; a second one ends what still lasts."""

    def tell(number: int, frame: FrameType | None) -> None:
        end()
        output.give_up()

    # Those that are ignored stay so: nohup, and jobs in the background, asked to be left alone.
    before = {each: signal.getsignal(each) for each in _ENDINGS if signal.getsignal(each) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, tell)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _is_writing_end(descriptor: int) -> bool:
    is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    return is_pipe and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY


def _drop_output() -> None:
    """Let whatever is still buffered go nowhere: it has no reader, and to flush it would fail or wait."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(group: click.Group) -> int:
    """Run the command line and return the exit code; what goes wrong is one clear line on stderr."""
    if sys.stdout is None:  # closed by whoever started us: only the exit code counts
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the end
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a latin-1 terminal gets what it can show
    _silence_libraries()
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
    except (BrokenPipeError, ReaderGone):
        _drop_output()  # the reader went away, or takes nothing: a normal end for what stands in a pipe
        return 0
    except OSError as trouble:  # a port that is taken, a full disk
        click.echo(f"tunnelwatch: {clean(trouble.strerror or str(trouble)).rstrip('.')}.", err=True)
        return COULD_NOT
    except Exception as fault:
        # A fault of ours. Its words may quote what was read, and a traceback helps nobody on a call: its place will do.
        from tui.cli.debug_log import log, place_of

        log.info("unforeseen", exc_info=fault)
        click.echo(f"tunnelwatch: unforeseen {place_of(fault)}. Please report it, with --debug FILE.", err=True)
        return COULD_NOT
    return result if isinstance(result, int) else 0


def _silence_libraries() -> None:
    """Keep what libraries log from stderr: their warnings come with tracebacks, into the middle of a screen."""
    for name in ("aiobotocore", "aiohttp", "asyncio", "botocore"):
        logging.getLogger(name).addHandler(logging.NullHandler())
