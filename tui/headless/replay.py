"""`tunnelwatch replay` without the screen: prints what `tail` and `status` would have printed."""

import asyncio
from collections.abc import Callable

from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.state.fleet import Fleet
from tui.feed.intake import Intake, parts
from tui.feed.recording.format import Header
from tui.feed.recording.reader import Reader
from tui.feed.source import Batch
from tui.headless.tail import Tail
from tui.headless.tail_lines import Lines


async def print_events(reader: Reader, catalogue: Catalogue, lines_of: Callable[[Fleet], Lines]) -> None:
    """Print what `tail` would have printed, separately for each run of the recording."""
    intake, printer = Intake(Fleet(catalogue)), None
    while (read := reader.next()) is not None:
        if isinstance(read, Header):
            if printer is not None:
                printer.release()
            intake = Intake(Fleet(catalogue))
            printer = _printer(intake, lines_of, since=read.since)
            continue
        for part in parts(read.batch or Batch()):
            applied = intake.take(part)
            if printer is not None:
                printer(part, applied)
            await asyncio.sleep(0)  # so that a signal can end it between two runs
    if printer is not None:
        printer.release()


def _printer(intake: Intake, lines_of: Callable[[Fleet], Lines], *, since: int) -> Tail:
    return Tail(intake.fleet, lines_of(intake.fleet), since=since, is_caught_up=lambda: intake.caught_up)


async def known_at(reader: Reader, catalogue: Catalogue, *, t: int) -> Intake:
    """Return the pump with what was known at a moment, in ms."""
    intake = Intake(Fleet(catalogue))
    while (read := reader.next()) is not None and reader.t <= t:
        if isinstance(read, Header):
            intake = Intake(Fleet(catalogue))
            continue
        for part in parts(read.batch or Batch()):
            intake.take(part)
            await asyncio.sleep(0)
    return intake
