"""What connections that fell together share and the others do not: one cause can look like many. Pure; times in ms."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from tui.domain.past.outages import Outage
from tui.domain.state.fleet import Connection, Tunnel
from tui.domain.state.tunnel import Health
from tui.domain.times import MINUTE, SECOND

LEAST: Final = 3
"""Connections that make a pattern: two can fall together by chance."""
GAP: Final = 20 * SECOND
"""The longest pause between two falls of one event. AWS declares a peer dead after three probes, ten seconds apart."""
LONGEST: Final = 3 * MINUTE
_NEARLY_ALL: Final = 0.9
_BLOCK_BITS: Final = {4: 24, 6: 48}
"""What providers and AWS give out together: a /24, in IPv6 a /48."""


class Trait(Enum):
    """What connections can share, the nearest to the device first: where two explain as much, the first is named."""

    CUSTOMER_GATEWAY = "customer_gateway"
    CUSTOMER_ADDRESS = "customer_address"
    CUSTOMER_BLOCK = "customer_block"
    """The block of the customer gateways' addresses."""
    GATEWAY = "gateway"
    """The gateway on AWS's side: transit gateway, virtual private gateway, core network."""
    ENDPOINT_BLOCK = "endpoint_block"
    """The block of the tunnels' outside addresses, at AWS."""
    SITE = "site"
    """The account and region, where several are watched."""


_ORDER: Final = tuple(Trait)


class Fall(NamedTuple):
    """One tunnel that carries nothing since `at`."""

    connection: str
    outside_ip: str
    at: int


@dataclass(frozen=True, slots=True)
class CommonFall:
    """Connections of which a tunnel fell at nearly the same time, and what they share.

    `sharing` of the `connections` share `value`, and `others_sharing` of the `others`, which did not fall. Without a
    `trait` every connection fell, so that nothing tells them from others.
    """

    start: int
    end: int
    connections: tuple[str, ...]
    others: int
    trait: Trait | None = None
    value: str = ""
    sharing: int = 0
    others_sharing: int = 0


Standing = Callable[[int, int], Collection[Connection]]
"""Returns the connections that are known to have carried traffic between two times, ms, and of which no tunnel fell."""


def common_falls(
    falls: Iterable[Fall], connections: Collection[Connection], standing: Standing
) -> tuple[CommonFall, ...]:
    """Return what fell together for a reason that the connections share, the newest first.

    `falls` are those to be explained; `connections` is the whole fleet. One that fell at another time, or of which
    nothing is known, counts among neither the fallen nor the others: it says nothing about this event.
    """
    known = {connection.id: connection for connection in connections}
    happened = sorted((fall for fall in falls if fall.connection in known), key=lambda fall: (fall.at, fall))
    events = (_explained(group, known, standing) for group in _together(happened))
    return tuple(sorted((event for event in events if event is not None), key=lambda event: event.start, reverse=True))


def past_falls(
    outages: Mapping[Tunnel, Sequence[Outage]], connections: Collection[Connection]
) -> tuple[CommonFall, ...]:
    """Return what fell together among the outages of all tunnels, also those that are over, the newest first."""
    of_connection = {connection.id: connection.tunnels for connection in connections}
    falls = (
        Fall(tunnel.connection, tunnel.outside_ip, outage.start)
        for tunnel, spans in outages.items()
        for outage in spans
        if outage.start_exact
    )

    def standing(start: int, end: int) -> Collection[Connection]:
        return [
            connection
            for connection in connections
            if not any(_is_hit(outages.get(tunnel, ()), start, end) for tunnel in of_connection[connection.id])
            and any(_is_known_up(tunnel, outages.get(tunnel, ())) for tunnel in of_connection[connection.id])
        ]

    return common_falls(falls, connections, standing)


def _is_hit(outages: Sequence[Outage], start: int, end: int) -> bool:
    return any(outage.start <= end and (outage.end is None or outage.end >= start) for outage in outages)


def _is_known_up(tunnel: Tunnel, outages: Sequence[Outage]) -> bool:
    """Whether a tunnel is known to carry traffic outside its outages: it is up, or it was seen to fall or come back."""
    return tunnel.health is Health.UP or any(outage.start_exact or outage.has_ended for outage in outages)


def _together(falls: Sequence[Fall]) -> Iterator[Sequence[Fall]]:
    """Yield the falls, in order of time, that lie so close that they may be one event."""
    group: list[Fall] = []
    for fall in falls:
        if group and (fall.at - group[-1].at > GAP or fall.at - group[0].at > LONGEST):
            yield group
            group = []
        group.append(fall)
    if group:
        yield group


def _explained(falls: Sequence[Fall], known: Mapping[str, Connection], standing: Standing) -> CommonFall | None:
    tunnels: dict[str, set[str]] = {}
    for fall in falls:
        tunnels.setdefault(fall.connection, set()).add(fall.outside_ip)
    if len(tunnels) < LEAST:
        return None
    others = [other for other in standing(falls[0].at, falls[-1].at) if other.id not in tunnels]
    event = CommonFall(falls[0].at, falls[-1].at, tuple(tunnels), len(others))
    if not others:
        return event if len(tunnels) == len(known) else None
    fallen = [_traits(known[connection], ips) for connection, ips in tunnels.items()]
    # An address block explains nothing where the other tunnel of the same connections stands in it.
    siblings = [_endpoints(known[connection]) - set(ips) for connection, ips in tunnels.items()]
    spared = [_traits(connection, _endpoints(connection)) for connection in others]
    spared += [{(Trait.ENDPOINT_BLOCK, _block(ip)) for ip in ips} for ips in siblings]
    explaining: list[tuple[float, CommonFall]] = []
    for trait, value in sorted(set().union(*fallen), key=lambda shared: (_ORDER.index(shared[0]), shared[1])):
        sharing = sum((trait, value) in traits for traits in fallen)
        beside = sum((trait, value) in traits for traits in spared)
        explained, told_apart = sharing / len(fallen), sharing / (sharing + beside)
        if sharing >= LEAST and min(explained, told_apart) >= _NEARLY_ALL:
            shared = replace(event, trait=trait, value=value, sharing=sharing, others_sharing=beside)
            explaining.append((explained + told_apart, shared))
    return max(explaining, key=lambda scored: scored[0])[1] if explaining else None


def _endpoints(connection: Connection) -> set[str]:
    return {tunnel.outside_ip for tunnel in connection.tunnels}


def _traits(connection: Connection, outside_ips: Collection[str]) -> set[tuple[Trait, str]]:
    """Return what a connection could share with others; of its tunnels, with these addresses."""
    shared = {(Trait.SITE, connection.source)}
    shared |= {(Trait.ENDPOINT_BLOCK, _block(ip)) for ip in outside_ips}
    if connection.facts is not None:
        gateway = connection.facts.customer_gateway
        shared |= {
            (Trait.CUSTOMER_GATEWAY, gateway.id),
            (Trait.CUSTOMER_ADDRESS, gateway.ip),
            (Trait.CUSTOMER_BLOCK, _block(gateway.ip)),
            (Trait.GATEWAY, connection.facts.gateway),
        }
    return {(trait, value) for trait, value in shared if value}


@lru_cache(maxsize=16_384)  # a fleet's addresses are asked for with each change on its board, and rarely change
def _block(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{ip}/{_BLOCK_BITS[ip.version]}", strict=False))
