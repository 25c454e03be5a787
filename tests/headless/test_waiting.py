"""Waiting for several sites ends at once if none can be read, and names those without an answer."""

import asyncio

from tests.factories import NOON
from tests.feed.test_sources import Listed
from tui.content.exit_codes import ExitCode
from tui.content.wording import ANYWHERE
from tui.domain.acceptance.aim import Aim, Until
from tui.domain.clock import ManualClock
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Applied, Fleet
from tui.feed.source import Batch, Combined
from tui.headless.wait import GateGoal
from tui.headless.waiting import Notes, Outcome, Waiting

READ = FeedState(FeedMode.POLLING)
UNREACHED, THROTTLED = (
    FeedState(FeedMode.OFFLINE, f"It is {kind.value}.", trouble=kind)
    for kind in (ErrorKind.UNREACHABLE, ErrorKind.THROTTLED)
)


async def waited_for(*, passes: float, **states: FeedState) -> Outcome | None:
    """Return the outcome of a gate on these sites that waits for five seconds, of which this many pass."""
    clock, fleet = ManualClock(NOON), Fleet(load())
    sources = {
        name: Listed(Batch(source=name, state=state, caught_up=state is READ), goes_on=True)
        for name, state in states.items()
    }
    heard: set[str] = set()

    def pass_time(batch: Batch, applied: Applied) -> None:
        if batch.state is states[batch.source]:
            heard.add(batch.source)
        if heard == states.keys():
            clock.advance(passes)

    notes = Notes(lambda text: None, clock, ANYWHERE)
    goal = GateGoal(Aim(until=Until.UP, bgp=False, stable=0), notes)
    waiting = Waiting(Combined(sources), fleet, goal, clock=clock, timeout=5_000, notes=notes, sinks=[pass_time])
    async with asyncio.timeout(20):
        await waiting.run()
    return waiting.outcome


async def test_it_ends_at_once_where_no_site_can_be_read() -> None:
    outcome = await waited_for(passes=0, hq=UNREACHED, osaka=UNREACHED)
    assert outcome == Outcome(ExitCode.UNKNOWN, "hq: It is unreachable.")


async def test_a_site_of_which_nothing_is_known_keeps_the_gate_shut_and_is_named() -> None:
    outcome = await waited_for(passes=6, hq=READ, osaka=UNREACHED)
    assert outcome == Outcome(ExitCode.UNKNOWN, "timed out after 5s: osaka: It is unreachable.")


async def test_trouble_that_passes_is_waited_out() -> None:
    outcome = await waited_for(passes=6, hq=UNREACHED, osaka=THROTTLED)
    assert outcome is not None
    assert outcome.reason.startswith("timed out after 5s: ")
