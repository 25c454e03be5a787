"""`tunnelwatch tail`: events as they come, each with its explanation, as text or as JSON lines."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from tui.domain.events import Origin
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.fleet import Applied, Fleet, Noted, Tunnel
from tui.domain.text import clean
from tui.domain.times import clock_time, day, zone
from tui.domain.tunnel import Transition
from tui.feed.aws.errors import FeedError
from tui.feed.source import Batch
from tui.headless.json_documents import event_document, feed_document, transition_document

Print = Callable[[str], object]
_MOST_HELD: Final = 100_000
_LONGEST_WAIT: Final = 15_000
"""Milliseconds of live events that may wait for the look-back; what it brings later is then marked late."""
_SYMBOLS = {"ok": "●", "info": "·", "warning": "▲", "error": "✖"}


class Tail:
    """A sink that prints. Until the look-back is read it holds back, so that history comes out in order of time.

    What is older than `since` and was not ingested after it is the model's business alone: the last lines of tunnels
    that have been silent for longer. Where nothing can be read from the start, and waiting would not help, FeedError.
    """

    def __init__(self, fleet: Fleet, write: Print, *, as_json: bool, utc: bool = True, since: int = 0) -> None:
        self._fleet = fleet
        self._write = write
        self._json = as_json
        self._utc = utc
        self._since = since
        self._has_begun = False
        self._held: list[Noted] | None = []
        self._printed: dict[Tunnel, int] = {}
        self._feed: FeedState | None = None
        self._day = ""

    def __call__(self, batch: Batch, applied: Applied) -> None:
        """Print what a batch brought."""
        if batch.state is not None:
            self._begin(batch.state)
            self._print_feed(batch.state)
        if self._held is not None:
            self._held.extend(applied.noted)
            if batch.caught_up or self._has_waited_enough():
                self.release()
            return
        self._print(applied.noted, applied.transitions)

    def _begin(self, feed: FeedState) -> None:
        self._has_begun = self._has_begun or feed.mode in (FeedMode.LIVE, FeedMode.POLLING)
        if feed.mode is FeedMode.OFFLINE and not self._has_begun and not (feed.trouble and feed.trouble.is_passing):
            raise FeedError(feed.reason, feed.trouble or ErrorKind.REFUSED)

    def _has_waited_enough(self) -> bool:
        """Whether the look-back keeps what is new waiting: the record fails, and Live Tail works."""
        held = self._held or []
        live = [noted.entry.raw.ingested_at for noted in held if noted.entry.raw.origin is Origin.LIVE]
        return len(held) > _MOST_HELD or (bool(live) and live[-1] - live[0] > _LONGEST_WAIT)

    def release(self) -> None:
        """Print what was held back, oldest first; from now on events are printed as they come."""
        if self._held is None:
            return
        held, self._held = self._held, None
        held.sort(key=lambda noted: noted.entry.key)
        changes = [(tunnel, change) for tunnel in self._fleet.tunnels for change in tunnel.state.transitions]
        self._print(held, sorted(changes, key=lambda each: each[1].at))

    def _print(self, noted: Iterable[Noted], changes: Iterable[tuple[Tunnel, Transition]]) -> None:
        """Print events, each change of health behind the event that made it, and the changes that none of them made."""
        waiting: dict[Tunnel, list[Transition]] = {}
        printed: Counter[tuple[Tunnel, Transition]] = Counter()  # one second can hold the same change twice
        for tunnel, change in changes:
            if change.at >= self._since:
                waiting.setdefault(tunnel, []).append(change)
        for each in noted:
            if max(each.entry.at, each.entry.raw.ingested_at) < self._since:
                continue
            self._print_event(each)
            made = each.entry.state.transitions
            while (ahead := waiting.get(each.tunnel)) and made.count(ahead[0]) > printed[each.tunnel, ahead[0]]:
                printed[each.tunnel, ahead[0]] += 1
                self._print_transition(each.tunnel, ahead.pop(0))
        for tunnel, change in sorted(
            ((tunnel, change) for tunnel, left in waiting.items() for change in left), key=lambda each: each[1].at
        ):
            self._print_transition(tunnel, change)

    def _print_event(self, noted: Noted) -> None:
        at = noted.entry.at
        last = self._printed.get(noted.tunnel)
        late = last is not None and at < last
        self._printed[noted.tunnel] = at if last is None else max(at, last)
        if self._json:
            self._write(json.dumps(event_document(noted, late=late)))
            return
        if (today := f"{day(at, utc=self._utc)}, {zone(at, utc=self._utc)}") != self._day:
            self._day = today
            self._write(f"-- {today}")
        explanation = noted.entry.explanation
        symbol = _SYMBOLS[explanation.severity.value] if explanation else "?"
        meaning = f"  [{explanation.brief}]" if explanation and explanation.brief else ""
        self._write(
            f"{clock_time(at, utc=self._utc)} {self._place(noted.tunnel)} {symbol} {noted.entry.event.message}{meaning}"
            + ("  (late)" if late else "")
        )

    def _print_transition(self, tunnel: Tunnel, change: Transition) -> None:
        if self._json:
            self._write(json.dumps(transition_document(tunnel, change)))
        else:
            self._write(
                f"{clock_time(change.at, utc=self._utc)} {self._place(tunnel)}"
                f" ⇒ {change.before.value} → {change.after.value}"
            )

    def _print_feed(self, feed: FeedState) -> None:
        before = self._feed
        if before and (feed.mode, feed.reason, feed.notices) == (before.mode, before.reason, before.notices):
            return
        self._feed = feed
        if self._json:
            self._write(json.dumps(feed_document(feed)))
            return
        if before is None or (feed.mode, feed.reason) != (before.mode, before.reason):
            self._write(f"-- feed {feed.mode.value}" + (f": {clean(feed.reason)}" if feed.reason else ""))
        for notice in feed.notices:
            if before is None or notice not in before.notices:
                self._write(f"-- {clean(notice)}")

    def _place(self, tunnel: Tunnel) -> str:
        connection = self._fleet.connection(tunnel.connection)
        name = clean(connection.name) if connection and connection.name else tunnel.connection
        return f"{name} {tunnel.outside_ip}".strip()
