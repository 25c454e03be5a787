"""What was changed and by whom: CloudTrail's event history, one call a second for the whole account."""

from datetime import UTC, datetime
from typing import Final

from tui.domain.checkup.facts import TrailFacts
from tui.domain.inventory import Inventory
from tui.domain.times import DAY
from tui.domain.trail import TrailChange
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import dicts_in
from tui.feed.inventory.trail_records import LOOK_UP, read_change

_CALLS: Final = ("ModifyVpnTunnelOptions", "ReplaceVpnTunnel", "ModifyVpnConnection")
"""The events looked up by name, one call each: changes of a tunnel and of a whole connection."""
_LOOK_BACK: Final = DAY


async def changes(attempts: Attempts, inventory: Inventory | None) -> TrailFacts | None:
    """Return the changes of the last day; None if CloudTrail cannot be read.

    A single connection is also looked up by id, which finds changes of any kind.
    """
    connections = [connection.id for connection in inventory.connections] if inventory else []
    start = attempts.clock.now() - _LOOK_BACK
    wanted = [("EventName", call) for call in _CALLS]
    wanted += [("ResourceName", connections[0])] if len(connections) == 1 else []
    changes_by_id: dict[str, TrailChange] = {}
    for attribute, value in wanted:
        answer = await attempts.answer(
            LOOK_UP,
            "changes of the last day",
            LookupAttributes=[{"AttributeKey": attribute, "AttributeValue": value}],
            StartTime=datetime.fromtimestamp(start / 1000, UTC),
            MaxResults=50,
        )
        if answer is None:
            return None
        for event in dicts_in(answer, "Events"):
            change = read_change(event)
            if change is not None and change.connection in connections:
                changes_by_id[read_text(event, "EventId")] = change
    return TrailFacts(start, tuple(sorted(changes_by_id.values(), key=lambda change: -change.at)))
