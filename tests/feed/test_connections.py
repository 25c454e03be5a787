"""EC2's answers: what is taken from them, and that keys are dropped on arrival."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.feed.conftest import BGP, IKE, connection, read_once, vpn_id
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.demo.server.vpn import SECRET_MARK, TunnelOption, VpnRoute, VpnTelemetry
from tui.domain.inventory import ConnectionFacts, CustomerGateway, StaticRoute, Telemetry, TunnelFacts
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.connections import Discovered, discover
from tui.feed.inventory.ec2_records import read_connection, read_customer_gateway, read_instant
from tui.feed.inventory.log_groups import LogGroup


async def discovered(endpoint: Endpoint) -> Discovered:
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        return await discover(aws)


async def test_connections_come_with_tunnels_groups_and_telemetry(store: Store, endpoint: Endpoint) -> None:
    made = connection(bgp=BGP)
    telemetry = VpnTelemetry("UP", "4 BGP ROUTES", 1_790_000_000_000, 4)
    store.connections = {made.id: made.with_tunnel(replace(made.tunnels[0], telemetry=telemetry))}
    found = await discovered(endpoint)
    (facts,) = found.inventory.connections
    assert (facts.id, facts.name, facts.gateway) == (made.id, "hq", "tgw-0f1e2d3c4b5a69788")
    first = facts.tunnels[0]
    assert (first.outside_ip, first.ike_group, first.bgp_group) == ("203.0.113.1", IKE, BGP)
    assert first.telemetry is not None
    assert (first.telemetry.is_up, first.telemetry.since, first.telemetry.accepted_routes) == (
        True,
        1_790_000_000_000,
        4,
    )
    assert first.configured["IkeVersions"] == "ikev2"
    assert found.groups[IKE] == LogGroup(IKE, f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}")


def test_a_tunnel_whose_status_never_changed_is_not_down_since_1970() -> None:
    never = {"OutsideIpAddress": "203.0.113.1", "Status": "DOWN", "LastStatusChange": datetime.fromtimestamp(0, UTC)}
    facts = read_connection({"VpnConnectionId": vpn_id(), "VgwTelemetry": [never]}, {})
    assert facts is not None
    assert facts.tunnels[0].telemetry == Telemetry(is_up=False, since=None)


async def test_the_whole_connection_is_described_in_values(store: Store, endpoint: Endpoint) -> None:
    plain = connection()
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:vpn-1"
    vpn = replace(
        plain,
        state="modifying",
        static_routes_only=True,
        routes=(VpnRoute("10.20.0.0/16"), VpnRoute("10.21.0.0/16", "pending")),
        accelerated=True,
        key_secret=secret,
    )
    store.connections = {vpn.id: vpn}
    (facts,) = (await discovered(endpoint)).inventory.connections
    assert (facts.state, facts.gateway_kind, facts.accelerated, facts.key_secret) == ("modifying", "tgw", True, secret)
    assert facts.routes == (StaticRoute("10.20.0.0/16", "available"), StaticRoute("10.21.0.0/16", "pending"))
    assert facts.customer_gateway == CustomerGateway(plain.customer_gateway)
    assert facts.options["RemoteIpv4NetworkCidr"] == "0.0.0.0/0"


async def test_options_are_values_and_a_missing_one_has_the_default_of_aws(store: Store, endpoint: Endpoint) -> None:
    plain = connection()
    options: dict[str, TunnelOption | None] = {
        "Phase1DHGroupNumbers": (19, 20),
        "Phase1LifetimeSeconds": 7_200,
        "DpdTimeoutSeconds": None,
    }
    store.connections = {plain.id: plain.with_tunnel(replace(plain.tunnels[0], options=options))}
    (facts,) = (await discovered(endpoint)).inventory.connections
    tunnel = facts.tunnels[0]
    assert tunnel.values("Phase1DHGroupNumbers") == ("19", "20")
    assert tunnel.number("Phase1LifetimeSeconds") == 7_200
    assert "DpdTimeoutSeconds" not in tunnel.configured
    assert tunnel.number("DpdTimeoutSeconds") == 40
    assert tunnel.number("Phase1DHGroupNumbers") is None
    assert tunnel.values("TunnelInsideIpv6Cidr") == ()


def test_nothing_is_assumed_of_options_that_were_not_told() -> None:
    assert TunnelFacts("203.0.113.1").values("IkeVersions") == ()


@pytest.mark.parametrize("status", ["", "DEGRADED"])
def test_a_status_that_is_neither_up_nor_down_is_unknown(status: str) -> None:
    seen = {"OutsideIpAddress": "203.0.113.1", "Status": status}
    facts = read_connection({"VpnConnectionId": vpn_id(), "VgwTelemetry": [seen]}, {})
    assert facts is not None
    assert facts.tunnels[0].telemetry is None


@pytest.mark.parametrize(
    ("answer", "asn"), [("65010", 65_010), ("4200000000", 4_200_000_000), ("x", None), ("²", None)]
)
def test_a_customer_gateway_has_the_number_that_its_device_should_speak_with(answer: str, asn: int | None) -> None:
    key = "BgpAsnExtended" if len(answer) > 5 else "BgpAsn"
    assert read_customer_gateway({"CustomerGatewayId": "cgw-1", key: answer}).asn == asn


async def test_no_key_that_ec2_returns_gets_past_the_door(
    store: Store, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="tunnelwatch.feed")
    found = await discovered(endpoint)
    reader = await read_once(endpoint)
    assert found.inventory.connections
    assert SECRET_MARK not in repr(found) + repr(vars(reader)) + caplog.text


async def test_a_deleted_connection_is_not_found(store: Store, endpoint: Endpoint) -> None:
    made = connection()
    store.connections = {made.id: replace(made, state="deleted")}
    assert (await discovered(endpoint)).inventory.connections == ()


@given(instant=st.datetimes(timezones=st.none() | st.timezones()) | st.none() | st.text() | st.integers())
@example(datetime(1, 1, 1))  # noqa: DTZ001 - an answer may lack the zone
@example(datetime(9999, 12, 31, 23))  # noqa: DTZ001
def test_an_instant_that_cannot_be_is_none(instant: object) -> None:
    since = read_instant(instant)
    assert since is None or since > 0


def test_the_epoch_stands_for_never() -> None:
    assert read_instant(datetime.fromtimestamp(0, UTC)) is None
    assert read_instant(datetime.fromtimestamp(90, UTC)) == 90_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Options", "TunnelOptions", "OutsideIpAddress", "LogOptions", "Tags", "VgwTelemetry", "Value", "Key"]
            ),
            deeper,
        )
    ),
    max_leaves=12,
)


@given(answer=st.dictionaries(st.sampled_from(["Options", "Tags", "VgwTelemetry", "State", "Category"]), json_values))
def test_an_answer_of_any_shape_is_read(answer: dict[str, object]) -> None:
    facts = read_connection({"VpnConnectionId": "vpn-1", "PreSharedKey": SECRET_MARK, **answer}, {})
    assert facts is None or isinstance(facts, ConnectionFacts)
    assert SECRET_MARK not in json.dumps(repr(facts))
