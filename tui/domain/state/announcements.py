"""Which changes of a tunnel's health were given out already, and which are new."""

from collections.abc import Sequence

from tui.domain.state.tunnel import Health, State, Transition


class Announcements:
    """Gives out each change of one tunnel's health once, so that each begins with the health that the last ended with.

    A presumed fall, or one that a late event puts right, may have been given out and is then taken back by a change.
    """

    def __init__(self) -> None:
        self._health = Health.UNKNOWN

    def new(self, known: Sequence[Transition], state: State, *, at: int) -> list[Transition]:
        """Return the changes that lead to `state` and are not among those `known` before, oldest first.

        `at` is the time of a change that takes back what was given out last.
        """
        found: list[Transition] = []
        if state.transitions is not known:
            old = set(known)
            found = [change for change in state.transitions if change not in old]
            if found and found[0].before is not self._health:  # the last one did not hold, and more came since
                found.insert(0, Transition(found[0].at, self._health, found[0].before))
        health = found[-1].after if found else self._health
        if health is not state.health.value:
            found.append(Transition(at, health, state.health.value))
        self._health = state.health.value
        return found
