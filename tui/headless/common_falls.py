"""Which connections went down together, reported once no further one can belong to the group."""

from collections.abc import Iterable
from typing import Final

from tui.domain.judgement.judgement import judge
from tui.domain.past.common_falls import GAP, LEAST, LONGEST, CommonFall, past_falls
from tui.domain.past.outages import Outage, outages
from tui.domain.state.fleet import Applied, Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health

_LOST: Final = "bgp_state_lost"


class CommonFalls:
    """Reports each common fall once. It examines all outages only when enough connections fell within the window."""

    def __init__(self, fleet: Fleet, *, since: int) -> None:
        """`since` (ms): earlier falls are not reported."""
        self._fleet = fleet
        self._after = since - 1
        self._fell: dict[str, int] = {}
        """The connections that fell since the last look, and the time of the first fall of each, ms."""
        self._last: int = 0

    def note(self, applied: Applied) -> None:
        """Record the tunnels that went down and the BGP sessions that were lost."""
        for tunnel, change in applied.transitions:
            if change.before is Health.UP:
                self._note(tunnel, change.at)
        for noted in applied.noted:
            if noted.entry.rule is not None and noted.entry.rule.id == _LOST:
                self._note(noted.tunnel, noted.entry.at)

    def _note(self, tunnel: Tunnel, at: int) -> None:
        if at > self._after:
            self._fell.setdefault(tunnel.connection, at)
            self._last = max(self._last, at)

    def take(self) -> Iterable[CommonFall]:
        """Return the common falls that are complete because enough time has been read since, oldest first."""
        read_until = max(self._fleet.watermark or 0, self._fleet.newest or 0)
        if not self._fell or (read_until - self._last <= GAP and read_until - min(self._fell.values()) <= LONGEST):
            return ()
        many = len(self._fell) >= LEAST
        self._fell = {}
        if not many:
            return ()
        falls = past_falls(self._outages(read_until), self._fleet.connections)
        new = [fall for fall in reversed(falls) if fall.start > self._after]
        self._after = max((fall.end for fall in new), default=self._after)
        return new

    def _outages(self, now: int) -> dict[Tunnel, tuple[Outage, ...]]:
        return {
            tunnel: tuple(outages(tunnel, connection, judge(tunnel, connection, now=now)))
            for connection in self._fleet.connections
            for tunnel in connection.tunnels
        }
