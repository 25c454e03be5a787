"""Logs written by a delivery while the tunnel options say that logging is off."""

from typing import Any

import pytest

from tests.feed.conftest import BGP, Writer, connection, read_once, reading, vpn_id
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import LogDelivery as Delivery
from tui.domain.events import Log
from tui.domain.feed_state import FeedMode
from tui.domain.inventory import LogDelivery

DELIVERED = "/delivered/by/somebody"
FIELDS = ("event_timestamp", "ike_phase1_state", "ike_phase2_state", "details")


INACTIVE = {
    "name": f"{vpn_id()}-connection-logs",
    "resourceArns": [f"arn:aws:ec2:eu-west-1:123456789012:vpn-connection/{vpn_id()}"],
    "logType": "CONNECTION_LOGS",
    "status": "INACTIVE",
}


@pytest.fixture(autouse=True)
def delivered(store: Store) -> None:
    """Two connections whose options say that logging is off; a delivery writes the logs of the first."""
    store.connections = {vpn.id: vpn for vpn in (connection(ike=None), connection(1, name="silent", ike=None))}
    store.create_group(DELIVERED)
    store.create_group(BGP)
    store.deliveries = [
        Delivery("vpn-0ffffffffffffffff", "CONNECTION_LOGS", "/other"),
        Delivery(vpn_id(), "CONNECTION_LOGS", DELIVERED, "plain", FIELDS, "|"),
        Delivery(vpn_id(), "EVENT_LOGS", BGP),
    ]


async def test_the_group_of_a_delivery_is_read(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    writer.write("before", group=DELIVERED, ago=60)
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        writer.write("now", group=DELIVERED)
        await reader.until_all_of(store, DELIVERED)
        assert reader.inventory is not None
        first, silent = reader.inventory.connections
    assert first.deliveries == (
        LogDelivery(Log.IKE, DELIVERED, "plain", "|", FIELDS),
        LogDelivery(Log.BGP, BGP, "json", " "),
    )
    assert {(tunnel.ike_group, tunnel.bgp_group) for tunnel in first.tunnels} == {(DELIVERED, BGP)}
    assert (silent.deliveries, silent.tunnels[0].ike_group) == ((), None)


async def test_deliveries_are_not_asked_for_where_the_options_name_a_log(store: Store, endpoint: Endpoint) -> None:
    store.connections = {vpn_id(): connection()}
    await read_once(endpoint)
    assert endpoint.calls["DescribeDeliverySources"] == 0


async def test_of_more_than_a_page_the_last_is_found(store: Store, endpoint: Endpoint) -> None:
    others = [Delivery(f"vpn-{number:017x}", "CONNECTION_LOGS", "/other") for number in range(60)]
    store.deliveries = [*others, *store.deliveries]
    reader = await read_once(endpoint)
    assert reader.inventory is not None
    assert reader.inventory.connections[0].deliveries


async def test_where_they_may_not_be_described_a_notice_names_the_action(store: Store, endpoint: Endpoint) -> None:
    store.connections[vpn_id(2)] = connection(2, name="logged")
    endpoint.faults = Faults(action_denied="logs:DescribeDeliver*")
    async with reading(endpoint) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        assert any("logs:DescribeDeliverySources" in line for line in reader.state.notices)
        endpoint.faults = Faults()
        await reader.until(lambda: reader.inventory and reader.inventory.connections[0].deliveries)
        await reader.until(lambda: reader.state.notices == ())


@pytest.mark.parametrize(
    "answers",
    [
        {"DescribeDeliverySources": {"deliverySources": [None, 7, {"resourceArns": "x"}, {"resourceArns": [1]}]}},
        {"DescribeDeliverySources": {"deliverySources": [INACTIVE]}},
        {"DescribeDeliveries": {"deliveries": [{"deliverySourceName": 7}, {"recordFields": {}}]}},
        {"DescribeDeliveryDestinations": {"deliveryDestinations": [{"deliveryDestinationConfiguration": "x"}]}},
    ],
)
async def test_answers_of_any_shape_are_read(
    answers: dict[str, Any], endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = endpoint.home.logs.call
    monkeypatch.setattr(
        endpoint.home.logs, "call", lambda action, request: answers.get(action) or real(action, request)
    )
    reader = await read_once(endpoint)
    assert reader.inventory is not None
    assert reader.inventory.connections[0].deliveries == ()
