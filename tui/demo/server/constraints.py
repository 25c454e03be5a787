"""The limits on each parameter of the CloudWatch Logs API, checked as the service checks them.

Source: the API reference of CloudWatch Logs; a test compares the tables with botocore's service model.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tui.demo.server.errors import ApiError, invalid_parameter


@dataclass(frozen=True, slots=True)
class String:
    """A string: limits of its length, a pattern for all of it, or the allowed values."""

    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number; `maximum` is None if the model sets no limit."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Boolean:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of `fewest` to `most` items of one kind."""

    fewest: int
    most: int
    item: "Kind"


@dataclass(frozen=True, slots=True)
class Structure:
    """A structure; the members named in `required` must be present. Unknown members are ignored, as on AWS."""

    members: "Mapping[str, Kind]"
    required: tuple[str, ...] = ()


Kind = String | Integer | Boolean | ListOf | Structure
T = TypeVar("T")

_LONG: Final = 2**63
_GROUP = String(1, 512, r"[\.\-_/#A-Za-z0-9]+")
_IDENTIFIER = String(1, 2048, r"[\w#+=/:,.@-]*")
_STREAM = String(1, 512, r"[^:*]*")
_PATTERN = String(0, 1024)
_TOKEN = String(1)
_PAGE = Integer(1, 50)
_ONE_GROUP: Final[dict[str, Kind]] = {"logGroupName": _GROUP, "logGroupIdentifier": _IDENTIFIER}
_WINDOW: Final[dict[str, Kind]] = {
    "startTime": Integer(),
    "endTime": Integer(),
    "nextToken": _TOKEN,
    "limit": Integer(1, 10_000),
}
_PAGED: Final[dict[str, Kind]] = {"nextToken": _TOKEN, "limit": _PAGE}
_DELIVERY = String(1, 60, r"[\w-]*")
_QUERY = String(1, 256)
_LANGUAGE = String(choices=("CWLI", "SQL", "PPL"))
_QUERY_STATUS = String(choices=("Scheduled", "Running", "Complete", "Failed", "Cancelled", "Timeout", "Unknown"))
_CLASS = String(choices=("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"))

REQUESTS: Final[dict[str, Structure]] = {
    "StartLiveTail": Structure(
        {
            "logGroupIdentifiers": ListOf(1, 10, _IDENTIFIER),
            "logStreamNames": ListOf(1, 100, _STREAM),
            "logStreamNamePrefixes": ListOf(1, 100, _STREAM),
            "logEventFilterPattern": _PATTERN,
        },
        required=("logGroupIdentifiers",),
    ),
    "FilterLogEvents": Structure(
        {
            **_ONE_GROUP,
            **_WINDOW,
            "logStreamNames": ListOf(1, 100, _STREAM),
            "logStreamNamePrefix": _STREAM,
            "filterPattern": _PATTERN,
            "startFromHead": Boolean(),
            "interleaved": Boolean(),
            "unmask": Boolean(),
        }
    ),
    "GetLogEvents": Structure(
        {**_ONE_GROUP, **_WINDOW, "logStreamName": _STREAM, "startFromHead": Boolean(), "unmask": Boolean()},
        required=("logStreamName",),
    ),
    "DescribeLogGroups": Structure(
        {
            "logGroupNamePrefix": _GROUP,
            "logGroupNamePattern": String(0, 512, r"[\.\-_/#A-Za-z0-9]*"),
            "nextToken": _TOKEN,
            "limit": _PAGE,
            "includeLinkedAccounts": Boolean(),
            "logGroupClass": _CLASS,
            "logGroupIdentifiers": ListOf(1, 50, _IDENTIFIER),
        }
    ),
    "DescribeLogStreams": Structure(
        {
            **_ONE_GROUP,
            "logStreamNamePrefix": _STREAM,
            "orderBy": String(choices=("LogStreamName", "LastEventTime")),
            "descending": Boolean(),
            "nextToken": _TOKEN,
            "limit": _PAGE,
        }
    ),
    "DescribeResourcePolicies": Structure(
        {**_PAGED, "resourceArn": String(), "policyScope": String(choices=("ACCOUNT", "RESOURCE"))}
    ),
    "DescribeDeliverySources": Structure({**_PAGED, "resourceArns": ListOf(1, 20, String())}),
    "DescribeDeliveries": Structure({**_PAGED, "deliverySourceNames": ListOf(1, 20, _DELIVERY)}),
    "DescribeDeliveryDestinations": Structure({**_PAGED, "names": ListOf(1, 20, _DELIVERY)}),
    "StartQuery": Structure(
        {
            "queryLanguage": _LANGUAGE,
            "logGroupName": _GROUP,
            "logGroupNames": ListOf(0, 50, _GROUP),
            "logGroupIdentifiers": ListOf(0, 50, _IDENTIFIER),
            "startTime": Integer(),
            "endTime": Integer(),
            "queryString": String(0, 10_000),
            "limit": Integer(1, 100_000),
        },
        required=("startTime", "endTime", "queryString"),
    ),
    "GetQueryResults": Structure(
        {"queryId": _QUERY, "nextToken": String(0, 1024), "maxItems": Integer(0, 10_000)}, required=("queryId",)
    ),
    "StopQuery": Structure({"queryId": _QUERY}, required=("queryId",)),
    "DescribeQueries": Structure(
        {
            "logGroupName": _GROUP,
            "status": _QUERY_STATUS,
            "maxResults": Integer(1, 1_000),
            "nextToken": _TOKEN,
            "queryLanguage": _LANGUAGE,
        }
    ),
    "PutLogEvents": Structure(
        {
            "logGroupName": _GROUP,
            "logStreamName": _STREAM,
            "logEvents": ListOf(
                1, 10_000, Structure({"timestamp": Integer(), "message": String(1)}, required=("timestamp", "message"))
            ),
            "sequenceToken": _TOKEN,
        },
        required=("logGroupName", "logStreamName", "logEvents"),
    ),
    "CreateLogGroup": Structure({"logGroupName": _GROUP, "logGroupClass": _CLASS}, required=("logGroupName",)),
    "CreateLogStream": Structure(
        {"logGroupName": _GROUP, "logStreamName": _STREAM}, required=("logGroupName", "logStreamName")
    ),
    "DeleteLogGroup": Structure({"logGroupName": _GROUP}, required=("logGroupName",)),
}


def check(action: str, request: Mapping[str, object]) -> None:
    """Raise the service's own error if a request exceeds a limit of its action."""
    broken = _breaches(REQUESTS[action], request, "")
    if broken:
        errors = "1 validation error" if len(broken) == 1 else f"{len(broken)} validation errors"
        raise invalid_parameter(f"{errors} detected: {'; '.join(broken)}")


def _breaches(kind: Kind, value: object, path: str) -> list[str]:
    match kind:
        case Structure(members=members, required=required):
            record = _typed(value, dict, path)
            absent = [_breach(None, f"{path}{name}", "not be null") for name in required if record.get(name) is None]
            present = ((name, record[name]) for name in members if record.get(name) is not None)
            return absent + [
                breach for name, item in present for breach in _breaches(members[name], item, f"{path}{name}")
            ]
        case ListOf(fewest=fewest, most=most, item=kind_of_item):
            items = _typed(value, list, path)
            if len(items) < fewest:
                return [_breach(items, path, f"have length greater than or equal to {fewest}")]
            if len(items) > most:
                return [_breach("[…]", path, f"have length less than or equal to {most}")]
            # A request may hold thousands of events; a path is built only for those that break a limit.
            return [
                breach
                for index, item in enumerate(items)
                for breach in _breaches(kind_of_item, item, _member(path, index, kind_of_item))
            ]
        case Integer(minimum=minimum, maximum=maximum):
            number = _typed(value, int, path)
            if number >= _LONG:
                raise ApiError("SerializationException", f"{path} cannot be read: more than a long holds")
            if number < minimum:
                return [_breach(number, path, f"have value greater than or equal to {minimum}")]
            if maximum is not None and number > maximum:
                return [_breach(number, path, f"have value less than or equal to {maximum}")]
            return []
        case String():
            return _text_breaches(kind, _typed(value, str, path), path)
        case Boolean():
            _typed(value, bool, path)
            return []


def _member(path: str, index: int, kind: Kind) -> str:
    return f"{path}.{index + 1}.member" + ("." if isinstance(kind, Structure) else "")


def _text_breaches(kind: String, text: str, path: str) -> list[str]:
    if len(text) < kind.min_length:
        return [_breach(text, path, f"have length greater than or equal to {kind.min_length}")]
    if kind.max_length is not None and len(text) > kind.max_length:
        return [_breach(f"{text[:64]}…", path, f"have length less than or equal to {kind.max_length}")]
    if kind.choices and text not in kind.choices:
        return [_breach(text, path, f"satisfy enum value set: [{', '.join(kind.choices)}]")]
    if kind.pattern is not None and not re.fullmatch(kind.pattern, text, re.ASCII):
        return [_breach(text, path, f"satisfy regular expression pattern: {kind.pattern}")]
    return []


def _breach(value: object, path: str, must: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {must}"


def _typed(value: object, kind: type[T], path: str) -> T:
    # A bool is an int in Python, but not to the service.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ApiError("SerializationException", f"{path or 'The request'} cannot be read: not of the right type")
    return value
