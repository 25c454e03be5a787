"""`--debug FILE`: what a maintainer needs for a bug report (calls, times, decisions), without secrets or log lines."""

import logging
import os
import platform
import stat
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TextIO

from tui import __version__
from tui.domain.text import clean

_LIBRARIES = ("textual", "rich", "aiobotocore", "botocore", "boto3", "aiohttp", "click")
_TERMINAL = ("TERM", "COLORTERM", "TMUX", "SSH_TTY", "LANG", "LC_ALL", "NO_COLOR", "COLUMNS", "LINES")

log = logging.getLogger("tunnelwatch")


class _OneLine(logging.Formatter):
    """Formats a record as one line of harmless text.

    An error becomes its type and place only, because its words may quote anything. `mask` removes from a message
    whatever identifies somebody.
    """

    converter = staticmethod(time.gmtime)
    mask: Callable[[str], str] = staticmethod(str)

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {clean(self.mask(record.getMessage()))}"
        return line if record.exc_info is None else f"{line} [{place_of(record.exc_info[1])}]"


class _Trace(logging.StreamHandler[TextIO]):
    """Writes the log until writing fails: a full disk must not fill the screen with tracebacks from `logging`."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - so named by logging
        log.removeHandler(self)


def place_of(error: BaseException | None) -> str:
    """Return the type of an error and the places in the code that it came from, without any of its words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is None:
        return "no error"
    trace, places = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{os.path.basename(code.co_filename)}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-6:])}"


def open_debug_log(path: str) -> None:
    """Write the program's log to `path`, readable by its owner alone; raises OSError if that is not possible."""
    # O_NONBLOCK: opening a pipe that has no reader would block until one comes.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
    os.set_blocking(descriptor, True)
    about = os.fstat(descriptor)
    if stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid():
        os.fchmod(descriptor, 0o600)  # an existing file may be readable by others
    handler = _Trace(os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace"))
    handler.setFormatter(_OneLine())
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.info("tunnelwatch %s, Python %s, %s", __version__, platform.python_version(), platform.platform())
    log.info("libraries: %s", ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))
    variables = {name: value for name in _TERMINAL if (value := os.environ.get(name))}
    log.info("terminal: %s, stdout %s, %s", _size(), "tty" if sys.stdout.isatty() else "no tty", variables)


def mask_debug_log(mask: Callable[[str], str]) -> None:
    """Pass every message of the debug log through `mask` from now on."""
    for handler in log.handlers:
        if isinstance(handler.formatter, _OneLine):
            handler.formatter.mask = mask


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _size() -> str:
    try:
        columns, lines = os.get_terminal_size(sys.__stderr__.fileno() if sys.__stderr__ else 2)
    except OSError:
        return "no size"
    return f"{columns}x{lines}"
