"""Who changed what while we watched: CloudTrail is asked rarely, after a fall or a change, and may fail."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from tests.feed.conftest import Reader, connection, read_once, reading, vpn_id
from tui.content.past.option_changes import call_text
from tui.demo import load_scenario
from tui.demo.scenarios.player import Player
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import SECRET_MARK, TrailEvent, VpnTelemetry
from tui.domain.clock import Clock, ManualClock, SystemClock
from tui.domain.inventory import ConnectionFacts, Inventory, OptionChange, TunnelFacts
from tui.domain.times import DAY, HOUR
from tui.domain.trail import TrailChange
from tui.feed.aws.client import Aws, connect
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.trail import CALLS, Trail
from tui.feed.inventory.trail_records import read_change

LOOK_UP = "LookupEvents"
FIRST = connection().tunnels[0].outside_ip


@dataclass
class Watch:
    """A trail that is asked step by step, of an endpoint with a clock that stands still."""

    trail: Trail
    aws: Aws
    store: Store
    clock: ManualClock
    tunnel: TunnelFacts

    async def ask(self, *, later: float = 0) -> bool:
        self.clock.advance(later)
        return await self.trail.ask(self.aws, self.inventory)

    @property
    def inventory(self) -> Inventory:
        return Inventory((ConnectionFacts(vpn_id(), tunnels=(self.tunnel,)),))

    @property
    def told(self) -> list[str]:
        (facts,) = self.trail.complete(self.inventory).connections
        return [call_text(call) for call in facts.tunnels[0].calls]

    def happened(self, *, ago: float = 0, **named: Any) -> None:
        """Make CloudTrail show a call from now on."""
        self.store.trail.append(replace(called(ago=ago, clock=self.clock), **named))


def called(*, ago: float = 0, clock: Clock = SystemClock()) -> TrailEvent:  # noqa: B008 - it holds no state
    return TrailEvent(clock.now() - round(ago * 1000), CALLS[0], "ops", vpn_id(), FIRST)


@asynccontextmanager
async def watching(endpoint: Endpoint, *, ahead: int = 0, look_back: int = HOUR) -> AsyncIterator[Watch]:
    """A watch since the beginning of which an option of the tunnel has changed, by a clock that is `ahead` of AWS's."""
    endpoint.store.clock = clock = ManualClock(SystemClock().now() + ahead)
    since = clock.now() - look_back
    changes = (OptionChange(since, FIRST, "StartupAction", "add", "start"),)
    trail = Trail(clock, since=since, pace=partial(asyncio.sleep, 0))
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url), clock=clock) as aws:
        yield Watch(trail, aws, endpoint.store, clock, TunnelFacts(FIRST, changes=changes))


def calls_of(reader: Reader) -> tuple[TrailChange, ...]:
    return reader.inventory.connections[0].tunnels[0].calls if reader.inventory else ()


async def test_a_change_of_options_brings_who_made_it(store: Store, endpoint: Endpoint) -> None:
    vpn = connection()
    async with reading(endpoint, trail=True) as reader:
        await reader.until(lambda: reader.inventory)
        store.connections = {vpn.id: vpn.with_tunnel(replace(vpn.tunnels[0], options={"StartupAction": "start"}))}
        options = {"TunnelOptions": {"StartupAction": "start"}}
        store.trail.append(replace(called(ago=1), user="netops/alice", parameters=options))
        await reader.until(lambda: calls_of(reader))
    (call,) = calls_of(reader)
    assert call_text(call) == "ModifyVpnTunnelOptions by role netops/alice from 192.0.2.200: StartupAction"
    assert reader.state.remarks == ()


async def test_a_fall_that_ec2_tells_brings_what_was_changed_before_it(store: Store, endpoint: Endpoint) -> None:
    vpn, now = connection(), SystemClock().now()
    fell = replace(vpn.tunnels[0], telemetry=VpnTelemetry("DOWN", "IPSEC IS DOWN", now))
    store.connections = {vpn.id: vpn.with_tunnel(fell)}
    store.trail.append(replace(called(ago=240), name="ReplaceVpnTunnel", user="vpn.amazonaws.com", by_aws=True))
    async with reading(endpoint, trail=True) as reader:
        await reader.until(lambda: calls_of(reader))
    assert call_text(calls_of(reader)[0]) == "AWS replaced the tunnel endpoint (ReplaceVpnTunnel)"


@pytest.mark.parametrize(("denied", "who"), [("", "role netops/alice from 192.0.2.200"), ("cloudtrail:*", None)])
async def test_in_the_scenario_the_admin_who_changes_options_is_named_where_the_role_may_ask(
    denied: str, who: str | None, store: Store, endpoint: Endpoint
) -> None:
    store.connections.clear()
    Player(load_scenario("modifying"), store).begin()
    endpoint.faults = Faults(action_denied=denied)
    async with reading(endpoint, trail=True) as reader:
        await reader.until(lambda: reader.state.remarks if denied else calls_of(reader))
    assert [call.who for call in calls_of(reader)] == ([who] if who else [])


async def test_what_is_read_once_has_who_changed_something_before_a_fall_where_that_is_wanted(
    store: Store, endpoint: Endpoint
) -> None:
    store.connections.clear()
    Player(load_scenario("modifying"), store).begin()
    assert calls_of(await read_once(endpoint)) == ()
    assert endpoint.calls[LOOK_UP] == 0
    (call,) = calls_of(await read_once(endpoint, trail=True))
    assert call.user == "role netops/alice"


async def test_while_all_is_well_it_is_not_asked(store: Store, endpoint: Endpoint) -> None:
    async with reading(endpoint, trail=True) as reader:
        await reader.until(lambda: endpoint.calls["DescribeVpnConnections"] >= 4)
    await read_once(endpoint, trail=True)
    assert endpoint.calls[LOOK_UP] == 0


async def test_a_call_that_cloudtrail_has_a_quarter_of_an_hour_later_is_found(endpoint: Endpoint) -> None:
    async with watching(endpoint, look_back=0) as watch:
        assert not await watch.ask()
        for minutes in (2, 3, 5):
            assert not await watch.ask(later=60 * minutes)
        watch.happened(ago=660)
        assert await watch.ask(later=300)
        assert len(watch.told) == 1
        assert not await watch.ask(later=300)
        assert endpoint.calls[LOOK_UP] == 5 * len(CALLS)


async def test_a_role_that_may_not_ask_is_told_so_and_not_asked_again(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(action_denied="cloudtrail:*")
    async with watching(endpoint) as watch:
        assert await watch.ask()
        (remark,) = watch.trail.remarks
        assert "cloudtrail:LookupEvents is denied" in remark
        assert "policy --for causes" in remark
        endpoint.faults = Faults()
        watch.happened()
        assert not await watch.ask(later=600)
        assert (watch.told, endpoint.calls[LOOK_UP]) == ([], 1)


async def test_the_remark_of_a_role_that_may_not_ask_is_no_warning(store: Store, endpoint: Endpoint) -> None:
    vpn = connection()
    fell = replace(vpn.tunnels[0], telemetry=VpnTelemetry("DOWN", "IPSEC IS DOWN", store.clock.now()))
    store.connections = {vpn.id: vpn.with_tunnel(fell)}
    endpoint.faults = Faults(action_denied="cloudtrail:*")
    async with reading(endpoint, trail=True) as reader:
        await reader.until(lambda: reader.state.remarks)
        assert reader.state.notices == ()


async def test_what_failed_for_a_while_is_asked_until_it_is_answered(endpoint: Endpoint) -> None:
    endpoint.faults = Faults(action_portal="cloudtrail:*")
    async with watching(endpoint) as watch:
        watch.happened()
        assert await watch.ask()
        assert "asked again" in watch.trail.remarks[0]
        assert not await watch.ask(later=30 * 60)
        endpoint.faults = Faults()
        assert await watch.ask(later=30 * 60)
        assert (len(watch.told), watch.trail.remarks) == (1, ())


async def test_calls_about_other_connections_and_calls_that_failed_are_left_out(endpoint: Endpoint) -> None:
    async with watching(endpoint) as watch:
        watch.happened(connection="vpn-0aaaaaaaaaaaaaaaa")
        assert not await watch.ask()
        assert watch.told == []


async def test_thousands_of_calls_cost_a_few_pages_and_what_was_not_read_is_told(endpoint: Endpoint) -> None:
    async with watching(endpoint) as watch:
        for number in range(3_000):
            watch.happened(ago=number / 10, connection="vpn-0aaaaaaaaaaaaaaaa")
        watch.happened()
        assert await watch.ask()
        assert len(watch.told) == 1
        assert endpoint.calls[LOOK_UP] == len(CALLS) + 3
        assert "the newest 200" in watch.trail.remarks[0]


async def test_an_event_that_is_named_twice_is_told_once(endpoint: Endpoint) -> None:
    async with watching(endpoint) as watch:
        watch.happened()
        watch.happened()
        await watch.ask()
        assert not await watch.ask(later=120)
        assert len(watch.told) == 1


@pytest.mark.parametrize("ahead", [-3 * HOUR, 3 * HOUR])
async def test_a_clock_that_is_wrong_by_hours_does_not_hide_the_call(ahead: int, endpoint: Endpoint) -> None:
    """Our clock times the change of options, AWS's clock the call."""
    async with watching(endpoint, ahead=ahead, look_back=0) as watch:
        endpoint.store.clock = SystemClock()
        watch.store.trail.append(called(ago=60))
        await watch.aws.call("sts:GetCallerIdentity")
        await watch.ask()
        assert len(watch.told) == 1


async def test_a_look_back_longer_than_cloudtrail_keeps_asks_for_what_it_keeps(endpoint: Endpoint) -> None:
    async with watching(endpoint, look_back=200 * DAY) as watch:
        watch.happened()
        await watch.ask()
        assert len(watch.told) == 1


# --- single events


def event(record: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    known = {"EventId": "1", "EventName": CALLS[0], "ReadOnly": "false", "EventTime": datetime.fromtimestamp(9, UTC)}
    return {**known, "Username": "alice", "CloudTrailEvent": json.dumps(record), **fields}


def identity(kind: str, arn: str = "", **more: str) -> dict[str, Any]:
    return {"userIdentity": {"type": kind, "arn": arn, **more}, "sourceIPAddress": "203.0.113.9"}


@pytest.mark.parametrize(
    ("record", "who"),
    [
        (identity("IAMUser", "arn:aws:iam::123456789012:user/net/bob", userName="bob"), "user bob from 203.0.113.9"),
        (
            identity("AssumedRole", "arn:aws:sts::123456789012:assumed-role/netops/alice"),
            "role netops/alice from 203.0.113.9",
        ),
        (identity("Root", "arn:aws:iam::123456789012:root"), "the root user from 203.0.113.9"),
        (identity("AWSAccount", accountId="123456789012"), "account 123456789012 from 203.0.113.9"),
        (identity("AWSService", invokedBy="vpn.amazonaws.com"), "AWS itself (vpn.amazonaws.com)"),
        (identity("IdentityCenterUser"), "alice from 203.0.113.9"),
        ({}, "alice"),
        ({"userIdentity": "nobody"}, "alice"),
    ],
)
def test_the_caller_is_named_as_a_person_would(record: dict[str, Any], who: str) -> None:
    change = read_change(event(record))
    assert change is not None
    assert change.who == who


def test_names_alone_of_what_was_changed_are_kept_and_never_a_value() -> None:
    options = {"PreSharedKey": SECRET_MARK, "phase1DHGroupNumber": [{"Value": 20}]}
    request = {"ModifyVpnTunnelOptionsRequest": {"VpnConnectionId": vpn_id(), "TunnelOptions": options}}
    change = read_change(event({"requestParameters": request, "responseElements": SECRET_MARK}))
    assert change is not None
    assert change.options == ("PreSharedKey", "Phase1DHGroupNumber")
    assert SECRET_MARK not in repr(change)


def test_texts_that_a_caller_chose_cannot_act_on_a_terminal_nor_fill_it() -> None:
    hostile = "\x1b]0;owned\x07[red]\u202egpj.exe\u200b" + "x" * 10_000
    record = identity("AssumedRole", f"arn:aws:sts::123456789012:assumed-role/r/{hostile}")
    options = {f"{hostile}{number}": 1 for number in range(500)}
    change = read_change(event({**record, "requestParameters": {"tunnelOptions": options, "vpnConnectionId": "VPN-1"}}))
    assert change is not None
    assert change.connection == "vpn-1"
    assert call_text(change).isprintable()
    assert "\u202e" not in call_text(change)
    assert len(change.user) < 120
    assert len(call_text(change)) < 3_000


@pytest.mark.parametrize(
    "changed",
    [
        {"EventTime": None},
        {"ReadOnly": "true"},
        {"CloudTrailEvent": json.dumps({"errorCode": "Client.UnauthorizedOperation"})},
    ],
)
def test_a_call_that_failed_or_changed_nothing_is_none(changed: dict[str, Any]) -> None:
    assert read_change(event({}, **changed)) is None


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"requestParameters": [1], "userIdentity": 7}', 5])
def test_an_event_of_any_shape_is_read_as_far_as_it_goes(text: object) -> None:
    change = read_change(event({}, CloudTrailEvent=text, Resources=[{"ResourceName": "vpn-0A"}, 7]))
    assert change is not None
    assert (change.user, change.connection) == ("alice", "vpn-0a")
