"""The footer: a click on a key does what the key does."""

from textual import events

from tui.app import keys
from tui.app.lines_view import Lines
from tui.content.tones import Background


class KeyBar(Lines):
    """Draws a line of keys with what they do."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, background=Background.BAR)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        key = keys.key_at(self.line_at(0), event.x) if self.count else None
        if key is not None:
            self.app.simulate_key(key)
