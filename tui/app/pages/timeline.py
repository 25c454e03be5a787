"""The page of the timeline, where the user chooses how far it goes back and points at a moment."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.app import keys
from tui.app.commands import Owner
from tui.app.pages.page import Below, Page
from tui.app.view.timeline import QUARTER
from tui.app.view.view import ViewState
from tui.app.widgets.lines_view import Lines
from tui.content.past.timeline import COPIED, Timeline, timeline_blocks, timeline_lines
from tui.domain.times import HOUR

_SPANS: Final = (QUARTER, HOUR, 6 * HOUR, None)
"""The spans of the keys 1 to 4, ms; the last is the whole look-back."""
_FIRST: Final = 2
_SOON: Final = 0.02
"""The time until a timeline that took too long is continued, in seconds; keys are answered meanwhile."""


class TimelinePage(Page, inherit_bindings=False):
    """Shows the timeline of the tunnels on the board. It is redrawn only when the time of one cell has passed.

    `go_to`, if given, shows the moment that was pointed at, in ms.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,backspace", "leave", show=False),
        *keys.closing("timeline"),
        Binding("left,h", "point(-1)", show=False),
        Binding("right,l", "point(1)", show=False),
        Binding("shift+left", "point(-10)", show=False),
        Binding("shift+right", "point(10)", show=False),
        *keys.bindings(Owner.TIMELINE, Owner.EVERY_PAGE),
    ]

    def __init__(self, view_state: ViewState, *, below: Below, go_to: Callable[[int], None] | None = None) -> None:
        super().__init__(lambda: (timeline_blocks(self._copied(), utc=view_state.utc), "timeline"), below=below)
        self._view_state = view_state
        self._go_to = go_to
        self._span = _SPANS[_FIRST - 1]
        self._at: int | None = None
        """The moment under the cursor, ms; None follows the present, or the earlier moment that is shown."""
        self._strips = Lines(name="timeline", can_focus=True)

    def compose(self) -> ComposeResult:
        yield self._bars["page-status"]
        yield self._strips
        yield self._bars["page-keys"]

    def on_resize(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Show the present timeline, of a large fleet as soon as it is computed; until then the page stays as it is."""
        room = self._strips.room
        if room:
            shown = self._view_state.timeline_in_slices(span=self._span, width=room, at=self._at)
            if shown is None:
                self.set_timer(_SOON, self.renew)
            else:
                self._strips.show(timeline_lines(shown, room, utc=self._view_state.utc))
        self._bars["page-status"].show([self._below.status])
        self._bars["page-keys"].show([self._below.notice or keys.timeline_line()])

    def _shown(self, width: int) -> Timeline:
        return self._view_state.timeline(span=self._span, width=width, at=self._at)

    def _copied(self) -> Timeline:
        return self._shown(COPIED)

    @property
    def timeline_text(self) -> str:
        """The part of the timeline in view, as text."""
        return self._strips.text

    def action_span(self, number: int) -> None:
        """Go back as far as the key with this number means."""
        self._span = _SPANS[number - 1]
        self.renew()

    def action_point(self, cells: int) -> None:
        """Point at a moment some cells later or earlier; at the newest cell, follow the present."""
        shown = self._shown(self._strips.room)
        cursor = max(0, shown.cursor + cells)
        end = None if shown.shown is None else shown.until
        self._at = shown.grid.begin_of(cursor) if cursor < shown.grid.count - 1 else end
        self.renew()

    def action_event(self, direction: int) -> None:
        """Point at the next (1) or the previous (-1) event."""
        at = self._shown(self._strips.room).beside(direction)
        if at is not None:
            self._at = at
            self.renew()

    def action_now(self) -> None:
        """Follow the present."""
        self._at = None
        self.renew()

    def action_choose(self) -> None:
        """Show the moment that is pointed at."""
        if self._go_to is not None:
            moment = self._shown(self._strips.room).moment
            self.action_leave()
            self._go_to(moment)
