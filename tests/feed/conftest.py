"""A store, its endpoint on loopback, and a reader of the real tailer with short intervals."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TypedDict, Unpack

import pytest

from tests.factories import ike_line, stream_of
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTunnel
from tui.domain.clock import Clock, SystemClock
from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import Inventory
from tui.domain.usage import Usage
from tui.feed.aws.client import Aws
from tui.feed.aws.meter import LiveLimit
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.inventory.selection import Selection
from tui.feed.inventory.trail import Trail
from tui.feed.inventory.tunnel_status import Details
from tui.feed.mode import Mode
from tui.feed.source import Batch
from tui.feed.tail.budgets import Budgets
from tui.feed.tail.live.account_sessions import AccountSessions
from tui.feed.tail.outbox import Outbox
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.publisher import Publisher
from tui.feed.tail.rate_limit import Backoff, TokenBucket
from tui.feed.tail.record.backfill import Backfill
from tui.feed.tail.tailer import Tailer
from tui.feed.tail.timing import Timing

NOW = 1_795_435_200_000
IKE, BGP = "/aws/vendedlogs/vpn/ike", "/aws/vendedlogs/vpn/bgp"
QUICK = Timing(
    calls_per_second=200,
    burst=200,
    calls_in_a_second=200,
    lookups_per_second=200,
    lookup_burst=200,
    details_per_second=200,
    details_burst=200,
    trail_per_second=200,
    trail_look_every=0.05,
    first_states_pause=0.0,
    deep_read_every=0.4,
    poll_every=0.1,
    least_gap=0.02,
    discover_every=0.2,
    live_again_every=0.2,
    heartbeat_gap=0.3,
    session_silence_limit=0.6,
    retry_min=0.01,
    read_retry_min=0.05,
    access_retry_min=0.05,
    throttle_pause_min=0.02,
    throttle_pause_max=0.1,
    retry_max=0.2,
    live_starts_per_second=200,
    live_starts_burst=200,
    live_gather=0.05,
    tick=0.05,
)


SELDOM = replace(QUICK, deep_read_every=3_600)
"""The record is read for a reason only: what is missing does not come by waiting."""


def account_sessions() -> AccountSessions:
    """The live sessions of an account without other readers."""
    return AccountSessions(Budgets(SystemClock(), QUICK, random.Random(1)).live_starts(), QUICK)


def vpn_id(number: int = 0) -> str:
    return f"vpn-{0x0A1B2C3D4E5F60000 + number:017x}"


def connection(number: int = 0, *, name: str = "hq", ike: str | None = IKE, bgp: str | None = None) -> VpnConnection:
    tunnels = (
        VpnTunnel(f"203.0.113.{number % 250 + 1}", "169.254.50.84/30", ike, bgp),
        VpnTunnel(f"198.51.100.{number % 250 + 1}", "169.254.61.12/30", ike, bgp),
    )
    return VpnConnection(
        vpn_id(number), name, "cgw-0a1b2c3d4e5f67890", tunnels, transit_gateway="tgw-0f1e2d3c4b5a69788"
    )


def streams(number: int = 0) -> tuple[str, str]:
    first, second = (stream_of(tunnel.outside_ip, vpn=vpn_id(number)) for tunnel in connection(number).tunnels)
    return first, second


class Writer:
    """Writes numbered lines to the store; some are identical, and many share a second."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._clock = SystemClock()

    def write(self, *texts: str, stream: str = "", group: str = IKE, ago: float = 0) -> None:
        at = (self._clock.now() - round(ago * 1000)) // 1000 * 1000
        stream = stream or streams()[0]
        lines = [(at, ike_line(text, at=at)) for text in texts]
        self.store.put(group, stream, lines, ingested_at=None if not ago else at + 900)


def held(store: Store, group: str = IKE) -> dict[str, list[str]]:
    """Return what the log groups hold, stream by stream, in order."""
    found: dict[str, list[str]] = {}
    for event in store.groups[group].events if group in store.groups else []:
        found.setdefault(event.stream, []).append(event.message)
    return found


def histories_of(events: Iterable[RawEvent]) -> dict[str, list[str]]:
    """Return the lines of events, stream by stream, in the order of the log."""
    found: dict[str, list[str]] = {}
    for event in sorted(events, key=lambda each: (each.at, each.ingested_at, each.rank)):
        found.setdefault(event.stream, []).append(event.message)
    return found


async def write_on(writer: Writer, store: Store, *, rounds: int = 12) -> None:
    """Write a few lines at a time, so that live sessions have something to show and to lose."""
    for number in range(rounds):
        for stream in streams():
            writer.write(f"line {number}", "the same", "the same", f"end {number}", stream=stream)
        await asyncio.sleep(0.05)


class Reader:
    """Everything that a tailer has yielded, and ways to wait for more."""

    def __init__(self) -> None:
        self.events: dict[int, RawEvent] = {}
        self.states: list[FeedState] = []
        self.inventory: Inventory | None = None
        self.watermarks: list[int] = []
        self.caught_up = False
        self.batches = 0
        self.usage = Usage()
        self.retry: Callable[[], None] = lambda: None
        self._news = asyncio.Condition()

    @property
    def state(self) -> FeedState:
        return self.states[-1] if self.states else FeedState()

    @property
    def histories(self) -> dict[str, list[str]]:
        """What came, stream by stream, in the order of the log."""
        return histories_of(self.events.values())

    async def read(self, tailer: Tailer) -> None:
        self.retry = tailer.retry
        async with aclosing(tailer.batches()) as batches:
            await self.read_from(batches)

    async def read_from(self, batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            for event in batch.events:
                assert event.serial not in self.events, "delivered twice"
                self.events[event.serial] = event
            for event in batch.moved:
                assert event.serial in self.events, "moved before it came"
                self.events[event.serial] = event
            self.states += [batch.state] if batch.state else []
            self.inventory = batch.inventory or self.inventory
            self.watermarks += [batch.watermark] if batch.watermark is not None else []
            self.caught_up = self.caught_up or batch.caught_up
            self.batches += 1
            self.usage = batch.usage or self.usage
            async with self._news:
                self._news.notify_all()

    async def until(self, predicate: Callable[[], object]) -> None:
        async with self._news:
            await self._news.wait_for(predicate)

    async def until_more(self, batches: int) -> None:
        """Wait for this many more batches."""
        wanted = self.batches + batches
        await self.until(lambda: self.batches >= wanted)

    async def until_more_events(self) -> None:
        seen = len(self.events)
        await self.until(lambda: len(self.events) > seen)

    async def until_it_is(self, mode: FeedMode) -> None:
        await self.until(lambda: self.state.mode is mode)

    async def until_the_watermark_moves(self) -> None:
        seen = len(self.watermarks)
        await self.until(lambda: len(self.watermarks) > seen + 1)

    async def until_all_of(self, store: Store, group: str = IKE) -> None:
        """Wait for as many events as the store holds; then each must be there once, in its place."""
        await self.until(lambda: _count(self.histories) >= _count(held(store, group)))
        wanted = held(store, group)
        assert {stream: Counter(self.histories[stream]) for stream in wanted} == _counted(wanted)


def _counted(histories: dict[str, list[str]]) -> dict[str, Counter[str]]:
    return {stream: Counter(lines) for stream, lines in histories.items()}


def _count(histories: dict[str, list[str]]) -> int:
    return sum(map(len, histories.values()))


@pytest.fixture(params=[False, True], ids=["aiobotocore", "botocore in threads"])
def in_threads(request: pytest.FixtureRequest) -> bool:
    """Which of the two libraries calls AWS; the promises hold for both."""
    return bool(request.param)


@pytest.fixture
def store() -> Store:
    store = Store()
    store.connections = {each.id: each for each in (connection(0),)}
    store.create_group(IKE)
    return store


@pytest.fixture
def writer(store: Store) -> Writer:
    return Writer(store)


@pytest.fixture
async def endpoint(store: Store) -> AsyncIterator[Endpoint]:
    async with Endpoint(store, update_every=0.03, faults=Faults()) as running:
        yield running


class TailerOptions(TypedDict, total=False):
    """The options of a tailer that tests may set."""

    selectors: tuple[str, ...]
    log_groups: tuple[str, ...]
    mode: Mode
    since: int
    follow: bool
    details: bool
    trail: bool
    timing: Timing
    clock: Clock
    live_limit: LiveLimit


def plan_of(*groups: LogGroup, selectors: Sequence[str] = ()) -> Plan:
    return Plan({group.name: group for group in groups}, Selection(selectors))


def progress_of(
    outbox: Outbox, clock: Clock, *, hours: int = 1, most_remembered: int = QUICK.most_remembered
) -> FeedProgress:
    """Return the progress of a run that began now, with a look-back of this many hours, and has read nothing."""
    details = Details(clock, most=0, every=300)
    since = clock.now() - hours * 3_600_000
    trail = Trail(clock, since=since, pace=partial(asyncio.sleep, 0))
    return FeedProgress(
        Publisher(outbox),
        clock,
        details=details,
        trail=trail,
        since=since,
        asked=Mode.AUTO,
        timing=replace(Timing(), most_remembered=most_remembered, part_pause=0),
    )


def backfill_of(aws: Aws, progress: FeedProgress, *, timing: Timing = QUICK) -> Backfill:
    clock, chance = SystemClock(), random.Random(1)
    budget = TokenBucket(clock, rate=200, burst=200, backoff=Backoff(0.01, 0.2, chance))
    return Backfill(aws, progress, budget, budget, timing=timing, clock=clock, chance=chance)


def tailer_of(endpoint: Endpoint, **options: Unpack[TailerOptions]) -> Tailer:
    """Return a fast tailer of the endpoint, whose random choices are the same in each run."""
    chosen = TailerOptions(timing=QUICK) | options
    return Tailer(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url), seed=1, **chosen)


@asynccontextmanager
async def reading(endpoint: Endpoint, **options: Unpack[TailerOptions]) -> AsyncIterator[Reader]:
    """Follow the endpoint within the block."""
    reader = Reader()
    task = asyncio.create_task(reader.read(tailer_of(endpoint, **options)))
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            raise error


async def read_once(endpoint: Endpoint, **options: Unpack[TailerOptions]) -> Reader:
    reader = Reader()
    await reader.read(tailer_of(endpoint, **options | {"follow": False}))
    return reader


async def until_it_rests(reader: Reader, endpoint: Endpoint) -> None:
    """Wait until live batches arrive and no log is being read."""
    await reader.until(lambda: reader.caught_up and reader.state.mode is FeedMode.LIVE)
    calls = -1
    while calls != endpoint.calls["FilterLogEvents"]:
        calls = endpoint.calls["FilterLogEvents"]
        await reader.until_more(8)
