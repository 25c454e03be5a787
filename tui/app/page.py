"""A page over the whole screen: the details where there is no room beside the board, the help, the feed."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.app import keys
from tui.app.document_view import DocumentView
from tui.app.key_bar import KeyBar
from tui.app.lines_view import Lines
from tui.app.overlay import Overlay
from tui.content.blocks import Block
from tui.content.lines import Line
from tui.content.tones import Background

Content = Callable[[], tuple[tuple[Block, ...], object]]
"""Returns a page's blocks as they are now, and what they are about."""

_KEYS: Final = (("esc q", "back"), ("↑↓", "scroll"))


class Page(Overlay[None]):
    """Shows blocks until the user goes back; the app's tick keeps them up to date.

    `status` and `notice` are the bars of the screen below: its status, and what just happened there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,left,backspace", "leave", show=False),
    ]
    keys_line: ClassVar[Line] = keys.key_line(_KEYS)

    def __init__(self, content: Content, *, status: Callable[[], Line], notice: Callable[[], Line | None]) -> None:
        super().__init__()
        self._content, self._status, self._notice = content, status, notice
        # Made here and not in `compose`: the app's tick can come before that.
        self._bars = {
            "page-status": Lines(name="page-status", background=Background.BAR),
            "page-keys": KeyBar(name="page-keys"),
        }
        self._document = DocumentView(name="page")

    def compose(self) -> ComposeResult:
        yield self._bars["page-status"]
        yield self._document
        yield self._bars["page-keys"]

    def on_mount(self) -> None:
        self.renew()

    def action_leave(self) -> None:
        """Go back to the board."""
        self.dismiss()

    def renew(self) -> None:
        """Show the blocks as they are now."""
        blocks, topic = self._content()
        self._document.show_blocks(blocks, topic=topic)
        self._bars["page-status"].show([self._status()])
        self._bars["page-keys"].show([self._notice() or self.keys_line])


class DetailPage(Page):
    """The page of a tunnel or a message: the keys that concern these do the same as on the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Owner.PAGE)
    keys_line: ClassVar[Line] = keys.key_line((*_KEYS, *keys.labels(keys.Owner.PAGE)))

    def __init__(
        self,
        content: Content,
        *,
        status: Callable[[], Line],
        notice: Callable[[], Line | None],
        copy: Callable[[], None],
        choose_device: Callable[[], None],
        step: Callable[[int], None],
    ) -> None:
        super().__init__(content, status=status, notice=notice)
        self._copy, self._choose_device, self._step = copy, choose_device, step

    def action_copy(self) -> None:
        """Copy what the page is about."""
        self._copy()

    def action_choose_device(self) -> None:
        """Ask for the customer's device."""
        self._choose_device()

    def action_step(self, direction: int) -> None:
        """Show the next (1) or the previous (-1) tunnel or message."""
        self._step(direction)
