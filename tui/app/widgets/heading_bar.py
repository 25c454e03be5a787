"""The two lines above the board: the connections in each state, and the headings. A click filters or sorts."""

from collections.abc import Mapping

from textual import events
from textual.message import Message

from tui.app.widgets.lines_view import Lines
from tui.content.board.board import Board
from tui.content.board.columns import heading_line, order_at
from tui.content.board.groups import Arrangement
from tui.content.board.order import Order
from tui.content.board.standings import standing_at, summary_line
from tui.domain.judgement.verdict import Verdict


class HeadingBar(Lines):
    """Draws the headings of the board's columns."""

    class Clicked(Message):
        """The user clicked on the heading of an order that the board can have."""

        def __init__(self, order: Order) -> None:
            super().__init__()
            self.order = order

    def __init__(self) -> None:
        super().__init__(name="heading")
        self._shown = Arrangement(Board(), ())
        self._has_recent = False

    def show_headings(self, shown: Arrangement, *, now: int, utc: bool, has_recent: bool) -> None:
        """Draw the headings of this board."""
        self._shown, self._has_recent = shown, has_recent
        self.show([heading_line(shown, self.room, now=now, utc=utc, has_recent=has_recent)])

    def on_click(self, event: events.Click) -> None:
        event.stop()
        order = order_at(self._shown, self.room, event.x, has_recent=self._has_recent)
        if order is not None:
            self.post_message(self.Clicked(order))


class SummaryBar(Lines):
    """Draws the number of connections of each standing; hidden if there are no counts."""

    class Clicked(Message):
        """The user clicked on the number of connections of a standing."""

        def __init__(self, standing: Verdict) -> None:
            super().__init__()
            self.standing = standing

    def __init__(self) -> None:
        super().__init__(name="summary")
        self._numbers: Mapping[Verdict, int] = {}

    def show_counts(self, numbers: Mapping[Verdict, int], *, only: Verdict | None, hint: str = "") -> None:
        """Draw these counts; the board shows `only` those of one standing. `hint` mentions keys for a large board."""
        self._numbers = numbers
        self.show([summary_line(numbers, self.room, only=only, hint=hint)] if numbers else [])

    def on_click(self, event: events.Click) -> None:
        event.stop()
        standing = standing_at(self._numbers, event.x)
        if standing is not None:
            self.post_message(self.Clicked(standing))
