"""The cost of recording, and of moving back and forth in a million events, as processor time."""

import asyncio
import gc
import random
import statistics
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.diagnosing import TUNNELS, _connection, _life
from tests.bench.table import Report
from tests.factories import NOON
from tui.domain.clock import SystemClock
from tui.domain.events import RawEvent
from tui.domain.inventory import Inventory
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.feed.intake import Intake
from tui.feed.recording.archive import Archive
from tui.feed.recording.format import Header
from tui.feed.recording.journal import Journal
from tui.feed.recording.rewind import Rewind
from tui.feed.recording.writer import Writer
from tui.feed.source import Batch

EVENTS: Final = 1_000_000
BATCH: Final = 500
SEEKS: Final = 40
RATE: Final = 500
HEADER: Final = Header(program="bench", started=NOON)


def run(report: Report) -> None:
    """Measure and report, each figure under a name."""
    _live(report)
    with TemporaryDirectory() as folder:
        for name in ("night.jsonl", "night.jsonl.gz"):
            path = Path(folder) / name
            _write(path)
            asyncio.run(_replay(path, report))
            path.unlink()


def _batches(events: int) -> Iterator[Batch]:
    """Yield the logs of two hundred tunnels, one second of all of them at a time."""
    yield Batch(inventory=Inventory(tuple(map(_connection, range(TUNNELS // 2)))), caught_up=True)
    lives = [_life(number) for number in range(TUNNELS)]
    each = BATCH // TUNNELS + 1
    for _ in range(events // (each * TUNNELS) + 1):
        taken: list[RawEvent] = [event for life in lives for event in islice(life, each)]
        yield Batch(tuple(taken), watermark=taken[-1].at)


def _live(report: Report) -> None:
    """Measure the cost of the journal and the file to a watch, beyond taking the events in."""
    batches = list(_batches(100_000))
    events = sum(len(batch.events) for batch in batches)
    known = Intake(Fleet(load()))
    journal = Journal(known, SystemClock(), HEADER)
    journal_took, longest, alone = 0.0, 0.0, 0.0
    for batch in batches:
        begun = time.process_time()
        applied = known.take(batch)
        taken = time.process_time()
        journal(batch, applied)
        alone += taken - begun
        journal_took += time.process_time() - taken
        longest = max(longest, time.process_time() - taken)
    report("taking events in, for comparison", events / alone, "events/s")
    share = journal_took / events * RATE
    report(f"journal at {RATE} events/s", share * 100, "% of a core")
    report("journal, longest time for one batch (a checkpoint)", longest * 1e3, "ms")
    report(f"journal, memory for {events:,} events", journal.weight / 1e6, "MB")
    with TemporaryDirectory() as folder:
        writer = Writer(str(Path(folder) / "night.gz"), HEADER)
        begun = time.process_time()
        for batch in batches:
            writer.batch(batch, t=NOON)
        took = time.process_time() - begun
        writer.close(t=NOON)
    share = took / events * RATE
    report(f"--record FILE.gz at {RATE} events/s", share * 100, "% of a core")


def _write(path: Path) -> None:
    writer = Writer(str(path), HEADER)
    for number, batch in enumerate(_batches(EVENTS)):
        writer.batch(batch, t=NOON + number * 1_000)
    writer.close(t=NOON)


async def _replay(path: Path, report: Report) -> None:
    kind = path.suffix.removeprefix(".")
    gc.collect()
    begun = time.process_time()
    archive = Archive(str(path), load())
    Rewind(archive)
    opened = time.process_time() - begun
    report(f"{kind}: open {EVENTS:,} events", opened, "s", at_most=3)
    pauses: list[float] = []
    watching = asyncio.create_task(_pauses(pauses))
    begun = time.process_time()
    await archive.index()
    took = time.process_time() - begun
    watching.cancel()
    weight = sum(station.weight for station in archive.stations) / 1e6
    report(f"{kind}: index in the background", took, "s", note=f"{len(archive.stations)} checkpoints, {weight:.0f} MB")
    report(f"{kind}: longest time for which the index holds the screen up", max(pauses) * 1e3, "ms")
    rewind, chance, seeks = Rewind(archive), random.Random(1), list[float]()
    for _ in range(SEEKS):
        t = chance.randrange(archive.begin, archive.end)
        begun = time.process_time()
        rewind.go(t)
        seeks.append(time.process_time() - begun)
    report(
        f"{kind}: go to any moment", statistics.median(seeks), "s", at_most=0.3, note=f"{max(seeks):.2f} s at the most"
    )


async def _pauses(pauses: list[float]) -> None:
    """Record how long each turn of the loop took, seconds."""
    while True:
        begun = time.process_time()
        await asyncio.sleep(0)
        pauses.append(time.process_time() - begun)
