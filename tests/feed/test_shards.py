"""Groups too busy for one session are divided among several by their load, and nothing is lost or duplicated."""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from tests.factories import ike_line, stream_of
from tests.feed.conftest import (
    IKE,
    NOW,
    SELDOM,
    Writer,
    connection,
    plan_of,
    progress_of,
    reading,
    streams,
    until_it_rests,
    vpn_id,
)
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.filter_pattern import compile_pattern
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock
from tui.domain.events import RawEvent
from tui.domain.feed_state import BusyGroup, ErrorKind, FeedMode
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.rule import Rule
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live.chatter import WITHOUT_CHATTER
from tui.feed.tail.live.live_session import SessionScope, SessionUpdate
from tui.feed.tail.live.session_plan import MOST_SESSIONS, SessionPlan
from tui.feed.tail.live.shards import MOST_PREFIXES, divide
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.record.group_progress import GroupProgress
from tui.feed.tail.timing import Timing

TIMING = Timing(session_full=500, session_load=350, load_span=30, calm_after=300)
GROUP = LogGroup(IKE)
EXAMPLES = [(rule, example) for rule in load().rules.values() for example in rule.examples]
LEFT_IN = {"bgp_update_received"}
"""Folds in the list, but brings a prefix."""


def fleet_of(count: int, *, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [stream_of("203.0.113.1", vpn=f"vpn-0{chance.randrange(16**16):016x}") for _ in range(count)]


def shards_of(stream: str, shards: Iterable[tuple[str, ...]]) -> int:
    return sum(stream.startswith(shard) for shard in shards)


class Busy:
    """A plan, its clock, and streams with a given load."""

    def __init__(self, *names: str, groups: tuple[str, ...] = (IKE,)) -> None:
        self.clock = ManualClock(NOW)
        self.plan = SessionPlan(self.clock, TIMING)
        self.names = names or tuple(fleet_of(200))
        self.groups = groups

    def bring(self, rate: float, *, seconds: int = 60, group: str = IKE, may_grow: bool = True) -> None:
        """Let time pass in which a group brings this many events a second, with a review every five seconds."""
        for _ in range(seconds // 5):
            self.clock.advance(5)
            events = (
                RawEvent(self.names[number % len(self.names)], self.clock.now(), self.clock.now(), "")
                for number in range(round(rate * 5))
            )
            self.plan.note_events(group, events)
            self.review(may_grow=may_grow)

    def sample(self, *groups: str, times: int = 3) -> None:
        for _ in range(times):
            self.plan.note_sampled(groups or self.groups)
        self.review()

    def review(self, *, may_grow: bool = True) -> bool:
        return self.plan.review(dict.fromkeys(self.groups, self.names), spare=MOST_SESSIONS if may_grow else 0)

    @property
    def count(self) -> int:
        """The number of sessions."""
        return len(self.plan.scopes([LogGroup(name) for name in self.groups]))

    @property
    def is_filtered(self) -> bool:
        return any(scope.pattern for scope in self.plan.scopes([LogGroup(name) for name in self.groups]))


@pytest.mark.parametrize(("count", "tunnels"), [(2, 40), (3, 2_000), (12, 5_000)])
def test_each_stream_is_in_one_shard_and_the_shards_are_about_equal(count: int, tunnels: int) -> None:
    chance = random.Random(tunnels)
    loads = {stream: chance.random() for stream in fleet_of(tunnels)}
    shards = divide(loads, count)
    assert len(shards) == count
    assert all(shards_of(stream, shards) == 1 for stream in loads)
    assert max(map(len, shards)) <= MOST_PREFIXES
    shares = [sum(load for stream, load in loads.items() if stream.startswith(shard)) for shard in shards]
    assert max(shares) < 1.5 * sum(loads.values()) / count


def test_a_busy_tunnel_among_many_has_a_shard_to_itself() -> None:
    quiet = dict.fromkeys(fleet_of(1_000), 0.01)
    busy = stream_of("203.0.113.9", vpn="vpn-0123456789abcdef0")
    shards = divide(quiet | {busy: 100.0}, 2)
    alone = next(shard for shard in shards if busy.startswith(shard))
    assert sum(stream.startswith(alone) for stream in quiet) < 100
    assert all(shards_of(stream, shards) == 1 for stream in quiet)


def test_a_connection_that_nobody_has_seen_yet_is_in_one_shard() -> None:
    shards = divide(dict.fromkeys(fleet_of(500), 1.0), 4)
    assert all(shards_of(stream, shards) == 1 for stream in fleet_of(500, seed=2))


def test_only_the_chosen_connections_are_in_the_shards() -> None:
    chosen = fleet_of(20)
    roots = [stream[:21] for stream in chosen]
    shards = divide(dict.fromkeys(chosen, 1.0), 2, roots=roots)
    assert all(shards_of(stream, shards) == 1 for stream in chosen)
    assert not any(shards_of(stream, shards) for stream in fleet_of(200, seed=2))


@pytest.mark.parametrize("names", [["vpn-1"], ["app", "app-2"], ["x"] * 3, ["", "a"]])
def test_what_no_prefix_tells_apart_is_not_divided(names: list[str]) -> None:
    assert len(divide(dict.fromkeys(names, 1.0), 3)) == 1


def test_a_group_is_divided_when_it_brings_more_than_a_session_shows() -> None:
    busy = Busy()
    busy.bring(400)
    assert busy.count == 1
    busy.bring(1_100)
    assert busy.count == 4
    assert busy.plan.busy == (BusyGroup(IKE, 4),)


def test_a_group_is_divided_when_aws_goes_on_sampling_it_and_not_for_one_burst() -> None:
    busy = Busy()
    busy.bring(100)
    busy.sample(times=2)
    assert busy.count == 1
    busy.sample()
    assert busy.count == 2
    assert busy.plan.busy == (BusyGroup(IKE, 2, sampled_since=busy.clock.now()),)


def test_sessions_are_fewer_again_only_after_a_long_calm() -> None:
    busy = Busy()
    busy.bring(1_100)
    busy.bring(200, seconds=300)
    assert busy.count == 4
    busy.bring(200, seconds=120)
    assert busy.count == 1


def test_a_load_that_comes_back_makes_the_next_calm_longer() -> None:
    busy = Busy()
    for _ in range(2):
        busy.bring(1_100)
        assert busy.count == 4
        busy.bring(200, seconds=420)
    assert busy.count == 4
    busy.bring(200, seconds=420)
    assert busy.count == 1


def test_all_groups_together_leave_sessions_to_others_and_are_filtered_instead() -> None:
    busy = Busy(groups=("/vpn/a", "/vpn/b"))
    for group in busy.groups:
        busy.bring(6_000, group=group)
    assert busy.count == MOST_SESSIONS == 12
    assert busy.is_filtered


def test_where_aws_refuses_more_sessions_those_there_are_stay_and_leave_out_chatter() -> None:
    busy = Busy()
    busy.bring(1_100)
    busy.bring(5_000, may_grow=False)
    assert busy.count == 4
    assert busy.is_filtered
    assert busy.plan.is_filtered(IKE)
    busy.bring(100, seconds=600, may_grow=False)
    assert not busy.is_filtered


def test_of_groups_that_share_a_session_the_busiest_is_set_apart_and_comes_back() -> None:
    names = tuple(f"/vpn/{number}" for number in range(4))
    busy = Busy(groups=names)
    busy.bring(300, group=names[0])
    assert busy.count == 1
    busy.bring(700, group=names[2])
    apart = [scope for scope in busy.plan.scopes([LogGroup(name) for name in names]) if scope.prefixes]
    assert {group.name for scope in apart for group in scope.groups} == {names[2]}
    busy.bring(10, group=names[2], seconds=1_200)
    assert busy.count == 1


def test_a_group_that_was_refused_beside_others_keeps_its_own_session_however_calm_it_is() -> None:
    names = tuple(f"/vpn/{number}" for number in range(4))
    busy = Busy(groups=names)
    busy.plan.set_apart(names[:1])
    busy.bring(1, seconds=3_600, group=names[1])
    assert [scope.groups for scope in busy.plan.scopes([LogGroup(name) for name in names])] == [
        tuple(map(LogGroup, names[1:])),
        (LogGroup(names[0]),),
    ]


def test_a_stream_that_no_shard_brings_divides_the_group_anew() -> None:
    busy = Busy()
    busy.bring(1_100)
    before = busy.plan.scopes([GROUP])
    busy.names = (*busy.names, "another-name-altogether")
    assert busy.review()
    after = busy.plan.scopes([GROUP])
    assert len(after) == len(before)
    assert shards_of("another-name-altogether", [scope.prefixes for scope in after]) == 1
    assert not busy.review()


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_pattern_leaves_out_what_the_catalogue_calls_routine_and_nothing_else(rule: Rule, example: str) -> None:
    matches = compile_pattern(WITHOUT_CHATTER)
    assert matches is not None
    assert matches(ike_line(example)) == (rule.fold is None or rule.id in LEFT_IN)


def test_the_pattern_is_as_long_as_a_session_takes() -> None:
    assert len(WITHOUT_CHATTER) <= 1_024


BUSY = replace(
    SELDOM, session_full=100, session_load=40, load_span=0.4, review_every=0.05, calm_after=0.3, sampled_within=0.3
)


@pytest.fixture
def tunnels(store: Store) -> list[str]:
    """The streams of ten connections."""
    store.connections = {vpn_id(number): connection(number) for number in range(10)}
    return [stream for number in range(10) for stream in streams(number)]


async def burden(writer: Writer, tunnels: list[str], until: Callable[[], bool]) -> None:
    """Write some hundred events a second until the condition holds."""
    number = 0
    while not until():
        for stream in tunnels:
            number += 1
            writer.write(f"line {number}", stream=stream)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "faults", ["", "live.reset=0.02,live.withhold=0.1,live.duplicate=0.1,live.sampled=0.3,live.shuffle=0.5,seed=2"]
)
async def test_every_event_comes_once_while_a_group_is_divided_and_joined_again(
    faults: str, store: Store, writer: Writer, endpoint: Endpoint, tunnels: list[str]
) -> None:
    endpoint.faults = Faults.parse(faults)
    async with reading(endpoint, timing=BUSY) as reader:
        await reader.until_it_is(FeedMode.LIVE)
        await burden(writer, tunnels, lambda: endpoint.sessions_open >= 3)
        await burden(writer, tunnels, lambda: reader.state.busy != ())
        endpoint.faults = Faults()
        await reader.until(lambda: endpoint.sessions_open == 1 and not reader.state.busy)
        writer.write("the last")
        await reader.until_all_of(store)
        assert reader.usage.sessions == 1


async def test_a_group_of_which_some_sessions_are_refused_is_polled_and_says_so(
    store: Store, writer: Writer, endpoint: Endpoint, tunnels: list[str]
) -> None:
    async with reading(endpoint, timing=replace(BUSY, calm_after=3_600)) as reader:
        await until_it_rests(reader, endpoint)
        endpoint.home.live.sessions_allowed = 1
        await burden(writer, tunnels, lambda: any("are in use" in text for text in reader.state.notices))
        writer.write("polled", stream=tunnels[0])
        writer.write("polled", stream=tunnels[-1])
        await reader.until_all_of(store)
        assert reader.state.mode is FeedMode.LIVE
        assert endpoint.sessions_open == 1


async def test_a_session_without_chatter_shows_the_rest_at_once_and_the_reads_bring_it(
    store: Store, writer: Writer, endpoint: Endpoint, tunnels: list[str]
) -> None:
    """One stream cannot be divided, so its session leaves out routine lines."""
    timing = replace(BUSY, calm_after=3_600, filtered_read_every=3_600)
    async with reading(endpoint, timing=timing) as reader:
        await until_it_rests(reader, endpoint)
        await burden(writer, tunnels[:1] * 20, lambda: any(busy.is_filtered for busy in reader.state.busy))
        await until_it_rests(reader, endpoint)
        endpoint.faults = Faults(filter_throttle=1.0)  # a read would bring both
        writer.write("AWS tunnel is sending DPD request", "AWS tunnel Phase 1 SA is established")
        await reader.until(lambda: "Phase 1" in "".join(reader.histories[tunnels[0]]))
        assert "DPD" not in "".join(reader.histories[tunnels[0]])
        endpoint.faults = Faults()
        reader.retry()
        await reader.until_all_of(store)


def completed(group: GroupProgress, at: int) -> None:
    group.complete(group.start_read(now=at, server_now=at, deep=True))


async def test_a_group_is_known_up_to_when_all_its_shards_were_heard() -> None:
    clock = ManualClock(NOW)
    progress = progress_of(Outbox(limit=2_500), clock)
    await progress.adopt(plan_of(GROUP))
    group = progress.groups[IKE]
    one, other = SessionScope((GROUP,), ("vpn-0",)), SessionScope((GROUP,), ("vpn-1",))
    for scope in (one, other):
        progress.sessions.add(scope)
        await progress.take_update(scope, 1, SessionUpdate(started=True))
    completed(group, NOW)
    clock.advance(1)
    await progress.take_update(one, 1, SessionUpdate())
    assert (group.state.complete_until, progress.is_streamed(GROUP)) == (NOW, True)
    await progress.take_update(other, 2, SessionUpdate())
    assert group.state.complete_until == NOW + 1_000
    progress.sessions.fail(other, FeedError("All sessions are in use.", ErrorKind.LIMIT))
    progress.sessions.note_end(other)
    clock.advance(1)
    await progress.take_update(one, 1, SessionUpdate())
    assert (group.state.complete_until, progress.is_streamed(GROUP)) == (NOW + 1_000, False)


async def test_that_tunnels_live_is_known_from_the_reads_while_chatter_is_left_out() -> None:
    clock = ManualClock(NOW)
    progress = progress_of(Outbox(limit=2_500), clock)
    await progress.adopt(plan_of(GROUP))
    group = progress.groups[IKE]
    for _ in range(3):
        progress.session_plan.note_sampled([IKE])
    await progress.review_sessions()  # not one stream is known, so there is nothing to divide
    (scope,) = progress.session_plan.scopes([GROUP])
    assert scope.pattern == WITHOUT_CHATTER
    progress.sessions.add(scope)
    await progress.take_update(scope, 1, SessionUpdate(started=True))
    completed(group, NOW)
    clock.advance(10)
    await progress.take_update(scope, 1, SessionUpdate())
    assert group.state.complete_until == NOW
    completed(group, clock.now())
    assert group.state.complete_until == NOW + 10_000


async def test_a_busy_group_is_read_now_and_then_so_that_what_is_live_is_soon_confirmed(
    store: Store, writer: Writer, endpoint: Endpoint, tunnels: list[str]
) -> None:
    """Without a load it would be read after an hour: the sessions show nothing and are not sampled."""
    timing = replace(SELDOM, load_span=3_600, busy_rate=0.001, busy_read_every=0.1, busy_deep_read_every=3_600)
    for stream in tunnels:
        writer.write("before", stream=stream)  # a pause that was chosen without a load would last its hour
    async with reading(endpoint, timing=timing) as reader:
        await reader.until(lambda: reader.caught_up and reader.state.mode is FeedMode.LIVE)
        await reader.until_more(8)
        for stream in tunnels:
            writer.write("seen live", stream=stream)
        await reader.until(lambda: len(reader.events) == 2 * len(tunnels))
        endpoint.faults = Faults(live_withhold=1)
        writer.write("not seen live")
        await reader.until_all_of(store)
