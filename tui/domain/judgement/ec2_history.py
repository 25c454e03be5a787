"""EC2's statuses of a tunnel over time: EC2 reports only the present one, so each earlier one is remembered here.

When a tunnel comes up, its status changes, and the only information about the time before the log begins would be lost:
an outage of hours would shrink to the minutes that the log reaches back. Pure; times in ms.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from tui.domain.inventory import EarlierStatus, Inventory, TunnelFacts
from tui.domain.times import MINUTE

LAG: Final = 5 * MINUTE
"""How far EC2's status may lag: changes that the logs saw within this time may be unknown to EC2."""
_SAYS_IPSEC_IS_UP: Final = "IPSEC IS UP"
_REMEMBERED: Final = 32
"""The newest statuses kept per tunnel. Only those before its log begins are needed, seldom more than one."""


class Status(NamedTuple):
    """A period in which EC2 reported a tunnel up, or down; `end` is None for the present status."""

    is_up: bool
    start: int
    end: int | None
    message: str = ""
    """EC2's last message in it."""

    @property
    def lacks_bgp_alone(self) -> bool:
        """Whether the tunnel was down without BGP, over IPsec that was up at last."""
        return not self.is_up and ipsec_is_up(is_up=self.is_up, message=self.message)

    def covers(self, at: int) -> bool:
        """Return whether it began before `at` and lasted until then."""
        return self.start < at and (self.end is None or self.end >= at)


def ipsec_is_up(*, is_up: bool, message: str) -> bool:
    """Return whether EC2 reports IPsec up: with the tunnel, or without BGP over it."""
    return is_up or _SAYS_IPSEC_IS_UP in message.upper()


def statuses(facts: TunnelFacts | None) -> tuple[Status, ...]:
    """Return EC2's statuses of a tunnel, oldest first; consecutive equal ones are merged."""
    if facts is None:
        return ()
    known = [(earlier.is_up, earlier.since, earlier.message) for earlier in facts.earlier_statuses]
    if facts.telemetry is not None and facts.telemetry.since is not None:
        known.append((facts.telemetry.is_up, facts.telemetry.since, facts.telemetry.message))
    merged: list[Status] = []
    end: int | None = None
    for is_up, since, message in reversed(known):
        if merged and merged[-1].is_up is is_up:
            merged[-1] = merged[-1]._replace(start=since)
        else:
            merged.append(Status(is_up, since, end, message))
        end = since
    return tuple(reversed(merged))


def remember_statuses(before: Inventory, after: Inventory) -> Inventory:
    """Return `after` with each tunnel's earlier statuses: those known in `before`, and its last one."""
    known = {(facts.id, tunnel.outside_ip): tunnel for facts in before.connections for tunnel in facts.tunnels}
    return replace(
        after,
        connections=tuple(
            replace(facts, tunnels=tuple(_with_earlier(known, facts.id, tunnel) for tunnel in facts.tunnels))
            for facts in after.connections
        ),
    )


def _with_earlier(known: Mapping[tuple[str, str], TunnelFacts], connection: str, tunnel: TunnelFacts) -> TunnelFacts:
    before = known.get((connection, tunnel.outside_ip))
    if before is None:
        return tunnel
    earlier = before.earlier_statuses
    last, present = before.telemetry, tunnel.telemetry
    if last is not None and last.since is not None and present != last:
        earlier = (*earlier, EarlierStatus(last.is_up, last.since, last.message))
    if present is not None and present.since is not None:
        # A status that EC2 repeats in other words keeps its start, and one that it takes back never was.
        earlier = tuple(status for status in earlier if status.since < present.since)
    return replace(tunnel, earlier_statuses=earlier[-_REMEMBERED:]) if earlier else tunnel
