"""Sites found on first reading replace the site that was searched for them."""

import pytest

from tests.factories import NOON
from tests.feed.conftest import QUICK
from tests.feed.test_sources import LONDON, Listed, inventory
from tui.domain.clock import ManualClock
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.feed.aws.errors import FeedError
from tui.feed.found_sites import Find, Found, FoundSites
from tui.feed.pump import Pump
from tui.feed.sites import at_site
from tui.feed.source import Batch

LIVE = FeedState(FeedMode.LIVE)
NO_NETWORK = FeedError("No network.", ErrorKind.UNREACHABLE)


def found_by(*answers: Found | FeedError) -> Find:
    left = list(answers)

    async def find() -> Found:
        answer = left.pop(0)
        if isinstance(answer, FeedError):
            raise answer
        return answer

    return find


def london() -> Listed:
    return Listed(Batch(state=LIVE, inventory=inventory(LONDON), caught_up=True, source="acme-euw2"))


def looking(find: Find, *, follow: bool = True) -> FoundSites:
    return FoundSites("acme", find, follow=follow, clock=ManualClock(NOON), timing=QUICK, nothing="Nothing is there.")


async def test_what_is_found_takes_the_place_of_what_looked_for_it() -> None:
    osaka = Listed(Batch(state=LIVE, caught_up=True, source="acme-apne3"))
    sources = {"acme-euw2": at_site("acme-euw2", london()), "acme-apne3": osaka}
    pump = Pump(looking(found_by(Found(sources))), Fleet(load()))
    assert not pump.caught_up
    await pump.run()
    assert pump.states == {"acme-euw2": LIVE, "acme-apne3": LIVE}
    assert pump.caught_up
    assert [connection.name for connection in pump.fleet.connections] == [f"acme-euw2/{LONDON}"]


async def test_a_search_that_fails_is_said_and_repeated() -> None:
    found = Found({"acme-euw2": london()})
    batches = [batch async for batch in looking(found_by(NO_NETWORK, NO_NETWORK, found)).batches()]
    away = [batch.state for batch in batches if batch.state is not None and batch.state.mode is FeedMode.OFFLINE]
    assert [(state.reason, state.trouble) for state in away] == [("No network.", ErrorKind.UNREACHABLE)] * 2
    assert all(state.retry_at is not None and state.retry_at > NOON for state in away)
    assert batches[-1].state == LIVE


async def test_a_single_read_does_not_search_twice() -> None:
    with pytest.raises(FeedError, match="No network"):
        await Pump(looking(found_by(NO_NETWORK), follow=False), Fleet(load())).run()


async def test_where_nothing_is_found_it_is_said_with_what_was_left_out() -> None:
    nothing = Found(notices=("Left out: sa-east-1.",))
    with pytest.raises(FeedError, match=r"^Nothing is there. Left out: sa-east-1.$"):
        await Pump(looking(found_by(nothing)), Fleet(load())).run()


async def test_what_was_left_out_is_said_once() -> None:
    osaka = Listed(Batch(state=LIVE, source="acme-apne3"))
    found = Found({"acme-euw2": london(), "acme-apne3": osaka}, ("Left out: sa-east-1.",))
    pump = Pump(looking(found_by(found)), Fleet(load()))
    await pump.run()
    assert pump.state.notices == ("acme-euw2: Left out: sa-east-1.",)


async def test_whoever_wants_another_try_gets_it_of_what_was_found() -> None:
    source = london()
    looked = looking(found_by(Found({"acme-euw2": source})))
    await Pump(looked, Fleet(load())).run()
    looked.retry()
    assert source.retries == 1


async def test_what_is_found_may_have_the_name_of_what_looked_for_it() -> None:
    found = Found({"acme": Listed(), "acme-euw2": london()})
    pump = Pump(looking(found_by(found)), Fleet(load()))
    await pump.run()
    assert pump.states == {"acme": FeedState(), "acme-euw2": LIVE}
    assert not pump.caught_up  # of what has the name nothing has been heard yet
