"""The footer, in which a click on a key has the effect of the key."""

from collections.abc import Sequence

from textual import events

from tui.app import keys
from tui.app.widgets.lines_view import Lines
from tui.content.layout.lines import Line
from tui.content.layout.tones import Background


class KeyBar(Lines):
    """Draws a line of keys with their actions."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, background=Background.BAR)

    def show(self, lines: Sequence[Line]) -> None:
        """Draw a line with as many keys as fit, or any other line."""
        super().show([keys.whole_keys(line, self.size.width) for line in lines] if self.size.width else lines)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        key = keys.key_at(self.line_at(0), event.x) if self.count else None
        if key is not None:
            self.app.simulate_key(key)
