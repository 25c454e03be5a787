"""The user's choices, and the snapshot of the fleet that follows from them. Independent of Textual."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from tui.app.view.board import BoardState
from tui.app.view.known import Known
from tui.app.view.masks import Masks
from tui.app.view.memo import Memo
from tui.app.view.messages import MessageState
from tui.app.view.timeline import TimelineState
from tui.content.board.board import Board
from tui.content.board.common_falls import falls_on
from tui.content.board.filter import BoardFilter
from tui.content.board.groups import Grouping, Layout
from tui.content.board.order import Order
from tui.content.message_title import news_scope, title
from tui.content.messages.messages import Filter, Message
from tui.content.past.timeline import Timeline, strip_width
from tui.content.report.values import Report
from tui.content.snapshot import Snapshot, Status
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.clock import Clock
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.feed_state import FeedState
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.conditions import Condition
from tui.domain.past.outages import Outage, Outages
from tui.domain.past.timeline import Grid
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Key, Tunnel
from tui.domain.times import HOUR
from tui.feed.intake import Intake
from tui.feed.pump import Pump
from tui.feed.recording.playback import Playback
from tui.feed.recording.track import Track

if TYPE_CHECKING:
    from tui.app.examinations import Examinations

_LINGERS: Final = 15_000
"""Milliseconds for which a tunnel that came up stays selected, if the user has not chosen one."""
_SLICE: Final = 0.03
"""Seconds that a look may spend on judging and explaining tunnels, during which no key is answered. 2,000 new ones
take half a second."""


@dataclass(frozen=True, slots=True)
class _Pause:
    """What the screen showed when the pause began at `at` (ms), and how many events the fleet had taken in by then."""

    board: Board
    at: int
    seen: int
    subjects: dict[Key, TunnelSnapshot]


class ViewState:
    """The user's choices (filters, pause, selected tunnel, customer's device), and the snapshot that follows.

    Everything in the result of one `look` is of one instant. A look costs what has changed since the last one. The
    choices for the board and for the messages are in `board` and in `log`.
    """

    def __init__(
        self,
        pump: Pump | None,
        *,
        clock: Clock,
        region: str = "",
        scope: str = "",
        utc: bool = False,
        their_zone: tzinfo | None = None,
        device: str | None = None,
        devices: Mapping[str, str] | None = None,
        examinations: "Examinations | None" = None,
        sort: str = Order.WORST,
        group: str = Grouping.CONNECTION,
        is_read_only: bool = False,
    ) -> None:
        self.clock = self.wall_clock = clock
        """The time that is shown, which is the playback's if there is one."""
        self.playback: Playback | None = None
        self._paused: _Pause | None = None
        self._outages_of_pump: WeakKeyDictionary[Pump, Outages] = WeakKeyDictionary()
        self.attach(pump)
        self.examinations = examinations
        """Runs examinations of the account; None if there is none, as for a recording."""
        self.is_read_only = is_read_only
        """Whether the viewer may write nothing: no note, no file."""
        self.region = region
        self.scope = scope
        self.utc = utc
        self.their_zone = their_zone
        self.device = device
        self._devices = devices or {}
        """The makes of customers' devices without a choice of the user's, by the connection's id or name."""
        self.board = BoardState(Layout(Grouping(group), Order(sort)))
        self.whole_board = Board()
        """The board of the last look, including what the user has filtered out."""
        self._falls: Memo[tuple[CommonFall, ...]] = Memo()
        self.log = MessageState()
        self._shown_keys: frozenset[Key] | None = None
        """The tunnels that pass the board's filter, None if all do."""
        self._now = clock.now()
        """The instant of the last look, in ms."""
        self._timeline = TimelineState()
        self.remarks: tuple[str, ...] = ()
        """Remarks that stay above the board until the program ends, such as that a recording has ended."""
        self.is_recorded = False
        """Whether the user's notes are recorded."""
        self.masking: Masks | None = None
        """The masking key's mask; None before there is a feed, and in a run that began masked."""

    def attach(self, pump: Pump | None, *, track: Track | None = None) -> None:
        """Show this pump's fleet from now on, live; `track` holds its past, for going back."""
        self.live, self.track = pump, track
        self._paused, self.playback, self.clock = None, None, self.wall_clock
        outages = self._outages_of_pump.setdefault(pump, Outages(pump.fleet)) if pump else None
        self._live_known = Known(pump, outages) if pump and outages else None
        """Kept while something else is shown, because the cause of an outage outlives the lines that revealed it."""
        self._known = self._live_known

    @property
    def pump(self) -> Intake | None:
        """The source of what is shown, live or as of an earlier moment; None before there is a feed."""
        return self._known.intake if self._known else None

    def _show(self, intake: Intake) -> None:
        """Show this pump, as of an earlier moment."""
        outages = Outages(intake.fleet)
        if self._live_known is not None:
            outages.remember(self._live_known.outages)
        self._known = Known(intake, outages)

    def play(self, playback: Playback) -> None:
        """Show what a playback shows, as of its time, from now on."""
        self._paused = None
        self.playback = self.clock = playback
        self._show(playback.intake)

    def walk_back(self) -> Playback | None:
        """Start showing an earlier moment of this watch, which continues meanwhile; None if it has no past yet."""
        if self.playback is None and self.track is not None:
            playback = Playback(self.track, self.wall_clock, is_live=True)
            playback.go(self._paused.at if self._paused else self.wall_clock.now())
            self.play(playback)
        return self.playback

    def back_to_live(self) -> bool:
        """Show the present of the watch; return whether an earlier moment was shown."""
        if self.playback is None or not self.playback.is_live:
            return False
        self.playback, self.clock = None, self.wall_clock
        self._known = self._live_known
        return True

    @property
    def is_paused(self) -> bool:
        """Whether the screen is paused; the fleet is not."""
        return self._paused is not None

    def toggle_pause(self) -> None:
        """Pause the screen, or resume it."""
        if self._paused:
            self._paused = None
            return
        self._now = self.clock.now()
        self.board.keep()
        known = self._known
        subjects = [known.subject(tunnel, now=self._now) for tunnel in known.intake.fleet.tunnels] if known else []
        board = self._present_board()
        held = replace(board, as_of=self._now if board.as_of is None else board.as_of)
        self._paused = _Pause(held, self._now, self._seen(), {subject.key: subject for subject in subjects})

    def look(self) -> Snapshot:
        """Return the present snapshot of the screen."""
        if self.playback is not None:
            self.playback.tick()
            if self.playback.intake is not self.pump:
                self._show(self.playback.intake)
        self._now = self.clock.now()
        present = self._present_board()
        self.whole_board = self._paused.board if self._paused else present
        is_complete = self.pump is not None and not self.pump.is_reading_look_back and self.is_complete
        shown = self.board.look(self.whole_board, is_complete=is_complete, lingers=self._just_came_up)
        self._shown_keys = frozenset(shown.board.keys) if shown.board.hidden else None
        subject = self.subject
        return Snapshot(
            self._status(present),
            self._shown_at,
            shown,
            self._shown_messages(),
            title(
                subject,
                wanted=self.log.wanted,
                everywhere=self.log.everywhere,
                utc=self.utc,
                only=news_scope(shown.board, self.board.wanted),
            ),
            subject,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether the user's filters leave out tunnels or messages."""
        return bool(self.log.wanted or self.board.wanted)

    def clear_filters(self) -> None:
        """Show all tunnels and all messages again."""
        self.log.wanted, self.board.wanted = Filter(), BoardFilter()

    def mark(self, at: int, text: str) -> None:
        """Record a note of the user's, at the moment (ms) that it refers to."""
        if self.live is not None:
            self.live.mark(Mark(at, text.strip()))

    @property
    def selected(self) -> Key | None:
        """The tunnel under the cursor."""
        return self.board.selected

    def _just_came_up(self) -> bool:
        """Whether the selected tunnel came up a moment ago: the user should see that before the next trouble."""
        is_up = self.tunnel.state.is_up if self.tunnel else None
        return bool(is_up and is_up.value and is_up.seen and self._now - (is_up.at or 0) < _LINGERS)

    @property
    def tunnel(self) -> Tunnel | None:
        """The selected tunnel."""
        return self.pump.fleet.find(*self.selected) if self.pump and self.selected else None

    @property
    def subject(self) -> TunnelSnapshot | None:
        """The selected tunnel as of the last look, or as of the start of the pause."""
        return self._subject(self.selected, self.tunnel) if self.selected else None

    def device_of(self, subject: TunnelSnapshot | None) -> str | None:
        """Return the make of the customer's device at a tunnel: the user's choice, else the config file's."""
        if self.device is not None or subject is None:
            return self.device
        name = subject.connection.name if subject.connection else ""
        return self._devices.get(subject.tunnel.connection) or self._devices.get(name)

    def site_of(self, connection: str) -> str:
        """Return the site of a connection, by its id; empty if there are not several."""
        known = self.pump.fleet.connection(connection) if self.pump else None
        return known.source if known is not None else ""

    def subject_of(self, message: Message) -> TunnelSnapshot | None:
        """Return the tunnel that a message is about: the selected one, or the one in the news."""
        tunnel = message.tunnel
        return self._subject((tunnel.connection, tunnel.outside_ip), tunnel) if tunnel else self.subject

    def _subject(self, key: Key, tunnel: Tunnel | None) -> TunnelSnapshot | None:
        held, known = self._paused.subjects.get(key) if self._paused else None, self._known
        subject = held or (known.subject(tunnel, now=self._now) if tunnel and known else None)
        if subject is None or known is None:
            return subject
        return subject.with_outages(known.outages.of(subject.tunnel, now=self._now, current=subject.diagnoses))

    def _outages_of(self, tunnel: Tunnel) -> tuple[Outage, ...]:
        """Return the tunnel's outages; on a paused screen, as known when the pause began."""
        outages = self._known.outages_of(tunnel, now=self._now) if self._known else ()
        if self._paused is None:
            return outages
        held = self._paused.subjects.get((tunnel.connection, tunnel.outside_ip))
        return held.with_outages(outages).outages if held else ()

    def _diagnose(self, tunnel: Tunnel) -> tuple[Diagnosis, ...]:
        return self._known.diagnose(tunnel, now=self._now) if self._known else ()

    @property
    def is_unread(self) -> bool:
        """Whether the selected tunnel's log cannot be read back."""
        facts = self.tunnel.facts if self.tunnel else None
        return bool(facts and self.pump and not self.pump.state.has_read(facts.ike_group))

    def report(self) -> Report | None:
        """Return what happened since the look-back began, as far as it was seen; None before there is a feed."""
        return self._known.report(now=self._shown_at, diagnosed_at=self._now) if self._known else None

    @property
    def _shown_at(self) -> int:
        """The instant that is shown, ms: that of the last look, or the start of the pause."""
        return self._paused.at if self._paused else self._now

    def timeline_in_slices(self, *, span: int | None, width: int, at: int | None) -> Timeline | None:
        """Return the same as `timeline`; None if that takes longer than a key may wait, and the next call continues."""
        began = self.wall_clock.monotonic()
        return self._timeline_of(span, width, at, lambda: self.wall_clock.monotonic() - began < _SLICE)

    def timeline(self, *, span: int | None, width: int, at: int | None) -> Timeline:
        """Return the timeline of the tunnels on the board, for a page of this width; empty before there is a feed.

        `span` is how far it goes back, ms, None for the whole look-back; `at` is the moment that the user points at,
        None for the one that is shown. While an earlier moment of this watch is shown, later events are included.
        """
        while (made := self._timeline_of(span, width, at, lambda: True)) is None:
            pass
        return made

    def _timeline_of(
        self, span: int | None, width: int, at: int | None, may_go_on: Callable[[], bool]
    ) -> Timeline | None:
        make = partial(self._timeline.of, span=span, width=width, at=at, keys=self._shown_keys, may_go_on=may_go_on)
        playback = self.playback
        if playback is not None and playback.is_live and self.live is not None:
            return make(self.live, self._live_outages_of, now=self.wall_clock.now(), shown=self._now)
        now = self._shown_at
        if self.pump is None:
            return Timeline(Grid.of(until=now, span=span or HOUR, most=strip_width(width)), now)
        end = playback.track.end if playback else None
        return make(self.pump, self._outages_of, now=now, is_held=self.is_paused, goes_on_until=end)

    def _live_outages_of(self, tunnel: Tunnel) -> tuple[Outage, ...]:
        """Return a tunnel's outages as known in the present, while an earlier moment is shown."""
        return self._live_known.outages_of(tunnel, now=self.wall_clock.now()) if self._live_known else ()

    def _present_board(self) -> Board:
        if self._known is None:
            return Board()
        began, is_live = self.wall_clock.monotonic(), self.playback is None
        return self._known.board(
            now=self._now, may_go_on=lambda: not is_live or self.wall_clock.monotonic() - began < _SLICE
        )

    @property
    def is_complete(self) -> bool:
        """Whether the last look included every connection that had changed."""
        return self._known is None or self._known.is_complete

    def recent(self, key: Key) -> tuple[Condition, ...]:
        """Return a tunnel's worst condition in each minute of the last hour."""
        known, tunnel = self._known, self.pump.fleet.find(*key) if self.pump else None
        return known.recent(tunnel, now=self._shown_at) if known and tunnel else ()

    def _shown_messages(self) -> tuple[Message, ...]:
        upto = self._paused.at if self._paused else None
        fleet = self.pump.fleet if self.pump else None
        if not self.log.everywhere:
            return self.log.of_tunnel(self.tunnel, marks=fleet.marks if fleet else (), upto=upto)
        return self.log.news(
            fleet,
            diagnose=self._diagnose,
            outages=self._outages_of,
            since=self.pump.state.since if self.pump else None,
            keys=self._shown_keys,
            upto=upto,
            now=self._now,
        )

    def _feed(self) -> FeedState:
        """Return the state of the feed, with the program's own remarks before those of the feed."""
        feed = self.pump.state if self.pump else FeedState()
        remarks = map(self.masking.text, self.remarks) if self.masking else self.remarks
        return replace(feed, notices=(*remarks, *feed.notices)) if self.remarks else feed

    def _status(self, present: Board) -> Status:
        pump = self.pump
        watermark = pump.fleet.watermark if pump else None
        return Status(
            now=self._now,
            feed=self._feed(),
            board=present,
            behind=None if watermark is None else self._now - watermark,
            caught_up=bool(pump and pump.caught_up),
            is_paused=self.is_paused,
            new=self._seen() - self._paused.seen if self._paused else 0,
            region=self.region or (pump.state.region if pump else ""),
            scope=self.scope,
            utc=self.utc,
            their_zone=self.their_zone,
            delivery=pump.fleet.delivery.longest(now=self._now) if pump else None,
            newest=pump.fleet.newest if pump else None,
            playing=self.playback.status() if self.playback else None,
            usage=pump.usage if pump else None,
            sites=self._known.sites(now=self._now) if self._known else (),
            common_falls=self._common_falls(present),
        )

    def _common_falls(self, present: Board) -> tuple[CommonFall, ...]:
        connections = self.pump.fleet.connections if self.pump else ()
        return self._falls.get(present, lambda: falls_on(present, connections))

    def _seen(self) -> int:
        return self.pump.fleet.seen if self.pump else 0
