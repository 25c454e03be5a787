"""Pages of FilterLogEvents in ascending order, with complete ties.

A tie is the set of events that share a stream and a millisecond; IKE stamps whole seconds, so most events are in one.
Its order is known only if all of it is seen at once, so events whose tie may continue on the next page are held until
then.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from tui.feed.tail.log_event import LogEvent

Position = tuple[int, int, int, str]
"""Time, ingestion time, then the id by length and text: AWS's ids are increasing numbers."""


@dataclass(frozen=True, slots=True)
class Page:
    """Events in ascending order, every tie complete.

    `newest_first` if each page is older than the one before. `is_cut` if the reading stopped here at its limit of empty
    pages, though there may be more.
    """

    lines: Sequence[LogEvent]
    newest_first: bool = False
    is_last: bool = False
    is_cut: bool = False


class Paging:
    """Puts pages in order as they arrive.

    The direction is detected from the data, and `asked_newest_first` applies only if the data does not show it:
    emulators ignore the parameter, do not sort, or send one stream after another.
    """

    def __init__(self, *, asked_newest_first: bool) -> None:
        self._asked_newest_first = asked_newest_first
        self._held: list[LogEvent] = []

    def add(self, lines: Sequence[LogEvent], *, is_last: bool) -> Page:
        """Return the page in order, including previously held events, without those to be held until the next page."""
        backwards = _runs_backwards(lines, asked=self._asked_newest_first)
        ascending = list(reversed(lines)) if backwards else list(lines)
        joined = ascending + self._held if backwards else self._held + ascending
        self._held = []
        if not _is_in_order(joined):
            # An unsorted page: events with equal times can only be ordered by id. Otherwise the page's order applies.
            joined.sort(key=_position)
        if is_last:
            return Page(joined, backwards, is_last)
        # An empty page does not show where the next one continues, so everything stays held.
        cut = {lines[-1].at, joined[0 if backwards else -1].at} if lines else {line.at for line in joined}
        self._held = [line for line in joined if line.at in cut]
        return Page([line for line in joined if line.at not in cut], backwards)


def parts_by_time(lines: Iterable[LogEvent], size: int) -> Iterator[list[LogEvent]]:
    """Yield the lines of a page in parts of `size` or slightly more: events of the same millisecond stay together.

    There is at least one part, empty if there are no lines.
    """
    part: list[LogEvent] = []
    for line in lines:
        if len(part) >= size and line.at != part[-1].at:
            yield part
            part = []
        part.append(line)
    yield part


def _is_in_order(lines: Sequence[LogEvent]) -> bool:
    """Return whether the events ascend by time, and by ingestion time where times are equal."""
    last_at = last_ingested_at = -inf
    for _, at, ingested_at, _, _ in lines:
        if at <= last_at and (at < last_at or ingested_at < last_ingested_at):
            return False
        last_at, last_ingested_at = at, ingested_at
    return True


def _position(line: LogEvent) -> Position:
    return line.at, line.ingested_at, len(line.id), line.id


def _runs_backwards(lines: Sequence[LogEvent], *, asked: bool) -> bool:
    """Return whether most steps to the next event of a stream go back in time, or in id if times are equal."""
    previous: dict[str, Position] = {}
    balance, left = 0, len(lines)
    for stream, at, ingested_at, _, name in lines:
        position = at, ingested_at, len(name), name
        before = previous.get(stream)
        if before is not None and before != position:
            balance += 1 if position > before else -1
        previous[stream] = position
        left -= 1
        if abs(balance) > left:
            break  # the rest cannot outvote it
    return asked if balance == 0 else balance < 0
