"""The pending maintenance of every tunnel: one call each, at a pace that leaves others their share of EC2's quota."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tui.domain.clock import Clock, SystemClock
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.maintenance import Forecast, forecast
from tui.feed.aws.client import Aws, connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.connections import discover
from tui.feed.inventory.ec2_records import Replacement, read_replacement
from tui.feed.inventory.selection import select, unmatched_line
from tui.feed.tail.budgets import Budgets
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.timing import Timing

_ASK: Final = "ec2:GetVpnTunnelReplacementStatus"
_PACE: Final = 10.0
"""Calls per second. EC2's bucket refills by 20, and the account's other programs use it, too."""
_AT_ONCE: Final = 8


async def maintenance_forecast(
    target: AwsTarget,
    *,
    selectors: Sequence[str] = (),
    rewrite: Callable[[Inventory], Inventory] = lambda inventory: inventory,
    site: str = "",
    clock: Clock | None = None,
) -> Forecast:
    """Return the pending maintenance of the selected tunnels. `rewrite` renames or masks the connections.

    Raises FeedError if the connections cannot be listed, or if nothing was selected. Tunnels about which EC2 does not
    answer are counted as unasked.
    """
    clock = clock or SystemClock()
    async with connect(target, clock=clock, in_threads=True, services=("ec2",)) as aws:
        everything = (await discover(aws)).inventory
        inventory, unmatched = select(everything, selectors)
        if unmatched and not inventory.connections:
            raise FeedError(unmatched_line(everything, unmatched, aws.target.description), ErrorKind.SELECTOR)
        asking = _Asking(aws, clock)
        connections = await asyncio.gather(*(asking.connection(facts) for facts in inventory.connections))
    inventory = rewrite(Inventory(tuple(connections)))
    return forecast(inventory, unasked=asking.unasked, reason=asking.reason, site=site)


class _Asking:
    """Looks up the tunnels one by one. The first refusal ends it, since it would apply to all of them."""

    def __init__(self, aws: Aws, clock: Clock) -> None:
        import random

        budgets = Budgets(clock, Timing(), random.Random())  # noqa: S311 - spreads retries, keeps no secret
        self._aws = aws
        self._budget = budgets.of(_PACE, _PACE)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.unasked = 0
        self.reason = ""

    async def connection(self, facts: ConnectionFacts) -> ConnectionFacts:
        """Return a connection with the maintenance of its tunnels."""
        tunnels = await asyncio.gather(*(self._tunnel(facts.id, tunnel) for tunnel in facts.tunnels))
        return replace(facts, tunnels=tuple(tunnels))

    async def _tunnel(self, connection: str, tunnel: TunnelFacts) -> TunnelFacts:
        answer = await self._answer(connection, tunnel.outside_ip)
        if answer is None:
            self.unasked += 1
            return tunnel
        return replace(tunnel, **answer._asdict())

    async def _answer(self, connection: str, outside_ip: str) -> Replacement | None:
        named_by = {"VpnConnectionId": connection, "VpnTunnelOutsideIpAddress": outside_ip}
        async with self._slots:
            if self.reason:
                return None
            try:
                answer = await call_paced(self._aws, self._budget, _ASK, f"tunnel {outside_ip}", named_by)
            except FeedError as error:
                if error.kind is not ErrorKind.MISSING:  # a tunnel that is gone says nothing about the others
                    self.reason = error.message
                return None
        return read_replacement(answer)
