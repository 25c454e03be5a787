"""The exit codes of every command: what the program says to scripts and to monitoring."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The monitoring-plugin convention, so that `status` can be a check; the other commands use its ends.

    `UNKNOWN` is the code of whatever could not do what it was asked: no access, bad usage, an internal error.
    """

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    INTERRUPTED = 130
    """128 + SIGINT, as shells report it."""


_WORST_FIRST: Final = (ExitCode.CRITICAL, ExitCode.UNKNOWN, ExitCode.WARNING, ExitCode.OK)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code of several looks together: what is bad outweighs what is not known; unknown without any."""
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.UNKNOWN)
