"""The account's VPN connections, and the log groups they name."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tui.domain.inventory import ConnectionFacts, Inventory
from tui.feed.aws.client import Aws
from tui.feed.aws.sessions.known_items import DIGEST, skipping_known_items
from tui.feed.inventory.ec2_records import read_connection
from tui.feed.inventory.log_groups import LogGroup, dicts_in

_AT_ONCE: Final = 100
"""The number of connections parsed without a pause, which takes 10 ms. A provider has a thousand."""


class Discovered(NamedTuple):
    """The connections that EC2 lists, and the log groups they name, with their ARNs."""

    inventory: Inventory
    groups: dict[str, LogGroup]
    by_digest: Mapping[int, ConnectionFacts | None] = MappingProxyType({})
    """What was read of each item of the answer, by its digest; None for a connection that is gone."""


async def discover(aws: Aws, known: Discovered | None = None) -> Discovered:
    """Return the account's VPN connections in the region; raises FeedError.

    What an answer omits is taken from `known`, the previous one: EC2 answers partially while a connection is being
    modified. A connection that an answer does not list is gone.
    """
    unchanged = known.by_digest if known else {}
    with skipping_known_items(unchanged.keys()):
        answer = await aws.call("ec2:DescribeVpnConnections", "VPN connections")
    earlier = {facts.id: facts for facts in known.inventory.connections} if known else {}
    groups = dict(known.groups) if known else {}
    connections, by_digest = list[ConnectionFacts | None](), dict[int, ConnectionFacts | None]()
    for number, described in enumerate(dicts_in(answer, "VpnConnections"), 1):
        digest = described.get(DIGEST)
        if digest is None or digest not in unchanged:
            facts = read_connection(described, groups, earlier)
        else:
            facts = unchanged[digest]
        connections.append(facts)
        if digest is not None:
            by_digest[digest] = facts
        if not number % _AT_ONCE:
            await asyncio.sleep(0)
    ordered = sorted((facts for facts in connections if facts), key=lambda facts: facts.id)
    return Discovered(Inventory(tuple(ordered)), groups, by_digest)
