"""What EC2 has called a tunnel over time: it tells only its present status, so each one before is remembered here.

A tunnel that comes up changes what EC2 says of it, and with that would go the only word about the time before the log
begins: an outage of hours would shrink to the minutes that the log reaches back. Pure; times in ms.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from tui.domain.inventory import EarlierStatus, Inventory, TunnelFacts

_REMEMBERED: Final = 32
"""Statuses of a tunnel, the newest. Only those from before its log begins are asked for, which is seldom more than
one."""


class Status(NamedTuple):
    """A time in which EC2 called a tunnel up, or down; `end` is None for the present status."""

    is_up: bool
    start: int
    end: int | None

    def covers(self, at: int) -> bool:
        """Return whether it began before an instant, and lasted until then."""
        return self.start < at and (self.end is None or self.end >= at)


def statuses(facts: TunnelFacts | None) -> tuple[Status, ...]:
    """Return what EC2 has called a tunnel since when, oldest first; one that it only described anew is one status."""
    if facts is None:
        return ()
    known = [(earlier.is_up, earlier.since) for earlier in facts.earlier_statuses]
    if facts.telemetry is not None and facts.telemetry.since is not None:
        known.append((facts.telemetry.is_up, facts.telemetry.since))
    found: list[Status] = []
    end: int | None = None
    for is_up, since in reversed(known):
        if found and found[-1].is_up is is_up:
            found[-1] = found[-1]._replace(start=since)
        else:
            found.append(Status(is_up, since, end))
        end = since
    return tuple(reversed(found))


def remember_statuses(before: Inventory, after: Inventory) -> Inventory:
    """Return `after` with what EC2 called each tunnel earlier: what `before` knew of that, and its last status."""
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
        earlier = (*earlier, EarlierStatus(last.is_up, last.since))
    if present is not None and present.since is not None:
        # What EC2 repeats with other words began when it began, and one that it takes back was none.
        earlier = tuple(status for status in earlier if status.since < present.since)
    return replace(tunnel, earlier_statuses=earlier[-_REMEMBERED:]) if earlier else tunnel
