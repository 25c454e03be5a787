"""What the screen is about: what the reader chose, and the picture of the fleet that follows from it. No Textual."""

from dataclasses import dataclass, field

from tui.app.log import Title
from tui.app.messages import Filter, Message, messages
from tui.app.status_bar import Status
from tui.app.view import Board, Cause, Key, board, telling_brief
from tui.domain.clock import Clock
from tui.domain.fleet import Connection, Tunnel
from tui.domain.times import clock_time
from tui.domain.tunnel import Health
from tui.feed.base import FeedState
from tui.feed.pump import Pump


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is on the screen. The status bar is of now; the rest is of `at`, which a pause holds."""

    status: Status
    at: int = 0
    board: Board = field(default_factory=Board)
    messages: tuple[Message, ...] = ()
    title: Title = field(default_factory=Title)
    tunnel: Tunnel | None = None
    connection: Connection | None = None


@dataclass(frozen=True, slots=True)
class _Pause:
    board: Board
    at: int
    seen: int


class Scene:
    """Looks at a pump with the reader's eyes: filters, pause, the selected tunnel."""

    def __init__(
        self,
        pump: Pump | None,
        *,
        clock: Clock,
        region: str = "",
        scope: str = "",
        utc: bool = False,
        cause: Cause | None = None,
    ) -> None:
        self.pump = pump
        self.clock = clock
        self.region = region
        self.scope = scope
        self.utc = utc
        self.selected: Key | None = None
        self.wanted = Filter()
        self.board_text = ""
        self.problems_only = False
        self.unfolded = False
        self._cause = cause or telling_brief
        self._is_chosen = False
        self._paused: _Pause | None = None
        self._messages: tuple[Message, ...] = ()
        self._messages_of: object = None

    @property
    def is_paused(self) -> bool:
        """Whether the picture stands still; the fleet does not."""
        return self._paused is not None

    def toggle_pause(self) -> None:
        """Hold the picture as it is, or let it go on."""
        self._paused = None if self._paused else _Pause(self._look_at_board(), self.clock.now(), self._seen())

    def look(self) -> Picture:
        """Return the picture as of now."""
        shown = self._paused.board if self._paused else self._look_at_board()
        self.selected = self._selected_on(shown)
        tunnel = self.tunnel
        connection = self._connection_of(tunnel)
        return Picture(
            self._status(shown),
            self._paused.at if self._paused else self.clock.now(),
            shown,
            self._look_at_messages(tunnel),
            self._title(tunnel, connection),
            tunnel,
            connection,
        )

    def select(self, key: Key | None) -> None:
        """Take the reader's choice of a tunnel."""
        self.selected = key
        self._is_chosen = key is not None

    def _selected_on(self, shown: Board) -> Key | None:
        """Return the selected tunnel. Until the reader chooses one, the screen points at trouble by itself."""
        keys = shown.keys
        if self.selected not in keys:
            self._is_chosen = False
        troubled = [] if self._is_chosen else [each for each in shown.tunnels if each.is_troubled]
        if troubled and self.selected not in [each.key for each in troubled]:
            return min(troubled, key=lambda row: row.health is not Health.DOWN).key
        return self.selected if self.selected in keys else next(iter(keys), None)

    @property
    def tunnel(self) -> Tunnel | None:
        """The selected tunnel."""
        return self.pump.fleet.find(*self.selected) if self.pump and self.selected else None

    def _look_at_board(self) -> Board:
        if self.pump is None:
            return Board()
        return board(
            self.pump.fleet,
            now=self.clock.now(),
            feed=self.pump.state,
            cause=self._cause,
            problems_only=self.problems_only,
            text=self.board_text,
        )

    def _look_at_messages(self, tunnel: Tunnel | None) -> tuple[Message, ...]:
        """Return the messages; the same tuple as before where nothing could have changed them."""
        chosen = (tunnel, self.wanted, self.unfolded)
        revision = tunnel.revision if tunnel else 0
        if self._messages_of != (*chosen, revision):
            held = self._messages_of is not None and self._messages_of[:3] == chosen  # type: ignore[index]
            if not (self.is_paused and held):
                self._messages_of = (*chosen, revision)
                self._messages = messages(tunnel, unfolded=self.unfolded, wanted=self.wanted) if tunnel else ()
        return self._messages

    def _status(self, shown: Board) -> Status:
        now = self.clock.now()
        pump = self.pump
        watermark = pump.fleet.watermark if pump else None
        return Status(
            now=now,
            feed=pump.state if pump else FeedState(),
            board=shown,
            behind=None if watermark is None else now - watermark,
            caught_up=bool(pump and pump.caught_up),
            is_paused=self.is_paused,
            new=self._seen() - self._paused.seen if self._paused else 0,
            region=self.region,
            scope=self.scope,
            utc=self.utc,
        )

    def _seen(self) -> int:
        return sum(tunnel.history.seen for tunnel in self.pump.fleet.tunnels) if self.pump else 0

    def _connection_of(self, tunnel: Tunnel | None) -> Connection | None:
        if tunnel is None or self.pump is None:
            return None
        return next((each for each in self.pump.fleet.connections if each.id == tunnel.connection), None)

    def _title(self, tunnel: Tunnel | None, connection: Connection | None) -> Title:
        if tunnel is None:
            return Title()
        state = tunnel.state
        facts = [
            *({True: ("NAT-T",), False: ("no NAT",), None: ()}[state.nat_t_detected]),
            *({True: ("DPD on",), False: ("DPD off",), None: ()}[state.dpd_enabled]),
        ]
        telemetry = tunnel.facts.telemetry if tunnel.facts else None
        if telemetry:
            since = f" since {clock_time(telemetry.since, utc=self.utc)}" if telemetry.since is not None else ""
            facts.append(f"EC2 {'UP' if telemetry.is_up else 'DOWN'}{since}")
        name = connection.name if connection else ""
        return Title(name or tunnel.connection, tunnel.outside_ip, tuple(facts), wanted=str(self.wanted))
