"""A page over the whole screen: the details where there is no room beside the board, the help, the feed."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from tui.app.lines import Line, Lines, Span
from tui.app.sheet import Block, SheetView
from tui.app.theme import Ground, Tone

Content = Callable[[], tuple[tuple[Block, ...], object]]
"""Returns a page's blocks as they are now, and what they are about."""


class Page(ModalScreen[None]):
    """Shows blocks until it is left; the app's tick keeps them up to date."""

    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark,left,backspace", "leave", show=False),
        Binding("y", "copy", show=False),
        Binding("g", "choose_device", show=False),
    ]

    def __init__(
        self,
        content: Content,
        *,
        status: Callable[[], Line],
        copy: Callable[[], None],
        choose_device: Callable[[], None],
    ) -> None:
        super().__init__()
        self._content, self._status = content, status
        self._copy, self._choose_device = copy, choose_device
        # Made here and not in `compose`: the app's tick can come before that.
        self._bars = {name: Lines(name=name, ground=Ground.BAR) for name in ("page-status", "page-keys")}
        self._sheet = SheetView(name="page")

    def compose(self) -> ComposeResult:
        yield self._bars["page-status"]
        yield self._sheet
        yield self._bars["page-keys"]

    def on_mount(self) -> None:
        self.renew()

    def action_leave(self) -> None:
        """Go back to the board."""
        self.dismiss()

    def action_copy(self) -> None:
        """Copy what the page is about."""
        self._copy()

    def action_choose_device(self) -> None:
        """Choose the customer's device, whose commands the page then has."""
        self._choose_device()

    def renew(self) -> None:
        """Show the blocks as they are now."""
        blocks, about = self._content()
        self._sheet.show_blocks(blocks, about=about)
        self._bars["page-status"].show([self._status()])
        self._bars["page-keys"].show([_KEYS])


_KEYS = Line(
    (
        *(Span(" esc", Tone.ACCENT), Span(" back  ", Tone.QUIET)),
        *(Span("↑↓", Tone.ACCENT), Span(" scroll  ", Tone.QUIET)),
        *(Span("y", Tone.ACCENT), Span(" copy  ", Tone.QUIET)),
        *(Span("g", Tone.ACCENT), Span(" device", Tone.QUIET)),
    ),
    Ground.BAR,
)
