"""The parts of the main screen (bars, board, messages and details), drawn from one snapshot."""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.app import keys
from tui.app.pages.page import DetailPage, Page
from tui.app.view.view import ViewState
from tui.app.widgets.board_view import BoardView
from tui.app.widgets.document_view import DocumentView
from tui.app.widgets.heading_bar import HeadingBar, SummaryBar
from tui.app.widgets.key_bar import KeyBar
from tui.app.widgets.lines_view import Lines
from tui.app.widgets.message_log import MessageLog, title_line
from tui.app.widgets.prompt import Answer, Prompt
from tui.app.widgets.status_bar import banner_lines, status_line
from tui.content import placeholders
from tui.content.board.groups import FoldKey
from tui.content.board.lines import Look, Recent
from tui.content.layout.blocks import Block
from tui.content.layout.lines import EMPTY, Line
from tui.content.layout.tones import Background, Tone
from tui.content.message_title import news_scope
from tui.content.messages.messages import Message
from tui.content.snapshot import Snapshot
from tui.content.tunnel.page import message_blocks, tunnel_blocks

_PATIENCE: Final = 45.0
"""Seconds from the start within which the first event usually arrives."""
_NOTICE_SECONDS: Final = 6.0
_VAST: Final = 160
"""Columns from which the board may show the last hour."""
_BOARD_SHARE: Final = 55
"""Maximum share of the screen's height for the board, percent."""
_TALL: Final = 20
"""Lines from which the screen has room for the summary."""
_BARS: Final = {
    "status": Background.BAR,
    "banner": Background.PLAIN,
    "title": Background.PLAIN,
}


class Dashboard(Screen[None]):
    """Draws snapshots of the view state. The subclass `MainScreen` handles keys and mouse."""

    def __init__(self, view_state: ViewState) -> None:
        super().__init__()
        self.view_state = view_state
        self.about_message = False
        self.snapshot = view_state.look()
        self._offers_at: float | None = view_state.clock.monotonic() + _PATIENCE
        self._notice = EMPTY
        self._notice_until = 0.0
        self.bars = {name: Lines(name=name, background=background) for name, background in _BARS.items()}
        self.bars |= {"keys": KeyBar(name="keys")}
        self.heading, self.summary = HeadingBar(), SummaryBar()
        self.bars |= {"heading": self.heading, "summary": self.summary}
        self.board = BoardView()
        self.messages = MessageLog(utc=view_state.utc)
        self.detail = DocumentView(name="detail")

    def compose(self) -> ComposeResult:
        yield self.bars["status"]
        yield self.bars["banner"]
        with Horizontal():
            with Vertical():
                yield self.summary
                yield self.heading
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
        """Give the board the height that its lines need now, and redraw everything."""
        self.board.styles.min_height = 0
        self.look()

    def look(self) -> None:
        """Take a new snapshot of the fleet and draw what changed."""
        self.view_state.board.room = self._most_for_board
        self.snapshot = self.view_state.look()
        self._offer_checkup()
        self._draw()
        self._renew_page()

    def _offer_checkup(self) -> None:
        """Suggest the checkup, once, if the look-back was empty and nothing has arrived for a while."""
        status = self.snapshot.status
        if status.newest is not None or self.view_state.examinations is None:
            self._offers_at = None
        elif self._offers_at is not None and self.view_state.clock.monotonic() >= self._offers_at:
            self._offers_at = None
            text = f"nothing has arrived yet; {keys.key_names().doctor} looks for the reason"
            self.show_notice(text, tone=Tone.WARNING)

    def _renew_page(self) -> None:
        if isinstance(self.app.screen, Page):
            self.app.screen.renew()

    async def ask(self, label: str, hint: str, value: str, answer: Answer) -> None:
        """Open a prompt in place of the footer, or of the details' footer if they cover this screen.

        Does nothing while a prompt is open, or while another page covers this screen.
        """
        screen = self.app.screen
        if (screen is self or isinstance(screen, DetailPage)) and not screen.query(Prompt):
            self.clear_notice()
            prompt = Prompt(label, hint=hint, value=value, back=screen.focused, answer=answer)
            await screen.mount(prompt)
            prompt.take_focus()

    def show_notice(self, text: str, *, tone: Tone = Tone.TEXT) -> None:
        """Show a notice in the footer for some seconds; on the page, if one covers this screen."""
        self._notice = keys.notice_line(text, tone=tone)
        self._notice_until = self.view_state.clock.monotonic() + _NOTICE_SECONDS
        self.bars["keys"].show([self._notice])
        self._renew_page()

    def may_write(self) -> bool:
        """Return whether a note or a file may be written; show a notice if not."""
        if self.view_state.is_read_only:
            self.show_notice("read-only: notes and files are made where the watch runs", tone=Tone.QUIET)
        return not self.view_state.is_read_only

    def clear_notice(self) -> None:
        """Remove the notice and show the keys again."""
        self._notice_until = 0.0
        self._draw_keys()

    @property
    def notice(self) -> Line | None:
        """The notice that the footer shows at present instead of the keys."""
        return self._notice if self.view_state.clock.monotonic() < self._notice_until else None

    @property
    def status(self) -> Line:
        """The status bar, for pages that cover this screen."""
        return self.bars["status"].line_at(0)

    @property
    def chosen(self) -> Message | None:
        """The message that the user last pointed at; None if it was a tunnel."""
        return self.messages.chosen if self.about_message else None

    def details(self) -> tuple[tuple[Block, ...], object]:
        """Return the details of what the user last pointed at, and their topic."""
        message, view = self.chosen, self.view_state
        subject = view.subject_of(message) if message else self.snapshot.subject
        if isinstance(fold := view.board.cursor, FoldKey) and message is None:
            return placeholders.fold_blocks(fold.standing, keys=keys.key_names()), fold
        if subject is None:
            return (), None
        names = keys.key_names()
        if message is not None:
            blocks = message_blocks(message, subject, utc=view.utc, device=view.device_of(subject), keys=names)
            return blocks, (message.entry or message.change or message.mark or message.common, message.kind)
        return tunnel_blocks(subject, utc=view.utc, device=view.device_of(subject), keys=names), subject.key

    def _draw(self) -> None:
        snapshot = self.snapshot
        self._draw_bars(snapshot)
        self._draw_board(snapshot)
        blocks = self._in_place_of_messages(snapshot)
        self.messages.show_messages(snapshot.messages, now=snapshot.at, empty=blocks)
        title = self.messages.titled(snapshot.title)
        self.bars["title"].show([title_line(title, self.bars["title"].size.width, has_focus=self.messages.has_focus)])
        if self.detail.display:
            blocks, topic = self.details()
            self.detail.show_blocks(blocks, topic=topic)

    def _in_place_of_messages(self, snapshot: Snapshot) -> tuple[Block, ...]:
        """Return the text for an empty list of messages."""
        board, log = self.view_state.board, self.view_state.log
        if isinstance(board.cursor, FoldKey) and not log.everywhere:
            return placeholders.fold_blocks(board.cursor.standing, keys=keys.key_names())
        return placeholders.log_blocks(
            snapshot.subject.tunnel if snapshot.subject else None,
            caught_up=snapshot.status.caught_up,
            is_filtered=bool(log.wanted),
            everywhere=log.everywhere,
            is_unread=self.view_state.is_unread,
            only=news_scope(snapshot.board, board.wanted),
            keys=keys.key_names(),
        )

    def _draw_bars(self, snapshot: Snapshot) -> None:
        width = self.size.width
        self.bars["status"].show([status_line(snapshot.status, width)])
        self.heading.show_headings(
            snapshot.shown, now=snapshot.status.now, utc=self.view_state.utc, has_recent=self._recent is not None
        )
        self._draw_summary(snapshot)
        banner = self.bars["banner"]
        lines = banner_lines(snapshot.status, width)
        if len(lines) != banner.count:
            banner.refresh(layout=True)
        banner.show(lines)
        self._draw_keys()

    def _draw_summary(self, snapshot: Snapshot) -> None:
        """Draw the number of connections in each state above the board, if the board has no room for all of them."""
        whole = snapshot.status.board
        lines = len(whole.connections) + whole.tunnel_count
        is_wanted = self.size.height >= _TALL and lines > self._most_for_board
        if is_wanted is not bool(self.summary.count):
            self.summary.refresh(layout=True)
        only = self.view_state.board.wanted.standing
        hint = keys.hint("sort", "group", "map") if is_wanted else ""
        self.summary.show_counts(whole.standings if is_wanted else {}, only=only, hint=hint)

    @property
    def _most_for_board(self) -> int:
        """The maximum number of lines for the board."""
        return self.size.height * _BOARD_SHARE // 100

    @property
    def _recent(self) -> Recent | None:
        """The function that gives a tunnel's last hour, if the board has room for it."""
        return self.view_state.recent if self.size.width >= _VAST else None

    def _draw_keys(self) -> None:
        self.bars["keys"].show([self.notice or self._keys_line()])

    def _keys_line(self) -> Line:
        return self.playing_line() or keys.footer_line(self.size.width, tab=self._after_tab)

    def playing_line(self, *first: tuple[str, str]) -> Line | None:
        """Return the footer while an earlier moment is shown, beginning with the `first` keys; None at present."""
        playback = self.view_state.playback
        if playback is None:
            return None
        return keys.playing_line(self.size.width, *first, is_live=playback.is_live)

    @property
    def _after_tab(self) -> str:
        """The part of the screen that the tab key would focus."""
        panes = {self.board: "board", self.messages: "messages"}
        if self.detail.display:
            panes[self.detail] = "details"
        order = list(panes)
        index = order.index(self.focused) if self.focused in order else 0
        return panes[order[(index + 1) % len(order)]]

    def _draw_board(self, snapshot: Snapshot) -> None:
        status, board = snapshot.status, self.board
        blocks = placeholders.board_blocks(
            status.feed,
            caught_up=status.caught_up,
            hidden=snapshot.board.hidden,
            wanted=self.view_state.board.wanted,
            keys=keys.key_names(),
        )
        lines_before = board.count
        look = Look(snapshot.ages_at, selected=self.view_state.board.cursor, recent=self._recent)
        board.show_board(snapshot.shown, look, empty=blocks)
        self._grow_board()
        if board.count != lines_before and not board.size.height:
            board.refresh(layout=True)

    def _grow_board(self) -> None:
        """Give the board the height that its lines need, if it has less; only `resettle` makes it smaller.

        Otherwise, causes that come and go would move the messages, and lay out the whole screen, twice a second.
        """
        needed = max(3, min(self.board.count, self._most_for_board))
        height = self.board.styles.min_height
        if height is None or needed > height.value:
            self.board.styles.min_height = needed

    def on_descendant_focus(self) -> None:
        """Keep the details as they are when the messages get the focus: only moving to a message selects it."""
        if self.focused is self.board:
            self.about_message = False
        else:
            self.view_state.board.keep()
        self._draw()
