"""A finding of the checkup: what it is, how bad it is, and whom it concerns; the words for it stand in `content`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How bad a finding is. `STOP` keeps logs from being written or read; `UNKNOWN` could not be looked at."""

    STOP = "stop"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOTE = "note"
    OK = "ok"


WORST_FIRST: Final = tuple(Level)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `connection` and `outside_ip` are empty where it concerns all of them.

    `code` is stable, in snake_case, and names the words. `values` fill the places in these words, and hold what a
    command that mends it needs, such as the ARN of a log group.
    """

    code: str
    level: Level
    connection: str = ""
    outside_ip: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def worst(findings: Iterable[Finding]) -> Level:
    """Return the level that counts for all of them together; OK where there are none."""
    return min((finding.level for finding in findings), key=WORST_FIRST.index, default=Level.OK)
