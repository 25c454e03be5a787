"""The tunnels that AWS will interrupt for maintenance, by when, and what happens afterwards. Pure; times in ms."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts


class Comeback(Enum):
    """Who brings a tunnel up again after AWS has replaced its endpoint.

    AWS dials only with IKEv2 and the startup action `start`, and only if the customer gateway has an address
    (Site-to-Site VPN user guide, "Tunnel options"); over an accelerated connection only the device does.
    """

    BY_AWS = "aws"
    BY_THE_DEVICE = "device"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pending:
    """A tunnel with pending maintenance.

    AWS applies it by itself at `deadline`, None if EC2 names no time. `other_is_up` says whether another tunnel of the
    connection is up according to EC2, None if unknown.
    """

    connection: ConnectionFacts
    outside_ip: str
    deadline: int | None
    comeback: Comeback
    other_is_up: bool | None
    site: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The tunnels of one account and region with pending maintenance, nearest deadline first.

    EC2 answered for `looked_at` tunnels. For the `unasked` ones it did not, for the `reason` given.
    """

    pending: tuple[Pending, ...] = ()
    looked_at: int = 0
    unasked: int = 0
    reason: str = ""


def forecast(inventory: Inventory, *, unasked: int = 0, reason: str = "", site: str = "") -> Forecast:
    """Return the pending maintenance; `inventory` has EC2's answers for all tunnels but the `unasked`."""
    tunnels = sum(len(connection.tunnels) for connection in inventory.connections)
    pending = tuple(pending_of(inventory.connections, site=site))
    return Forecast(pending, tunnels - unasked, unasked, reason)


def pending_of(connections: Iterable[ConnectionFacts], *, site: str = "") -> Iterator[Pending]:
    """Yield the tunnels with pending maintenance."""
    for connection in connections:
        for tunnel in connection.tunnels:
            if tunnel.maintenance_pending:
                yield Pending(
                    connection,
                    tunnel.outside_ip,
                    tunnel.maintenance_forced_at,
                    _comeback(connection, tunnel),
                    _is_another_up(connection, tunnel),
                    site,
                )


def in_order(pending: Iterable[Pending]) -> tuple[Pending, ...]:
    """Return them sorted by deadline, the nearest first and those without one last."""
    return tuple(
        sorted(
            pending,
            key=lambda interruption: (
                interruption.deadline is None,
                interruption.deadline or 0,
                interruption.connection.label,
                interruption.outside_ip,
            ),
        )
    )


def _comeback(connection: ConnectionFacts, tunnel: TunnelFacts) -> Comeback:
    actions, versions = tunnel.values("StartupAction"), tunnel.values("IkeVersions")
    if connection.accelerated:
        return Comeback.BY_THE_DEVICE
    if not actions or not versions:
        return Comeback.UNKNOWN
    return Comeback.BY_AWS if "start" in actions and "ikev2" in versions else Comeback.BY_THE_DEVICE


def _is_another_up(connection: ConnectionFacts, tunnel: TunnelFacts) -> bool | None:
    others = [other.telemetry for other in connection.tunnels if other is not tunnel]
    if any(telemetry is not None and telemetry.is_up for telemetry in others):
        return True
    # Nothing is known of a tunnel that was not selected.
    return None if connection.left_out or any(telemetry is None for telemetry in others) else False
