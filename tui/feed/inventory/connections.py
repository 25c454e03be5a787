"""The account's VPN connections, and the log groups they name."""

import asyncio
from typing import Final, NamedTuple

from tui.domain.inventory import Inventory
from tui.feed.aws.client import Aws
from tui.feed.inventory.ec2_records import read_connection
from tui.feed.inventory.log_groups import LogGroup, dicts_in

_AT_ONCE: Final = 100
"""The number of connections parsed without a pause, which takes 10 ms. A provider has a thousand."""


class Discovered(NamedTuple):
    """The connections that EC2 lists, and the log groups they name, with their ARNs."""

    inventory: Inventory
    groups: dict[str, LogGroup]


async def discover(aws: Aws, known: Discovered | None = None) -> Discovered:
    """Return the account's VPN connections in the region; raises FeedError.

    What an answer omits is taken from `known`, the previous one: EC2 answers partially while a connection is being
    modified. A connection that an answer does not list is gone.
    """
    answer = await aws.call("ec2:DescribeVpnConnections", "VPN connections")
    earlier = {facts.id: facts for facts in known.inventory.connections} if known else {}
    groups = dict(known.groups) if known else {}
    connections = []
    for number, described in enumerate(dicts_in(answer, "VpnConnections"), 1):
        connections.append(read_connection(described, groups, earlier))
        if not number % _AT_ONCE:
            await asyncio.sleep(0)
    ordered = sorted((facts for facts in connections if facts), key=lambda facts: facts.id)
    return Discovered(Inventory(tuple(ordered)), groups)
