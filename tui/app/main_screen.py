"""The main screen: the actions of keys and mouse on the dashboard, and the pages that they open over it."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from tui.app import keys
from tui.app.commands import Owner
from tui.app.help import help_blocks
from tui.app.pages.map import MapPage
from tui.app.pages.page import DetailPage, FeedPage, HelpPage, Page
from tui.app.pages.picker import Picker
from tui.app.pages.timeline import TimelinePage
from tui.app.sharing import Sharing
from tui.app.widgets.board_view import BoardView
from tui.app.widgets.heading_bar import HeadingBar, SummaryBar
from tui.app.widgets.message_log import MessageLog
from tui.content.board.board import Board
from tui.content.board.filter import BoardFilter
from tui.content.board.groups import FoldKey, Grouping
from tui.content.board.order import ORDER_WORDS, Order
from tui.content.feed_page import feed_blocks
from tui.content.layout.tones import Tone
from tui.domain.knowledge.devices import title, vendors
from tui.domain.state.tunnel import Key


class MainScreen(Sharing):
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
        if self._has_room_for_a_page and not (isinstance(page, DetailPage) and not self.is_active):
            self.app.push_screen(page, lambda _: self.clear_notice())

    @property
    def _has_room_for_a_page(self) -> bool:
        """Whether this screen or its details are on top."""
        return self.is_active or isinstance(self.app.screen, DetailPage)

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
        if self._has_room_for_a_page:
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
