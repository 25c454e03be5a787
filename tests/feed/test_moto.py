"""The tailer against a server that is not ours, and deviates from AWS in its own ways."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.conftest import REGION
from tests.factories import ike_line, stream_of
from tests.feed.conftest import QUICK, Reader
from tui.domain.feed_state import FeedMode
from tui.feed.aws.target import AwsTarget
from tui.feed.insights.look_back import InsightsLookBack, InsightsOptions
from tui.feed.tail.tailer import Tailer

GROUP = "/aws/vendedlogs/vpn/moto"


@pytest.fixture
def logs(moto: Callable[[str], Any]) -> Any:
    client = moto("logs")
    client.create_log_group(logGroupName=GROUP)
    return client


def fill(logs: Any, *, tunnels: int = 3, lines: int = 20) -> dict[str, list[str]]:
    now = int(time.time()) * 1000
    written: dict[str, list[str]] = {}
    for number in range(tunnels):
        stream = stream_of(f"203.0.113.{number + 1}")
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        times = [now - 60_000 + index // 3 * 1000 for index in range(lines)]
        written[stream] = [ike_line(f"line {index % 7}", at=at) for index, at in enumerate(times)]
        put(logs, stream, zip(times, written[stream], strict=True))
    return written


def put(logs: Any, stream: str, lines: Iterable[tuple[int, str]]) -> None:
    events = [{"timestamp": at, "message": line} for at, line in lines]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


@pytest.mark.parametrize("options", [{}, {"log_groups": (GROUP,)}])
async def test_reading_once_finds_every_event_in_order(moto_server: str, logs: Any, options: dict[str, Any]) -> None:
    written = fill(logs)
    reader = Reader()
    await reader.read(Tailer(AwsTarget(region=REGION, endpoint_url=moto_server), follow=False, **options))
    assert reader.histories == written


async def test_sessions_that_send_the_history_anew_and_end_multiply_nothing(moto_server: str, logs: Any) -> None:
    written = fill(logs)
    reader = Reader()
    tailer = Tailer(AwsTarget(region=REGION, endpoint_url=moto_server), log_groups=(GROUP,), timing=QUICK, seed=1)
    task = asyncio.create_task(reader.read(tailer))
    await reader.until(lambda: reader.caught_up)
    at = int(time.time()) * 1000
    stream = next(iter(written))
    new = ike_line("new", at=at)
    await asyncio.to_thread(put, logs, stream, [(at, new)] * 2)
    await reader.until(lambda: sum(map(len, reader.histories.values())) >= 62)
    await reader.until_it_is(FeedMode.POLLING)
    task.cancel()
    await asyncio.wait([task])
    assert Counter(reader.histories[stream])[new] == 2
    assert len(reader.events) == 62


async def test_reading_weeks_with_its_queries_misses_no_line_that_tells(moto_server: str, logs: Any) -> None:
    written = fill(logs)
    reader, look_back = Reader(), InsightsLookBack(InsightsOptions(first_pause=0.01))
    target = AwsTarget(region=REGION, endpoint_url=moto_server)
    await reader.read(Tailer(target, log_groups=(GROUP,), follow=False, look_back=look_back))
    assert reader.histories == written
    assert look_back.scanned.queries > 1
