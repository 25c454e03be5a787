"""A live run and its recording: event for event the same transitions, diagnoses and status, even from a cut file."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.feed.conftest import QUICK
from tests.feed.recording.nights import status_at
from tui.demo import Faults, demo
from tui.domain.clock import Clock, SystemClock
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Applied, Fleet
from tui.feed.aws.target import AwsTarget
from tui.feed.pump import Pump
from tui.feed.recording.archive import Archive
from tui.feed.recording.format import Header
from tui.feed.recording.reader import Reader
from tui.feed.recording.rewind import Rewind
from tui.feed.recording.writer import Recording, Writer
from tui.feed.source import Batch, Source
from tui.feed.tail.tailer import Tailer
from tui.headless.replay import known_at, print_events
from tui.headless.tail import Tail
from tui.headless.tail_lines import JsonLines

FAULTS = (
    "ingest.late=0.2,ingest.very_late=0.05,ingest.scale=0.05,live.reset=0.05,live.shuffle=0.5,live.withhold=0.1,seed=3"
)
LOOK_BACK = 3_600_000


class Noted(Clock):
    """The machine's clock, which remembers its last answer: the recording asks it once per batch."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self.last = 0

    def now(self) -> int:
        self.last = self._clock.now()
        return self.last

    def monotonic(self) -> float:
        return self._clock.monotonic()


class Live(NamedTuple):
    """What a live run showed: the lines of `tail --json`, and after each batch its time and the status."""

    lines: list[str]
    moments: list[tuple[int, str]]


class Limited:
    """A source that ends after this many live batches, once something has changed."""

    def __init__(self, source: Source, *, most: int) -> None:
        self._source = source
        self._most = most

    def retry(self) -> None:
        self._source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        left = self._most
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                yield batch
                left -= bool(batch.events)
                if not left:
                    return


async def run_live(path: Path) -> Live:
    """Watch a cutover at forty times its speed, through faults, and record it."""
    clock, lines, moments = Noted(), list[str](), list[tuple[int, str]]()
    fleet = Fleet(load())
    async with demo(scenario="cutover", speed=40, faults=Faults.parse(FAULTS)) as running:
        since = clock.now() - LOOK_BACK
        header = Header(region=running.region, since=since, started=clock.now())
        recording = Recording(Writer(str(path), header), clock, pytest.fail)
        target = AwsTarget(region=running.region, endpoint_url=running.url)
        tailer = Tailer(target, since=since, timing=QUICK, seed=1)
        tail = Tail(fleet, JsonLines(lines.append, fleet), since=since, is_caught_up=lambda: pump.caught_up)
        pump = Pump(recording.of(Limited(tailer, most=60)), fleet, sinks=[tail])

        def note(batch: Batch, applied: Applied) -> None:
            moments.append((clock.last, status_at(pump, clock.last)))

        pump.add_sink(note)
        await pump.run()
        tail.release()
    return Live(lines, moments)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Live]:
    path = tmp_path_factory.mktemp("live") / "night.jsonl.gz"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        return path, asyncio.run(run_live(path))


def replayed(path: Path) -> list[str]:
    lines: list[str] = []
    asyncio.run(print_events(Reader.open(str(path)), load(), lambda fleet: JsonLines(lines.append, fleet)))
    return lines


def test_a_replay_prints_what_the_live_run_printed(run: tuple[Path, Live]) -> None:
    path, live = run
    kinds = {(line["type"], line.get("late")) for line in map(json.loads, live.lines)}
    assert {("event", True), ("event", False), ("transition", None), ("feed", None)} <= kinds
    assert replayed(path) == live.lines


def test_each_moment_has_the_status_and_the_diagnoses_that_the_live_run_had(run: tuple[Path, Live]) -> None:
    path, live = run
    last = dict(live.moments)  # of batches in one millisecond, the last
    assert len({status.split('"connections"')[1] for status in last.values()}) > 20
    assert any('"code"' in status for status in last.values())
    archive = Archive(str(path), load())
    asyncio.run(archive.index())
    rewind = Rewind(archive)
    moments = list(last.items())
    random.Random(2).shuffle(moments)
    for t, status in moments:
        rewind.go(t)
        assert status_at(rewind.intake, rewind.now) == status


def test_the_end_has_the_final_status_of_the_live_run(run: tuple[Path, Live]) -> None:
    path, live = run
    reader = Reader.open(str(path))
    t, status = live.moments[-1]
    assert reader.end() >= t
    assert status_at(asyncio.run(known_at(reader, load(), t=t)), t) == status


def lines_of(printed: list[str]) -> set[tuple[str, str, str]]:
    events = [line for line in map(json.loads, printed) if line["type"] == "event"]
    return {(event["outside_ip"], event["at"], event["raw"]) for event in events}


@pytest.mark.parametrize("seed", range(12))
def test_a_file_cut_at_any_byte_gives_the_beginning_of_the_same(
    run: tuple[Path, Live], seed: int, tmp_path: Path
) -> None:
    path, live = run
    data = path.read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(data[: random.Random(seed).randrange(len(data) // 8, len(data))])
    reader = Reader.open(str(cut))
    while reader.next() is not None:
        pass
    t, status = [moment for moment in live.moments if moment[0] < reader.t][-1]
    known = asyncio.run(known_at(Reader.open(str(cut)), load(), t=t))
    assert status_at(known, t) == status
    printed = replayed(cut)
    if known.caught_up:
        assert printed == live.lines[: len(printed)]
    else:  # what waits for the look-back is printed at the end
        assert lines_of(printed) <= lines_of(live.lines)
