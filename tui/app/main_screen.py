"""The main screen: bars, board, messages and details, drawn from one snapshot, and what the keys do to them."""

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.app import keys
from tui.app.board_view import BoardView
from tui.app.copy_file import copy_to_file
from tui.app.document_view import DocumentView
from tui.app.key_bar import KeyBar
from tui.app.lines_view import Lines
from tui.app.message_log import MessageLog, title_line
from tui.app.page import Content, DetailPage, Page
from tui.app.picker import Picker
from tui.app.prompt import Prompt
from tui.app.status_bar import banner_lines, status_line
from tui.app.view_state import ViewState
from tui.content import placeholders
from tui.content.blocks import Block
from tui.content.board_lines import heading_line
from tui.content.feed_page import feed_blocks
from tui.content.lines import EMPTY, Line
from tui.content.messages import Filter, Message
from tui.content.share import tunnel_summary
from tui.content.snapshot import Snapshot
from tui.content.tones import Background, Tone
from tui.content.tunnel_page import message_blocks, tunnel_blocks
from tui.domain.devices import title, vendors

_NOTICE_SECONDS: Final = 6.0
_BOARD_SHARE: Final = 55
"""Percent of the screen's height that the board may take."""
_BARS: Final = {
    "status": Background.BAR,
    "banner": Background.PLAIN,
    "heading": Background.PLAIN,
    "title": Background.PLAIN,
}


class MainScreen(Screen[None]):
    """Draws snapshots of the view state, and tells it what the user selects."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Owner.SCREEN, keys.Owner.PAGE)

    def __init__(self, view_state: ViewState) -> None:
        super().__init__()
        self.view_state = view_state
        self.about_message = False
        self._snapshot = view_state.look()
        self._notice = EMPTY
        self._notice_until = 0.0
        self.bars = {name: Lines(name=name, ground=ground) for name, ground in _BARS.items()}
        self.bars["keys"] = KeyBar(name="keys")
        self.board = BoardView()
        self.messages = MessageLog(utc=view_state.utc)
        self.detail = DocumentView(name="detail")

    def compose(self) -> ComposeResult:
        yield self.bars["status"]
        yield self.bars["banner"]
        with Horizontal():
            with Vertical():
                yield self.bars["heading"]
                yield self.board
                yield self.bars["title"]
                yield self.messages
            yield self.detail
        yield self.bars["keys"]

    def on_mount(self) -> None:
        self.board.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.resettle)

    def resettle(self) -> None:
        """Give the board the height that its lines need now, and draw everything again."""
        self.board.styles.min_height = 0
        self.look()

    def look(self) -> None:
        """Look at the fleet and draw what changed."""
        self._snapshot = self.view_state.look()
        self._draw()
        self._renew_page()

    def _renew_page(self) -> None:
        if isinstance(self.app.screen, Page):
            self.app.screen.renew()

    def show_notice(self, text: str, *, tone: Tone = Tone.TEXT) -> None:
        """Say in the footer for some seconds what just happened; on the page, where one covers this screen."""
        self._notice = keys.notice_line(text, tone=tone)
        self._notice_until = self.view_state.clock.monotonic() + _NOTICE_SECONDS
        self.bars["keys"].show([self._notice])
        self._renew_page()

    def clear_notice(self) -> None:
        """Show the keys again: what the footer said is over."""
        self._notice_until = 0.0
        self._draw_keys()

    @property
    def notice(self) -> Line | None:
        """What the footer says at present instead of the keys."""
        return self._notice if self.view_state.clock.monotonic() < self._notice_until else None

    @property
    def status(self) -> Line:
        """The status bar, for pages that cover this one."""
        return self.bars["status"].line_at(0)

    @property
    def chosen(self) -> Message | None:
        """The message that the user last pointed at; None if it was a tunnel."""
        return self.messages.chosen if self.about_message else None

    def details(self) -> tuple[tuple[Block, ...], object]:
        """Return the details of what the user last pointed at, and what that is."""
        message, view = self.chosen, self.view_state
        subject = view.subject_of(message) if message else self._snapshot.subject
        if subject is None:
            return (), None
        if message is not None:
            blocks = message_blocks(message, subject, utc=view.utc, device=view.device)
            return blocks, (message.entry or message.change, message.kind)
        return tunnel_blocks(subject, utc=view.utc, device=view.device), subject.key

    def _draw(self) -> None:
        snapshot = self._snapshot
        self._draw_bars(snapshot)
        self._draw_board(snapshot)
        blocks = placeholders.log_blocks(
            snapshot.subject.tunnel if snapshot.subject else None,
            caught_up=snapshot.status.caught_up,
            is_filtered=bool(self.view_state.wanted),
            everywhere=self.view_state.everywhere,
            is_unread=self.view_state.is_unread,
        )
        self.messages.show_messages(snapshot.messages, now=snapshot.at, empty=blocks)
        title = self.messages.titled(snapshot.title)
        self.bars["title"].show([title_line(title, self.bars["title"].size.width, has_focus=self.messages.has_focus)])
        if self.detail.display:
            blocks, topic = self.details()
            self.detail.show_blocks(blocks, topic=topic)

    def _draw_bars(self, snapshot: Snapshot) -> None:
        width = self.size.width
        self.bars["status"].show([status_line(snapshot.status, width)])
        self.bars["heading"].show([heading_line(snapshot.board, self.bars["heading"].room, utc=self.view_state.utc)])
        banner = self.bars["banner"]
        lines = banner_lines(snapshot.status.feed, width, now=snapshot.status.now)
        if len(lines) != banner.count:
            banner.refresh(layout=True)
        banner.show(lines)
        self._draw_keys()

    def _draw_keys(self) -> None:
        self.bars["keys"].show([self.notice or keys.footer_line(self.size.width, tab=self._after_tab)])

    @property
    def _after_tab(self) -> str:
        """What the tab key would give the focus to."""
        panes = {self.board: "board", self.messages: "messages"}
        if self.detail.display:
            panes[self.detail] = "details"
        order = list(panes)
        here = order.index(self.focused) if self.focused in order else 0
        return panes[order[(here + 1) % len(order)]]

    def _draw_board(self, snapshot: Snapshot) -> None:
        status, board = snapshot.status, self.board
        blocks = placeholders.board_blocks(
            status.feed, caught_up=status.caught_up, hidden=snapshot.board.hidden, text=self.view_state.board_text
        )
        lines_before = board.count
        board.show_board(snapshot.board, selected=self.view_state.selected, empty=blocks)
        self._grow_board()
        if board.count != lines_before and not board.size.height:
            board.refresh(layout=True)

    def _grow_board(self) -> None:
        """Give the board the height that its lines need, if it has less; `resettle` alone makes it smaller.

        Causes that come and go would otherwise move the messages, and lay the whole screen out, twice a second.
        """
        needed = max(3, min(self.board.count, self.size.height * _BOARD_SHARE // 100))
        height = self.board.styles.min_height
        if height is None or needed > height.value:
            self.board.styles.min_height = needed

    @on(BoardView.Selected)
    def _select(self, selected: BoardView.Selected) -> None:
        self.view_state.select(selected.key)
        self.about_message = False
        self.messages.forget()
        self.look()

    @on(MessageLog.Moved)
    def _point(self) -> None:
        self.about_message = True
        self.view_state.keep_selection()
        self._draw()
        self._renew_page()

    def on_descendant_focus(self) -> None:
        """Keep the details as they are when the messages get the focus: only moving to a message points at it."""
        if self.focused is self.board:
            self.about_message = False
        else:
            self.view_state.keep_selection()
        self._draw()

    @on(MessageLog.Opened)
    def _open_message(self) -> None:
        self.about_message = True
        self._draw()
        self.open()

    @on(BoardView.Opened)
    def open(self) -> None:
        """Show the details: beside the board where there is room, else as a page."""
        self.view_state.keep_selection()
        if self.detail.display:
            self.detail.focus()
        else:
            self.show_page(self._detail_page())

    def show_page(self, page: Page) -> None:
        """Show a page over this screen, under the same status bar; nothing where another covers it already."""
        if self.is_active:
            self.app.push_screen(page, lambda _: self.clear_notice())

    def _page(self, content: Content) -> Page:
        return Page(content, status=lambda: self.status, notice=lambda: self.notice)

    def _detail_page(self) -> Page:
        return DetailPage(
            self.details,
            status=lambda: self.status,
            notice=lambda: self.notice,
            copy=self.action_copy,
            choose_device=self.action_choose_device,
            step=self.action_step,
        )

    def action_open(self) -> None:
        self.open()

    def action_back(self) -> None:
        """Undo one thing: the focus on the details, a search or filter, the news of all tunnels, the focus."""
        self.clear_notice()
        if self.focused is self.detail:
            (self.messages if self.about_message else self.board).focus()
        elif self.messages.needle or self.view_state.is_filtered:
            self.messages.needle = ""
            self.view_state.clear_filters()
            self.resettle()
        elif self.view_state.everywhere:
            self.action_everywhere()
        else:
            self.board.focus()

    def action_pause(self) -> None:
        self.view_state.toggle_pause()
        self.look()

    def action_problems(self) -> None:
        self.view_state.problems_only = not self.view_state.problems_only
        self.resettle()
        self.show_notice(
            "only connections in trouble; ! shows all" if self.view_state.problems_only else "all connections"
        )

    def action_unfold(self) -> None:
        self.view_state.unfolded = not self.view_state.unfolded
        self.look()
        self.show_notice("showing routine lines; u hides them" if self.view_state.unfolded else "routine lines hidden")

    def action_everywhere(self) -> None:
        self.view_state.everywhere = not self.view_state.everywhere
        self.about_message = False
        self.messages.forget()
        self.look()

    def action_step(self, direction: int) -> None:
        """Go to the next (1) or the previous (-1) tunnel; message, where the details are about one."""
        (self.messages if self.about_message else self.board).move(direction)

    async def action_search(self) -> None:
        if self.focused is self.board:
            await self._ask_for_tunnels()
        else:
            await self._ask("/", "text in the messages", self.messages.needle, self._search)

    async def _ask_for_tunnels(self) -> None:
        hint = "a name, an id, an address, a state"
        await self._ask("tunnels with", hint, self.view_state.board_text, self._filter_board)

    async def action_filter(self) -> None:
        if self.focused is self.board:
            await self._ask_for_tunnels()
        else:
            hint = "a text, or the word warning or error"
            await self._ask("messages with", hint, str(self.view_state.wanted), self._filter_messages)

    async def _ask(self, label: str, hint: str, value: str, answer: keys.Answer) -> None:
        if self.app.screen is self and not self.query(Prompt):
            self.clear_notice()
            prompt = Prompt(label, hint=hint, value=value, back=self.focused, answer=answer)
            await self.mount(prompt)
            prompt.take_focus()

    def _search(self, text: str, is_final: bool) -> None:
        self.messages.needle = text.strip().lower()
        self.look()
        if is_final and self.messages.needle:
            self.messages.focus()
            self.action_seek(-1 if self.messages.is_following else 0)

    def _filter_board(self, text: str, is_final: bool) -> None:
        self.view_state.board_text = text.strip()
        self.resettle()

    def _filter_messages(self, text: str, is_final: bool) -> None:
        self.view_state.wanted = Filter.read(text)
        self.look()

    def action_seek(self, direction: int) -> None:
        match = self.messages.seek(direction)
        if match:
            self.show_notice(f"match {match[0]} of {match[1]}   n next  N previous  esc done")
        elif self.messages.needle:
            self.show_notice(f"nothing contains “{self.messages.needle}”", tone=Tone.WARNING)
        else:
            self.show_notice("/ in the messages searches them", tone=Tone.QUIET)

    def action_copy(self) -> None:
        message = self.chosen
        subject = self.view_state.subject_of(message) if message else self._snapshot.subject
        if subject is None:
            return
        place = self._snapshot.status.place
        entry = message.newest if message else None
        text = tunnel_summary(subject, entry, device=self.view_state.device, place=place)
        self.app.copy_to_clipboard(text)
        try:
            self.show_notice(f"copied; also in {copy_to_file(text)}")
        except OSError as error:
            self.show_notice(f"sent to the terminal's clipboard; no file: {error.strerror or error}", tone=Tone.WARNING)

    def action_choose_device(self) -> None:
        if isinstance(self.app.screen, Picker):
            return
        choices = [("", "not chosen: checks in general words"), *((vendor, title(vendor)) for vendor in vendors())]
        question = "The customer's device: checks are shown as its commands"
        picker = Picker(question, choices, chosen=self.view_state.device or "", status=lambda: self.status)
        self.app.push_screen(picker, self._take_device)

    def _take_device(self, device: str | None) -> None:
        if device is not None:
            self.view_state.device = device or None
            self.look()
            self.show_notice(
                f"checks are shown for {title(device)}" if device else "no device: checks in general words"
            )

    def action_retry(self) -> None:
        """Have the feed try again what failed; a feed without trouble is left alone."""
        pump, feed = self.view_state.pump, self._snapshot.status.feed
        if pump is None or not (feed.reason or feed.notices):
            self.show_notice("the feed waits for nothing", tone=Tone.QUIET)
            return
        pump.retry()
        self.show_notice("trying again")

    def action_about_feed(self) -> None:
        self.show_page(self._page(lambda: (feed_blocks(self._snapshot.status), "feed")))

    def action_help(self) -> None:
        self.show_page(self._page(lambda: (keys.help_blocks(), "help")))
