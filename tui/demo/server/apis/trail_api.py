"""CloudTrail LookupEvents: who changed what, newest first."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.demo.server.account import Account
from tui.demo.server.errors import ApiError
from tui.demo.server.pagination import cut_page
from tui.demo.server.store import Store
from tui.demo.server.vpn import TrailEvent

TARGET: Final = "CloudTrail_20131101"
_DAY_MS: Final = 86_400_000
_DAYS: Final = 90
_MOST: Final = 50
"""Maximum number of events on a page."""

Request = Mapping[str, Any]


def call_trail(action: str, request: Request, store: Store, account: Account) -> dict[str, object]:
    """Return the answer to one call; raises ApiError as CloudTrail would."""
    if action != "LookupEvents":
        raise ApiError("UnknownOperationException", f"{action} is not served here")
    attributes = request.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise ApiError("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
    most = request.get("MaxResults", _MOST)
    if not isinstance(most, int) or not 0 < most <= _MOST:
        raise ApiError("InvalidMaxResultsException", f"MaxResults must be between 1 and {_MOST}.")
    now = store.clock.now()
    start = _ms(request.get("StartTime"), now - _DAYS * _DAY_MS)
    end = _ms(request.get("EndTime"), now)
    if start > end:
        raise ApiError("InvalidTimeRangeException", "The start time must not be after the end time.")
    events = [
        event
        for event in sorted(store.trail, key=lambda event: -event.at)
        if start <= event.at <= end and all(_fits(event, attribute) for attribute in attributes)
    ]
    renamed = {"limit": most, "nextToken": request.get("NextToken")}
    page, token = cut_page(events, renamed)
    answer: dict[str, object] = {"Events": [_event(event, account) for event in page]}
    return answer | ({"NextToken": token["nextToken"]} if token else {})


def _ms(seconds: Any, default: int) -> int:
    return round(seconds * 1000) if isinstance(seconds, int | float) else default


def _fits(event: TrailEvent, attribute: Mapping[str, str]) -> bool:
    read = {
        "EventName": event.name,
        "Username": event.user.rpartition("/")[2],
        "EventSource": "ec2.amazonaws.com",
        "ReadOnly": "false",
        "ResourceName": event.connection,
    }
    key = attribute.get("AttributeKey", "")
    if key not in read:
        raise ApiError("InvalidLookupAttributesException", f"{key} is not a lookup attribute that is served here.")
    return read[key] == attribute.get("AttributeValue")


def _event(event: TrailEvent, account: Account) -> dict[str, object]:
    at = datetime.fromtimestamp(event.at / 1000, UTC)
    wanted = {"VpnConnectionId": event.connection, "VpnTunnelOutsideIpAddress": event.outside_ip, **event.parameters}
    identity = {"type": "AWSService", "invokedBy": event.user} if event.by_aws else _identity(event, account)
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "ec2.amazonaws.com",
        "eventName": event.name,
        "awsRegion": account.region,
        "sourceIPAddress": event.user if event.by_aws else event.source_ip,
        "userAgent": event.user if event.by_aws else "aws-cli/2.22.0",
        "requestParameters": {f"{event.name}Request": {name: value for name, value in wanted.items() if value}},
        "readOnly": False,
    }
    return {
        "EventId": f"00000000-0000-4000-8000-{event.at % 10**12:012d}",
        "EventName": event.name,
        "ReadOnly": "false",
        "EventTime": event.at / 1000,
        "EventSource": "ec2.amazonaws.com",
        "Username": event.user,
        "Resources": [{"ResourceType": "AWS::EC2::VPNConnection", "ResourceName": event.connection}],
        "CloudTrailEvent": json.dumps(record),
    }


def _identity(event: TrailEvent, account: Account) -> dict[str, object]:
    """Return the caller's identity: a user, or, if the name contains a slash, a role and its session name."""
    if "/" in event.user:
        arn = f"arn:aws:sts::{account.id}:assumed-role/{event.user}"
        return {"type": "AssumedRole", "arn": arn, "accountId": account.id}
    arn = f"arn:aws:iam::{account.id}:user/{event.user}"
    return {"type": "IAMUser", "arn": arn, "accountId": account.id, "userName": event.user}
