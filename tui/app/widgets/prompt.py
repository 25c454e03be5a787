"""The prompt at the bottom, for a search or a filter."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from tui.app.widgets.lines_view import Lines
from tui.content.layout.lines import Span, line
from tui.content.layout.tones import Background, Tone

Answer = Callable[[str, bool], None]
"""Receives what the user has typed so far, and whether it is final."""


class Prompt(Horizontal):
    """Asks for a text in place of the footer. `answer` receives it at each letter; escape restores the earlier text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    def __init__(self, label: str, *, hint: str, value: str, back: Widget | None, answer: Answer) -> None:
        super().__init__(id="prompt")
        self._label = line(Span(f" {label} ", Tone.ACCENT), background=Background.BAR)
        self._input = Input(value, placeholder=hint, compact=True)
        # A blinking cursor would be the only thing on this screen to send bytes at rest.
        self._input.cursor_blink = False
        self._before, self._back, self._answer = value, back, answer

    def compose(self) -> ComposeResult:
        label = Lines(name="prompt-label", background=Background.BAR)
        label.styles.width = len(self._label.text) + 1
        label.show([self._label])
        yield label
        yield self._input

    def on_mount(self) -> None:
        self.screen.add_class("-asking")

    def take_focus(self) -> None:
        """Receive the keys from now on, including earlier ones that are still queued."""
        self.screen.set_focus(self._input)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._answer(event.value, False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave(event.value)

    def action_cancel(self) -> None:
        """Leave, and restore the earlier text."""
        self._leave(self._before)

    def _leave(self, text: str) -> None:
        self.screen.remove_class("-asking")
        if self._back is not None:
            self._back.focus()
        self._answer(text, True)
        self.remove()
