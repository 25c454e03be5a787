"""What connections that fell together share and the others do not: one cause can look like many. Pure; times in ms."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from itertools import accumulate
from math import inf
from typing import Final, NamedTuple

from tui.domain.inventory import ConnectionFacts
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
    falls = (
        Fall(tunnel.connection, tunnel.outside_ip, outage.start)
        for tunnel, spans in outages.items()
        for outage in spans
        if outage.start_exact
    )
    courses = [(connection, _Course.of(connection, outages)) for connection in connections]

    def standing(start: int, end: int) -> Collection[Connection]:
        return [connection for connection, course in courses if course.is_known_up and not course.is_hit(start, end)]

    return common_falls(falls, connections, standing)


class _Course(NamedTuple):
    """The outages of a connection's tunnels by their beginnings, and until when any lasts that began by then."""

    is_known_up: bool
    starts: list[int]
    ends: list[float]

    @classmethod
    def of(cls, connection: Connection, outages: Mapping[Tunnel, Sequence[Outage]]) -> "_Course":
        of_tunnels = [(tunnel, outages.get(tunnel, ())) for tunnel in connection.tunnels]
        spans = sorted(
            (outage.start, inf if outage.end is None else outage.end) for _, found in of_tunnels for outage in found
        )
        return cls(
            any(_is_known_up(tunnel, found) for tunnel, found in of_tunnels),
            [start for start, _ in spans],
            list(accumulate((end for _, end in spans), max)),
        )

    def is_hit(self, start: int, end: int) -> bool:
        """Whether a tunnel was down at any time between two, ms."""
        begun = bisect_right(self.starts, end)
        return begun > 0 and self.ends[begun - 1] >= start


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
    fallen = Counter(
        shared
        for connection, ips in tunnels.items()
        for shared in {(trait, value) for trait in Trait for value in _values(known[connection], trait, ips)}
    )
    explaining: list[tuple[float, CommonFall]] = []
    for (trait, value), sharing in sorted(
        fallen.items(), key=lambda shared: (_ORDER.index(shared[0][0]), shared[0][1])
    ):
        explained = sharing / len(tunnels)
        if sharing < LEAST or explained < _NEARLY_ALL:
            continue  # before the others are looked at, which are many
        beside = sum(value in _values(connection, trait) for connection in others)
        if trait is Trait.ENDPOINT_BLOCK:
            # An address block explains nothing where the other tunnel of the same connections stands in it.
            siblings = ((known[connection], _endpoints(known[connection]) - ips) for connection, ips in tunnels.items())
            beside += sum(value in _values(connection, trait, ips) for connection, ips in siblings)
        told_apart = sharing / (sharing + beside)
        if told_apart >= _NEARLY_ALL:
            shared = replace(event, trait=trait, value=value, sharing=sharing, others_sharing=beside)
            explaining.append((explained + told_apart, shared))
    return max(explaining, key=lambda scored: scored[0])[1] if explaining else None


def _endpoints(connection: Connection) -> set[str]:
    return {tunnel.outside_ip for tunnel in connection.tunnels}


def _values(connection: Connection, trait: Trait, outside_ips: Collection[str] | None = None) -> Collection[str]:
    """Return what a connection could share of a trait; of its tunnels, that of those with these addresses, or all."""
    if trait is Trait.ENDPOINT_BLOCK:
        ips = _endpoints(connection) if outside_ips is None else outside_ips
        return {block for ip in ips if (block := _block(ip))}
    value = _ONE_VALUE[trait](connection)
    return (value,) if value else ()


@lru_cache(maxsize=16_384)  # a fleet's addresses are asked for with each change on its board, and rarely change
def _block(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{ip}/{_BLOCK_BITS[ip.version]}", strict=False))


def _of_facts(read: Callable[[ConnectionFacts], str]) -> Callable[[Connection], str]:
    return lambda connection: read(connection.facts) if connection.facts is not None else ""


_ONE_VALUE: Final[dict[Trait, Callable[[Connection], str]]] = {
    Trait.CUSTOMER_GATEWAY: _of_facts(lambda facts: facts.customer_gateway.id),
    Trait.CUSTOMER_ADDRESS: _of_facts(lambda facts: facts.customer_gateway.ip),
    Trait.CUSTOMER_BLOCK: _of_facts(lambda facts: _block(facts.customer_gateway.ip)),
    Trait.GATEWAY: _of_facts(lambda facts: facts.gateway),
    Trait.SITE: lambda connection: connection.source,
}
