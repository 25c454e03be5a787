"""The times at which a tunnel went down and came up without a line, as EC2 alone reports them, each once."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tui.domain.inventory import TunnelFacts
from tui.domain.judgement.judgement import judge
from tui.domain.past.outages import outages
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health, Transition


class Unlogged(NamedTuple):
    """A change of a tunnel's health that its log does not show."""

    tunnel: Tunnel
    change: Transition


class UnloggedChanges:
    """Finds the changes that became known since the last look."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._lost: dict[Tunnel, int] = {}
        """The tunnels that are down by EC2 alone, and since when, ms."""
        self._known_until: dict[Tunnel, int] = {}
        """When the last outage that was found ended, ms."""

    def take(self, *, of_all: bool) -> list[Unlogged]:
        """Return the new changes, oldest first: `of_all` tunnels, or of those that are down by EC2 alone."""
        tunnels: Iterable[Tunnel] = self._fleet.tunnels if of_all else tuple(self._lost)
        found = [Unlogged(tunnel, change) for tunnel in tunnels for change in self._of(tunnel)]
        return sorted(found, key=lambda unlogged: unlogged.change.at)

    def _of(self, tunnel: Tunnel) -> Iterator[Transition]:
        now = self._fleet.watermark
        if now is None or not _may_have_been_lost(tunnel.facts):
            return
        connection = self._fleet.connection(tunnel.connection)
        judgement = judge(tunnel, connection, now=now)
        ike = judgement.ike
        if tunnel.state.is_up.value and ike.value is False and ike.at is not None:
            if tunnel not in self._lost:
                self._lost[tunnel] = ike.at
                yield Transition(ike.at, Health.UP, Health.DOWN)
            return
        for outage in outages(tunnel, connection, judgement):
            if outage.by_ec2_alone and outage.end is not None and outage.end > self._known_until.get(tunnel, 0):
                self._known_until[tunnel] = outage.end
                if self._lost.pop(tunnel, None) is None:
                    yield Transition(outage.start, Health.UP, Health.DOWN)
                yield Transition(outage.end, Health.DOWN, Health.UP)
        began = self._lost.pop(tunnel, None)
        if began is not None and ike.value:
            yield Transition(max(began, ike.at or began), Health.DOWN, Health.UP)


def _may_have_been_lost(facts: TunnelFacts | None) -> bool:
    """Whether EC2 has ever reported a loss, so that most tunnels of a fleet cost nothing."""
    if facts is None:
        return False
    is_down = facts.telemetry is not None and not facts.telemetry.is_up
    return is_down or facts.replaced_at is not None or bool(facts.earlier_statuses)
