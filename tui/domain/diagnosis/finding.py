"""What a look at one tunnel found: a code with its evidence, before the words are put to it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tui.domain.history import Entry


class Evidence(NamedTuple):
    """One fact that a diagnosis stands on: when, ms, and what the log or EC2 said."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause. `certain` when AWS said so itself; `since` in ms; `details` fill the places in the cause's words."""

    code: str
    since: int
    evidence: tuple[Evidence, ...] = ()
    certain: bool = False
    variant: str = ""
    details: dict[str, str] = field(default_factory=dict)


_SHOWN = 5


def evidence_of(entries: list[Entry]) -> tuple[Evidence, ...]:
    """Return the first of the entries and the last few, in the order of time, each text once a second."""
    told: dict[tuple[int, str], Evidence] = {}
    for entry in entries:
        told.setdefault((entry.at // 1000, entry.event.message), Evidence(entry.at, entry.event.message))
    facts = list(told.values())
    return tuple(facts if len(facts) <= _SHOWN else [facts[0], *facts[1 - _SHOWN :]])
