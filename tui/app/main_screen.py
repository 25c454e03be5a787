"""The main screen: the actions of keys and mouse on the dashboard, and the pages that they open over it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from tui.app import keys
from tui.app.commands import Owner
from tui.app.files.copy_file import copy_to_file
from tui.app.files.new_file import short_path, write_new
from tui.app.help import help_blocks
from tui.app.pages.map import MapPage
from tui.app.pages.page import DetailPage, FeedPage, HelpPage, Page
from tui.app.pages.picker import Picker
from tui.app.pages.timeline import TimelinePage
from tui.app.time_travel import TimeTravel
from tui.app.widgets.board_view import BoardView
from tui.app.widgets.heading_bar import HeadingBar, SummaryBar
from tui.app.widgets.message_log import MessageLog
from tui.content.board.board import Board
from tui.content.board.filter import BoardFilter
from tui.content.board.groups import FoldKey, Grouping
from tui.content.board.order import ORDER_WORDS, Order
from tui.content.feed_page import feed_blocks
from tui.content.layout.blocks import Block
from tui.content.layout.tones import Tone
from tui.content.messages.messages import Filter
from tui.content.report.html import html
from tui.content.report.markdown import markdown
from tui.content.report.words import report_name
from tui.content.share import message_list_blocks, page_text, tunnel_summary
from tui.domain.knowledge.devices import title, vendors
from tui.domain.state.fleet import Key
from tui.domain.times import zone


class MainScreen(TimeTravel):
    """The dashboard, with one action for each command of the table of commands."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(Owner.SCREEN, Owner.PAGE, Owner.DETAILS, Owner.EVERY_PAGE)

    @on(BoardView.Selected)
    def _select(self, selected: BoardView.Selected) -> None:
        self.view_state.board.choose(selected.key)
        self.about_message = False
        self.messages.forget()
        self.look()

    @on(BoardView.Toggled)
    def _toggle(self, toggled: BoardView.Toggled) -> None:
        self.view_state.board.toggle(toggled.fold)
        self.resettle()

    @on(HeadingBar.Clicked)
    def _sort(self, clicked: HeadingBar.Clicked) -> None:
        self.view_state.board.sort_by(clicked.order)
        self.look()

    @on(SummaryBar.Clicked)
    def _count(self, clicked: SummaryBar.Clicked) -> None:
        self.view_state.board.toggle_standing(clicked.standing)
        self.resettle()

    @on(MessageLog.Moved)
    def _point(self) -> None:
        self.about_message = True
        self.view_state.board.keep()
        self._draw()
        self._renew_page()

    @on(BoardView.Opened)
    @on(MessageLog.Opened)
    def action_open(self) -> None:
        """Show the details of what has the focus: beside the board if there is room, else as a page.

        A view does not ask for this with a message: keys that arrive together would overtake the message, and a `q`
        meant for the page would quit the program.
        """
        if self.focused is self.messages and self.messages.chosen is not None:
            self.about_message = True
        elif isinstance(fold := self.view_state.board.cursor, FoldKey):
            self.view_state.board.toggle(fold)
            self.resettle()
            return
        if self.snapshot.subject is None:
            return
        self._draw()
        self.view_state.board.keep()
        if self.detail.display:
            self.detail.focus()
        else:
            self.show_page(DetailPage(self.details, below=self))

    def show_page(self, page: Page) -> None:
        """Show a page over this screen or its details, under the same status bar; do nothing over any other page."""
        if self.is_active or (isinstance(self.app.screen, DetailPage) and not isinstance(page, DetailPage)):
            self.app.push_screen(page, lambda _: self.clear_notice())

    def action_back(self) -> None:
        """Undo one thing: the focus on the details, a search or filter, the news of all tunnels, the focus."""
        self.clear_notice()
        if self.focused is self.detail:
            (self.messages if self.about_message else self.board).focus()
        elif self.messages.needle or self.view_state.is_filtered:
            self.messages.needle = ""
            self.view_state.clear_filters()
            self.resettle()
        elif self.view_state.log.everywhere:
            self.action_everywhere()
        elif self.focused is not self.board:
            self.board.focus()
        else:
            self.action_live()

    def action_pause(self) -> None:
        if self.view_state.playback is not None:
            self.view_state.playback.toggle()
        else:
            self.view_state.toggle_pause()
        self.look()

    def action_problems(self) -> None:
        board = self.view_state.board
        board.wanted = replace(board.wanted, problems_only=not board.wanted.problems_only)
        self.resettle()
        in_trouble = f"only connections in trouble; {keys.key_names().problems} shows all"
        self.show_notice(in_trouble if board.wanted.problems_only else "all connections")

    def action_sort(self) -> None:
        """Sort the board by the next order."""
        self.view_state.board.next_order()
        self._sorted()

    def action_sort_by(self, order: str) -> None:
        """Sort the board by this order."""
        board = self.view_state.board
        board.layout = replace(board.layout, order=Order(order), is_reversed=False)
        self._sorted()

    def _sorted(self) -> None:
        self.look()
        self.show_notice(f"connections {ORDER_WORDS[self.view_state.board.layout.order]}")

    def action_reverse(self) -> None:
        """Reverse the order of the board."""
        board = self.view_state.board
        board.sort_by(board.layout.order)
        self.look()

    def action_group(self) -> None:
        """Group the board by the next grouping."""
        self.view_state.board.next_grouping()
        self._grouped()

    def action_group_by(self, grouping: str) -> None:
        """Group the board by this grouping."""
        self.view_state.board.group_by(Grouping(grouping))
        self._grouped()

    def _grouped(self) -> None:
        self.resettle()
        grouping = self.snapshot.shown.layout.grouping
        self.show_notice("connections in no groups" if grouping is Grouping.CONNECTION else f"groups by {grouping}")

    def action_unfold(self) -> None:
        self.view_state.log.unfolded = not self.view_state.log.unfolded
        self.look()
        shown = f"showing routine lines; {keys.key_names().unfold} hides them"
        self.show_notice(shown if self.view_state.log.unfolded else "routine lines hidden")

    def action_everywhere(self) -> None:
        self.view_state.log.everywhere = not self.view_state.log.everywhere
        self.about_message = False
        self.messages.forget()
        self.look()

    def action_step(self, direction: int) -> None:
        """Go to the next (1) or the previous (-1) tunnel, or message if the details are about one."""
        if self.about_message:
            self.messages.move(direction)
        else:
            self.board.step(direction)

    async def action_search(self) -> None:
        if self.focused is self.board:
            await self._ask_for_tunnels()
        else:
            await self.ask("/", "text in the messages", self.messages.needle, self._search)

    async def _ask_for_tunnels(self) -> None:
        hint = "a name, an id, an address, a state"
        await self.ask("tunnels with", hint, self.view_state.board.wanted.text, self._filter_board)

    async def action_filter(self) -> None:
        if self.focused is self.board:
            await self._ask_for_tunnels()
        else:
            hint = "a text, or the word warning or error"
            await self.ask("messages with", hint, str(self.view_state.log.wanted), self._filter_messages)

    async def action_mark(self) -> None:
        if not self.may_write():
            return
        at = self.view_state.clock.now()
        if self.view_state.live is None:
            self.show_notice("a recording takes no notes", tone=Tone.WARNING)
            return

        def note(text: str, is_final: bool) -> None:
            if is_final and text.strip():
                self.view_state.mark(at, text)
                self.look()
                names = keys.key_names()
                outlets = f"{names.report} writes a report with it, {names.save_recording} a recording"
                is_kept = self.view_state.is_recorded
                self.show_notice("noted, also in the recording" if is_kept else f"noted in this watch; {outlets}")

        await self.ask("note", "customer changed the PSK", "", note)

    def _search(self, text: str, is_final: bool) -> None:
        self.messages.needle = text.strip().lower()
        self.look()
        if is_final and self.messages.needle:
            self.messages.focus()
            self.action_seek(-1 if self.messages.is_following else 0)

    def _filter_board(self, text: str, is_final: bool) -> None:
        board = self.view_state.board
        board.wanted = replace(board.wanted, text=text.strip())
        self.resettle()

    def _filter_messages(self, text: str, is_final: bool) -> None:
        self.view_state.log.wanted = Filter.read(text)
        self.look()

    def action_seek(self, direction: int) -> None:
        if self.focused is self.board and self.view_state.board.wanted.text and not self.messages.needle:
            self.board.step(direction)  # everything on the board matches
            return
        match = self.messages.seek(direction)
        if match:
            names = keys.key_names()
            ways = f"{names.next_match} next  {names.previous_match} previous  {names.back} done"
            self.show_notice(f"match {match[0]} of {match[1]}   {ways}")
        elif self.messages.needle:
            self.show_notice(f"nothing contains “{self.messages.needle}”", tone=Tone.WARNING)
        else:
            self.show_notice(f"{keys.key_names().search} in the messages searches them", tone=Tone.QUIET)

    def action_copy(self) -> None:
        message = self.chosen
        subject = self.view_state.subject_of(message) if message else self.snapshot.subject
        if subject is None:
            return
        entry = message.newest if message else None
        device, place = self.view_state.device_of(subject), self.snapshot.status.place
        self._copy(tunnel_summary(subject, entry, device=device, place=place))

    def action_copy_page(self) -> None:
        """Copy the details if they have the focus, else all messages of the list."""
        if self.focused is self.detail:
            self.copy_page(self.details()[0])
        else:
            blocks = message_list_blocks(self.snapshot.title, self.snapshot.messages)
            self._copy(page_text(blocks, at=self.snapshot.at, place=self.snapshot.status.place))

    def copy_page(self, blocks: Sequence[Block]) -> None:
        """Copy a page as it is shown, headed by a line with its time and scope."""
        at, view = self.snapshot.at, self.view_state
        local = "" if view.utc else zone(at, utc=False)
        self._copy(page_text(blocks, at=at, place=self.snapshot.status.place, zone=local))

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        if self.view_state.is_read_only:
            self.show_notice("copied")
            return
        try:
            self.show_notice(f"copied; also in {copy_to_file(text)}")
        except OSError as error:
            self.show_notice(f"sent to the terminal's clipboard; no file: {error.strerror or error}", tone=Tone.WARNING)

    def action_report(self) -> None:
        """Write the report of what was seen so far into two new files, for a mail and for a ticket."""
        made = self.view_state.report()
        if made is None or not self.may_write():
            return
        name = report_name(made)
        try:
            page = write_new(name, ".html", lambda: [html(made).encode()])
            write_new(name, ".md", lambda: [markdown(made).encode()])
        except OSError as error:
            self.show_notice(f"the report could not be written: {error.strerror or error}", tone=Tone.WARNING)
        else:
            self.show_notice(f"report in {short_path(page)}, and as .md beside it")

    def action_mask(self) -> None:
        """Mask everything that is shown and saved from now on, or unmask it."""
        masking = self.view_state.masking
        if masking is None:
            began_masked = self.view_state.live is not None or self.view_state.playback is not None
            self.show_notice("this run began with --mask and stays masked" if began_masked else "nothing was seen yet")
            return
        masking.toggle()
        self.about_message = False
        self.messages.needle = ""
        self.messages.forget()
        self.resettle()
        self.show_notice(
            f"masked: the screen, copies, notices and what is saved; {keys.key_names().mask} unmasks"
            if masking.is_on
            else "not masked"
        )

    def action_choose_device(self) -> None:
        if isinstance(self.app.screen, Picker):
            return
        choices = [("", "not chosen: checks in general terms"), *((vendor, title(vendor)) for vendor in vendors())]
        question = "The customer's device: checks are shown as its commands"
        picker = Picker(
            question,
            choices,
            chosen=self.view_state.device_of(self.view_state.subject) or "",
            status=lambda: self.status,
        )
        self.app.push_screen(picker, self._take_device)

    def _take_device(self, device: str | None) -> None:
        if device is not None:
            self.view_state.device = device or None
            self.look()
            self.show_notice(
                f"checks are shown for {title(device)}" if device else "no device: checks in general terms"
            )

    def action_retry(self) -> None:
        """Make the feed retry what failed; a feed without trouble is left alone."""
        pump, feed = self.view_state.live, self.snapshot.status.feed
        if pump is None or not (feed.reason or feed.notices):
            self.show_notice("the feed is not waiting for anything", tone=Tone.QUIET)
            return
        pump.retry()
        self.show_notice("trying again")

    def action_timeline(self) -> None:
        self.show_page(TimelinePage(self.view_state, below=self, go_to=self.go_to))

    def action_map(self) -> None:
        """Show a map of all tunnels."""

        def board() -> tuple[Board, int]:
            return self.view_state.whole_board, self.snapshot.ages_at

        self.show_page(MapPage(board, cursor=self.view_state.selected, below=self, go_to=self._go_to_tunnel))

    def _go_to_tunnel(self, key: Key) -> None:
        """Select a tunnel on the board, clearing a filter that hides it."""
        if key not in self.snapshot.board.rows:
            self.view_state.board.wanted = BoardFilter()
        self.view_state.board.choose(key)
        self.about_message = False
        self.messages.forget()
        self.resettle()

    def action_checkup(self) -> None:
        self._show_checkup()

    def action_way_back(self) -> None:
        selected = self.view_state.selected
        if selected is not None and selected[0]:
            self._show_checkup(selected[0])

    def _show_checkup(self, way_back_to: str = "") -> None:
        examinations = self.view_state.examinations
        if examinations is None:
            is_masked = self.view_state.masking is not None and self.view_state.masking.is_on
            text = "not while masked: it shows commands for real resources"
            self.show_notice(text if is_masked else "there is no account here to look at", tone=Tone.QUIET)
            return
        if self.is_active:
            from tui.app.pages.checkup import (  # imported by the callers that need them
                CheckupPage,
                WayBackPage,
            )

            if way_back_to:
                site = self.view_state.site_of(way_back_to)
                begin = partial(examinations.begin, (way_back_to,), way_back=True, site=site)
                self.show_page(WayBackPage(begin, below=self))
            else:
                self.show_page(CheckupPage(partial(examinations.begin, (), way_back=False), below=self))

    def action_about_feed(self) -> None:
        self.show_page(FeedPage(lambda: (feed_blocks(self.snapshot.status), "feed"), below=self))

    def action_help(self) -> None:
        self.show_page(HelpPage(lambda: (help_blocks(), "help"), below=self))
