"""The end of a recording is reported once, and the watch continues."""

from contextlib import aclosing
from pathlib import Path

from tests.factories import NOON
from tests.feed.recording.nights import HEADER, BatchClock, Silent, night
from tests.scenes import ListSource
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.feed.pump import Pump
from tui.feed.recording.format import Recorded
from tui.feed.recording.reader import Reader
from tui.feed.recording.writer import Recording, Writer
from tui.feed.source import Batch

BATCHES = [each.batch for each in night(5) if each.batch]


def recorded(path: Path) -> list[Batch | None]:
    reader, found = Reader.open(str(path)), []
    while (read := reader.next()) is not None:
        if isinstance(read, Recorded):
            found.append(read.batch)
    return found


def recording(path: Path, troubles: list[str]) -> Recording:
    return Recording(Writer(str(path), HEADER), BatchClock(NOON), troubles.append)


async def test_what_a_source_yields_is_recorded_and_the_end_is_noted(tmp_path: Path) -> None:
    troubles: list[str] = []
    made = recording(tmp_path / "a", troubles)
    pump = Pump(made.of(ListSource(BATCHES)), Fleet(load()), sinks=[made])
    await pump.run()
    assert recorded(tmp_path / "a") == [*BATCHES, None]
    assert troubles == []


async def test_notes_of_the_user_are_recorded_where_they_were_made(tmp_path: Path) -> None:
    made = recording(tmp_path / "a", [])
    pump = Pump(made.of(ListSource(BATCHES)), Fleet(load()), sinks=[made])
    async with aclosing(made.of(ListSource(BATCHES)).batches()) as batches:
        pump.take(await anext(batches))
        pump.mark(Mark(NOON, "customer changed the PSK"))
        pump.take(await anext(batches))
    note = Batch(marks=(Mark(NOON, "customer changed the PSK"),))
    assert recorded(tmp_path / "a") == [BATCHES[0], note, BATCHES[1], None]


async def test_a_file_that_is_deleted_is_said_once_and_the_watch_goes_on(tmp_path: Path) -> None:
    troubles: list[str] = []
    made = recording(tmp_path / "a", troubles)
    passed = []
    async with aclosing(made.of(ListSource(BATCHES)).batches()) as batches:
        async for batch in batches:
            passed.append(batch)
            (tmp_path / "a").unlink(missing_ok=True)
    assert passed == BATCHES
    assert troubles == [f"The watch goes on, but its recording has ended: {tmp_path / 'a'} was deleted."]


async def test_a_source_that_is_closed_closes_the_file(tmp_path: Path) -> None:
    made = recording(tmp_path / "a", [])
    async with aclosing(made.of(Silent()).batches()):
        pass
    made.close()
    Writer(str(tmp_path / "a"), HEADER).close(t=NOON)  # it is no longer locked
