"""EC2's answers about single tunnels: read, remembered, asked for rarely, and of no effect if they fail."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.feed.conftest import QUICK, Reader, Writer, connection, read_once, reading, vpn_id
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import CustomerGateway as Gateway
from tui.demo.server.vpn import VpnConnection, VpnTelemetry
from tui.domain.clock import SystemClock
from tui.domain.feed_state import FeedMode
from tui.domain.inventory import CustomerGateway, EarlierStatus, TunnelFacts
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.connections import discover
from tui.feed.inventory.ec2_records import Replacement, Status, read_replacement, read_status
from tui.feed.inventory.tunnel_status import Details

UP = VpnTelemetry("UP", "IPSEC IS UP", 1_790_000_000_000)
DOWN = VpnTelemetry("DOWN", "IPSEC IS DOWN", 1_790_000_000_000)
STATUS, REPLACEMENT = "GetActiveVpnTunnelStatus", "GetVpnTunnelReplacementStatus"
GATEWAYS = "DescribeCustomerGateways"


def made(
    number: int = 0, *, name: str = "hq", last_maintenance: int | None = None, pending_maintenance: int | None = None
) -> VpnConnection:
    """Return a connection whose first tunnel is up; the times of its maintenance are in ms."""
    plain = connection(number, name=name)
    first = replace(
        plain.tunnels[0],
        telemetry=UP,
        last_maintenance=last_maintenance,
        pending_maintenance=pending_maintenance,
    )
    return plain.with_tunnel(first)


def all_up(vpn: VpnConnection) -> VpnConnection:
    return replace(vpn, tunnels=tuple(replace(tunnel, telemetry=UP) for tunnel in vpn.tunnels))


def first(reader: Reader) -> TunnelFacts | None:
    return reader.inventory.connections[0].tunnels[0] if reader.inventory else None


async def until_asked(reader: Reader) -> None:
    await reader.until(lambda: (facts := first(reader)) is not None and facts.negotiated)


async def test_what_was_agreed_on_and_replaced_comes_with_the_inventory(store: Store, endpoint: Endpoint) -> None:
    vpn = made(last_maintenance=1_790_000_000_000, pending_maintenance=1_800_000_000_000)
    store.connections = {vpn.id: vpn}
    facts = first(await read_once(endpoint))
    assert facts is not None
    assert facts.negotiated["IkeVersion"] == "ikev2"
    assert facts.negotiated["Phase1DHGroup"] == "20"
    assert facts.negotiated["Phase2EncryptionAlgorithm"] == "AES256"
    assert facts.replaced_at == 1_790_000_000_000
    assert facts.maintenance_pending
    assert facts.maintenance_forced_at == 1_800_000_000_000
    assert facts.provisioning == "available"


async def test_the_customer_gateways_come_too_and_are_asked_once(store: Store, endpoint: Endpoint) -> None:
    store.connections = {vpn.id: vpn for vpn in (made(number) for number in range(30))}
    values = ("cgw-0a1b2c3d4e5f67890", "192.0.2.7", 4_200_000_000, "arn:aws:acm:eu-west-1:1:certificate/a")
    known = CustomerGateway(*values)
    store.customer_gateways = {known.id: Gateway(*values)}
    async with reading(endpoint) as reader:
        await reader.until(lambda: reader.inventory and reader.inventory.connections[0].customer_gateway == known)
        seen = endpoint.calls["DescribeVpnConnections"]
        await reader.until(lambda: endpoint.calls["DescribeVpnConnections"] >= seen + 3)
    assert endpoint.calls[GATEWAYS] == 1


async def test_where_the_customer_gateways_are_denied_only_they_are_missing(store: Store, endpoint: Endpoint) -> None:
    endpoint.faults = Faults(action_denied=f"ec2:{GATEWAYS}")
    reader = await read_once(endpoint)
    assert reader.inventory is not None
    (facts,) = reader.inventory.connections
    assert facts.customer_gateway == CustomerGateway("cgw-0a1b2c3d4e5f67890")
    assert facts.tunnels[0].provisioning == "available"


async def test_while_following_they_come_too_and_are_not_asked_again_at_each_survey(
    store: Store, endpoint: Endpoint
) -> None:
    vpn = made()
    store.connections = {vpn.id: vpn}
    async with reading(endpoint) as reader:
        await until_asked(reader)
        seen = endpoint.calls["DescribeVpnConnections"]
        await reader.until(lambda: endpoint.calls["DescribeVpnConnections"] >= seen + 3)
        assert (endpoint.calls[STATUS], endpoint.calls[REPLACEMENT]) == (2, 2)


async def test_a_tunnel_is_asked_again_after_a_while(store: Store, endpoint: Endpoint) -> None:
    vpn = made()
    store.connections = {vpn.id: vpn}
    async with reading(endpoint, timing=replace(QUICK, details_every=0.3)) as reader:
        await until_asked(reader)
        changed = vpn.with_tunnel(replace(vpn.tunnels[0], ike_version="ikev1"))
        store.connections = {vpn.id: changed}
        await reader.until(lambda: (facts := first(reader)) and facts.negotiated["IkeVersion"] == "ikev1")


async def test_a_tunnel_whose_telemetry_changed_is_asked_at_once(store: Store, endpoint: Endpoint) -> None:
    vpn = made()
    store.connections = {vpn.id: vpn}
    async with reading(endpoint) as reader:
        await until_asked(reader)
        since = replace(UP, since=1_790_000_100_000)
        store.connections = {vpn.id: vpn.with_tunnel(replace(vpn.tunnels[0], telemetry=since, last_maintenance=9_000))}
        await reader.until(lambda: (facts := first(reader)) and facts.replaced_at == 9_000)
        assert endpoint.calls[STATUS] == 3


@pytest.mark.parametrize(("connections", "once"), [(5, True), (21, False)])
async def test_of_many_tunnels_only_those_that_are_down_are_asked_about(
    connections: int, once: bool, store: Store, endpoint: Endpoint
) -> None:
    everything = [all_up(made(number)) for number in range(connections)]
    everything[1] = everything[1].with_tunnel(replace(everything[1].tunnels[1], telemetry=DOWN))
    store.connections = {each.id: each for each in everything}
    if once:
        await read_once(endpoint)
    else:
        async with reading(endpoint) as reader:
            await reader.until(lambda: endpoint.calls["DescribeVpnConnections"] >= 3)
            await reader.until(lambda: endpoint.calls[REPLACEMENT] > 0)
    assert (endpoint.calls[STATUS], endpoint.calls[REPLACEMENT]) == (1, 1)


async def test_of_many_that_are_down_those_whose_status_changed_last_are_asked_and_the_others_are_told(
    store: Store, endpoint: Endpoint
) -> None:
    down = [
        all_up(made(number)).with_tunnel(
            replace(made(number).tunnels[0], telemetry=replace(DOWN, since=1_000 * number))
        )
        for number in range(6)
    ]
    now = SystemClock().now()
    changed = all_up(made(9)).with_tunnel(replace(made(9).tunnels[0], telemetry=replace(UP, since=now)))
    store.connections = {each.id: each for each in (*down, changed)}
    paced = 0

    async def pace() -> None:
        nonlocal paced
        paced += 1

    async def asked(most: int) -> tuple[set[str], tuple[str, ...]]:
        details = Details(SystemClock(), most=most, few=4, every=300, pace=pace)
        async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
            found = await discover(aws)
            await details.ask_all(aws, found.inventory)
        known = details.complete(found.inventory)
        named = {facts.id for facts in known.connections if any(tunnel.provisioning for tunnel in facts.tunnels)}
        return named, details.notices

    assert (await asked(3))[0] == {vpn_id(5), vpn_id(4), vpn_id(3)}
    assert paced == endpoint.calls[STATUS] + endpoint.calls[REPLACEMENT] + endpoint.calls[GATEWAYS] == 7
    assert "about 3 of 7 tunnels" in (await asked(3))[1][0]
    assert await asked(7) == ({vpn_id(number) for number in (*range(6), 9)}, ())


async def test_what_ec2_called_a_tunnel_before_stays_known(store: Store, endpoint: Endpoint) -> None:
    vpn = made()
    first_down = replace(vpn.tunnels[0], telemetry=replace(DOWN, since=1_780_000_000_000))
    store.connections = {vpn.id: vpn.with_tunnel(first_down)}
    async with reading(endpoint, timing=QUICK) as reader:
        await reader.until(lambda: first(reader))
        store.connections = {vpn.id: vpn}
        await reader.until(lambda: (facts := first(reader)) and facts.telemetry and facts.telemetry.is_up)
    facts = first(reader)
    assert facts is not None
    assert facts.earlier_statuses == (EarlierStatus(False, 1_780_000_000_000, "IPSEC IS DOWN"),)


async def test_of_many_tunnels_only_the_chosen_few_are_asked(store: Store, endpoint: Endpoint) -> None:
    store.connections = {each.id: each for each in (made(number, name=f"site{number}") for number in range(30))}
    await read_once(endpoint, selectors=("site7",))
    assert (endpoint.calls[STATUS], endpoint.calls[REPLACEMENT]) == (2, 2)


async def test_where_they_are_denied_a_notice_names_the_action_and_all_else_works(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    vpn = made(last_maintenance=9_000)
    store.connections = {vpn.id: vpn}
    endpoint.faults = Faults(action_denied=f"ec2:{STATUS}")
    async with reading(endpoint, timing=replace(QUICK, details_every=0.3)) as reader:
        await reader.until(lambda: any(f"ec2:{STATUS}" in notice for notice in reader.state.notices))
        await reader.until_it_is(FeedMode.LIVE)
        await reader.until(lambda: (facts := first(reader)) and facts.replaced_at == 9_000)
        writer.write("now")
        await reader.until_all_of(store)
        endpoint.faults = Faults()
        await until_asked(reader)
        await reader.until(lambda: reader.state.notices == ())


async def test_where_aws_limits_the_calls_a_notice_says_so(store: Store, endpoint: Endpoint) -> None:
    store.connections = {each.id: each for each in (made(), made(1))}
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        found = await discover(aws)
        endpoint.faults = Faults(ec2_throttle=1.0)
        details = Details(SystemClock(), most=8, few=8, every=300)
        await details.ask_all(aws, found.inventory)
    assert any("limits the rate" in notice for notice in details.notices)


async def test_an_action_that_is_denied_is_not_tried_for_each_tunnel(store: Store, endpoint: Endpoint) -> None:
    store.connections = {each.id: each for each in (made(number) for number in range(10))}
    endpoint.faults = Faults(action_denied=f"ec2:{STATUS}")
    async with reading(endpoint) as reader:
        await reader.until(lambda: endpoint.calls[REPLACEMENT] >= 20)
    assert endpoint.calls[STATUS] == 1


async def test_a_tunnel_that_went_and_came_back_is_asked_again(store: Store, endpoint: Endpoint) -> None:
    store.connections = {each.id: each for each in (made(), made(1, name="osaka"))}
    async with reading(endpoint) as reader:
        await reader.until(lambda: endpoint.calls[REPLACEMENT] == 4)
        store.connections.pop(vpn_id(1))
        await reader.until(lambda: reader.inventory and len(reader.inventory.connections) == 1)
        store.connections = {each.id: each for each in (made(), made(1, name="osaka"))}
        await reader.until(lambda: endpoint.calls[REPLACEMENT] == 6)


async def test_why_a_single_read_was_not_told_of_each_tunnel_is_in_the_debug_log(
    store: Store, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    store.connections = {each.id: each for each in (made(), made(1))}
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        found = await discover(aws)
        endpoint.faults = Faults(auth_expired=1)
        caplog.set_level(logging.INFO, logger="tunnelwatch.feed")
        await Details(SystemClock(), most=8, few=8, every=300).ask_all(aws, found.inventory)
    assert "not asked about every tunnel: expired" in caplog.text


def test_a_tunnel_that_is_being_made_says_so() -> None:
    answer = {"ActiveVpnTunnelStatus": {"ProvisioningStatus": "failed", "ProvisioningStatusReason": "no\x1b route"}}
    assert read_status(answer) == Status({}, "failed", "no route")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"MaintenanceDetails": None},
        {"MaintenanceDetails": {"LastMaintenanceApplied": "never"}},
        {
            "MaintenanceDetails": {
                "LastMaintenanceApplied": datetime.fromtimestamp(0, UTC),
                "PendingMaintenance": "false",
            }
        },
    ],
)
def test_an_answer_that_says_nothing_is_nothing(answer: dict[str, Any]) -> None:
    assert read_replacement(answer) == Replacement()
    assert read_status(answer) == Status({})


async def test_what_is_changed_while_we_watch_comes_with_the_tunnel(store: Store, endpoint: Endpoint) -> None:
    vpn = made()
    store.connections = {vpn.id: vpn}
    async with reading(endpoint) as reader:
        await until_asked(reader)
        changed = replace(vpn, key_secret="arn:aws:secretsmanager:x:1:secret:a")
        groups = {"Phase2DHGroupNumbers": (20,)}
        store.connections = {vpn.id: changed.with_tunnel(replace(vpn.tunnels[0], telemetry=UP, options=groups))}
        await reader.until(lambda: (facts := first(reader)) and facts.changes)
        facts = first(reader)
        assert facts is not None
        assert [(change.option, change.after) for change in facts.changes] == [
            ("PreSharedKeyArn", "arn:aws:secretsmanager:x:1:secret:a"),
            ("Phase2DHGroupNumbers", "20"),
        ]
        store.connections = {vpn.id: replace(changed, state="modifying")}
        await reader.until(lambda: (facts := first(reader)) and facts.changes[-1].option == "Phase2DHGroupNumbers")
        assert len({change.at for change in facts.changes}) == 1
