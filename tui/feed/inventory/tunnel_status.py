"""What EC2 reports beyond DescribeVpnConnections: the state of single tunnels, and the customer gateways.

Two calls per tunnel from a quota shared by the whole account: with many tunnels, only those in trouble are looked up,
and seldom. Nothing else waits for the answers or fails with them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import (
    ConnectionFacts,
    CustomerGateway,
    Inventory,
    Telemetry,
    TunnelFacts,
    keeping_equal,
)
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.past.option_changes import remember_changes
from tui.domain.times import HOUR
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.ec2_records import Replacement, Status, read_customer_gateway, read_replacement, read_status
from tui.feed.inventory.log_groups import dicts_in

log = logging.getLogger("tunnelwatch.feed.inventory.tunnel_status")

_STATUS: Final = "ec2:GetActiveVpnTunnelStatus"
_REPLACEMENT: Final = "ec2:GetVpnTunnelReplacementStatus"
_GATEWAYS: Final = "ec2:DescribeCustomerGateways"

_READY: Final = {"", "available"}
_SETTLED: Final = HOUR
"""A status older than this is no longer news."""

TunnelKey = tuple[str, str]
"""A connection's id and a tunnel's outside address."""

Question = Callable[[Aws], Coroutine[Any, Any, None]]
"""Makes a call to EC2 and stores the answer. Raises FeedError only if there is no access."""


@dataclass(frozen=True, slots=True)
class _TunnelAnswer:
    """The answers about a tunnel, when they came (monotonic), and its telemetry at that time."""

    status: Status
    replacement: Replacement
    asked_at: float
    telemetry: Telemetry | None


class Details:
    """Remembers EC2's answers about tunnels and customer gateways, each looked up every `every` seconds.

    Up to `few` tunnels, all are looked up; beyond that, those that are down or have just changed, newest change first
    and at most `most` of them. With `most` 0 there are no calls. The customer gateways take one call, however many
    there are. `pace` waits until the next call may be made; by default it does not wait.
    """

    def __init__(
        self, clock: Clock, *, most: int, few: int = 0, every: float, pace: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._clock = clock
        self._most = most
        self._few = few
        self._every = every
        self._pace = pace or _at_once
        self._left_out = 0
        self._tunnels: dict[TunnelKey, _TunnelAnswer] = {}
        self._gateways: dict[str, CustomerGateway] = {}
        self._gateways_asked: tuple[frozenset[str], float] = frozenset(), 0.0
        self._refused: dict[str, tuple[FeedError, float]] = {}
        self._latest = Inventory()

    def __repr__(self) -> str:
        return f"Details({len(self._tunnels)} tunnels, {len(self._gateways)} customer gateways)"

    @property
    def notices(self) -> tuple[str, ...]:
        """One line for each action that is denied or throttled, and one if not every tunnel was looked up."""
        failed = [error for error, _ in self._refused.values() if error.kind in (ErrorKind.DENIED, ErrorKind.THROTTLED)]
        return (*(error.message for error in failed), *([self._limit_notice] if self._left_out else []))

    @property
    def _limit_notice(self) -> str:
        return (
            f"EC2 was asked about {self._most} of {self._most + self._left_out} tunnels that are down or have just "
            "changed: whether AWS has replaced the endpoints of the others, or changes them, is not known. Name some "
            "connections to ask about those."
        )

    def complete(self, inventory: Inventory) -> Inventory:
        """Return the inventory with EC2's other answers, the earlier statuses and the changes since."""
        completed = replace(inventory, connections=tuple(map(self._completed, inventory.connections)))
        completed = remember_statuses(self._latest, completed)
        completed = remember_changes(self._latest, completed, at=self._clock.now())
        self._latest = keeping_equal(self._latest, completed)
        return self._latest

    def due(self, inventory: Inventory) -> list[Question]:
        """Return the calls to make now: for new or changed tunnels and gateways, and for those looked up long ago."""
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
        """Return the tunnels to look up, the most informative first: was the endpoint replaced?"""
        tunnels = [(facts, tunnel) for facts in inventory.connections for tunnel in facts.tunnels]
        if len(tunnels) > self._few:
            tunnels = [(facts, tunnel) for facts, tunnel in tunnels if self._needs_lookup(facts, tunnel)]
        tunnels.sort(key=_by_need)
        self._left_out = max(0, len(tunnels) - self._most) if self._most else 0
        return [(facts.id, tunnel) for facts, tunnel in tunnels[: self._most]]

    def _needs_lookup(self, connection: ConnectionFacts, tunnel: TunnelFacts) -> bool:
        if tunnel.telemetry is None:
            return False
        changed_at = tunnel.telemetry.since
        is_settled = changed_at is None or self._clock.now() - changed_at > _SETTLED
        return not tunnel.telemetry.is_up or not is_settled or connection.state not in _READY

    def forget_all_but(self, inventory: Inventory) -> None:
        """Forget the tunnels that are gone."""
        keys = [(facts.id, tunnel.outside_ip) for facts in inventory.connections for tunnel in facts.tunnels]
        self._tunnels = {key: self._tunnels[key] for key in keys if key in self._tunnels}

    async def ask_all(self, aws: Aws, inventory: Inventory) -> None:
        """Make all due calls at once; failures keep the previous answers."""
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
        # Not by id: EC2 refuses all of them if a single one is gone.
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
        """Return the answer, or None; a failed action is paused, so that forty tunnels do not fail forty times."""
        _, until = self._refused.get(action, (None, 0.0))
        if self._clock.monotonic() < until:
            return None
        await self._pace()
        try:
            answer = await aws.call(action, resource, **parameters)
        except FeedError as error:
            if error.kind.ends_session:
                raise
            self._refused[action] = error, self._clock.monotonic() + self._every
            return None
        self._refused.pop(action, None)
        return answer


async def _at_once() -> None:
    """Do not wait."""


def _by_need(asked: tuple[ConnectionFacts, TunnelFacts]) -> tuple[bool, int]:
    """Return a tunnel's sort key: those that are down first, then the newest change of EC2's status."""
    telemetry = asked[1].telemetry
    return telemetry is None or telemetry.is_up, -((telemetry and telemetry.since) or 0)


def _gateway_ids(inventory: Inventory) -> frozenset[str]:
    return frozenset(facts.customer_gateway.id for facts in inventory.connections if facts.customer_gateway.id)
