"""Everything on the screen at one instant, as values."""

from dataclasses import dataclass, field
from datetime import tzinfo

from tui.content.board.board import Board
from tui.content.board.groups import Arrangement
from tui.content.messages.messages import Message
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.feed_state import FeedState
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.playing import Playing
from tui.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """How one of several sites is read; `behind` is in ms, None before any read."""

    name: str
    feed: FeedState
    behind: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The contents of the status bar.

    `new` counts what arrived since the pause; `behind` is in ms, None before any read.
    """

    now: int
    feed: FeedState
    board: Board
    behind: int | None = None
    caught_up: bool = False
    is_paused: bool = False
    new: int = 0
    region: str = ""
    scope: str = ""
    utc: bool = False
    their_zone: tzinfo | None = None
    """The customer's zone, whose time is shown beside the local one."""
    delivery: int | None = None
    """The longest recent delay of CloudWatch's delivery, ms."""
    newest: int | None = None
    """The time of the newest event, ms."""
    playing: Playing | None = None
    """The earlier moment that is shown, if any; `now` is then its time."""
    sites: tuple[SiteStatus, ...] = ()
    """The status of each of several sites; empty if there is only one."""
    usage: Usage | None = None
    """The run's use of AWS so far; None if AWS is not asked for anything."""
    common_falls: tuple[CommonFall, ...] = ()
    """The common falls that share a cause, the newest first."""

    @property
    def place(self) -> str:
        """Return the region and the account, as far as they are known."""
        account = self.feed.account and f"account {self.feed.account}"
        return ", ".join(filter(None, (self.region, account)))


@dataclass(frozen=True, slots=True)
class Title:
    """The title above the messages: whose they are, and remarks on them."""

    name: str = ""
    address: str = ""
    facts: tuple[str, ...] = ()
    wanted: str = ""
    search: str = ""
    below: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the screen. The status bar is of the present; the rest is of `at`, which a pause holds."""

    status: Status
    at: int = 0
    shown: Arrangement = field(default_factory=lambda: Arrangement(Board(), ()))
    messages: tuple[Message, ...] = ()
    title: Title = field(default_factory=Title)
    subject: TunnelSnapshot | None = None

    @property
    def board(self) -> Board:
        """The board, as filtered by the user."""
        return self.shown.board

    @property
    def ages_at(self) -> int:
        """The instant (ms) to which the board's ages are counted, because nothing is known after it."""
        return self.at if self.board.as_of is None else self.board.as_of
