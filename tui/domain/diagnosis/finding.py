"""What a look at one tunnel found: a code with its evidence and figures, before the words are put to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.domain.state.history import Entry


class Evidence(NamedTuple):
    """One fact that a diagnosis stands on: when, ms, and what the log or EC2 said."""

    at: int
    text: str
    is_by_ec2: bool = False
    """Whether EC2 said it, and no line of a log."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, ms, to be spoken: "20 seconds", "8 hours"."""

    ms: int


Detail = str | int | Span | tuple[str, ...]
"""A figure that a sentence has a place for. A tuple is a choice: "14, 15 or 16"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause. `certain` where the lines prove cause and party; `since` in ms; `details` fill the places in its words.

    `variant` is part of what scripts see; `wording` picks words that are more special than the variant's.
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
    """Return the first of the entries and the last few, in the order of time, each text once a second."""
    facts: dict[tuple[int, str], Evidence] = {}
    for entry in entries:
        facts.setdefault((entry.at // 1000, entry.event.message), Evidence(entry.at, entry.event.message))
    shown = list(facts.values())
    return tuple(shown if len(shown) <= _SHOWN else [shown[0], *shown[1 - _SHOWN :]])
