"""The knowledge about the watched tunnels and the feed, updated batch by batch."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.feed_state import FeedState, combine
from tui.domain.state.fleet import Applied, Fleet
from tui.domain.usage import Usage, total
from tui.feed.source import Batch

_AT_ONCE: Final = 500
"""The events applied without a pause, which takes about 8 ms, and as much again in the sinks."""


def parts(batch: Batch) -> Iterator[Batch]:
    """Yield a large batch in parts; the last part carries everything that describes the whole batch.

    What a fleet forgets depends on how its events were divided, so every consumer, live or from a recording, divides
    batches this way.
    """
    events = batch.events
    while len(events) > _AT_ONCE:
        yield Batch(events[:_AT_ONCE], inventory=batch.inventory, source=batch.source)
        batch, events = replace(batch, inventory=None), events[_AT_ONCE:]
    yield replace(batch, events=events)


class Intake:
    """A fleet and the state of its feed. The same batches always lead to the same knowledge."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        states: Mapping[str, FeedState] | None = None,
        caught_up: Mapping[str, bool] | None = None,
    ) -> None:
        self.fleet = fleet
        self.states = dict(states or {})
        """The state of each source, by name."""
        self.state = combine(self.states)
        """The state of the feed; for several sources, that of the worst with the remarks of all."""
        self.caught_up_by_source = dict(caught_up or {})
        self._usages: dict[str, Usage] = {}

    @property
    def usage(self) -> Usage | None:
        """The sources' combined usage of AWS so far; None if they use nothing, like a recording."""
        return total(self._usages.values()) if self._usages else None

    @property
    def caught_up(self) -> bool:
        """Whether every known source has read its look-back."""
        return bool(self.caught_up_by_source) and all(self.caught_up_by_source.values())

    @property
    def is_reading_look_back(self) -> bool:
        """Whether a source is still reading its look-back, or none is known yet; one in trouble does not count."""
        return not self.caught_up_by_source or any(
            not is_read and self.states.get(source, FeedState()).trouble is None
            for source, is_read in self.caught_up_by_source.items()
        )

    def take(self, batch: Batch) -> Applied:
        """Apply one batch to the fleet; return what it changed."""
        if batch.marks:
            self.fleet.mark(batch.marks)
        if batch.is_note:
            return Applied()
        source = batch.source
        if batch.has_given_way:
            self.states.pop(source, None)
            self.caught_up_by_source.pop(source, None)
            self.state = combine(self.states)
            return Applied()
        if batch.usage is not None:
            self._usages[source] = batch.usage
        if batch.state is not None:
            self.states[source] = batch.state
            self.state = combine(self.states)
        if batch.inventory is not None:
            self.fleet.learn(batch.inventory, source=source)
        applied = self.fleet.apply(batch.events, moved=batch.moved, watermark=batch.watermark, source=source)
        self.caught_up_by_source[source] = self.caught_up_by_source.get(source, False) or batch.caught_up
        return applied
