"""What the user has chosen to see, and the snapshot of the fleet that follows from it. Knows no Textual."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakKeyDictionary

from tui.app.view.board import BoardState
from tui.app.view.memo import Memo
from tui.app.view.messages import MessageState
from tui.app.view.timeline import TimelineState
from tui.content.assessment import diagnosing, judging
from tui.content.board.board import Board
from tui.content.board.common_falls import falls_on
from tui.content.board.filter import BoardFilter
from tui.content.board.fleet_board import FleetBoard
from tui.content.board.groups import Grouping, Layout
from tui.content.board.order import Order
from tui.content.message_title import news_scope, title
from tui.content.messages.messages import Filter, Message
from tui.content.past.timeline import Timeline, strip_width
from tui.content.report.report import report
from tui.content.report.values import Report
from tui.content.snapshot import SiteStatus, Snapshot, Status
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.clock import Clock
from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.feed_state import FeedState
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.conditions import Condition
from tui.domain.past.outages import Outage, Outages
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.state.fleet import Fleet, Key, Tunnel
from tui.domain.state.marks import Mark
from tui.domain.times import HOUR, MINUTE
from tui.feed.intake import Intake
from tui.feed.pump import Pump
from tui.feed.recording.playback import Playback
from tui.feed.recording.track import Track

if TYPE_CHECKING:
    from tui.app.examinations import Examinations

_LINGERS: Final = 15_000
"""Milliseconds for which a tunnel that came up stays selected, while the screen chooses."""
_SLICE: Final = 0.03
"""Seconds for which a look judges and explains tunnels, in which no key is answered. For 2,000 that are new it takes
half a second."""


@dataclass(frozen=True, slots=True)
class _Pause:
    """What the screen showed when the pause began at `at` (ms), and how many events the fleet had seen by then."""

    board: Board
    at: int
    seen: int
    subjects: dict[Key, TunnelSnapshot]


class Masks(Protocol):
    """What masks all that is shown, or shows the truth."""

    is_on: bool

    def text(self, text: str) -> str:
        """Return a text as it may be shown at present."""

    def toggle(self) -> None:
        """Mask what is shown, or show the truth again."""


class ViewState:
    """What the user has chosen (filters, pause, the selected tunnel, the customer's device), and what that shows.

    All that one `look` returns is of one instant. It costs what has changed since the last one; what is shown of the
    board and of the messages is chosen in `board` and in `log`.
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
        """The time that is shown: that of the playback, where there is one."""
        self.playback: Playback | None = None
        self._paused: _Pause | None = None
        self._outages_of_pump: WeakKeyDictionary[Pump, Outages] = WeakKeyDictionary()
        self.attach(pump)
        self.examinations = examinations
        """What looks at the account; None where there is none, as for a recording."""
        self.is_read_only = is_read_only
        """Whether whoever looks may write nothing: no note, no file."""
        self.region = region
        self.scope = scope
        self.utc = utc
        self.their_zone = their_zone
        self.device = device
        self._devices = devices or {}
        """The make of the customer's device where the user chose none, by the connection's id or name."""
        self.board = BoardState(Layout(Grouping(group), Order(sort)))
        self.whole_board = Board()
        """The board of the last look, with what the user has left out."""
        self._falls: Memo[tuple[CommonFall, ...]] = Memo()
        self.log = MessageState()
        self._shown_keys: frozenset[Key] | None = None
        """The tunnels that the board's filter leaves, None where it leaves all."""
        self._now = clock.now()
        """The instant of the last look, in ms."""
        self._timeline = TimelineState()
        self.remarks: tuple[str, ...] = ()
        """What stands above the board until the program ends, such as that a recording has ended."""
        self.is_recorded = False
        """Whether a recording gets the user's notes."""
        self.masking: Masks | None = None
        """What a key masks the screen with; None before there is a feed, and for a run that began masked."""

    def attach(self, pump: Pump | None, *, track: Track | None = None) -> None:
        """Show this pump's fleet from now on, live; `track` is what has been seen of it, for going back."""
        self.live, self.track = pump, track
        self._paused, self.playback, self.clock = None, None, self.wall_clock
        self._live_outages = self._outages_of_pump.setdefault(pump, Outages(pump.fleet)) if pump else None
        """Kept while something else is shown: the cause of an outage outlives the lines that told of it."""
        self._live_diagnoser: Diagnoser | None = None
        self._show(pump)

    def _show(self, known: Intake | None) -> None:
        self.pump = known
        self._diagnoser = Diagnoser(known.fleet) if known else None
        self._outages = self._live_outages
        if known is not None and known is not self.live:
            self._outages = Outages(known.fleet)
            if self._live_outages is not None:
                self._outages.remember(self._live_outages)
        self._fleet_board = FleetBoard(known.fleet) if known else None
        self._minutes = Timelines(known.fleet) if known else None

    def play(self, playback: Playback) -> None:
        """Show what a playback shows, as of its time, from now on."""
        self._paused = None
        self.playback = self.clock = playback
        self._show(playback.intake)

    def walk_back(self) -> Playback | None:
        """Begin to show an earlier moment of this watch, which goes on meanwhile; None where none was seen yet."""
        if self.playback is None and self.track is not None:
            playback = Playback(self.track, self.wall_clock, is_live=True)
            playback.go(self._paused.at if self._paused else self.wall_clock.now())
            self.play(playback)
        return self.playback

    def back_to_live(self) -> bool:
        """Show the watch as it stands now; return whether an earlier moment was shown."""
        if self.playback is None or not self.playback.is_live:
            return False
        self.playback, self.clock = None, self.wall_clock
        self._show(self.live)
        return True

    @property
    def is_paused(self) -> bool:
        """Whether the screen stands still; the fleet does not."""
        return self._paused is not None

    def toggle_pause(self) -> None:
        """Hold the screen as it is, or let it go on."""
        if self._paused:
            self._paused = None
            return
        self._now = self.clock.now()
        self.board.keep()
        fleet = self.pump.fleet if self.pump else None
        subjects = [self._subject_now(tunnel, fleet) for tunnel in fleet.tunnels] if fleet else []
        board = self._present_board()
        held = replace(board, as_of=self._now if board.as_of is None else board.as_of)
        self._paused = _Pause(held, self._now, self._seen(), {subject.key: subject for subject in subjects})

    def look(self) -> Snapshot:
        """Return what the screen shows now."""
        if self.playback is not None:
            self.playback.tick()
            if self.playback.intake is not self.pump:
                self._show(self.playback.intake)
        self._now = self.clock.now()
        present = self._present_board()
        self.whole_board = self._paused.board if self._paused else present
        shown = self.board.look(self.whole_board, lingers=self._just_came_up)
        self._shown_keys = frozenset(shown.board.keys) if shown.board.hidden else None
        subject = self.subject
        return Snapshot(
            self._status(present),
            self._paused.at if self._paused else self._now,
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
        """Whether tunnels or messages are left out because the user wants so."""
        return bool(self.log.wanted or self.board.wanted)

    def clear_filters(self) -> None:
        """Show all tunnels and all messages again."""
        self.log.wanted, self.board.wanted = Filter(), BoardFilter()

    def mark(self, at: int, text: str) -> None:
        """Note something of the user's, at the moment (ms) to which it belongs."""
        if self.live is not None:
            self.live.mark(Mark(at, text.strip()))

    @property
    def selected(self) -> Key | None:
        """The tunnel on which the cursor stands."""
        return self.board.selected

    def _just_came_up(self) -> bool:
        """Whether the selected tunnel came up a moment ago: that is worth seeing before the next trouble."""
        is_up = self.tunnel.state.is_up if self.tunnel else None
        return bool(is_up and is_up.value and is_up.seen and self._now - (is_up.at or 0) < _LINGERS)

    @property
    def tunnel(self) -> Tunnel | None:
        """The selected tunnel."""
        return self.pump.fleet.find(*self.selected) if self.pump and self.selected else None

    @property
    def subject(self) -> TunnelSnapshot | None:
        """The selected tunnel as of the last look, or as of the beginning of the pause."""
        return self._subject(self.selected, self.tunnel) if self.selected else None

    def device_of(self, subject: TunnelSnapshot | None) -> str | None:
        """Return the make of the device of a tunnel's customer: what the user chose, else what the config file says."""
        if self.device is not None or subject is None:
            return self.device
        name = subject.connection.name if subject.connection else ""
        return self._devices.get(subject.tunnel.connection) or self._devices.get(name)

    def site_of(self, connection: str) -> str:
        """Return the site that a connection is of, by its id; empty where there are not several."""
        known = self.pump.fleet.connection(connection) if self.pump else None
        return known.source if known is not None else ""

    def subject_of(self, message: Message) -> TunnelSnapshot | None:
        """Return the tunnel that a message is about: the selected one, or the one whose news it is."""
        tunnel = message.tunnel
        return self._subject((tunnel.connection, tunnel.outside_ip), tunnel) if tunnel else self.subject

    def _subject(self, key: Key, tunnel: Tunnel | None) -> TunnelSnapshot | None:
        held = self._paused.subjects.get(key) if self._paused else None
        subject = held or (self._subject_now(tunnel, self.pump.fleet) if tunnel and self.pump else None)
        if subject is None or self._outages is None:
            return subject
        return subject.with_outages(self._outages.of(subject.tunnel, now=self._now, current=subject.diagnoses))

    def _subject_now(self, tunnel: Tunnel, fleet: Fleet) -> TunnelSnapshot:
        return TunnelSnapshot.of(tunnel, fleet, diagnoses=self._diagnose(tunnel), now=self._now)

    def _outages_of(self, tunnel: Tunnel) -> tuple[Outage, ...]:
        """Return the tunnel's outages, on a paused screen as they were known when the pause began."""
        if self._outages is None:
            return ()
        outages = self._outages.of(tunnel, now=self._now, current=self._diagnose(tunnel))
        if self._paused is None:
            return outages
        held = self._paused.subjects.get((tunnel.connection, tunnel.outside_ip))
        return held.with_outages(outages).outages if held else ()

    def _diagnose(self, tunnel: Tunnel) -> tuple[Diagnosis, ...]:
        if self.pump is None or self._diagnoser is None:
            return ()
        pump = self.pump
        diagnose = diagnosing(self._diagnoser, now=self._now, feed=pump.state, caught_up=pump.caught_up)
        return tuple(diagnose(tunnel))

    @property
    def is_unread(self) -> bool:
        """Whether the selected tunnel's log cannot be read back."""
        facts = self.tunnel.facts if self.tunnel else None
        return bool(facts and self.pump and not self.pump.state.has_read(facts.ike_group))

    def report(self) -> Report | None:
        """Return what happened since the look-back began, as far as it was seen; None before there is a feed."""
        if self.pump is None or self._outages is None:
            return None
        known, now = self.pump, self._paused.at if self._paused else self._now
        return report(
            known.fleet,
            known.state,
            since=known.state.since if known.state.since is not None else now - HOUR,
            now=now,
            diagnose=self._diagnose,
            judge=judging(known.fleet, now=now),
            outages=self._outages,
            caught_up=known.caught_up,
        )

    def timeline(self, *, span: int | None, width: int, at: int | None) -> Timeline:
        """Return the timeline of the tunnels on the board, for a page of this width; empty before there is a feed.

        `span` is how far it goes back, ms, None for the whole look-back; `at` is the moment that the reader points at,
        None for the one that is shown. While an earlier moment of this watch is shown, what came later is there, too.
        """
        make = partial(self._timeline.of, span=span, width=width, at=at, keys=self._shown_keys)
        playback = self.playback
        if playback is not None and playback.is_live and self.live is not None:
            return make(self.live, self._live_outages_of, now=self.wall_clock.now(), shown=self._now)
        now = self._paused.at if self._paused else self._now
        if self.pump is None:
            return Timeline(Grid.of(until=now, span=span or HOUR, most=strip_width(width)), now)
        end = playback.track.end if playback else None
        return make(self.pump, self._outages_of, now=now, is_held=self.is_paused, goes_on_until=end)

    def _live_outages_of(self, tunnel: Tunnel) -> tuple[Outage, ...]:
        """Return a tunnel's outages as they are known by now, while an earlier moment is shown."""
        live, now = self.live, self.wall_clock.now()
        if live is None or self._live_outages is None:
            return ()
        if self._live_diagnoser is None:
            self._live_diagnoser = Diagnoser(live.fleet)
        diagnose = diagnosing(self._live_diagnoser, now=now, feed=live.state, caught_up=live.caught_up)
        return self._live_outages.of(tunnel, now=now, current=tuple(diagnose(tunnel)))

    def _present_board(self) -> Board:
        if self.pump is None or self._fleet_board is None:
            return Board()
        known, began = self.pump, self.wall_clock.monotonic()
        is_live = self.playback is None
        return self._fleet_board.look(
            now=self._now,
            feed=known.state,
            diagnose=self._diagnose,
            caught_up=known.caught_up,
            may_go_on=lambda: not is_live or self.wall_clock.monotonic() - began < _SLICE,
        )

    @property
    def is_complete(self) -> bool:
        """Whether the last look came to every connection that had changed."""
        return self._fleet_board is None or self._fleet_board.is_complete

    def recent(self, key: Key) -> tuple[Condition, ...]:
        """Return a tunnel's worst condition in each minute of the last hour."""
        tunnel = self.pump.fleet.find(*key) if self.pump else None
        if tunnel is None or self.pump is None or self._minutes is None:
            return ()
        until = self.pump.fleet.known_until(self._paused.at if self._paused else self._now)
        return self._minutes.of(tunnel, Grid.of(until=until, span=HOUR - MINUTE, most=60), now=until)

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
        """Return the state of the feed, with what the program itself has to remark before what the feed has."""
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
            sites=self._sites(),
            common_falls=self._common_falls(present),
        )

    def _common_falls(self, present: Board) -> tuple[CommonFall, ...]:
        connections = self.pump.fleet.connections if self.pump else ()
        return self._falls.get(present, lambda: falls_on(present, connections))

    def _sites(self) -> tuple[SiteStatus, ...]:
        if self.pump is None or len(self.pump.states) <= 1:
            return ()
        marks = self.pump.fleet.watermarks
        return tuple(
            SiteStatus(name, state, self._now - marks[name] if name in marks else None)
            for name, state in self.pump.states.items()
        )

    def _seen(self) -> int:
        return self.pump.fleet.seen if self.pump else 0
