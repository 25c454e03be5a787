"""The table of constraints agrees with the service model that botocore ships."""

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape

from tui.demo.server.constraints import REQUESTS, Boolean, Integer, Kind, ListOf, String, Structure, check
from tui.demo.server.errors import ApiError

MODEL = ServiceModel(Loader().load_service_model("logs", "service-2"), "logs")
# Members that the endpoint reads over, as AWS reads over what it does not know.
UNREAD = {"accountIdentifiers", "kmsKeyId", "tags", "deletionProtectionEnabled", "entity"}


def as_kind(shape: Shape) -> Kind:
    limits = shape.metadata
    if isinstance(shape, StructureShape):
        members = {name: as_kind(member) for name, member in shape.members.items() if name not in UNREAD}
        return Structure(members, tuple(sorted(shape.required_members)))
    if isinstance(shape, ListShape):
        return ListOf(limits.get("min", 0), limits.get("max", 50), as_kind(shape.member))
    if shape.type_name == "boolean":
        return Boolean()
    if shape.type_name in ("long", "integer"):
        return Integer(limits.get("min", 0), limits.get("max"))
    choices = tuple(shape.enum) if isinstance(shape, StringShape) else ()
    return String(limits.get("min", 0), limits.get("max"), limits.get("pattern"), choices)


def in_order(kind: Kind) -> Kind:
    match kind:
        case Structure(members=members, required=required):
            return Structure({name: in_order(member) for name, member in members.items()}, tuple(sorted(required)))
        case ListOf(fewest=fewest, most=most, item=item):
            return ListOf(fewest, most, in_order(item))
    return kind


@pytest.mark.parametrize("action", REQUESTS)
def test_the_table_says_what_the_service_model_says(action: str) -> None:
    shape = MODEL.operation_model(action).input_shape
    assert shape is not None
    assert in_order(REQUESTS[action]) == as_kind(shape)


@pytest.mark.parametrize(
    ("action", "request_", "says"),
    [
        ("GetLogEvents", {"logGroupName": "g"}, "Value null at 'logStreamName' failed to satisfy constraint"),
        ("FilterLogEvents", {"limit": 0}, "'limit' failed to satisfy constraint: Member must have value greater"),
        ("FilterLogEvents", {"limit": 10_001}, "less than or equal to 10000"),
        ("FilterLogEvents", {"logGroupName": "a b"}, "regular expression pattern"),
        ("FilterLogEvents", {"logStreamNames": []}, "length greater than or equal to 1"),
        ("FilterLogEvents", {"logStreamNames": ["s"] * 101}, "length less than or equal to 100"),
        ("FilterLogEvents", {"logGroupIdentifier": "arn:aws:logs:r:1:log-group:g:*"}, "regular expression"),
        ("StartLiveTail", {"logGroupIdentifiers": ["g"] * 11}, "length less than or equal to 10"),
        ("DescribeLogStreams", {"orderBy": "Size"}, "enum value set: [LogStreamName, LastEventTime]"),
        ("PutLogEvents", {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1}]}, "message"),
    ],
)
def test_what_breaks_a_limit_is_named(action: str, request_: dict[str, object], says: str) -> None:
    with pytest.raises(ApiError, match="validation error") as caught:
        check(action, request_)
    assert caught.value.code == "InvalidParameterException"
    assert says in caught.value.message


@pytest.mark.parametrize("value", ["1", 1.5, True, [1], {}])
def test_a_number_of_another_type_cannot_be_read(value: object) -> None:
    with pytest.raises(ApiError) as caught:
        check("FilterLogEvents", {"limit": value})
    assert caught.value.code == "SerializationException"


def test_a_number_that_no_long_holds_cannot_be_read() -> None:
    with pytest.raises(ApiError, match="SerializationException"):
        check("GetLogEvents", {"logStreamName": "s", "startTime": 2**63})
    check("GetLogEvents", {"logStreamName": "s", "startTime": 2**63 - 1})


def test_unknown_members_pass() -> None:
    check("FilterLogEvents", {"logGroupName": "g", "newerThanThis": 1})
