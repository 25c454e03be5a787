"""Under any single fault everything arrives once and in order, and losses are noticed."""

import asyncio

import pytest

from tests.feed.conftest import SELDOM, Writer, held, reading, streams, write_on
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store

LOSSES = [
    "live.reset=0.3",
    "live.reset_inside=0.3",
    "live.end=0.3",
    "live.timeout=0.3",
    "live.streaming_error=0.3",
    "live.bad_crc=0.3",
    "live.truncated=0.3",
    "live.oversized=0.3",
    "live.silent=0.1",
    "live.sampled=0.5",
    "live.denied=0.7",
    "live.limit=0.7",
]
OTHERS = [
    "live.skip=0.5",
    "live.withhold=0.15",
    "live.duplicate=0.5",
    "live.shuffle=1",
    "filter.throttle=0.4",
    "filter.error=0.4",
    "filter.empty=0.5",
    "filter.endless=1",
    "filter.shuffle=1",
    "filter.ignore=1",
    "ingest.late=1,ingest.scale=0.05",
    "conn.reset=0.3",
    "conn.refuse=0.5",
    "ingest.very_late=0.3,ingest.scale=0.005",
    "ec2.throttle=0.6",
    "ec2.denied=0.5",
    "ec2.slow=0.3",
    "vpn.flicker=0.5",
    "logs.throttle=0.3",
    "live.reset=0.1,live.withhold=0.15,live.end=0.1,live.timeout=0.1,live.bad_crc=0.1,filter.throttle=0.2,live.shuffle=1",
]


@pytest.mark.parametrize("faults", [*LOSSES, *OTHERS])
async def test_everything_comes_once_and_in_order_whatever_goes_wrong(
    faults: str, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    for minutes in range(1, 30):
        writer.write(f"history {minutes}", "the same", stream=streams()[minutes % 2], ago=minutes * 60)
    endpoint.faults = Faults.parse(faults + ",seed=7")
    async with reading(endpoint) as reader:
        await write_on(writer, store)
        endpoint.faults = Faults()
        await reader.until_all_of(store)
        await reader.until(lambda: reader.histories == held(store))
        await reader.until(lambda: reader.caught_up)


@pytest.mark.parametrize("faults", LOSSES)
async def test_that_something_was_lost_is_noticed_and_fills_it_at_once(
    faults: str, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    endpoint.faults = Faults.parse(faults + ",seed=7")
    async with reading(endpoint, timing=SELDOM) as reader:
        await reader.until(lambda: reader.caught_up)
        for number in range(12):  # no line twice: a doubtful one would have the record read, too
            for stream in streams():
                writer.write(*(f"line {number} {part}" for part in range(5)), stream=stream)
            await asyncio.sleep(0.05)
        endpoint.faults = Faults()
        await reader.until_all_of(store)
