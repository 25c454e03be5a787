"""Which changes of a tunnel's health have been announced, and which are new."""

from collections.abc import Sequence

from tui.domain.state.tunnel_state import Health, State, Transition


class Announcements:
    """Announces each change of one tunnel's health once, so that each begins with the health that ended the last.

    A presumed fall, or one that a late event corrects, may have been announced; a change then takes it back.
    """

    __slots__ = ("_health",)

    def __init__(self) -> None:
        self._health = Health.UNKNOWN

    def new(self, known: Sequence[Transition], state: State, *, at: int) -> list[Transition]:
        """Return the changes that lead to `state` and are not among those already `known`, oldest first.

        `at` is the time of a change that takes back the last announcement.
        """
        changes: list[Transition] = []
        if state.transitions is not known:
            old = set(known)
            changes = [change for change in state.transitions if change not in old]
            if changes and changes[0].before is not self._health:  # the last one was taken back, and others followed
                changes.insert(0, Transition(changes[0].at, self._health, changes[0].before))
        health = changes[-1].after if changes else self._health
        if health is not state.health.value:
            changes.append(Transition(at, health, state.health.value))
        self._health = state.health.value
        return changes
