"""Parses CloudTrail's events into values. Everything known from them passes through here.

An event quotes the whole request, which may contain a new pre-shared key: only named fields are copied, and only the
names of parameters. Callers choose some of the texts, such as session names: they are sanitised and truncated.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tui.domain.text import clean
from tui.domain.trail import TrailChange
from tui.feed.inventory.ec2_records import read_instant, read_text
from tui.feed.inventory.log_groups import dicts_in

LOOK_UP: Final = "cloudtrail:LookupEvents"
_IDS: Final = ("VpnConnectionId", "VpnTunnelOutsideIpAddress")
_LONGEST: Final = 100
"""The maximum length of a text. AWS's own limits are 64 for the names of roles, users and sessions."""
_MOST_OPTIONS: Final = 24
"""The maximum number of changed options named; a tunnel has about as many."""


def read_change(event: Mapping[str, Any]) -> TrailChange | None:
    """Return the change in an event; None if the call failed, only reads, or has no time."""
    at, record = read_instant(event.get("EventTime")), _record(event)
    if at is None or record.get("errorCode") or read_text(event, "ReadOnly").lower() == "true":
        return None
    request = _request(record)
    identity = record.get("userIdentity")
    caller = identity if isinstance(identity, Mapping) else {}
    by_aws = caller.get("type") == "AWSService"
    return TrailChange(
        at,
        _cut(event, "EventName"),
        _cut(caller, "invokedBy") or _cut(event, "Username") if by_aws else _caller(caller) or _cut(event, "Username"),
        source_ip=_cut(record, "sourceIPAddress"),
        connection=(_parameter(request, "VpnConnectionId") or _resource(event)).lower(),
        outside_ip=_parameter(request, "VpnTunnelOutsideIpAddress"),
        options=_option_names(request),
        by_aws=by_aws,
    )


def _record(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        record = json.loads(read_text(event, "CloudTrailEvent"))
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _request(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of a request; EC2 wraps them in an object named after the call."""
    parameters = record.get("requestParameters")
    if not isinstance(parameters, dict):
        return {}
    inner = list(parameters.values())
    return inner[0] if len(inner) == 1 and isinstance(inner[0], dict) else parameters


def _caller(identity: Mapping[str, Any]) -> str:
    """Return the caller: a user, or a role with its session name; for another account, the account.

    Source: AWS CloudTrail user guide, "CloudTrail userIdentity element".
    """
    kind, arn = read_text(identity, "type"), _cut(identity, "arn")
    if kind == "Root":
        return "the root user"
    if kind == "AWSAccount":
        return f"account {_cut(identity, 'accountId')}"
    name = arn.partition("/")[2]
    if kind == "AssumedRole" and name:
        return f"role {name}"
    if kind == "IAMUser" and (_cut(identity, "userName") or name):
        return f"user {_cut(identity, 'userName') or name}"
    return arn


def _parameter(request: Mapping[str, Any], name: str) -> str:
    """Return a parameter whose name begins with a capital or, in other EC2 calls, a small letter."""
    return _cut(request, name) or _cut(request, name[0].lower() + name[1:])


def _option_names(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what was changed, never the values."""
    options = request.get("TunnelOptions", request.get("tunnelOptions"))
    names = (name[:1].upper() + name[1:] for name in (options if isinstance(options, dict) else request))
    kept = [clean(name)[:_LONGEST] for name in names if name not in _IDS]
    return tuple(kept[:_MOST_OPTIONS])


def _resource(event: Mapping[str, Any]) -> str:
    names = (_cut(resource, "ResourceName") for resource in dicts_in(event, "Resources"))
    return next((name for name in names if name.lower().startswith("vpn-")), "")


def _cut(structure: Mapping[str, Any], name: str) -> str:
    text = read_text(structure, name)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
