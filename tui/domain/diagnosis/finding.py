"""The result of examining one tunnel: a code with evidence and figures, without words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.domain.state.history import Entry


class Evidence(NamedTuple):
    """One fact that supports a diagnosis: its time, ms, and what the log or EC2 said."""

    at: int
    text: str
    is_by_ec2: bool = False
    """Whether it is from EC2 rather than from a line of a log."""


@dataclass(frozen=True, slots=True)
class Span:
    """A duration, ms, to be written out: "20 seconds", "8 hours"."""

    ms: int


Detail = str | int | Span | tuple[str, ...]
"""A value for a placeholder in a sentence. A tuple is a choice: "14, 15 or 16"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause. `certain` if the lines prove cause and party; `since` in ms; `details` fill placeholders in its words.

    `variant` is visible to scripts; `wording` selects words more specific than the variant's.
    """

    code: str
    since: int
    evidence: tuple[Evidence, ...] = ()
    certain: bool = False
    variant: str = ""
    wording: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)


_SHOWN = 5


def evidence_of(entries: Iterable[Entry]) -> tuple[Evidence, ...]:
    """Return the first and the last few of the entries in order of time, each text once per second."""
    facts: dict[tuple[int, str], Evidence] = {}
    for entry in entries:
        facts.setdefault((entry.at // 1000, entry.event.message), Evidence(entry.at, entry.event.message))
    shown = list(facts.values())
    return tuple(shown if len(shown) <= _SHOWN else [shown[0], *shown[1 - _SHOWN :]])
