"""A list over the whole screen, from which the user chooses one entry."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.app import keys
from tui.app.pages.overlay import Cover
from tui.app.widgets.key_bar import KeyBar
from tui.app.widgets.lines_view import Lines
from tui.content.layout.lines import EMPTY, Line, Span, line
from tui.content.layout.tones import Background, Tone

Choice = tuple[str, str]
"""A value and its text."""

_KEYS: Final = keys.key_line((("enter", "choose"), ("↑↓", "move"), ("esc", "back")))


class ChoiceList(Lines):
    """The choices, with a cursor on one."""

    class Chosen(Message):
        """The user clicked on the entry under the cursor."""

    def __init__(self, choices: Sequence[Choice], *, chosen: str) -> None:
        super().__init__(name="choices", can_focus=True)
        self._choices = choices
        self.cursor = next((index for index, (value, _) in enumerate(choices) if value == chosen), 0)

    @property
    def value(self) -> str:
        """The value under the cursor."""
        return self._choices[self.cursor][0]

    def on_mount(self) -> None:
        self.move(0)

    def move(self, steps: int) -> None:
        """Move the cursor."""
        self.cursor = max(0, min(self.cursor + steps, len(self._choices) - 1))
        self.show([self._line(index) for index in range(len(self._choices))])
        self.reveal(self.cursor)

    def on_click(self, event: events.Click) -> None:
        if event.y + self.top < len(self._choices):
            self.move(event.y + self.top - self.cursor)
            self.post_message(self.Chosen())

    def _line(self, index: int) -> Line:
        is_selected = index == self.cursor
        drawn = line(Span(" ▌ " if is_selected else "   ", Tone.ACCENT), Span(self._choices[index][1]))
        return drawn.on(Background.SELECTED) if is_selected else drawn


class Picker(Cover[str | None]):
    """Asks for one of the choices; its result is the value, or None if the user goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,left,backspace", "leave", show=False),
        Binding("enter", "take", show=False),
        *keys.closing("choose_device"),
    ]

    def __init__(self, question: str, choices: Sequence[Choice], *, chosen: str, status: Callable[[], Line]) -> None:
        super().__init__()
        self._question, self._status = question, status
        self._list = ChoiceList(choices, chosen=chosen)

    def compose(self) -> ComposeResult:
        status, keys = Lines(name="page-status", background=Background.BAR), KeyBar(name="page-keys")
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
    def action_take(self) -> None:
        """Leave with the value under the cursor as the result."""
        self.dismiss(self._list.value)

    def action_leave(self) -> None:
        """Go back without choosing."""
        self.dismiss()
