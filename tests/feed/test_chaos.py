"""All faults at once: still everything once, in order."""

import asyncio
import random

import pytest

from tests.feed.conftest import Writer, connection, held, reading, streams
from tui.feed.demo.endpoint import Endpoint
from tui.feed.demo.faults import Faults
from tui.feed.demo.store import Store

EVERYTHING = (
    "live.reset=0.02,live.reset_inside=0.02,live.truncated=0.02,live.end=0.03,live.timeout=0.03,live.bad_crc=0.02,"
    "live.streaming_error=0.02,live.oversized=0.02,live.silent=0.01,live.skip=0.1,live.sampled=0.1,live.withhold=0.15,"
    "live.duplicate=0.1,live.shuffle=0.5,live.denied=0.05,live.limit=0.05,filter.throttle=0.15,filter.error=0.1,"
    "filter.empty=0.2,filter.shuffle=0.2,filter.ignore=0.2,conn.reset=0.02,ec2.throttle=0.3,logs.throttle=0.2,"
    "ingest.late=0.2,ingest.scale=0.1,auth.expired=0.005"
)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_fault_at_once_loses_nothing_and_repeats_nothing(
    seed: int, store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    store.connections = {each.id: each for each in map(connection, range(3))}
    names = [stream for number in range(3) for stream in streams(number)]
    chance = random.Random(seed)
    for _ in range(200):
        writer.write("history", stream=chance.choice(names), ago=chance.randrange(60, 3_000))
    endpoint.faults = Faults.parse(f"{EVERYTHING},seed={seed}")
    async with reading(endpoint) as reader:
        for number in range(100):
            for _ in range(chance.randrange(8)):
                text = chance.choice([f"line {number}", "DPD", "DPD"])
                writer.write(text, stream=chance.choice(names), ago=chance.choice([0, 0, 0, 3]))
            await asyncio.sleep(0.04)
        endpoint.faults = Faults()
        await reader.until_all_of(store)
        await reader.until(lambda: reader.histories == held(store))
    async with asyncio.timeout(1):
        await endpoint.sessions_closed()
