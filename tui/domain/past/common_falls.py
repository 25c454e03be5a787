"""What connections that fell together share and the others do not: one cause can look like many. Pure; times in ms."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from tui.domain.state.fleet import Connection
from tui.domain.times import MINUTE, SECOND

LEAST: Final = 3
"""Connections that make a pattern: two can fall together by chance."""
_GAP: Final = 20 * SECOND
"""The longest pause between two falls of one event. AWS declares a peer dead after three probes, ten seconds apart."""
_LONGEST: Final = 3 * MINUTE
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


def common_falls(falls: Iterable[Fall], connections: Collection[Connection]) -> tuple[CommonFall, ...]:
    """Return what fell together for a reason that the connections share, the newest first.

    `falls` are those to be explained; `connections` is the whole fleet. One that fell at another time counts among
    neither the fallen nor the others: it says nothing about this event.
    """
    known = {connection.id: connection for connection in connections}
    happened = sorted((fall for fall in falls if fall.connection in known), key=lambda fall: (fall.at, fall))
    fallen_at_all = {fall.connection for fall in happened}
    others = [connection for connection in connections if connection.id not in fallen_at_all]
    found = (_explained(group, known, others) for group in _together(happened))
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.start, reverse=True))


def _together(falls: Sequence[Fall]) -> Iterator[Sequence[Fall]]:
    """Yield the falls, in order of time, that lie so close that they may be one event."""
    group: list[Fall] = []
    for fall in falls:
        if group and (fall.at - group[-1].at > _GAP or fall.at - group[0].at > _LONGEST):
            yield group
            group = []
        group.append(fall)
    if group:
        yield group


def _explained(
    falls: Sequence[Fall], known: Mapping[str, Connection], others: Sequence[Connection]
) -> CommonFall | None:
    tunnels: dict[str, set[str]] = {}
    for fall in falls:
        tunnels.setdefault(fall.connection, set()).add(fall.outside_ip)
    if len(tunnels) < LEAST:
        return None
    event = CommonFall(falls[0].at, falls[-1].at, tuple(tunnels), len(others))
    if not others:
        return event if len(tunnels) == len(known) else None
    fallen = [_traits(known[connection], ips) for connection, ips in tunnels.items()]
    # An address block explains nothing where the other tunnel of the same connections stands in it.
    siblings = [_endpoints(known[connection]) - set(ips) for connection, ips in tunnels.items()]
    standing = [_traits(connection, _endpoints(connection)) for connection in others]
    standing += [{(Trait.ENDPOINT_BLOCK, _block(ip)) for ip in ips} for ips in siblings]
    explaining: list[tuple[float, CommonFall]] = []
    for trait, value in sorted(set().union(*fallen), key=lambda shared: (_ORDER.index(shared[0]), shared[1])):
        sharing = sum((trait, value) in traits for traits in fallen)
        beside = sum((trait, value) in traits for traits in standing)
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
