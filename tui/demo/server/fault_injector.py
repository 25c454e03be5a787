"""Decides by random numbers which of the faults in force happen."""

from collections.abc import MutableSequence
from fnmatch import fnmatchcase
from random import Random

from tui.demo.server.errors import throttled
from tui.demo.server.faults import Faults


class FaultInjector:
    """Decides what goes wrong at an endpoint; `faults` may be changed at any time."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._dice = Random(faults.seed)  # noqa: S311 - repeatable, not secret

    def __repr__(self) -> str:
        return f"<FaultInjector {self._faults}>"

    @property
    def faults(self) -> Faults:
        """The faults in force. Changing them keeps the sequence of random numbers unless the seed changes as well."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        if faults.seed != self._faults.seed:
            self._dice = Random(faults.seed)  # noqa: S311 - repeatable, not secret
        self._faults = faults

    def happens(self, chance: float) -> bool:
        """Decide by chance. A chance of 0 draws no number, so that faults do not influence each other's sequence."""
        return chance > 0 and self._dice.random() < chance

    def shuffle(self, items: MutableSequence[object]) -> None:
        """Shuffle `items` in place; two or more never keep their order."""
        before = list(items)
        self._dice.shuffle(items)
        if len(before) > 1 and before == list(items):
            items.reverse()

    def choose(self, names: list[str]) -> str:
        """Return one of `names`, which must not be empty."""
        return self._dice.choice(names)

    def ingestion_delay(self) -> int:
        """Return the ingestion delay of the next event, ms."""
        faults = self._faults
        seconds = 0.0
        if self.happens(faults.ingest_very_late):
            seconds = self._dice.uniform(60, 240)
        elif self.happens(faults.ingest_late):
            seconds = self._dice.uniform(2, 15)
        return round(seconds * faults.ingest_scale * 1000)

    def is_denied(self, action: str) -> bool:
        """Whether the caller is denied an action such as `logs:StartLiveTail`."""
        return _fits(action, self._faults.action_denied)

    def intercepts(self, action: str) -> bool:
        """Whether a sign-in portal answers that action in place of the service."""
        return _fits(action, self._faults.action_portal)

    def is_group_failing(self, name: str) -> bool:
        """Whether every FilterLogEvents on that log group fails."""
        return _fits(name, self._faults.filter_failing)

    def is_group_denied(self, name: str, action: str = "") -> bool:
        """Whether the caller is denied that action on that log group."""
        if action == "FilterLogEvents" and _fits(name, self._faults.filter_denied):
            return True
        return _fits(name, self._faults.group_denied)

    def throttle(self, chance: float) -> None:
        """Raise the throttling error, by chance."""
        if self.happens(chance):
            raise throttled()


def _fits(name: str, globs: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs.split("|"))
