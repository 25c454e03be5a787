"""What the screen is about: what the reader chose, and the picture of the fleet that follows from it. No Textual."""

from dataclasses import dataclass, replace
from typing import Final

from tui.content.assessment import diagnosing
from tui.content.board import Board, Key, TunnelRow, board
from tui.content.message_title import title
from tui.content.messages import Filter, Message, messages
from tui.content.news import News
from tui.content.snapshot import Snapshot, Status
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.domain.catalogue import Severity
from tui.domain.clock import Clock
from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.feed_state import FeedState
from tui.domain.fleet import Fleet, Tunnel
from tui.domain.tunnel import Health
from tui.feed.pump import Pump

_LINGERS: Final = 15_000
"""Milliseconds for which a tunnel that came up stays in view, where the screen chooses."""


@dataclass(frozen=True, slots=True)
class _Pause:
    board: Board
    at: int
    seen: int
    subjects: dict[Key, TunnelSnapshot]


class ViewState:
    """Looks at a pump with the reader's eyes: filters, pause, the selected tunnel, the customer's device."""

    def __init__(
        self,
        pump: Pump | None,
        *,
        clock: Clock,
        region: str = "",
        scope: str = "",
        utc: bool = False,
        device: str | None = None,
    ) -> None:
        self.attach(pump)
        self.clock = clock
        self.region = region
        self.scope = scope
        self.utc = utc
        self.device = device
        self.selected: Key | None = None
        self.wanted = Filter()
        self.board_text = ""
        self.problems_only = False
        self.unfolded = False
        self.everywhere = False
        """Whether the messages are the news of all tunnels, instead of all that the selected one logged."""
        self._news = News()
        self._is_chosen = False
        self._paused: _Pause | None = None
        self._messages: tuple[Message, ...] = ()
        self._messages_of: object = None

    def attach(self, pump: Pump | None) -> None:
        """Look at this pump's fleet from now on."""
        self.pump = pump
        self._diagnoser = Diagnoser(pump.fleet) if pump else None

    @property
    def is_paused(self) -> bool:
        """Whether the picture stands still; the fleet does not."""
        return self._paused is not None

    def toggle_pause(self) -> None:
        """Hold the picture as it is, or let it go on."""
        if self._paused:
            self._paused = self._messages_of = None
            return
        fleet = self.pump.fleet if self.pump else None
        subjects = [self._look_at(tunnel, fleet) for tunnel in fleet.tunnels] if fleet else []
        self.stay()
        shown, at = self._look_at_board(), self.clock.now()
        held = replace(shown, as_of=at if shown.as_of is None else shown.as_of)
        self._paused = _Pause(held, at, self._seen(), {each.key: each for each in subjects})

    def look(self) -> Snapshot:
        """Return the picture as of now."""
        present = self._look_at_board()
        whole = self._paused.board if self._paused else present
        shown = whole.narrowed(problems_only=self.problems_only, text=self.board_text)
        self.selected = self._selected_on(shown)
        subject = self.subject
        return Snapshot(
            self._status(present),
            self._paused.at if self._paused else self.clock.now(),
            shown,
            self._look_at_messages(),
            title(subject, wanted=self.wanted, everywhere=self.everywhere, utc=self.utc),
            subject,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether tunnels or messages are left out because the user wants so."""
        return bool(self.wanted or self.board_text or self.problems_only)

    def clear_filters(self) -> None:
        """Show all tunnels and all messages again."""
        self.wanted, self.board_text, self.problems_only = Filter(), "", False

    def select(self, key: Key | None) -> None:
        """Take the reader's choice of a tunnel."""
        self.selected = key
        self._is_chosen = key is not None

    def stay(self) -> None:
        """Stay with the selected tunnel: the reader is reading what is said of it."""
        self._is_chosen = self.selected is not None

    def _selected_on(self, shown: Board) -> Key | None:
        """Return the selected tunnel. Until the reader chooses one, the screen points at trouble by itself."""
        keys = shown.keys
        if self.selected not in keys:
            self._is_chosen = False
        troubled = [] if self._is_chosen else [each for each in shown.tunnels if each.is_troubled]
        if troubled and self.selected not in [each.key for each in troubled] and not self._just_came_up():
            return min(troubled, key=_calm).key
        return self.selected if self.selected in keys else next(iter(keys), None)

    def _just_came_up(self) -> bool:
        """Whether the selected tunnel came up a moment ago: that is worth seeing before the next trouble."""
        came = self.tunnel.state.is_up if self.tunnel else None
        return bool(came and came.value and came.seen and self.clock.now() - (came.at or 0) < _LINGERS)

    @property
    def tunnel(self) -> Tunnel | None:
        """The selected tunnel."""
        return self.pump.fleet.find(*self.selected) if self.pump and self.selected else None

    @property
    def subject(self) -> TunnelSnapshot | None:
        """The selected tunnel as it stands, or as it stood when the pause began."""
        return self._subject(self.selected, self.tunnel) if self.selected else None

    def subject_of(self, message: Message) -> TunnelSnapshot | None:
        """The tunnel that a message is about: the selected one, or the one whose news it is."""
        tunnel = message.tunnel
        return self._subject((tunnel.connection, tunnel.outside_ip), tunnel) if tunnel else self.subject

    def _subject(self, key: Key, tunnel: Tunnel | None) -> TunnelSnapshot | None:
        """Return a tunnel as it stands, or as it stood when the pause began."""
        held = self._paused.subjects.get(key) if self._paused else None
        return held or (self._look_at(tunnel, self.pump.fleet) if tunnel and self.pump else None)

    def _look_at(self, tunnel: Tunnel, fleet: Fleet) -> TunnelSnapshot:
        return TunnelSnapshot.of(tunnel, fleet, diagnoses=self._diagnose(tunnel), now=self.clock.now())

    def _diagnose(self, tunnel: Tunnel) -> tuple[Diagnosis, ...]:
        if self.pump is None or self._diagnoser is None:
            return ()
        pump = self.pump
        diagnose = diagnosing(self._diagnoser, now=self.clock.now(), feed=pump.state, caught_up=pump.caught_up)
        return tuple(diagnose(tunnel))

    @property
    def is_unread(self) -> bool:
        """Whether the record of the selected tunnel's log may not be read."""
        facts = self.tunnel.facts if self.tunnel else None
        return bool(facts and self.pump and not self.pump.state.has_read(facts.ike_group))

    def _look_at_board(self) -> Board:
        if self.pump is None:
            return Board()
        return board(
            self.pump.fleet,
            now=self.clock.now(),
            feed=self.pump.state,
            diagnose=self._diagnose,
        )

    def _look_at_messages(self) -> tuple[Message, ...]:
        """Return the messages; the same tuple as before where nothing could have changed them."""
        fleet = self.pump.fleet if self.pump and self.everywhere else None
        tunnel = None if self.everywhere else self.tunnel
        chosen = (fleet or tunnel, self.wanted, self.unfolded)
        revision = fleet.revision if fleet else tunnel.revision if tunnel else 0
        if self._messages_of != (*chosen, revision):
            held = self._messages_of is not None and self._messages_of[:3] == chosen  # type: ignore[index]
            if not (self.is_paused and held):
                self._messages_of = (*chosen, revision)
                upto = self._paused.at if self._paused else None
                if fleet:
                    self._messages = tuple(
                        filter(self.wanted.takes, self._news.of(fleet, diagnose=self._diagnose, upto=upto))
                    )
                elif tunnel:
                    self._messages = messages(tunnel, unfolded=self.unfolded, wanted=self.wanted, upto=upto)
                else:
                    self._messages = ()
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
            region=self.region or (pump.state.region if pump else ""),
            scope=self.scope,
            utc=self.utc,
        )

    def _seen(self) -> int:
        return self.pump.fleet.seen if self.pump else 0


def _calm(row: TunnelRow) -> tuple[bool, bool]:
    """Sort key: what is down first, then what has an error."""
    return row.health is not Health.DOWN, row.severity is not Severity.ERROR
