"""The selected connections with everything that EC2 and the log deliveries report about them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.feed.aws.errors import FeedError
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.connections import discover
from tui.feed.inventory.deliveries import Deliveries
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.selection import select, unmatched_line
from tui.feed.inventory.tunnel_status import Details

_MOST_ASKED: Final = 40
"""The number of tunnels looked up individually, two calls each; if there are more, only those that are down."""
_NEVER_AGAIN: Final = 3_600.0


class Surveyed(NamedTuple):
    """The selected connections, the log groups they name, and a line if a selector matches nothing."""

    inventory: Inventory
    groups: dict[str, LogGroup]
    unmatched: str = ""


async def survey(attempts: Attempts, selectors: Sequence[str]) -> Surveyed | None:
    """Return the connections to check, None if EC2 does not answer. Raises FeedError if nothing was selected."""
    discovered = await attempts.trying(discover(attempts.aws), None)
    if discovered is None:
        return None
    groups = dict(discovered.groups)
    inventory, unmatched = select(discovered.inventory, selectors)
    text = unmatched_line(discovered.inventory, unmatched, attempts.aws.target.description) if unmatched else ""
    if text and not inventory.connections:
        raise FeedError(text, ErrorKind.SELECTOR)
    completing = Deliveries().complete(attempts.aws, inventory, groups)
    inventory = await attempts.trying(completing, inventory)
    pace = attempts.budget("ec2:GetVpnTunnelReplacementStatus").take
    details = Details(attempts.clock, most=_MOST_ASKED, few=_MOST_ASKED, every=_NEVER_AGAIN, pace=pace)
    await attempts.trying(details.ask_all(attempts.aws, inventory), None)
    return Surveyed(details.complete(inventory), groups, text)
