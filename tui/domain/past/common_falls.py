"""Finds what connections that fell together share and others do not: one cause can look like many. Times in ms."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from itertools import accumulate, chain, islice
from math import inf
from typing import Final, NamedTuple

from tui.domain.inventory import ConnectionFacts
from tui.domain.past.outages import Outage
from tui.domain.state.connection import Connection
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health
from tui.domain.times import MINUTE, SECOND

LEAST: Final = 3
"""The fewest connections that make a pattern: two can fall together by chance."""
GAP: Final = 20 * SECOND
"""The longest pause between two falls of one event. AWS declares a peer dead after three probes, 10 s apart."""
LONGEST: Final = 3 * MINUTE
_NEARLY_ALL: Final = 0.9
_BLOCK_BITS: Final = {4: 24, 6: 48}
"""The prefix lengths in which providers and AWS assign addresses: a /24, in IPv6 a /48."""


class Trait(Enum):
    """What connections can share, nearest to the device first: of two that explain as much, the first is reported."""

    CUSTOMER_GATEWAY = "customer_gateway"
    CUSTOMER_ADDRESS = "customer_address"
    CUSTOMER_BLOCK = "customer_block"
    """The address block of the customer gateways."""
    GATEWAY = "gateway"
    """The gateway on AWS's side: transit gateway, virtual private gateway, core network."""
    ENDPOINT_BLOCK = "endpoint_block"
    """The address block of the tunnels' outside addresses at AWS."""
    SITE = "site"
    """The account and region, if several are watched."""


_ORDER: Final = tuple(Trait)


class Fall(NamedTuple):
    """A tunnel that stopped carrying traffic at `at`."""

    connection: str
    outside_ip: str
    at: int


@dataclass(frozen=True, slots=True)
class CommonFall:
    """Connections with tunnels that fell at nearly the same time, and what they share.

    `sharing` of the `connections` share `value`, as do `others_sharing` of the `others`, which did not fall. Without a
    `trait` every connection fell, so that nothing distinguishes them from others.
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
"""Returns the connections known to have carried traffic between two times (ms) without any tunnel falling."""


def common_falls(
    falls: Iterable[Fall], connections: Collection[Connection], standing: Standing
) -> tuple[CommonFall, ...]:
    """Return the falls that happened together for a reason the connections share, newest first.

    `falls` are the ones to explain; `connections` is the whole fleet. A connection that fell at another time, or about
    which nothing is known, counts neither as fallen nor as other: it says nothing about this event.
    """
    known = {connection.id: connection for connection in connections}
    happened = sorted((fall for fall in falls if fall.connection in known), key=lambda fall: (fall.at, fall))
    events = (_explained(group, known, standing) for group in _together(happened))
    return tuple(sorted((event for event in events if event is not None), key=lambda event: event.start, reverse=True))


def past_falls(
    outages: Mapping[Tunnel, Sequence[Outage]], connections: Collection[Connection]
) -> tuple[CommonFall, ...]:
    """Return the common falls among the outages of all tunnels, including past ones, newest first."""
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
    """The outages of a connection's tunnels: their starts in order, each with the latest end up to there."""

    is_known_up: bool
    starts: list[int]
    ends: list[float]

    @classmethod
    def of(cls, connection: Connection, outages: Mapping[Tunnel, Sequence[Outage]]) -> "_Course":
        by_tunnel = [(tunnel, outages.get(tunnel, ())) for tunnel in connection.tunnels]
        spans = sorted(
            (outage.start, inf if outage.end is None else outage.end) for _, own in by_tunnel for outage in own
        )
        return cls(
            any(_is_known_up(tunnel, own) for tunnel, own in by_tunnel),
            [start for start, _ in spans],
            list(accumulate((end for _, end in spans), max)),
        )

    def is_hit(self, start: int, end: int) -> bool:
        """Whether any tunnel was down between two times, ms."""
        begun = bisect_right(self.starts, end)
        return begun > 0 and self.ends[begun - 1] >= start


def _is_known_up(tunnel: Tunnel, outages: Sequence[Outage]) -> bool:
    """Whether a tunnel is known to carry traffic outside its outages: it is up, or it was seen to fall or recover."""
    return tunnel.health is Health.UP or any(outage.start_exact or outage.has_ended for outage in outages)


def _together(falls: Sequence[Fall]) -> Iterator[Sequence[Fall]]:
    """Yield groups of falls, in order of time, that are close enough to be one event."""
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
            continue  # checked before the other connections, of which there are many
        most = int(sharing / _NEARLY_ALL) - sharing + 1
        sharers: Iterator[Connection] = (connection for connection in others if value in _values(connection, trait))
        if trait is Trait.ENDPOINT_BLOCK:
            # An address block explains nothing if the same connections' other tunnels are in it, too.
            siblings = ((known[connection], _endpoints(known[connection]) - ips) for connection, ips in tunnels.items())
            own = (connection for connection, ips in siblings if value in _values(connection, trait, ips))
            sharers = chain(own, sharers)
        # Counting stops once too many share the value for it to explain anything: the rest of a fleet may be large.
        others_sharing = sum(1 for _ in islice(sharers, most + 1))
        selectivity = sharing / (sharing + others_sharing)
        if selectivity >= _NEARLY_ALL:
            shared = replace(event, trait=trait, value=value, sharing=sharing, others_sharing=others_sharing)
            explaining.append((explained + selectivity, shared))
    return max(explaining, key=lambda scored: scored[0])[1] if explaining else None


def _endpoints(connection: Connection) -> set[str]:
    return {tunnel.outside_ip for tunnel in connection.tunnels}


def _values(connection: Connection, trait: Trait, outside_ips: Collection[str] | None = None) -> Collection[str]:
    """Return a connection's values of a trait; for tunnel traits only those of `outside_ips`, if given."""
    if trait is Trait.ENDPOINT_BLOCK:
        ips = _endpoints(connection) if outside_ips is None else outside_ips
        return {block for ip in ips if (block := _block(ip))}
    value = _ONE_VALUE[trait](connection)
    return (value,) if value else ()


@lru_cache(maxsize=16_384)  # needed at each change of the board, while a fleet's addresses rarely change
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
