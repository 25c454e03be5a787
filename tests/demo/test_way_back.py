"""Routes, metrics, changes and certificates of the endpoint, read by boto3."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.demo.conftest import blocking_client, vpn
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import Path, TrailEvent, VpnConnection, VpnRoute

TABLE = "tgw-rtb-0f1e2d3c4b5a69788"
ANNOUNCED = replace(vpn(), announced=("10.2.0.0/16", "10.3.0.0/16"))
STATIC = replace(
    vpn(1),
    transit_gateway=None,
    vpn_gateway="vgw-0f1e2d3c4b5a69788",
    static_routes_only=True,
    routes=(VpnRoute("10.1.0.0/16"), VpnRoute("10.9.0.0/16", "pending")),
)


def holds(store: Store, *connections: VpnConnection) -> None:
    store.connections = {connection.id: connection for connection in connections}


def transit_routes(ec2: Any, **filters: str) -> list[tuple[str, str, str]]:
    wanted = [{"Name": name.replace("_", "-").replace("--", "."), "Values": [value]} for name, value in filters.items()]
    routes = ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=TABLE, Filters=wanted)["Routes"]
    return [(route["DestinationCidrBlock"], route["Type"], route["State"]) for route in routes]


def test_what_the_device_announces_stands_in_the_transit_gateways_table(store: Store, served: Endpoint) -> None:
    ec2 = blocking_client(served, "ec2")
    holds(store, replace(ANNOUNCED, path=Path(blackhole=("10.3.0.0/16",))))
    [attachment] = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    assert attachment["Association"] == {"TransitGatewayRouteTableId": TABLE, "State": "associated"}
    routes = transit_routes(ec2, attachment__resource_id=vpn().id)
    assert routes == [("10.2.0.0/16", "propagated", "active"), ("10.3.0.0/16", "propagated", "blackhole")]
    holds(store, replace(ANNOUNCED, path=Path(associated=False, propagated=False)))
    [attachment] = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    assert "Association" not in attachment
    assert transit_routes(ec2, attachment__resource_id=vpn().id) == []


def test_routes_are_searched_by_a_filter(store: Store, served: Endpoint) -> None:
    holds(store, ANNOUNCED)
    ec2 = blocking_client(served, "ec2")
    with pytest.raises(ClientError, match="MissingParameter"):
        ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=TABLE, Filters=[])
    with pytest.raises(ClientError, match="filter 'nonsense'"):
        transit_routes(ec2, nonsense="x")
    assert transit_routes(ec2, state="blackhole") == []


def test_static_routes_that_are_available_are_propagated_to_the_vpc(store: Store, served: Endpoint) -> None:
    ec2 = blocking_client(served, "ec2")
    holds(store, STATIC)
    [gateway] = ec2.describe_vpn_gateways()["VpnGateways"]
    [attached] = gateway["VpcAttachments"]
    wanted = [{"Name": "vpc-id", "Values": [attached["VpcId"]]}]
    [table] = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    assert [route["DestinationCidrBlock"] for route in table["Routes"]] == ["10.0.0.0/16", "10.1.0.0/16"]
    assert table["PropagatingVgws"] == [{"GatewayId": "vgw-0f1e2d3c4b5a69788"}]
    holds(store, replace(STATIC, path=Path(attached=False)))
    assert ec2.describe_vpn_gateways()["VpnGateways"][0].get("VpcAttachments", []) == []


def metrics(served: Endpoint) -> dict[str, list[float]]:
    cloudwatch = blocking_client(served, "cloudwatch")
    listed = cloudwatch.list_metrics(Namespace="AWS/VPN", MetricName="TunnelDataIn")["Metrics"]
    now = datetime.now(UTC)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": f"m{index}", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}
            for index, metric in enumerate(listed)
        ],
        StartTime=now - timedelta(minutes=20),
        EndTime=now,
    )
    names = [metric["Dimensions"][-1]["Value"] for metric in listed]
    return {name: result["Values"] for name, result in zip(names, answer["MetricDataResults"], strict=True)}


def test_bytes_are_counted_where_a_tunnel_is_up(store: Store, served: Endpoint) -> None:
    holds(store, vpn())
    values = metrics(served)
    up, down, whole = (values[name] for name in ("203.0.113.17", "198.51.100.29", vpn().id))
    assert up[0] == 5 * 2_400_000
    assert set(down) == {0.0}
    assert whole == up


def test_metrics_that_are_denied_are_denied_as_aws_words_it(store: Store, served: Endpoint) -> None:
    served.faults = Faults(action_denied="cloudwatch:ListMetrics")
    with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:ListMetrics") as caught:
        metrics(served)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_changes_are_looked_up_by_one_attribute_in_a_span_of_time(store: Store, served: Endpoint) -> None:
    trail = blocking_client(served, "cloudtrail")
    now = store.clock.now()
    store.trail = [
        TrailEvent(now - 3_600_000, "ModifyVpnTunnelOptions", "ops", vpn().id, "203.0.113.17"),
        TrailEvent(now - 60_000, "ReplaceVpnTunnel", "night", vpn().id, "203.0.113.17"),
    ]

    def looked_up(**wanted: Any) -> list[str]:
        return [event["Username"] for event in trail.lookup_events(**wanted)["Events"]]

    assert looked_up() == ["night", "ops"]
    replaced = {"AttributeKey": "EventName", "AttributeValue": "ReplaceVpnTunnel"}
    assert looked_up(LookupAttributes=[replaced]) == ["night"]
    assert looked_up(StartTime=datetime.now(UTC) - timedelta(minutes=10)) == ["night"]
    first = trail.lookup_events(MaxResults=1)
    assert [event["Username"] for event in first["Events"]] == ["night"]
    following = trail.lookup_events(MaxResults=1, NextToken=first["NextToken"])
    assert [event["Username"] for event in following["Events"]] == ["ops"]
    two = [replaced, replaced]
    with pytest.raises(ClientError, match="only specify one lookup attribute"):
        looked_up(LookupAttributes=two)
