"""Several sources feed one fleet, each with its own state, watermark and serials."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.factories import NOON, ike
from tui.app.first_states import FirstStates
from tui.domain.events import RawEvent
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel_state import Health
from tui.feed.deferred import Deferred
from tui.feed.pump import Pump
from tui.feed.source import Batch, Combined, begun

LONDON, OSAKA = "vpn-0a1b2c3d4e5f60001", "vpn-0a1b2c3d4e5f60002"
UP = "AWS tunnel is sending DPD request"


def up(vpn: str, *, source: str, at: float = 0, serial: int = 1, states: str = "EE") -> RawEvent:
    return replace(ike(UP, states, at=at, vpn=vpn, serial=serial), source=source)


def inventory(vpn: str) -> Inventory:
    return Inventory((ConnectionFacts(vpn, tunnels=(TunnelFacts("203.0.113.17"),)),))


class Listed:
    """A source of these batches, which then ends, fails or continues without news."""

    def __init__(self, *batches: Batch, error: Exception | None = None, goes_on: bool = False) -> None:
        self._batches = batches
        self._error = error
        self._goes_on = goes_on
        self.is_closed = False
        self.retries = 0

    def retry(self) -> None:
        self.retries += 1

    async def batches(self) -> AsyncGenerator[Batch, None]:
        try:
            for batch in self._batches:
                yield batch
            if self._error:
                raise self._error
            if self._goes_on:
                await asyncio.Event().wait()
        finally:
            self.is_closed = True


def pump_of(**sources: Listed) -> Pump:
    return Pump(Combined(sources), Fleet(load()))


async def test_every_source_tries_again_where_the_user_wants_it() -> None:
    london, osaka = Listed(), Listed()
    Pump(Combined({"london": london, "osaka": osaka}), Fleet(load())).retry()
    assert (london.retries, osaka.retries) == (1, 1)


async def test_a_source_that_is_made_late_tries_again_once_it_is_made() -> None:
    listed = Listed(Batch())
    pump = Pump(Deferred(lambda: listed), Fleet(load()))
    pump.retry()
    await pump.run()
    pump.retry()
    assert listed.retries == 1


async def test_the_watermark_is_that_of_the_source_that_is_furthest_behind() -> None:
    pump = pump_of(
        london=Listed(Batch(watermark=NOON + 9_000, source="london"), Batch(watermark=NOON + 2_000, source="london")),
        osaka=Listed(Batch(watermark=NOON + 5_000, source="osaka")),
    )
    await pump.run()
    assert pump.fleet.watermarks == {"london": NOON + 9_000, "osaka": NOON + 5_000}
    assert pump.fleet.watermark == NOON + 5_000


async def test_all_is_caught_up_only_when_each_source_is() -> None:
    pump = pump_of(london=Listed(Batch(caught_up=True, source="london")), osaka=Listed(Batch(source="osaka")))
    await pump.run()
    assert not pump.caught_up
    pump.take(Batch(caught_up=True, source="osaka"))
    assert pump.caught_up


async def test_a_source_that_has_not_said_anything_keeps_all_from_being_caught_up() -> None:
    pump = pump_of(london=Listed(Batch(caught_up=True, source="london")), osaka=Listed())
    await pump.run()
    assert not pump.caught_up


async def test_the_state_is_the_worst_and_each_source_keeps_its_own() -> None:
    live = FeedState(FeedMode.LIVE)
    away = FeedState(FeedMode.OFFLINE, "No network.", trouble=ErrorKind.UNREACHABLE)
    pump = pump_of(london=Listed(Batch(state=live, source="london")), osaka=Listed(Batch(state=away, source="osaka")))
    await pump.run()
    assert (pump.state.mode, pump.state.reason) == (FeedMode.OFFLINE, "osaka: No network.")
    assert pump.states == {"london": live, "osaka": away}


async def test_events_with_the_same_serial_are_two_if_their_sources_are() -> None:
    """Two accounts may log the two halves of one tunnel; a correction of one event must not move the other."""
    first, second = up(LONDON, source="london"), up(LONDON, source="osaka", states="DD")
    fleet = Fleet(load())
    pump = Pump(Combined({}), fleet)
    pump.take(Batch((first,), source="london"))
    pump.take(Batch((second,), source="osaka"))
    pump.take(Batch(moved=(replace(first, rank=7),), source="london"))
    (tunnel,) = fleet.tunnels
    assert [(entry.raw.source, entry.raw.rank) for entry in tunnel.history] == [("osaka", 0), ("london", 7)]
    assert tunnel.health is Health.UP


async def test_what_one_source_does_not_name_is_not_gone_where_another_one_named_it() -> None:
    pump = pump_of(
        london=Listed(Batch(inventory=inventory(LONDON), source="london")),
        osaka=Listed(Batch((up(OSAKA, source="osaka"),), inventory=inventory(OSAKA), source="osaka")),
    )
    await pump.run()
    assert {connection.id for connection in pump.fleet.connections} == {LONDON, OSAKA}
    pump.take(Batch(inventory=Inventory((ConnectionFacts("vpn-0a1b2c3d4e5f60003"),)), source="london"))
    assert {connection.id for connection in pump.fleet.connections} == {OSAKA, "vpn-0a1b2c3d4e5f60003"}


async def test_an_unnamed_connection_of_a_source_without_ec2_is_shown_beside_a_surveyed_one() -> None:
    pump = Pump(Combined({}), Fleet(load()))
    pump.take(Batch(inventory=inventory(LONDON), source="london"))
    pump.take(Batch((up(OSAKA, source="osaka"),), source="osaka"))
    assert {connection.id for connection in pump.fleet.connections} == {LONDON, OSAKA}


async def test_closing_closes_every_source() -> None:
    sources = {"london": Listed(Batch(source="london"), goes_on=True), "osaka": Listed(goes_on=True)}
    async with aclosing(Combined(sources).batches()) as batches:
        seen = [await anext(batches) for _ in range(3)]
    assert [batch.source for batch in seen] == ["london", "osaka", "london"]
    assert all(source.is_closed for source in sources.values())


async def test_a_source_that_fails_closes_the_others_and_says_so() -> None:
    sources = {"london": Listed(goes_on=True), "osaka": Listed(error=RuntimeError("broken"))}
    with pytest.raises(RuntimeError, match="broken"):
        await Pump(Combined(sources), Fleet(load())).run()
    assert sources["london"].is_closed


async def test_a_source_that_was_begun_gives_every_batch_once_and_takes_the_wish_to_try_again() -> None:
    listed = Listed(*(Batch(watermark=number) for number in range(3)))
    async with begun(listed) as source:
        source.retry()
        assert [batch.watermark async for batch in source.batches()] == [0, 1, 2]
    assert listed.retries == 1
    async with begun(Listed()) as source:
        assert [batch async for batch in source.batches()] == []


async def test_a_source_that_was_begun_is_closed_where_its_consumer_never_came() -> None:
    listed = Listed(Batch(), goes_on=True)
    async with begun(listed) as reading:
        await reading.first
    assert listed.is_closed


async def test_a_source_that_was_begun_is_closed_where_its_first_batch_never_came() -> None:
    listed = Listed(goes_on=True)
    async with begun(listed) as reading:
        await asyncio.sleep(0)
        assert not reading.first.done()
    assert listed.is_closed


async def test_a_source_that_was_begun_is_read_before_its_consumer_is_there() -> None:
    listed = Listed(Batch(watermark=NOON), error=RuntimeError("the end"))
    async with begun(listed) as reading:
        assert await reading.first == Batch(watermark=NOON)
        with pytest.raises(RuntimeError, match="the end"):
            await Pump(reading, Fleet(load())).run()


async def test_the_screen_is_drawn_once_the_first_events_are_taken_in() -> None:
    events = tuple(up(LONDON, source="", serial=serial) for serial in range(1, 5_000))
    seen: list[int] = []
    listed = Listed(Batch(), Batch(events), Batch((up(LONDON, source="", serial=9_000),)))
    pump = Pump(FirstStates(listed, lambda: seen.append(pump.fleet.seen)), Fleet(load()))
    await pump.run()
    assert seen == [len(events)]
