"""Every answer agrees with the service models that botocore ships: members, types, element names."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import ANY
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StringShape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tests.demo.conftest import GROUP, IKE_STREAM, blocking_client, vpn
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import SECRET_MARK, CustomerGateway, LogDelivery, TrailEvent, VpnRoute

TUNNEL = {"VpnConnectionId": vpn().id, "VpnTunnelOutsideIpAddress": "203.0.113.17"}
STREAM = {"logGroupName": GROUP, "logStreamName": IKE_STREAM}
TRANSIT_TABLE = {"TransitGatewayRouteTableId": "tgw-rtb-0f1e2d3c4b5a69788"}
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
METRIC = {
    "Namespace": "AWS/VPN",
    "MetricName": "TunnelDataIn",
    "Dimensions": [{"Name": "VpnId", "Value": vpn().id}, {"Name": "TunnelIpAddress", "Value": "203.0.113.17"}],
}
SPAN = {"StartTime": 1_790_000_100, "EndTime": 1_790_001_000}
QUERY = {"Id": "m0", "MetricStat": {"Metric": METRIC, "Period": 300, "Stat": "Sum"}}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("logs", "FilterLogEvents", {"logGroupName": GROUP, "limit": 1}),
    ("logs", "GetLogEvents", STREAM),
    ("logs", "DescribeLogGroups", {"limit": 1}),
    ("logs", "DescribeLogStreams", {"logGroupName": GROUP, "limit": 1}),
    ("logs", "DescribeResourcePolicies", {"limit": 1}),
    ("logs", "DescribeDeliverySources", {"limit": 1}),
    ("logs", "DescribeDeliveries", {"limit": 1}),
    ("logs", "DescribeDeliveryDestinations", {"limit": 1}),
    ("logs", "PutLogEvents", STREAM | {"logEvents": [{"timestamp": 1, "message": "m"}]}),
    ("logs", "CreateLogGroup", {"logGroupName": "new"}),
    ("logs", "CreateLogStream", {"logGroupName": GROUP, "logStreamName": "new"}),
    ("logs", "DeleteLogGroup", {"logGroupName": GROUP}),
    ("ec2", "DescribeVpnConnections", {}),
    ("ec2", "DescribeCustomerGateways", {}),
    ("ec2", "GetActiveVpnTunnelStatus", TUNNEL),
    ("ec2", "GetVpnTunnelReplacementStatus", TUNNEL),
    ("ec2", "DescribeTransitGatewayAttachments", {}),
    ("ec2", "DescribeTransitGatewayRouteTables", {}),
    ("ec2", "GetTransitGatewayRouteTablePropagations", TRANSIT_TABLE),
    ("ec2", "SearchTransitGatewayRoutes", TRANSIT_TABLE | {"Filters": [{"Name": "type", "Values": ["propagated"]}]}),
    ("ec2", "DescribeVpnGateways", {}),
    ("ec2", "DescribeRouteTables", {}),
    ("cloudwatch", "ListMetrics", {"Namespace": "AWS/VPN"}),
    (
        "cloudwatch",
        "GetMetricData",
        {"MetricDataQueries": [QUERY], "StartTime": 1_790_000_100, "EndTime": 1_790_001_000},
    ),
    ("cloudtrail", "LookupEvents", {"MaxResults": 1}),
    ("acm", "DescribeCertificate", {"CertificateArn": CERTIFICATE}),
    ("sts", "GetCallerIdentity", {}),
    ("ec2", "DescribeRegions", {"AllRegions": True}),
    ("oam", "ListSinks", {}),
    (
        "iam",
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": "arn:aws:iam::123456789012:user/demo", "ActionNames": ["ec2:ModifyVpnTunnelOptions"]},
    ),
]


TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "timestamp": (int, float),
    "double": (float,),
}


def call(endpoint: Endpoint, service: str, operation: str, request: dict[str, Any]) -> tuple[Shape, Any, bytes]:
    """Return (the operation's output shape, the parsed answer, the raw body)."""
    client = blocking_client(endpoint, service)
    bodies: list[bytes] = []
    client.meta.events.register("before-parse", lambda response_dict, **_: bodies.append(response_dict["body"]))
    method = next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)
    answer = getattr(client, method)(**request)
    return client.meta.service_model.operation_model(operation).output_shape, answer, bodies[-1]


def check_json(shape: Shape, value: Any, path: str) -> None:
    if isinstance(shape, StructureShape):
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{path}: {unknown}"
        for name, item in value.items():
            check_json(shape.members[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for item in value:
            check_json(shape.member, item, f"{path}[]")
    else:
        kinds: dict[str, tuple[type, ...]] = {
            "string": (str,),
            "boolean": (bool,),
            "timestamp": (int, float),
            "double": (float,),
        }
        assert type(value) in kinds.get(shape.type_name, (int,)), path
        assert not isinstance(shape, StringShape) or not shape.enum or value in shape.enum, path


def check_xml(shape: Shape, element: ElementTree.Element, path: str) -> None:
    if isinstance(shape, StructureShape):
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            name = child.tag.partition("}")[2]
            assert name in members, f"{path}.{name}"
            check_xml(members[name], child, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for child in element:
            assert child.tag.partition("}")[2] == shape.member.serialization.get("name", "member"), path
            check_xml(shape.member, child, f"{path}[]")
    elif shape.type_name == "integer":
        int(element.text or "")
    elif shape.type_name == "boolean":
        assert element.text in ("true", "false"), path
    elif isinstance(shape, StringShape) and shape.enum:
        assert element.text in shape.enum, path


@pytest.mark.parametrize(("service", "operation", "request_"), CALLS, ids=[operation for _, operation, _ in CALLS])
def test_an_answer_holds_what_the_service_model_names_and_nothing_else(
    store: Store, served: Endpoint, service: str, operation: str, request_: dict[str, Any]
) -> None:
    now = store.clock.now()
    store.put(GROUP, IKE_STREAM, [(now, "one"), (now, "two")])
    store.put(GROUP, "other", [(now, "three")])
    store.create_group("second")
    routes = (VpnRoute("10.0.0.0/8", "pending"),)
    store.connections[vpn().id] = replace(vpn(), routes=routes, key_secret="arn:aws:x", announced=("10.2.0.0/16",))
    large = CustomerGateway(
        "cgw-1", "192.0.2.1", 4_200_000_000, CERTIFICATE, "edge", certificate_ends=2_000_000_000_000
    )
    store.deliveries = [LogDelivery(vpn().id, log, GROUP) for log in ("CONNECTION_LOGS", "EVENT_LOGS")]
    store.customer_gateways = {large.id: large}
    plain = vpn(1)
    static = replace(plain, transit_gateway=None, vpn_gateway="vgw-0f1e2d3c4b5a69788", static_routes_only=True)
    store.connections[static.id] = replace(static, routes=(VpnRoute("10.1.0.0/16"),))
    store.trail = [TrailEvent(1, "ModifyVpnTunnelOptions", "ops", vpn().id, "203.0.113.17")] * 2
    shape, parsed, body = call(served, service, operation, request_)
    if service in ("logs", "cloudtrail", "acm", "cloudwatch", "oam"):
        if shape is None:
            assert json.loads(body) == {}
        else:
            check_json(shape, json.loads(body), operation)
        return
    root = ElementTree.fromstring(body)
    assert root.tag == f"{{{_namespace(service)}}}{operation}Response"
    if service in ("sts", "iam"):
        root = root[0]
    else:
        assert root[0].tag.endswith("requestId")
        root.remove(root[0])
    check_xml(shape, root, operation)
    assert len(parsed) == len(root) + 1


def _namespace(service: str) -> str:
    return {
        "ec2": "http://ec2.amazonaws.com/doc/2016-11-15/",
        "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
        "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    }[service]


def test_a_connection_is_described_with_its_tunnels_logs_telemetry_and_tags(store: Store, served: Endpoint) -> None:
    store.connections[vpn().id] = vpn()
    [found] = blocking_client(served, "ec2").describe_vpn_connections()["VpnConnections"]
    assert (found["State"], found["TransitGatewayId"]) == ("available", "tgw-0f1e2d3c4b5a69788")
    assert found["Tags"] == [{"Key": "Name", "Value": "hq"}]
    assert found["Options"]["StaticRoutesOnly"] is False
    first, second = found["Options"]["TunnelOptions"]
    assert first["OutsideIpAddress"] == "203.0.113.17"
    assert first["LogOptions"]["CloudWatchLogOptions"]["LogGroupArn"].endswith(f"log-group:{GROUP}:*")
    assert first["LogOptions"]["CloudWatchLogOptions"]["BgpLogEnabled"] is True
    assert second["LogOptions"]["CloudWatchLogOptions"]["BgpLogEnabled"] is False
    assert [entry["Status"] for entry in found["VgwTelemetry"]] == ["UP", "DOWN"]
    assert found["VgwTelemetry"][0]["LastStatusChange"].timestamp() == 1_790_000_000


def test_every_field_that_holds_a_key_on_aws_holds_the_mark(store: Store, served: Endpoint) -> None:
    store.connections[vpn().id] = vpn()
    [found] = blocking_client(served, "ec2").describe_vpn_connections()["VpnConnections"]
    assert [options["PreSharedKey"] for options in found["Options"]["TunnelOptions"]] == [SECRET_MARK] * 2
    assert found["CustomerGatewayConfiguration"].count(SECRET_MARK) == 2


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({}, ["hq", "osaka"]),
        ({"VpnConnectionIds": [vpn(1).id]}, ["osaka"]),
        ({"Filters": [{"Name": "tag:Name", "Values": ["o*"]}]}, ["osaka"]),
        ({"Filters": [{"Name": "tag:Name", "Values": ["hq", "osaka"]}]}, ["hq", "osaka"]),
        ({"Filters": [{"Name": "tag:Other", "Values": ["hq"]}]}, []),
        ({"Filters": [{"Name": "vpn-connection-id", "Values": [vpn().id]}]}, ["hq"]),
        (
            {"Filters": [{"Name": "state", "Values": ["available"]}, {"Name": "tag:Name", "Values": ["h?"]}]},
            ["hq"],
        ),
        ({"Filters": [{"Name": "tag:Name", "Values": ["[h]q"]}]}, []),
    ],
)
def test_connections_are_chosen_by_id_and_by_filters(
    store: Store, served: Endpoint, request_: dict[str, Any], names: list[str]
) -> None:
    store.connections |= {vpn().id: vpn(), vpn(1).id: vpn(1, name="osaka")}
    found = blocking_client(served, "ec2").describe_vpn_connections(**request_)["VpnConnections"]
    assert [connection["Tags"][0]["Value"] for connection in found] == names


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (lambda ec2: ec2.describe_vpn_connections(VpnConnectionIds=["vpn-0"]), "InvalidVpnConnectionID.NotFound"),
        (lambda ec2: ec2.describe_vpn_connections(Filters=[{"Name": "x", "Values": ["y"]}]), "InvalidParameterValue"),
        (lambda ec2: ec2.describe_vpn_connections(DryRun=True), "DryRunOperation"),
        (lambda ec2: ec2.describe_vpcs(), "InvalidAction"),
        (
            lambda ec2: ec2.get_active_vpn_tunnel_status(**TUNNEL | {"VpnTunnelOutsideIpAddress": "192.0.2.1"}),
            "InvalidParameterValue",
        ),
    ],
)
def test_ec2_refuses_in_its_own_shape(
    store: Store, served: Endpoint, refused: Callable[[Any], object], code: str
) -> None:
    store.connections[vpn().id] = vpn()
    with pytest.raises(ClientError) as caught:
        refused(blocking_client(served, "ec2"))
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["RequestId"]


def test_a_name_that_xml_cannot_hold_breaks_no_answer(store: Store, served: Endpoint) -> None:
    store.connections[vpn().id] = vpn(name="<a&b>\x00\x1b[31m ]]> é")
    [found] = blocking_client(served, "ec2").describe_vpn_connections()["VpnConnections"]
    assert found["Tags"][0]["Value"] == "<a&b>[31m ]]> é"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("ListMetrics", {"Namespace": "AWS/VPN", "Dimensions": [{"Name": "VpnId", "Value": vpn().id}]}),
        ("GetMetricData", {"MetricDataQueries": [QUERY], **SPAN}),
    ],
)
def test_cloudwatch_answers_alike_in_the_query_protocol_of_older_clients(
    store: Store, served: Endpoint, operation: str, request_: dict[str, Any]
) -> None:
    store.connections[vpn().id] = vpn()
    _, answer, _ = call(served, "cloudwatch", operation, request_)
    assert answer.get("Metrics") or answer["MetricDataResults"][0]["Values"]
    assert queried(served, operation, request_) == {**answer, "ResponseMetadata": ANY}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetMetricData", {"MetricDataQueries": [QUERY], "StartTime": 1_790_001_000, "EndTime": 0}, "ValidationError"),
        ("DescribeAlarms", {}, "InvalidAction"),
    ],
)
def test_cloudwatch_refuses_in_the_shape_of_the_query_protocol(
    served: Endpoint, operation: str, request_: dict[str, Any], code: str
) -> None:
    assert queried(served, operation, request_)["Error"]["Code"] == code


def queried(endpoint: Endpoint, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of CloudWatch to a client of the query protocol, by botocore's own serializer and parser."""
    model = blocking_client(endpoint, "cloudwatch").meta.service_model.operation_model(operation)
    body = create_serializer("query").serialize_to_request(request, model)["body"]
    answer = urllib3.request("POST", endpoint.url, body=urlencode(body))
    response = {"body": answer.data, "headers": answer.headers, "status_code": answer.status}
    parsed: dict[str, Any] = create_parser("query").parse(response, model.output_shape)
    return parsed


@pytest.mark.parametrize("target", ["DynamoDB_20120810.ListTables", "x.y.CloudTrail_20131101.ListTrails"])
def test_what_is_not_served_is_refused_in_json_where_json_was_asked_for(served: Endpoint, target: str) -> None:
    answer = urllib3.request("POST", served.url, body="{}", headers={"X-Amz-Target": target})
    assert (answer.status, answer.json()["__type"]) == (400, "UnknownOperationException")


def test_cloudtrail_refuses_a_page_of_more_than_fifty_events(served: Endpoint) -> None:
    with pytest.raises(ClientError, match="InvalidMaxResultsException"):
        blocking_client(served, "cloudtrail").lookup_events(MaxResults=51)


@pytest.mark.parametrize("before", ["", "com.amazonaws.cloudtrail.v20131101."])
def test_cloudtrail_is_addressed_with_its_long_name_and_with_its_short_one(served: Endpoint, before: str) -> None:
    target = f"{before}CloudTrail_20131101.LookupEvents"
    assert urllib3.request("POST", served.url, body="{}", headers={"X-Amz-Target": target}).json() == {"Events": []}


def test_sts_names_the_account(served: Endpoint) -> None:
    identity = blocking_client(served, "sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"] == "arn:aws:iam::123456789012:user/demo"


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code"),
    [
        ("logs", "describe_log_groups", {}, "ExpiredTokenException"),
        ("ec2", "describe_vpn_connections", {}, "RequestExpired"),
        ("sts", "get_caller_identity", {}, "ExpiredToken"),
    ],
)
def test_an_expired_token_is_refused_by_each_service_in_its_own_words(
    served: Endpoint, service: str, operation: str, request_: dict[str, Any], code: str
) -> None:
    served.faults = Faults(auth_expired=1)
    with pytest.raises(ClientError) as caught:
        getattr(blocking_client(served, service), operation)(**request_)
    assert caught.value.response["Error"]["Code"] == code
