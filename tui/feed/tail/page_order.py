"""Pages of FilterLogEvents put in order, with no tie cut in two.

A tie is what shares a stream and a millisecond; IKE stamps whole seconds, so most events are in one. Its order is known
only where all of it is seen at once: what a page's end may have cut is held until the next page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.feed.tail.log_event import LogEvent


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in ascending order, ties whole; `newest_first` if the pages go back in time.

    `is_cut` where the last page was not the end, but page_limit was.
    """

    lines: Sequence[LogEvent]
    newest_first: bool = False
    is_last: bool = False
    is_cut: bool = False


class Paging:
    """Takes pages as they come, and gives them in order. `asked` is the direction that was asked for.

    The direction is looked at, not believed: emulators ignore the parameter, do not sort, or send one stream after
    another.
    """

    def __init__(self, *, asked_newest_first: bool) -> None:
        self._asked = asked_newest_first
        self._held: list[LogEvent] = []

    def add(self, lines: Sequence[LogEvent], *, is_last: bool) -> Page:
        """Return the page in order, with what was held before it and without what has to wait for the next."""
        backwards = _runs_backwards(lines, asked=self._asked)
        came = list(reversed(lines)) if backwards else list(lines)
        found = came + self._held if backwards else self._held + came
        self._held = []
        if any(_place(before) > _place(after) for before, after in pairwise(found)):
            # Unsorted: where times are equal, only the ids are left to go by. Else the order of the page is the order.
            found.sort(key=_full_place)
        if is_last:
            return Page(found, backwards, is_last)
        # An empty page says nothing of where the next one goes on: all that is held waits on.
        cut = {lines[-1].at, found[0 if backwards else -1].at} if lines else {line.at for line in found}
        self._held = [line for line in found if line.at in cut]
        return Page([line for line in found if line.at not in cut], backwards)


def _place(line: LogEvent) -> tuple[int, int]:
    return line.at, line.ingested_at


def _full_place(line: LogEvent) -> tuple[int, int, int, str]:
    return line.at, line.ingested_at, len(line.id), line.id


def _runs_backwards(lines: Sequence[LogEvent], *, asked: bool) -> bool:
    """Whether most steps from an event to the next of its stream go back; ids decide where times do not."""
    previous: dict[str, tuple[int, int, int, str]] = {}
    balance = 0
    for line in lines:
        place = _full_place(line)
        before = previous.get(line.stream)
        if before is not None and before != place:
            balance += 1 if place > before else -1
        previous[line.stream] = place
    return asked if balance == 0 else balance < 0
