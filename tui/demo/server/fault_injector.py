"""The faults in force, and the dice that decide when one happens."""

from collections.abc import MutableSequence
from fnmatch import fnmatchcase
from random import Random

from tui.demo.server.errors import throttled
from tui.demo.server.faults import Faults


class FaultInjector:
    """What goes wrong on an endpoint at present; `faults` may be changed at any time."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._dice = Random(faults.seed)  # noqa: S311 - a repeatable play, not a secret

    def __repr__(self) -> str:
        return f"<FaultInjector {self._faults}>"

    @property
    def faults(self) -> Faults:
        """What may go wrong. Other faults under the same seed go on with the same dice."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        if faults.seed != self._faults.seed:
            self._dice = Random(faults.seed)  # noqa: S311 - a repeatable play, not a secret
        self._faults = faults

    def happens(self, chance: float) -> bool:
        """Roll the dice; a chance of 0 does not move them, so that one fault does not change another's play."""
        return chance > 0 and self._dice.random() < chance

    def shuffle(self, items: MutableSequence[object]) -> None:
        """Put `items` out of order: every choice of at least two differs from what it was."""
        before = list(items)
        self._dice.shuffle(items)
        if len(before) > 1 and before == list(items):
            items.reverse()

    def choose(self, names: list[str]) -> str:
        """Return one of `names`, which is not empty."""
        return self._dice.choice(names)

    def ingestion_delay(self) -> int:
        """Return by how many ms the next event is ingested late."""
        faults = self._faults
        seconds = 0.0
        if self.happens(faults.ingest_very_late):
            seconds = self._dice.uniform(60, 240)
        elif self.happens(faults.ingest_late):
            seconds = self._dice.uniform(2, 15)
        return round(seconds * faults.ingest_scale * 1000)

    def is_denied(self, action: str) -> bool:
        """Whether the caller may not call that action, `logs:StartLiveTail`."""
        return _fits(action, self._faults.action_denied)

    def intercepts(self, action: str) -> bool:
        """Whether a portal on the way answers that action in the service's place."""
        return _fits(action, self._faults.action_portal)

    def is_group_denied(self, name: str) -> bool:
        """Whether the caller may not read that log group."""
        return _fits(name, self._faults.group_denied)

    def throttle(self, chance: float) -> None:
        """Raise the error of a caller that asks too often, by chance."""
        if self.happens(chance):
            raise throttled()


def _fits(name: str, globs: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs.split("|"))
