"""A finding of the checkup: what it is, how severe, and whom it concerns; `content` has the words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """The severity of a finding. `STOP` keeps logs from being written or read; `UNKNOWN` could not be examined."""

    STOP = "stop"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOTE = "note"
    OK = "ok"


WORST_FIRST: Final = tuple(Level)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `connection` and `outside_ip` are empty if it concerns all of them.

    `code` is stable, in snake_case, and selects the words. `values` fill their placeholders, and hold what a command
    that repairs it needs, such as the ARN of a log group.
    """

    code: str
    level: Level
    connection: str = ""
    outside_ip: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def worst(findings: Iterable[Finding]) -> Level:
    """Return the worst level of the findings; OK if there are none."""
    return min((finding.level for finding in findings), key=WORST_FIRST.index, default=Level.OK)
