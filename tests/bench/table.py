"""The table of the benchmarks: each figure with its target, as Markdown while they run, or as JSON."""

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

_HEAD: Final = "| part | figure | found | target | met |\n|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Figure:
    """The result of one benchmark: a number with its unit, or a text; and its target, if any."""

    part: str
    name: str
    found: float | str
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if isinstance(self.found, str) or (self.at_most is None and self.at_least is None):
            return None
        return (self.at_most is None or self.found <= self.at_most) and (
            self.at_least is None or self.found >= self.at_least
        )

    @property
    def row(self) -> str:
        """The figure as a line of the table."""
        note = f" ({self.note})" if self.note else ""
        bounds = [f"{sign} {self._with_unit(bound)}" for sign, bound in self._bounds if bound is not None]
        met = {None: "", True: "yes", False: "**no**"}[self.is_met]
        cells = (self.part, self.name, self._with_unit(self.found) + note, ", ".join(bounds), met)
        return f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |"

    @property
    def _bounds(self) -> tuple[tuple[str, float | None], ...]:
        return ("≤", self.at_most), ("≥", self.at_least)

    def _with_unit(self, number: float | str) -> str:
        if isinstance(number, str):
            return number
        digits = f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.2f}"
        return f"{digits} {self.unit}".rstrip()


class Report:
    """Takes the figures of one part as it runs."""

    def __init__(self, part: str, add: Callable[[Figure], object]) -> None:
        self._part, self._add = part, add

    def __call__(
        self,
        what: str,
        found: float | str,
        unit: str = "",
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        note: str = "",
    ) -> None:
        """Add a figure to the part."""
        self._add(Figure(self._part, what, found, unit, at_most, at_least, note))


class Table:
    """The figures of a run, each printed as it arrives unless all are printed as JSON at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._figures: list[Figure] = []
        if not as_json:
            print(f"{machine()}\n\n{_HEAD}", flush=True)

    def add(self, figure: Figure) -> None:
        """Add a figure."""
        self._figures.append(figure)
        if not self._as_json:
            print(figure.row, flush=True)

    def close(self) -> None:
        """Print what has not been printed."""
        if self._as_json:
            figures = [asdict(figure) | {"met": figure.is_met} for figure in self._figures]
            print(json.dumps({"machine": machine(), "figures": figures}, indent=2, ensure_ascii=False))


def machine() -> str:
    """Return the machine's properties that figures depend on, in general terms."""
    return f"{os.cpu_count()} cores, Python {'.'.join(platform.python_version_tuple()[:2])}, {platform.system()}"
