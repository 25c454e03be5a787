"""`tunnelwatch tail`: events as they arrive, each once and as far as possible in order of time."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from tui.content.past.known_changes import KnownChange, known_changes
from tui.domain.calls import Change
from tui.domain.events import Origin
from tui.domain.feed_state import FeedState
from tui.domain.knowledge.rule import Severity
from tui.domain.past.common_falls import CommonFall
from tui.domain.state.fleet import Applied, Fleet, Noted
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, Health, Transition
from tui.feed.source import Batch
from tui.headless.common_falls import CommonFalls
from tui.headless.tail_lines import Lines
from tui.headless.unlogged_changes import Unlogged, UnloggedChanges

MOST_HELD: Final = 100_000
"""Maximum number of events held for the look-back, some 100 MB."""
_LONGEST_WAIT: Final = 15_000
"""Milliseconds that live events may wait for the look-back; older events that it brings later are marked late."""

Wanted = Callable[[Noted], bool]


def changes_only(noted: Noted) -> bool:
    """Whether an event says that a BGP session came up or was lost; changes of a tunnel's health are no events."""
    return noted.entry.is_bgp_change


def at_least(severity: Severity) -> Wanted:
    """Return the filter for events of at least this severity; events that no rule knows pass, too."""

    def is_severe(noted: Noted) -> bool:
        explanation = noted.entry.explanation
        return explanation is None or explanation.severity.rank >= severity.rank

    return is_severe


class Tail:
    """A sink that prints. Until the look-back has been read it holds events back, to print them in order of time.

    It prints what happened or was ingested since `since`, ms. The fleet also takes in older events: the last ones of
    tunnels that have been silent for longer.
    """

    def __init__(
        self,
        fleet: Fleet,
        lines: Lines,
        *,
        since: int = 0,
        wanted: Wanted = lambda noted: True,
        attempts: bool = True,
        settled: bool = False,
        is_caught_up: Callable[[], bool],
        most_held: int = MOST_HELD,
    ) -> None:
        """`wanted` says which events are printed.

        Changes of health are always printed, but without `attempts` only those that come up or go down: a peer that
        retries every few seconds makes two changes each time. `settled` leaves out the changes that a tunnel that is
        not up makes and reverts at once, because lines within a set-up still show the earlier state. With `settled`
        and without `attempts`, a tunnel whose first line in the look-back shows it up has not come up then and is left
        out. `is_caught_up` is the pump's answer.
        """
        self._fleet = fleet
        self._lines = lines
        self._since = since
        self._wanted = wanted
        self._attempts = attempts
        self._settled = settled
        self._is_caught_up = is_caught_up
        self._most_held = most_held
        self._held: list[Noted] | None = []
        self._marks: list[Mark] = []
        """Notes that are not printed yet; each precedes the first event after it."""
        self._changes: list[KnownChange] = []
        """Changes at AWS that are not printed yet, in the same way."""
        self._known: set[tuple[str, Change]] = set()
        self._falls_seen = CommonFalls(fleet, since=since)
        self._common_falls: list[CommonFall] = []
        """Common falls that are not printed yet, in the same way."""
        self._unlogged_changes = UnloggedChanges(fleet)
        self._unlogged: list[Unlogged] = []
        """Changes of health that only EC2 reports and that are not printed yet, in the same way."""
        self._printed_until: dict[Tunnel, int] = {}
        self._feeds: dict[str, FeedState] = {}

    def __call__(self, batch: Batch, applied: Applied) -> None:
        """Print the contents of a batch."""
        if batch.state is not None:
            self._print_feed(batch.state, batch.source)
        self._marks.extend(batch.marks)
        if batch.inventory is not None:
            self._note_changes()
        self._falls_seen.note(applied)
        if self._held is None:
            self._common_falls += self._falls_seen.take()
            self._unlogged += self._unlogged_changes.take(of_all=batch.inventory is not None)
            self._print(applied.noted, applied.transitions)
            return
        self._held.extend(applied.noted)
        if self._is_caught_up() or self._has_waited_enough(self._held):
            self.release()

    def _note_changes(self) -> None:
        """Hold the changes at AWS that the previous inventory did not have; each answer brings all that are known."""
        changes = [change for connection in self._fleet.connections for change in known_changes(connection)]
        self._changes += [change for change in changes if (change.connection, change.change) not in self._known]
        self._changes.sort(key=lambda change: change.at)
        self._known = {(change.connection, change.change) for change in changes}

    def _has_waited_enough(self, held: list[Noted]) -> bool:
        """Whether too much has been held, or for too long: reading may fail while Live Tail works."""
        live = [noted.entry.raw.ingested_at for noted in held if noted.entry.raw.origin is Origin.LIVE]
        return len(held) > self._most_held or (bool(live) and live[-1] - live[0] > _LONGEST_WAIT)

    def release(self) -> None:
        """Print what was held, oldest first; from now on print events as they arrive."""
        if self._held is None:
            return
        held, self._held = self._held, None
        held.sort(key=lambda noted: noted.entry.key)
        self._common_falls += self._falls_seen.take()
        self._unlogged += self._unlogged_changes.take(of_all=True)
        changes = [(tunnel, change) for tunnel in self._fleet.tunnels for change in tunnel.history.transitions()]
        if self._settled and not self._attempts:
            changes = [(tunnel, change) for tunnel, change in changes if not _is_first_sight(change)]
        self._print(held, sorted(changes, key=_time_of_change))

    def _print(self, events: Iterable[Noted], changes: Iterable[tuple[Tunnel, Transition]]) -> None:
        """Print events, each followed by the changes of health that it made, then the changes without an event."""
        waiting: dict[Tunnel, list[Transition]] = {}
        printed: Counter[tuple[Tunnel, Transition]] = Counter()  # one second may contain the same change twice
        for tunnel, change in changes:
            if change.at >= self._since and (self._attempts or not _is_attempt(change)):
                waiting.setdefault(tunnel, []).append(change)
        if self._settled:
            waiting = {tunnel: _settled(changes_of) for tunnel, changes_of in waiting.items()}
        for noted in events:
            tunnel, entry = noted.tunnel, noted.entry
            if max(entry.at, entry.raw.ingested_at) < self._since:
                continue
            self._print_between(until=entry.at)
            if self._wanted(noted):
                self._print_event(noted)
            made = entry.state.transitions
            while (ahead := waiting.get(tunnel)) and made.count(ahead[0]) > printed[tunnel, ahead[0]]:
                printed[tunnel, ahead[0]] += 1
                self._lines.transition(tunnel, ahead.pop(0))
        left = [(tunnel, change) for tunnel, changes_left in waiting.items() for change in changes_left]
        for tunnel, change in sorted(left, key=_time_of_change):
            self._lines.transition(tunnel, change)
        self._print_between()
        self._lines.end_batch()

    def _print_between(self, *, until: int | None = None) -> None:
        """Print the notes, what AWS reports, and the common falls, as far as they precede an event."""
        if not self._marks and not self._changes and not self._common_falls and not self._unlogged:
            return
        while self._common_falls and (until is None or self._common_falls[0].end < until):
            self._lines.common_fall(self._common_falls.pop(0))
        due = [mark for mark in self._marks if until is None or mark.at <= until]
        self._marks = [mark for mark in self._marks if mark not in due]
        for mark in due:
            if mark.at >= self._since:
                self._lines.mark(mark)
        while self._changes and (until is None or self._changes[0].at <= until):
            change = self._changes.pop(0)
            if change.at >= self._since:
                self._lines.change(change)
        while self._unlogged and (until is None or self._unlogged[0].change.at <= until):
            tunnel, fallen = self._unlogged.pop(0)
            if fallen.at >= self._since:
                self._lines.unlogged(tunnel, fallen)

    def _print_event(self, noted: Noted) -> None:
        at = noted.entry.at
        newest = self._printed_until.get(noted.tunnel, at)
        self._printed_until[noted.tunnel] = max(at, newest)
        self._lines.event(noted, late=at < newest)

    def _print_feed(self, feed: FeedState, site: str) -> None:
        before = self._feeds.get(site)
        if before and (feed.mode, feed.reason, feed.notices) == (before.mode, before.reason, before.notices):
            return
        self._feeds[site] = feed
        self._lines.feed(feed, before, site=site)


def _is_attempt(change: Transition) -> bool:
    """Whether a tunnel that was not up starts or stops negotiating."""
    return {change.before, change.after} == {Health.DOWN, Health.NEGOTIATING}


def _is_first_sight(change: Transition) -> bool:
    """Whether a tunnel was up already when the first line told of it."""
    return (change.before, change.after) == (Health.UNKNOWN, Health.UP)


def _settled(changes: Iterable[Transition]) -> list[Transition]:
    """Return the changes without those reverted within a burst, between negotiating and down."""
    kept: list[Transition] = []
    for change in changes:
        last = kept[-1] if kept else None
        if last is not None and _is_attempt(last) and last.before is change.after and change.at - last.at <= BURST:
            kept.pop()
        else:
            kept.append(change)
    return kept


def _time_of_change(change: tuple[Tunnel, Transition]) -> int:
    return change[1].at
