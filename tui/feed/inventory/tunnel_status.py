"""What EC2 tells of one tunnel at a time: what its ends agreed on, and when AWS replaces its endpoint.

Two calls a tunnel: only few tunnels are asked, and seldom. Nothing else waits for it, and nothing fails with it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.text import clean
from tui.domain.times import iso
from tui.feed.aws.client import Aws, trace
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.connections import read_instant

_STATUS: Final = "ec2:GetActiveVpnTunnelStatus"
_REPLACEMENT: Final = "ec2:GetVpnTunnelReplacementStatus"
_NEGOTIATED: Final = (
    "IkeVersion",
    "Phase1EncryptionAlgorithm",
    "Phase1IntegrityAlgorithm",
    "Phase1DHGroup",
    "Phase2EncryptionAlgorithm",
    "Phase2IntegrityAlgorithm",
    "Phase2DHGroup",
)
"""The keys of `TunnelFacts.negotiated`, which are those of `configured` in the singular."""
_NO_ACCESS: Final = frozenset({ErrorKind.CREDENTIALS, ErrorKind.SETTINGS})

Structure = Mapping[str, Any]
Place = tuple[str, str]
"""A connection's id and a tunnel's outside address."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of a tunnel, since when (monotonic), and the telemetry that it had then."""

    negotiated: Mapping[str, str]
    replaced_at: int | None
    maintenance: str
    at: float
    telemetry: Telemetry | None


class Details:
    """Remembers what EC2 told of single tunnels, each asked about every so many seconds.

    Asks about no tunnel when there are more than `most`.
    """

    def __init__(self, clock: Clock, *, most: int, every: float) -> None:
        self._clock = clock
        self._most = most
        self._every = every
        self._told: dict[Place, _Told] = {}
        self._refused: dict[str, tuple[FeedError, float]] = {}

    def __repr__(self) -> str:
        return f"Details({len(self._told)} tunnels)"

    @property
    def notices(self) -> tuple[str, ...]:
        """One line for each action that is denied."""
        return tuple(error.message for error, _ in self._refused.values() if error.trouble is ErrorKind.DENIED)

    def complete(self, inventory: Inventory) -> Inventory:
        """Return the inventory with all that its tunnels were asked."""
        if not self._told:
            return inventory
        return replace(inventory, connections=tuple(map(self._completed, inventory.connections)))

    def due(self, inventory: Inventory) -> list[tuple[str, TunnelFacts]]:
        """Return the tunnels to be asked now, each with its connection's id: new ones, changed ones, those long ago."""
        tunnels = _tunnels(inventory)
        return [each for each in tunnels if self._is_due(*each)] if len(tunnels) <= self._most else []

    def forget_all_but(self, inventory: Inventory) -> None:
        """Forget the tunnels that are gone."""
        self._told = {place: self._told[place] for place in map(_place, _tunnels(inventory)) if place in self._told}

    async def ask(self, aws: Aws, connection: str, tunnel: TunnelFacts) -> None:
        """Ask EC2 about one tunnel. Raises FeedError where there is no access at all, and for nothing else."""
        place = connection, tunnel.outside_ip
        known = self._told.get(place, _Told({}, None, "", 0.0, None))
        status = await self._answer(aws, _STATUS, place)
        replacement = await self._answer(aws, _REPLACEMENT, place)
        replaced_at, maintenance = read_replacement(replacement) if replacement else (known.replaced_at, "")
        self._told[place] = _Told(
            read_negotiated(status) if status else known.negotiated,
            replaced_at,
            maintenance,
            self._clock.monotonic(),
            tunnel.telemetry,
        )

    async def ask_all(self, aws: Aws, inventory: Inventory) -> None:
        """Ask about all tunnels that are due at once; where that fails, they stay as they were."""
        try:
            async with asyncio.TaskGroup() as asking:
                for each in self.due(inventory):
                    asking.create_task(self.ask(aws, *each))
        except* FeedError as group:
            reasons = {each.trouble for each in group.exceptions if isinstance(each, FeedError)}
            trace.info("EC2 was not asked about every tunnel: %s", ", ".join(sorted(reasons)))

    def _completed(self, connection: ConnectionFacts) -> ConnectionFacts:
        return replace(connection, tunnels=tuple(self._with(connection.id, each) for each in connection.tunnels))

    def _with(self, connection: str, tunnel: TunnelFacts) -> TunnelFacts:
        told = self._told.get((connection, tunnel.outside_ip))
        if told is None:
            return tunnel
        return replace(
            tunnel, negotiated=dict(told.negotiated), replaced_at=told.replaced_at, maintenance=told.maintenance
        )

    def _is_due(self, connection: str, tunnel: TunnelFacts) -> bool:
        told = self._told.get((connection, tunnel.outside_ip))
        if told is None or told.telemetry != tunnel.telemetry:
            return True
        return self._clock.monotonic() - told.at >= self._every

    async def _answer(self, aws: Aws, action: str, place: Place) -> Structure | None:
        """Return the answer, or None; an action that failed rests, so that forty tunnels do not fail forty times."""
        _, until = self._refused.get(action, (None, 0.0))
        if self._clock.monotonic() < until:
            return None
        try:
            answer = await aws.call(
                action, f"tunnel {place[1]}", VpnConnectionId=place[0], VpnTunnelOutsideIpAddress=place[1]
            )
        except FeedError as error:
            if error.trouble in _NO_ACCESS:
                raise
            self._refused[action] = error, self._clock.monotonic() + self._every
            return None
        self._refused.pop(action, None)
        return answer


def read_negotiated(answer: Structure) -> dict[str, str]:
    """Return what the ends agreed on, by EC2's own keys; and ProvisioningStatus where it is not `available`."""
    status = answer.get("ActiveVpnTunnelStatus")
    if not isinstance(status, Mapping):
        return {}
    read = {key: clean(str(status[key])) for key in _NEGOTIATED if isinstance(status.get(key), str | int)}
    provisioning, reason = status.get("ProvisioningStatus"), status.get("ProvisioningStatusReason")
    if isinstance(provisioning, str) and provisioning.lower() not in ("", "available"):
        read["ProvisioningStatus"] = clean(f"{provisioning}: {reason}" if isinstance(reason, str) else provisioning)
    return read


def read_replacement(answer: Structure) -> tuple[int | None, str]:
    """Return when the endpoint was last replaced, ms, and one line about maintenance that is pending, or empty."""
    told = answer.get("MaintenanceDetails")
    if not isinstance(told, Mapping):
        return None, ""
    replaced_at = read_instant(told.get("LastMaintenanceApplied"))
    if str(told.get("PendingMaintenance", "")).strip().lower() != "true":
        return replaced_at, ""
    forced_at = read_instant(told.get("MaintenanceAutoAppliedAfter"))
    deadline = f"; AWS applies it by itself after {iso(forced_at)}" if forced_at is not None else ""
    return replaced_at, f"Maintenance of this tunnel's endpoint is pending{deadline}. It interrupts the tunnel."


def _tunnels(inventory: Inventory) -> list[tuple[str, TunnelFacts]]:
    return [(each.id, tunnel) for each in inventory.connections for tunnel in each.tunnels]


def _place(each: tuple[str, TunnelFacts]) -> Place:
    return each[0], each[1].outside_ip
