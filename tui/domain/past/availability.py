"""How long a tunnel carried traffic and a connection had a path: the figures of a report. Pure; times in ms."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from tui.domain.judgement.verdict import Verdict
from tui.domain.past.conditions import Condition, Stretch
from tui.domain.times import SECOND


@dataclass(frozen=True, slots=True)
class Availability:
    """The time a tunnel spent in each condition; the four add up to the whole span.

    A tunnel without BGP counts as `down`, because no traffic passes; a quiet one as `carrying`, because nothing
    indicates otherwise.
    """

    carrying: int = 0
    negotiating: int = 0
    down: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, course: Sequence[Stretch]) -> "Availability":
        """Return the totals of a tunnel's conditions."""
        return cls(
            carrying=_sum(course, Condition.CARRYING, Condition.QUIET),
            negotiating=_sum(course, Condition.NEGOTIATING),
            down=_sum(course, Condition.DOWN, Condition.WITHOUT_BGP),
            unknown=_sum(course, Condition.UNKNOWN),
        )

    @property
    def span(self) -> int:
        """The whole span."""
        return self.carrying + self.negotiating + self.down + self.unknown

    @property
    def share(self) -> float | None:
        """The share of the known time in which it carried traffic, 0 to 1; None if nothing is known."""
        known = self.span - self.unknown
        return self.carrying / known if known else None

    @property
    def seconds(self) -> dict[str, int]:
        """The four in whole seconds, by name; they add up to the seconds of the span."""
        exact = {name: getattr(self, name) for name in ("carrying", "negotiating", "down", "unknown")}
        whole = {name: value // SECOND for name, value in exact.items()}
        missing = self.span // SECOND - sum(whole.values())
        for name in sorted(exact, key=lambda name: exact[name] % SECOND, reverse=True)[:missing]:
            whole[name] += 1
        return whole


def _sum(course: Sequence[Stretch], *conditions: Condition) -> int:
    return sum(stretch.length for stretch in course if stretch.condition in conditions)


class Redundancy(NamedTuple):
    """A connection's redundancy from `start` up to `end`, ms."""

    start: int
    end: int
    verdict: Verdict

    @property
    def length(self) -> int:
        """Its duration, ms."""
        return self.end - self.start


def redundancy(courses: Sequence[Sequence[Stretch]]) -> tuple[Redundancy, ...]:
    """Return the redundancy of a connection with these tunnels over their common span; adjacent entries differ.

    It was down only while every tunnel is known to have carried nothing; if one of them is unknown, so is the whole.
    """
    instants = sorted({at for course in courses for stretch in course for at in stretch[:2]})
    positions = [0] * len(courses)
    periods: list[Redundancy] = []
    for start, end in pairwise(instants):
        for number, course in enumerate(courses):
            while course[positions[number]].end <= start:
                positions[number] += 1
        verdict = _verdict([course[index].condition.carries for course, index in zip(courses, positions, strict=True)])
        if periods and periods[-1].verdict is verdict:
            start = periods.pop().start
        periods.append(Redundancy(start, end, verdict))
    return tuple(periods)


def _verdict(carries: Sequence[bool | None]) -> Verdict:
    if any(carries):
        return Verdict.REDUNDANT if all(carries) and len(carries) > 1 else Verdict.AT_RISK
    return Verdict.UNKNOWN if None in carries else Verdict.DOWN
