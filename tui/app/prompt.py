"""The line at the bottom in which the reader writes what to search or to filter for."""

from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input

from tui.app.keys import Answer


class Prompt(Input):
    """Asks for a text. Every letter is answered at once; escape puts back what was there before."""

    BINDINGS: ClassVar = [Binding("escape", "cancel", show=False)]

    def __init__(self, hint: str, *, value: str, back: Widget | None, answer: Answer) -> None:
        super().__init__(value, placeholder=hint, id="prompt", compact=True)
        # A blinking cursor would be the only thing on this screen that sends bytes for nothing.
        self.cursor_blink = False
        self._before, self._back, self._answer = value, back, answer

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_attached and event.value != self._before:
            self._answer(event.value, False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave(event.value)

    def action_cancel(self) -> None:
        """Leave, and take back what was written."""
        self._leave(self._before)

    def _leave(self, text: str) -> None:
        if self._back is not None:
            self._back.focus()
        self._answer(text, True)
        self.remove()
