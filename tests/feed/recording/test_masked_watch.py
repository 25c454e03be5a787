"""A watch masked halfway knows the same as one masked from the beginning, and not one identifier."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.factories import IP, NOON
from tests.feed.recording.nights import IDENTIFIERS, journal_of, known_at, night
from tui.domain.knowledge.catalogue_file import load
from tui.domain.masking.mask import Mask
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.feed.intake import Intake, parts
from tui.feed.masked import masked_batch
from tui.feed.recording.format import Recorded
from tui.feed.recording.masked_watch import MaskedWatch
from tui.feed.recording.rewind import Rewind
from tui.feed.source import Batch

NIGHT = night(40)


def masked_from_the_beginning(recorded: list[Recorded]) -> Intake:
    known, mask = Intake(Fleet(load())), Mask()
    for each in recorded:
        for part in parts(each.batch) if each.batch else ():
            known.take(masked_batch(mask, part))
    return known


class Masked:
    """A watch of which a part has happened, and the masked one that accompanies it."""

    def __init__(self, taken: int, **journal: int) -> None:
        self.pump, self.journal, self.clock = journal_of(NIGHT[:taken], **journal)
        self.masked = MaskedWatch(self.pump, self.journal, Mask(), self.clock, scope="masked")
        self.arrived = asyncio.Queue[Batch]()
        self.masked.add_sink(lambda batch, applied: self.arrived.put_nowait(batch))

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        reading = asyncio.create_task(self.masked.run())
        await self.masked.wait_until_level()
        while not self.arrived.empty():
            await self.arrived.get()
        yield
        reading.cancel()
        await asyncio.wait([reading])

    async def go_on(self, recorded: list[Recorded]) -> None:
        async with self.going_on():
            for each in recorded:
                self.clock.set(each.t)
                for part in parts(each.batch) if each.batch else ():
                    self.pump.take(part)
                    await self.arrived.get()


@pytest.mark.parametrize("taken", [0, 2, 3, 20, len(NIGHT) - 1])
async def test_it_is_as_if_it_had_been_masked_from_the_beginning(taken: int) -> None:
    watch = Masked(taken)
    await watch.go_on(NIGHT[taken:-1])
    end = NIGHT[-1].t
    assert known_at(watch.masked, end) == known_at(masked_from_the_beginning(NIGHT[:-1]), end)
    assert not [identifier for identifier in IDENTIFIERS if identifier in str(known_at(watch.masked, end))]


async def test_going_back_in_it_shows_what_was_known_then_masked() -> None:
    watch = Masked(30)
    await watch.go_on(NIGHT[30:-1])
    rewind = Rewind(watch.masked.journal)
    for index in (35, 10, 25, 4):
        rewind.go(NIGHT[index].t)
        then = masked_from_the_beginning([each for each in NIGHT if each.t <= NIGHT[index].t])
        assert known_at(rewind.intake, NIGHT[index].t) == known_at(then, NIGHT[index].t)


async def test_what_it_saves_holds_no_identifier_and_what_the_original_saves_does() -> None:
    watch = Masked(30)
    await watch.go_on(NIGHT[30:-1])
    saved = gzip.decompress(b"".join(watch.masked.journal.recording())).decode()
    assert "vpn-00000000000000001" in saved
    assert not [identifier for identifier in IDENTIFIERS if identifier in saved]
    truth = gzip.decompress(b"".join(watch.journal.recording())).decode()
    assert all(identifier in truth for identifier in IDENTIFIERS)


async def test_where_the_beginning_was_forgotten_it_knows_what_is_still_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.feed.recording.journal.EVERY", 100)
    monkeypatch.setattr("tui.feed.recording.journal._SELDOM", 0.0)
    monkeypatch.setattr("tui.feed.recording.journal._WORTH", 0)
    watch = Masked(len(NIGHT) - 1, most=1)
    assert watch.journal.has_forgotten
    await watch.go_on([])
    states = [(tunnel.health, len(tunnel.history)) for tunnel in watch.pump.fleet.tunnels]
    assert [(tunnel.health, len(tunnel.history)) for tunnel in watch.masked.fleet.tunnels] == states
    assert watch.masked.caught_up


async def test_a_note_is_the_originals_and_comes_back_masked() -> None:
    watch = Masked(len(NIGHT) - 1)
    async with watch.going_on():
        watch.masked.mark(Mark(NOON, f"{IP} restarted"))
        await watch.arrived.get()
    assert f"{IP} restarted" in [mark.text for mark in watch.pump.fleet.marks]
    assert "240.0.1.1 restarted" in [mark.text for mark in watch.masked.fleet.marks]


async def test_one_that_has_ended_listens_no_more() -> None:
    watch = Masked(3)
    before = len(watch.pump._sinks)
    async with watch.going_on():
        assert len(watch.pump._sinks) == before + 1
    assert len(watch.pump._sinks) == before
