"""The VPN connections of the account, and the log groups that they name."""

from typing import NamedTuple

from tui.domain.inventory import Inventory
from tui.feed.aws.client import Aws
from tui.feed.inventory.ec2_records import read_connection
from tui.feed.inventory.log_groups import LogGroup, dicts_in


class Discovered(NamedTuple):
    """What EC2 says exists, and the log groups that it names, with their ARNs."""

    inventory: Inventory
    groups: dict[str, LogGroup]


async def discover(aws: Aws) -> Discovered:
    """Return the account's VPN connections in the region; raises FeedError."""
    answer = await aws.call("ec2:DescribeVpnConnections", "VPN connections")
    groups: dict[str, LogGroup] = {}
    connections = [read_connection(described, groups) for described in dicts_in(answer, "VpnConnections")]
    known = sorted((facts for facts in connections if facts), key=lambda facts: facts.id)
    return Discovered(Inventory(tuple(known)), groups)
