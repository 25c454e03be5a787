"""The live sessions: which exist, when one is reopened, and what a silent one has missed."""

import asyncio
import random
from dataclasses import replace

import pytest

from tests.feed.conftest import (
    IKE,
    NOW,
    QUICK,
    SELDOM,
    Writer,
    account_sessions,
    connection,
    plan_of,
    progress_of,
    reading,
    until_it_rests,
    vpn_id,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock, SystemClock
from tui.domain.feed_state import FeedMode
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.feed.aws.client import Aws
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.inventory.selection import Selection
from tui.feed.tail.interruptions import watch_heartbeats
from tui.feed.tail.live.live_session import SessionScope, SessionUpdate
from tui.feed.tail.live.live_sessions import Sessions
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress


def sessions_of(progress: FeedProgress) -> Sessions:
    aws: Aws = None  # type: ignore[assignment]  # nothing is asked of AWS here
    return Sessions(aws, progress, account_sessions(), timing=QUICK, clock=SystemClock(), chance=random.Random(1))


@pytest.mark.parametrize("count", [1, 9, 10, 11, 23, 50])
async def test_no_session_follows_more_than_ten_groups_and_each_group_is_in_one(count: int) -> None:
    progress = progress_of(Outbox(limit=2_500), SystemClock())
    groups = [LogGroup(f"/vpn/{number}") for number in range(count)]
    await progress.adopt(plan_of(*groups))
    scopes = sessions_of(progress).wanted()
    assert max(len(scope.groups) for scope in scopes) <= 10
    assert [group for scope in scopes for group in scope.groups] == groups


@pytest.mark.parametrize(("count", "prefixes"), [(1, 1), (100, 100), (101, 0)])
async def test_chosen_connections_are_prefixes_as_long_as_a_session_takes_so_many(count: int, prefixes: int) -> None:
    progress = progress_of(Outbox(limit=2_500), SystemClock())
    facts = tuple(
        ConnectionFacts(vpn_id(number), tunnels=(TunnelFacts("203.0.113.1", ike_group=IKE),)) for number in range(count)
    )
    await progress.adopt(Plan({IKE: LogGroup(IKE)}, Selection(["vpn-*"], Inventory(facts))))
    (scope,) = sessions_of(progress).wanted()
    assert len(scope.prefixes) == prefixes


async def test_more_than_ten_log_groups_all_come_live(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    groups = [f"/vpn/{number}" for number in range(12)]
    for group in groups:
        store.create_group(group)
    store.connections = {vpn_id(number): connection(number, ike=group) for number, group in enumerate(groups)}
    async with reading(endpoint, timing=SELDOM) as reader:
        await until_it_rests(reader, endpoint)
        for number, group in enumerate(groups):
            writer.write("now", stream=f"{vpn_id(number)}-203.0.113.{number + 1}-IKE.log", group=group)
        await reader.until(lambda: len(reader.events) == 12)


async def test_a_missed_heartbeat_requests_a_read_of_the_sessions_groups() -> None:
    clock = ManualClock(NOW)
    progress = progress_of(Outbox(limit=2_500), clock)
    followed, other = LogGroup("/vpn/ike"), LogGroup("/vpn/bgp")
    await progress.adopt(plan_of(followed, other))
    await progress.take_update(SessionScope((followed,)), 1, SessionUpdate())
    watching = asyncio.create_task(watch_heartbeats(progress, replace(QUICK, tick=0, heartbeat_gap=3.0), clock))
    clock.advance(2.9)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not progress.groups[followed.name].state.has_gap
    clock.advance(0.2)
    async with asyncio.timeout(10):
        await progress.groups[followed.name].wait_for_request()
    assert progress.groups[followed.name].state.has_gap
    assert not progress.groups[other.name].state.has_gap
    watching.cancel()


async def test_what_a_silent_session_kept_back_is_read(store: Store, writer: Writer, endpoint: Endpoint) -> None:
    """The session stays open and sends nothing: only its missing heartbeats reveal that."""
    async with reading(endpoint, timing=replace(SELDOM, session_silence_limit=3_600)) as reader:
        await until_it_rests(reader, endpoint)
        endpoint.faults = Faults(live_silent=1, live_withhold=1)  # what its last update might still bring
        writer.write("kept back")
        await reader.until_all_of(store)


async def test_identical_live_lines_are_counted_by_a_read_at_once(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    """Live Tail alone cannot distinguish two events from one that was delivered twice."""
    async with reading(endpoint, timing=SELDOM) as reader:
        await until_it_rests(reader, endpoint)
        writer.write("the same", "the same")
        await reader.until_all_of(store)


async def test_pauses_between_sessions_do_not_grow_while_each_session_works(endpoint: Endpoint) -> None:
    growing = replace(SELDOM, retry_min=0.02, retry_max=3_600)
    endpoint.faults = Faults(live_end=0.2, seed=3)
    async with asyncio.timeout(30), reading(endpoint, timing=growing) as reader:
        await reader.until(lambda: endpoint.sessions_started >= 16)


async def test_pauses_between_connections_do_not_grow_while_each_connection_works(endpoint: Endpoint) -> None:
    growing = replace(QUICK, access_retry_min=0.02, retry_max=3_600)
    async with asyncio.timeout(30), reading(endpoint, timing=growing) as reader:
        for _ in range(12):
            await reader.until_it_is(FeedMode.LIVE)
            await reader.until_the_watermark_moves()
            endpoint.faults = Faults(auth_expired=1, live_end=1)
            await reader.until_it_is(FeedMode.OFFLINE)
            endpoint.faults = Faults()
