"""A list over the whole screen, of which the reader chooses one."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.screen import ModalScreen

from tui.app.lines_view import Lines
from tui.content.lines import EMPTY, Line, Span, line
from tui.content.tones import Background, Tone

Choice = tuple[str, str]
"""What is returned, and what is shown."""


class ChoiceList(Lines):
    """The choices, with a cursor on one."""

    class Chosen(Message):
        """It is to be the one under the cursor."""

    def __init__(self, choices: Sequence[Choice], *, chosen: str) -> None:
        super().__init__(name="choices", can_focus=True)
        self._choices = choices
        self.cursor = next((place for place, each in enumerate(choices) if each[0] == chosen), 0)

    @property
    def value(self) -> str:
        """The choice under the cursor."""
        return self._choices[self.cursor][0]

    def on_mount(self) -> None:
        self.move(0)

    def move(self, steps: int) -> None:
        """Move the cursor."""
        self.cursor = max(0, min(self.cursor + steps, len(self._choices) - 1))
        self.show([self._line(place) for place in range(len(self._choices))])
        self.reveal(self.cursor)

    def open(self) -> None:
        """Take the choice under the cursor."""
        self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        if event.y + self.top < len(self._choices):
            self.move(event.y + self.top - self.cursor)
            self.open()

    def _line(self, place: int) -> Line:
        is_here = place == self.cursor
        drawn = line(Span(" ▌ " if is_here else "   ", Tone.ACCENT), Span(self._choices[place][1]))
        return drawn.on(Background.SELECTED) if is_here else drawn


class Picker(ModalScreen[str | None]):
    """Asks which it is to be; None where the reader goes back without choosing."""

    BINDINGS: ClassVar = [Binding("escape,q,left,backspace", "leave", show=False)]

    def __init__(self, question: str, choices: Sequence[Choice], *, chosen: str, status: Callable[[], Line]) -> None:
        super().__init__()
        self._question, self._status = question, status
        self._list = ChoiceList(choices, chosen=chosen)

    def compose(self) -> ComposeResult:
        status, keys = Lines(name="page-status", ground=Background.BAR), Lines(name="page-keys", ground=Background.BAR)
        question = Lines(name="question")
        status.show([self._status()])
        question.show([EMPTY, line(Span(f" {self._question}", Tone.STRONG))])
        keys.show([_KEYS])
        yield status
        yield question
        yield self._list
        yield keys

    def on_mount(self) -> None:
        self._list.focus()

    @on(ChoiceList.Chosen)
    def take(self) -> None:
        """Leave with the choice under the cursor."""
        self.dismiss(self._list.value)

    def action_leave(self) -> None:
        """Go back without choosing."""
        self.dismiss(None)


_KEYS = Line(
    (
        *(Span(" enter", Tone.ACCENT), Span(" choose  ", Tone.QUIET)),
        *(Span("↑↓", Tone.ACCENT), Span(" move  ", Tone.QUIET)),
        *(Span("esc", Tone.ACCENT), Span(" back", Tone.QUIET)),
    ),
    Background.BAR,
)
