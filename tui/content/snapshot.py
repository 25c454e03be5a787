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
    """The customer's zone, whose time stands beside ours."""
    delivery: int | None = None
    """How late CloudWatch delivered lately, at most, ms."""
    newest: int | None = None
    """The time of the newest event, ms."""
    playing: Playing | None = None
    """Set while an earlier moment is shown, which `now` then is."""
    sites: tuple[SiteStatus, ...] = ()
    """Each of several sites; empty where there is only one."""
    usage: Usage | None = None
    """What this run has used of AWS so far; None where nothing is asked of it."""
    common_falls: tuple[CommonFall, ...] = ()
    """What fell together and shares a cause, the newest first."""

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
