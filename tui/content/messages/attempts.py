"""Repeated attempts: a peer with a wrong key logs the same nine lines every eleven seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.knowledge.rule import Severity
from tui.domain.state.history import Entry

PAUSE: Final = 3_000
"""Milliseconds without a line after which the next one belongs to another attempt."""
_LEAST: Final = 3
"""Minimum number of attempts that share a line."""

Signature = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempts:
    """Identical attempts in the entries from index `start` up to `stop`: their number, and their usual distance, ms."""

    start: int
    stop: int
    times: int
    every: int
    telling: Entry


@dataclass(frozen=True, slots=True)
class _Attempt:
    start: int
    stop: int
    signature: Signature
    at: int


def repeated_attempts(entries: Sequence[Entry]) -> list[Attempts]:
    """Return the runs of at least three identical attempts, in order. The newest attempt may be unfinished."""
    runs: list[list[_Attempt]] = []
    for attempt in _attempts(entries):
        run = runs[-1] if runs else []
        is_last = attempt.stop == len(entries)
        if run and run[-1].stop == attempt.start and _is_alike(run[0].signature, attempt.signature, is_last=is_last):
            run.append(attempt)
        else:
            runs.append([attempt])
    return [_summed(run, entries) for run in runs if len(run) >= _LEAST]


def _is_alike(first: Signature, other: Signature, *, is_last: bool) -> bool:
    return other == first or (is_last and other == first[: len(other)])


def _summed(run: Sequence[_Attempt], entries: Sequence[Entry]) -> Attempts:
    every = int(median(after.at - before.at for before, after in pairwise(run)))
    return Attempts(run[0].start, run[-1].stop, len(run), every, _most_telling(entries[run[0].start : run[0].stop]))


def _attempts(entries: Sequence[Entry]) -> Iterator[_Attempt]:
    """Yield the attempts of a tunnel that is not up; routine between two of them belongs to the first."""
    start: int | None = None
    last_at = 0
    signature: list[str] = []
    for index, entry in enumerate(entries):
        is_up = entry.state.is_up.value is True
        begins = not entry.is_chatter and (start is None or entry.at - last_at > PAUSE)
        if start is not None and (is_up or begins):
            yield _Attempt(start, index, tuple(signature), entries[start].at)
            start, signature = None, []
        if is_up or (start is None and not begins):
            continue
        if start is None:
            start = index
        if not entry.is_chatter:
            signature.append(entry.rule.id if entry.rule else entry.event.message)
            last_at = entry.at
    if start is not None:
        yield _Attempt(start, len(entries), tuple(signature), entries[start].at)


def _most_telling(entries: Sequence[Entry]) -> Entry:
    def weight(entry: Entry) -> int:
        return entry.explanation.severity.rank if entry.explanation else Severity.OK.rank

    return max(entries, key=weight)
