"""The exit codes of every command: what the program says to scripts and to monitoring."""

from enum import IntEnum


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
