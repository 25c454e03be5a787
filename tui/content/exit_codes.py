"""The exit codes of every command, for scripts and for monitoring."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The convention of monitoring plugins, so that `status` can be a check; other commands use it where it fits.

    `UNKNOWN` is for anything that could not be done: no access, bad usage, an internal error.
    """

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    INTERRUPTED = 130
    """128 + SIGINT, as shells report it."""


_WORST_FIRST: Final = (ExitCode.CRITICAL, ExitCode.UNKNOWN, ExitCode.WARNING, ExitCode.OK)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code of several looks together: bad outweighs unknown; unknown if there is none."""
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.UNKNOWN)
