"""Pages over the whole screen: the details if there is no room beside the board, the help, the feed."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.app import keys
from tui.app.commands import Owner
from tui.app.pages.overlay import Cover
from tui.app.widgets.document_view import DocumentView
from tui.app.widgets.key_bar import KeyBar
from tui.app.widgets.lines_view import Lines
from tui.content.layout.blocks import Block
from tui.content.layout.lines import Line
from tui.content.layout.tones import Background

Content = Callable[[], tuple[tuple[Block, ...], object]]
"""Returns a page's present blocks, and their topic."""

_BACK: Final = ("esc q", "back")
_KEYS: Final = (_BACK, ("↑↓", "scroll"))


class Below(Protocol):
    """The screen below a page, whose bars appear on the page and which handles some of the page's keys."""

    @property
    def status(self) -> Line: ...

    @property
    def notice(self) -> Line | None: ...

    def playing_line(self, *first: tuple[str, str]) -> Line | None: ...

    def copy_page(self, blocks: Sequence[Block]) -> None: ...

    def action_everywhere(self) -> None: ...

    async def run_action(self, action: str) -> None: ...


class Page(Cover[None]):
    """Shows blocks until the user goes back; the app's tick keeps them up to date."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,left,backspace", "leave", show=False),
        *keys.bindings(Owner.EVERY_PAGE),
    ]
    keys_line: ClassVar[Line] = keys.key_line((*_KEYS, *keys.labels(Owner.EVERY_PAGE)))

    def __init__(self, content: Content, *, below: Below) -> None:
        super().__init__()
        self._content, self._below = content, below
        # Created here instead of in `compose`, because the app's tick may come before that.
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
        """Show the present blocks."""
        blocks, topic = self._content()
        self._document.show_blocks(blocks, topic=topic)
        self._bars["page-status"].show([self._below.status])
        self._bars["page-keys"].show([self._below.notice or self.footer()])

    def footer(self) -> Line:
        """Return the keys of this page."""
        return self.keys_line

    def action_copy_page(self) -> None:
        """Copy everything that the page shows."""
        blocks, _ = self._content()
        self._below.copy_page(blocks)


class HelpPage(Page):
    """The help page."""

    BINDINGS: ClassVar[list[BindingType]] = keys.closing("help")


class FeedPage(Page):
    """The page about the source of the data."""

    BINDINGS: ClassVar[list[BindingType]] = keys.closing("about_feed")


class DetailPage(Page):
    """The page of a tunnel or a message; the keys that concern these work as on the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings(Owner.PAGE, Owner.DETAILS, through="below"),
        *keys.on_key_of("everywhere", "everywhere"),
        *keys.closing("open"),
    ]
    keys_line: ClassVar[Line] = keys.key_line((*_KEYS, *keys.labels(Owner.PAGE, Owner.EVERY_PAGE)))

    def footer(self) -> Line:
        """Return the footer; while an earlier moment is shown, the keys that move in time."""
        return self._below.playing_line(_BACK) or self.keys_line

    async def action_below(self, action: str) -> None:
        """Do what the key does on the screen below: its effect is visible on this page, too."""
        await self._below.run_action(action)

    def action_everywhere(self) -> None:
        """Leave this page and show the messages of all tunnels below the board."""
        self.dismiss()
        self._below.action_everywhere()
