"""What each parameter of the CloudWatch Logs API may be: the service model's own limits, checked as the service does.

Source: the API reference of CloudWatch Logs; a test holds the tables against botocore's service model.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tui.demo.server.errors import ApiError, invalid_parameter


@dataclass(frozen=True, slots=True)
class Text:
    """A string: its length and, where there is one, the pattern of the whole."""

    shortest: int = 0
    longest: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; `most` None where the model names no limit."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    fewest: int
    most: int
    each: "Kind"


@dataclass(frozen=True, slots=True)
class Record:
    """A structure; `required` names the members that must be there. Others than `members` pass unread, as on AWS."""

    members: "Mapping[str, Kind]"
    required: tuple[str, ...] = ()


Kind = Text | Whole | Truth | Many | Record
T = TypeVar("T")

_LONG: Final = 2**63
_GROUP = Text(1, 512, r"[\.\-_/#A-Za-z0-9]+")
_IDENTIFIER = Text(1, 2048, r"[\w#+=/:,.@-]*")
_STREAM = Text(1, 512, r"[^:*]*")
_PATTERN = Text(0, 1024)
_TOKEN = Text(1)
_PAGE = Whole(1, 50)
_ONE_GROUP: Final[dict[str, Kind]] = {"logGroupName": _GROUP, "logGroupIdentifier": _IDENTIFIER}
_WINDOW: Final[dict[str, Kind]] = {
    "startTime": Whole(),
    "endTime": Whole(),
    "nextToken": _TOKEN,
    "limit": Whole(1, 10_000),
}
_PAGED: Final[dict[str, Kind]] = {"nextToken": _TOKEN, "limit": _PAGE}
_DELIVERY = Text(1, 60, r"[\w-]*")
_CLASS = Text(choices=("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"))

REQUESTS: Final[dict[str, Record]] = {
    "StartLiveTail": Record(
        {
            "logGroupIdentifiers": Many(1, 10, _IDENTIFIER),
            "logStreamNames": Many(1, 100, _STREAM),
            "logStreamNamePrefixes": Many(1, 100, _STREAM),
            "logEventFilterPattern": _PATTERN,
        },
        required=("logGroupIdentifiers",),
    ),
    "FilterLogEvents": Record(
        {
            **_ONE_GROUP,
            **_WINDOW,
            "logStreamNames": Many(1, 100, _STREAM),
            "logStreamNamePrefix": _STREAM,
            "filterPattern": _PATTERN,
            "startFromHead": Truth(),
            "interleaved": Truth(),
            "unmask": Truth(),
        }
    ),
    "GetLogEvents": Record(
        {**_ONE_GROUP, **_WINDOW, "logStreamName": _STREAM, "startFromHead": Truth(), "unmask": Truth()},
        required=("logStreamName",),
    ),
    "DescribeLogGroups": Record(
        {
            "logGroupNamePrefix": _GROUP,
            "logGroupNamePattern": Text(0, 512, r"[\.\-_/#A-Za-z0-9]*"),
            "nextToken": _TOKEN,
            "limit": _PAGE,
            "includeLinkedAccounts": Truth(),
            "logGroupClass": _CLASS,
            "logGroupIdentifiers": Many(1, 50, _IDENTIFIER),
        }
    ),
    "DescribeLogStreams": Record(
        {
            **_ONE_GROUP,
            "logStreamNamePrefix": _STREAM,
            "orderBy": Text(choices=("LogStreamName", "LastEventTime")),
            "descending": Truth(),
            "nextToken": _TOKEN,
            "limit": _PAGE,
        }
    ),
    "DescribeDeliverySources": Record({**_PAGED, "resourceArns": Many(1, 20, Text())}),
    "DescribeDeliveries": Record({**_PAGED, "deliverySourceNames": Many(1, 20, _DELIVERY)}),
    "DescribeDeliveryDestinations": Record({**_PAGED, "names": Many(1, 20, _DELIVERY)}),
    "PutLogEvents": Record(
        {
            "logGroupName": _GROUP,
            "logStreamName": _STREAM,
            "logEvents": Many(
                1, 10_000, Record({"timestamp": Whole(), "message": Text(1)}, required=("timestamp", "message"))
            ),
            "sequenceToken": _TOKEN,
        },
        required=("logGroupName", "logStreamName", "logEvents"),
    ),
    "CreateLogGroup": Record({"logGroupName": _GROUP, "logGroupClass": _CLASS}, required=("logGroupName",)),
    "CreateLogStream": Record(
        {"logGroupName": _GROUP, "logStreamName": _STREAM}, required=("logGroupName", "logStreamName")
    ),
    "DeleteLogGroup": Record({"logGroupName": _GROUP}, required=("logGroupName",)),
}


def check(action: str, request: Mapping[str, object]) -> None:
    """Raise the service's own error where a request breaks a limit of its action."""
    broken = _breaches(REQUESTS[action], request, "")
    if broken:
        errors = "1 validation error" if len(broken) == 1 else f"{len(broken)} validation errors"
        raise invalid_parameter(f"{errors} detected: {'; '.join(broken)}")


def _breaches(kind: Kind, value: object, path: str) -> list[str]:
    match kind:
        case Record(members=members, required=required):
            record = _typed(value, dict, path)
            absent = [_breach(None, f"{path}{name}", "not be null") for name in required if record.get(name) is None]
            present = ((name, record[name]) for name in members if record.get(name) is not None)
            return absent + [b for name, item in present for b in _breaches(members[name], item, f"{path}{name}")]
        case Many(fewest=fewest, most=most, each=each):
            items = _typed(value, list, path)
            if len(items) < fewest:
                return [_breach(items, path, f"have length greater than or equal to {fewest}")]
            if len(items) > most:
                return [_breach("[…]", path, f"have length less than or equal to {most}")]
            # A thousand log events are checked for each that breaks a limit: name the path of the broken ones only.
            return [b for at, item in enumerate(items) for b in _breaches(each, item, _member(path, at, each))]
        case Whole(least=least, most=most):
            number = _typed(value, int, path)
            if number >= _LONG:
                raise ApiError("SerializationException", f"{path} cannot be read: more than a long holds")
            if number < least:
                return [_breach(number, path, f"have value greater than or equal to {least}")]
            if most is not None and number > most:
                return [_breach(number, path, f"have value less than or equal to {most}")]
            return []
        case Text():
            return _text_breaches(kind, _typed(value, str, path), path)
        case Truth():
            _typed(value, bool, path)
            return []


def _member(path: str, at: int, each: Kind) -> str:
    return f"{path}.{at + 1}.member" + ("." if isinstance(each, Record) else "")


def _text_breaches(kind: Text, text: str, path: str) -> list[str]:
    if len(text) < kind.shortest:
        return [_breach(text, path, f"have length greater than or equal to {kind.shortest}")]
    if kind.longest is not None and len(text) > kind.longest:
        return [_breach(f"{text[:64]}…", path, f"have length less than or equal to {kind.longest}")]
    if kind.choices and text not in kind.choices:
        return [_breach(text, path, f"satisfy enum value set: [{', '.join(kind.choices)}]")]
    if kind.pattern is not None and not re.fullmatch(kind.pattern, text, re.ASCII):
        return [_breach(text, path, f"satisfy regular expression pattern: {kind.pattern}")]
    return []


def _breach(value: object, path: str, must: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {must}"


def _typed(value: object, kind: type[T], path: str) -> T:
    # A bool is an int to Python and not to the service.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ApiError("SerializationException", f"{path or 'The request'} cannot be read: not of the right type")
    return value
