"""How `wait` and `accept` run: until an outcome or a signal, or until nobody reads the answer any more."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from tui.cli.notifying import NoticeOptions, Notifying
from tui.cli.output import ErrorOutput, print_result
from tui.cli.process import Ending, run_until_signal
from tui.cli.reading import must_start, reader, with_ids
from tui.cli.recording import recording_of, sinks_of
from tui.cli.sites import all_selectors
from tui.cli.watching import Watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import Clock, SystemClock
from tui.domain.times import when

if TYPE_CHECKING:
    from tui.domain.state.fleet import Fleet
    from tui.headless.waiting import Goal, Notes, Outcome, Waiting

G = TypeVar("G", bound="Goal")

_CUT_SHORT: Final = {
    Ending.INTERRUPTED: ("interrupted", ExitCode.INTERRUPTED),
    Ending.TERMINATED: ("ended by a signal", ExitCode.UNKNOWN),
    Ending.UNREAD: ("nobody reads the answer", ExitCode.UNKNOWN),
}


def waiting_for(
    make_goal: "Callable[[Fleet, Notes], G]",
    watching: Watching,
    *,
    clock: Clock,
    timeout: int,
    utc: bool,
    stderr: ErrorOutput,
    record: str | None = None,
) -> "tuple[G, Waiting]":
    """Return a goal and the `Waiting` for it; `timeout` in ms. What is read is recorded in the file `record`."""
    from tui.domain.knowledge.catalogue_file import load
    from tui.domain.state.fleet import Fleet
    from tui.headless.waiting import Notes, Waiting

    fleet, notes = Fleet(load()), Notes(stderr, clock, lambda at: when(at, now=clock.now(), utc=utc))
    goal = make_goal(fleet, notes)
    recording = recording_of(watching, record)
    source = must_start(reader(watching, recording=recording))
    waiting = Waiting(
        source,
        fleet,
        goal,
        clock=clock,
        timeout=timeout,
        notes=notes,
        sinks=sinks_of(recording),
        # Behind a mask, nothing after the source knows the names that the user typed.
        selectors=() if watching.mask else with_ids(all_selectors(watching)),
    )
    return goal, waiting


def run_to_outcome(
    waiting: "Waiting", render: "Callable[[Outcome], str]", notices: NoticeOptions, *, stderr: ErrorOutput
) -> int:
    """Wait, report changes meanwhile, print the outcome with `render`, and return the exit code.

    The exit code is right even if nobody reads stdout; if its reader goes away, the waiting ends as unknown.
    """
    notifying = Notifying(notices, SystemClock())
    ending = run_until_signal(lambda: notifying.accompany(waiting.pump, waiting.run))
    if ending is not Ending.DONE:
        waiting.cut_short(*_CUT_SHORT[ending])
    outcome = waiting.outcome
    if outcome is None:
        return ExitCode.UNKNOWN
    stderr.close()
    if ending is not Ending.UNREAD:
        print_result(render(outcome), waits=ending is Ending.DONE)
    return outcome.code
