"""What must be known about lines dropped from a history, so that the states after them stay correct."""

from dataclasses import replace
from typing import NamedTuple

from tui.domain.state.tunnel_state import State, moved


class Gap(NamedTuple):
    """Lines that were dropped; the tunnel neither fell nor came up with any of them.

    `since` and `until` are the times of the line before them and of the last of them, `pause` is the longest pause
    between two, all in ms; `state` is the state after the last.
    """

    since: int
    until: int
    pause: int
    state: State

    def after(self, state: State) -> State:
        """Return the state after the gap, given the `state` before it.

        That may differ from the time when the lines were dropped, because an event may have arrived late. The lines
        showed their state repeatedly, so it holds again one pause after the late event at the latest. Since when the
        tunnel is up or not, and when it fell, is then taken from `state`.

        If nothing differs from `state`, this is the same object: a fleet has a gap after every tenth line.
        """
        if state is self.state:
            return state
        shown = self.state
        after = moved(state, shown.phase1.value, shown.phase2.value, min(self.until, self.since + self.pause))
        bgp = shown.bgp
        if bgp is not state.bgp and bgp.is_up is state.bgp.is_up:
            bgp = replace(bgp, is_established=state.bgp.is_established, falls=state.bgp.falls, losses=state.bgp.losses)
        after = shown._replace(
            phase1=after.phase1,
            phase2=after.phase2,
            health=after.health,
            is_up=after.is_up,
            transitions=after.transitions,
            falls=after.falls,
            endings=after.endings,
            bgp=bgp,
        )
        return state if after == state else after

    def split(self, at: int) -> "tuple[Gap | None, Gap]":
        """Return the gap up to a late event at `at`, None if no line preceded it, and the gap after that event."""
        before = self._replace(until=at) if at - self.since >= self.pause else None
        return before, self._replace(since=at)
