"""A page over the whole screen: the details where there is no room beside the board, the help, the feed."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from tui.app.document_view import DocumentView
from tui.app.lines_view import Lines
from tui.content.blocks import Block
from tui.content.lines import Line, Span
from tui.content.tones import Background, Tone

Content = Callable[[], tuple[tuple[Block, ...], object]]
"""Returns a page's blocks as they are now, and what they are about."""


class Page(ModalScreen[None]):
    """Shows blocks until it is left; the app's tick keeps them up to date."""

    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark,left,backspace", "leave", show=False),
        Binding("y", "do('y')", show=False),
        Binding("g", "do('g')", show=False),
    ]

    def __init__(
        self,
        content: Content,
        *,
        status: Callable[[], Line],
        told: Callable[[], Line | None],
        does: Mapping[str, Callable[[], None]],
    ) -> None:
        super().__init__()
        self._content, self._status, self._told, self._does = content, status, told, does
        self._keys = _keys_line(does)
        # Made here and not in `compose`: the app's tick can come before that.
        self._bars = {name: Lines(name=name, ground=Background.BAR) for name in ("page-status", "page-keys")}
        self._sheet = DocumentView(name="page")

    def compose(self) -> ComposeResult:
        yield self._bars["page-status"]
        yield self._sheet
        yield self._bars["page-keys"]

    def on_mount(self) -> None:
        self.renew()

    def action_leave(self) -> None:
        """Go back to the board."""
        self.dismiss()

    def action_do(self, key: str) -> None:
        """Do what the key does on this page, if anything."""
        if key in self._does:
            self._does[key]()

    def renew(self) -> None:
        """Show the blocks as they are now."""
        blocks, about = self._content()
        self._sheet.show_blocks(blocks, about=about)
        self._bars["page-status"].show([self._status()])
        self._bars["page-keys"].show([self._told() or self._keys])


_LABELS: Final = {"esc q": "back", "↑↓": "scroll", "y": "copy", "g": "device"}


def _keys_line(does: Mapping[str, object]) -> Line:
    shown = [(key, label) for key, label in _LABELS.items() if len(key) > 1 or key in does]
    spans = [
        Span(text, tone)
        for key, label in shown
        for text, tone in ((f" {key}", Tone.ACCENT), (f" {label} ", Tone.QUIET))
    ]
    return Line(tuple(spans), Background.BAR)
