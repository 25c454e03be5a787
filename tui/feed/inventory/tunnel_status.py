"""What EC2 tells beyond DescribeVpnConnections: the state of single tunnels, and the customer gateways.

Two calls a tunnel: only few tunnels are asked about, and seldom. Nothing else waits for the answers, and nothing fails
with them.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, Telemetry, TunnelFacts
from tui.domain.option_changes import remember_changes
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.ec2_records import Replacement, Status, read_customer_gateway, read_replacement, read_status
from tui.feed.inventory.log_groups import dicts_in

log = logging.getLogger("tunnelwatch.feed.inventory.tunnel_status")

_STATUS: Final = "ec2:GetActiveVpnTunnelStatus"
_REPLACEMENT: Final = "ec2:GetVpnTunnelReplacementStatus"
_GATEWAYS: Final = "ec2:DescribeCustomerGateways"

TunnelKey = tuple[str, str]
"""A connection's id and a tunnel's outside address."""

Question = Callable[[Aws], Coroutine[Any, Any, None]]
"""Asks EC2 something and remembers the answer. Raises FeedError where there is no access, and for nothing else."""


@dataclass(frozen=True, slots=True)
class _TunnelAnswer:
    """What is known of a tunnel, since when (monotonic), and the telemetry that it had then."""

    status: Status
    replacement: Replacement
    asked_at: float
    telemetry: Telemetry | None


class Details:
    """Remembers what EC2 told of tunnels and customer gateways, each asked about every so many seconds.

    With more than `most` tunnels it asks about none of them; the customer gateways are one call, however many.
    """

    def __init__(self, clock: Clock, *, most: int, every: float) -> None:
        self._clock = clock
        self._most = most
        self._every = every
        self._tunnels: dict[TunnelKey, _TunnelAnswer] = {}
        self._gateways: dict[str, CustomerGateway] = {}
        self._gateways_asked: tuple[frozenset[str], float] = frozenset(), 0.0
        self._refused: dict[str, tuple[FeedError, float]] = {}
        self._latest = Inventory()

    def __repr__(self) -> str:
        return f"Details({len(self._tunnels)} tunnels, {len(self._gateways)} customer gateways)"

    @property
    def notices(self) -> tuple[str, ...]:
        """One line for each action that is denied."""
        return tuple(error.message for error, _ in self._refused.values() if error.kind is ErrorKind.DENIED)

    def complete(self, inventory: Inventory) -> Inventory:
        """Return the inventory with all else that EC2 has told, and with what changed since the last call."""
        completed = replace(inventory, connections=tuple(map(self._completed, inventory.connections)))
        self._latest = remember_changes(self._latest, completed, at=self._clock.now())
        return self._latest

    def due(self, inventory: Inventory) -> list[Question]:
        """Return what is to be asked now: about new tunnels and gateways, changed ones, those asked long ago."""
        questions: list[Question] = []
        if self._most and self._are_gateways_due(inventory):
            questions.append(partial(self._ask_gateways, inventory))
        questions += [
            partial(self._ask_tunnel, connection, tunnel)
            for connection, tunnel in self._asked_about(inventory)
            if self._is_due(connection, tunnel)
        ]
        return questions

    def _asked_about(self, inventory: Inventory) -> list[tuple[str, TunnelFacts]]:
        """Return the tunnels to ask about: all where they are few, else those that are down, where the answer tells
        most (was the endpoint replaced?), if these are few."""
        tunnels = [(facts.id, tunnel) for facts in inventory.connections for tunnel in facts.tunnels]
        if len(tunnels) > self._most:
            tunnels = [(key, tunnel) for key, tunnel in tunnels if tunnel.telemetry and not tunnel.telemetry.is_up]
        return tunnels[: self._most]

    def forget_all_but(self, inventory: Inventory) -> None:
        """Forget the tunnels that are gone."""
        keys = [(facts.id, tunnel.outside_ip) for facts in inventory.connections for tunnel in facts.tunnels]
        self._tunnels = {key: self._tunnels[key] for key in keys if key in self._tunnels}

    async def ask_all(self, aws: Aws, inventory: Inventory) -> None:
        """Ask all that is due at once; where that fails, things stay as they were."""
        try:
            async with asyncio.TaskGroup() as asking:
                for ask in self.due(inventory):
                    asking.create_task(ask(aws))
        except* FeedError as group:
            reasons = {error.kind for error in group.exceptions if isinstance(error, FeedError)}
            log.info("EC2 was not asked about every tunnel: %s", ", ".join(sorted(reasons)))

    def _completed(self, connection: ConnectionFacts) -> ConnectionFacts:
        return replace(
            connection,
            customer_gateway=self._gateways.get(connection.customer_gateway.id, connection.customer_gateway),
            tunnels=tuple(self._with_details(connection.id, tunnel) for tunnel in connection.tunnels),
        )

    def _with_details(self, connection: str, tunnel: TunnelFacts) -> TunnelFacts:
        answer = self._tunnels.get((connection, tunnel.outside_ip))
        if answer is None:
            return tunnel
        return replace(tunnel, **answer.status._asdict(), **answer.replacement._asdict())

    def _is_due(self, connection: str, tunnel: TunnelFacts) -> bool:
        answer = self._tunnels.get((connection, tunnel.outside_ip))
        if answer is None or answer.telemetry != tunnel.telemetry:
            return True
        return self._clock.monotonic() - answer.asked_at >= self._every

    def _are_gateways_due(self, inventory: Inventory) -> bool:
        asked, at = self._gateways_asked
        named = _gateway_ids(inventory)
        return bool(named - asked) or (bool(named) and self._clock.monotonic() - at >= self._every)

    async def _ask_gateways(self, inventory: Inventory, aws: Aws) -> None:
        self._gateways_asked = _gateway_ids(inventory), self._clock.monotonic()
        # Not by their ids: EC2 refuses them all where a single one is gone.
        answer = await self._answer(aws, _GATEWAYS, "customer gateways")
        if answer is not None:
            gateways = map(read_customer_gateway, dicts_in(answer, "CustomerGateways"))
            self._gateways = {gateway.id: gateway for gateway in gateways if gateway.id}

    async def _ask_tunnel(self, connection: str, tunnel: TunnelFacts, aws: Aws) -> None:
        key = connection, tunnel.outside_ip
        known = self._tunnels.get(key, _TunnelAnswer(Status({}), Replacement(), 0.0, None))
        named = {"VpnConnectionId": connection, "VpnTunnelOutsideIpAddress": tunnel.outside_ip}
        status = await self._answer(aws, _STATUS, f"tunnel {tunnel.outside_ip}", **named)
        replacement = await self._answer(aws, _REPLACEMENT, f"tunnel {tunnel.outside_ip}", **named)
        self._tunnels[key] = _TunnelAnswer(
            read_status(status) if status else known.status,
            read_replacement(replacement) if replacement else known.replacement,
            self._clock.monotonic(),
            tunnel.telemetry,
        )

    async def _answer(self, aws: Aws, action: str, resource: str, **parameters: Any) -> Mapping[str, Any] | None:
        """Return the answer, or None; an action that failed rests, so that forty tunnels do not fail forty times."""
        _, until = self._refused.get(action, (None, 0.0))
        if self._clock.monotonic() < until:
            return None
        try:
            answer = await aws.call(action, resource, **parameters)
        except FeedError as error:
            if error.kind.ends_session:
                raise
            self._refused[action] = error, self._clock.monotonic() + self._every
            return None
        self._refused.pop(action, None)
        return answer


def _gateway_ids(inventory: Inventory) -> frozenset[str]:
    return frozenset(facts.customer_gateway.id for facts in inventory.connections if facts.customer_gateway.id)
