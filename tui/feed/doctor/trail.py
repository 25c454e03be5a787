"""What was changed, and by whom: CloudTrail's event history, a call a second for the whole account.

Only named fields are copied. An event quotes the request, in which a new pre-shared key may stand.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.domain.checkup.facts import TrailChange, TrailFacts
from tui.domain.inventory import Inventory
from tui.domain.text import clean
from tui.domain.times import DAY
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_instant, read_text
from tui.feed.inventory.log_groups import dicts_in

_CALLS: Final = ("ModifyVpnTunnelOptions", "ReplaceVpnTunnel", "ModifyVpnConnection")
"""What is looked up by name: changes of one tunnel, and of a whole connection. Each is a call."""
_LOOK_BACK: Final = DAY
_IDS: Final = ("VpnConnectionId", "VpnTunnelOutsideIpAddress")


async def changes(attempts: Attempts, inventory: Inventory | None) -> TrailFacts | None:
    """Return what was changed in the last day; None where CloudTrail may not be asked.

    A single connection is looked up by its id as well, which finds changes of any kind.
    """
    connections = [connection.id for connection in inventory.connections] if inventory else []
    start = attempts.clock.now() - _LOOK_BACK
    wanted = [("EventName", call) for call in _CALLS]
    wanted += [("ResourceName", connections[0])] if len(connections) == 1 else []
    changes_by_id: dict[str, TrailChange] = {}
    for attribute, value in wanted:
        answer = await attempts.answer(
            "cloudtrail:LookupEvents",
            "changes of the last day",
            LookupAttributes=[{"AttributeKey": attribute, "AttributeValue": value}],
            StartTime=datetime.fromtimestamp(start / 1000, UTC),
            MaxResults=50,
        )
        if answer is None:
            return None
        for event in dicts_in(answer, "Events"):
            change = _read(event)
            if change is not None and change.connection in connections:
                changes_by_id[read_text(event, "EventId")] = change
    return TrailFacts(start, tuple(sorted(changes_by_id.values(), key=lambda change: -change.at)))


def _read(event: Mapping[str, Any]) -> TrailChange | None:
    """Return one event; None for one that failed, only read, or tells no time."""
    at, record = read_instant(event.get("EventTime")), _record(event)
    if at is None or record.get("errorCode") or read_text(event, "ReadOnly").lower() == "true":
        return None
    request = _request(record)
    identity = record.get("userIdentity")
    by_aws = isinstance(identity, Mapping) and identity.get("type") == "AWSService"
    return TrailChange(
        at,
        read_text(event, "EventName"),
        read_text(event, "Username") or (read_text(identity, "arn") if isinstance(identity, Mapping) else ""),
        source_ip=read_text(record, "sourceIPAddress"),
        connection=_text(request, "VpnConnectionId").lower() or _resource(event),
        outside_ip=_text(request, "VpnTunnelOutsideIpAddress"),
        options=_names(request),
        by_aws=by_aws,
    )


def _record(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        record = json.loads(read_text(event, "CloudTrailEvent"))
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _request(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of a request; EC2 wraps them in one named after the call."""
    parameters = record.get("requestParameters")
    if not isinstance(parameters, dict):
        return {}
    inner = list(parameters.values())
    return inner[0] if len(inner) == 1 and isinstance(inner[0], dict) else parameters


def _text(request: Mapping[str, Any], name: str) -> str:
    """Return a parameter whose name begins with a capital letter or, in other calls of EC2, a small one."""
    return read_text(request, name) or read_text(request, name[0].lower() + name[1:])


def _names(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what was changed, never the values."""
    options = request.get("TunnelOptions", request.get("tunnelOptions"))
    named = options if isinstance(options, dict) else request
    return tuple(clean(name)[:64] for name in named if name[:1].upper() + name[1:] not in _IDS)


def _resource(event: Mapping[str, Any]) -> str:
    names = (read_text(resource, "ResourceName") for resource in dicts_in(event, "Resources"))
    return next((name.lower() for name in names if name.startswith("vpn-")), "")
