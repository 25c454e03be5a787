"""Selects where routine lines matter after all: around each state change, and where a tunnel's log falls silent.

Without them a fall disproved by the next DPD answer would stand, and the last answer before a silence would be missing.
So the telling lines are folded as the fleet folds them, and everything around each change is read. Pure and
synchronous; times in seconds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from tui.domain.events import BgpEvent, Log, RouteEvent
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.reading.parse import parse
from tui.domain.reading.streams import read_stream_name
from tui.domain.state.folding import advance
from tui.domain.state.tunnel_state import LONGEST_LIFE, UNHEARD, Health, State
from tui.feed.insights.engine import Window
from tui.feed.insights.rows import Row

_BEFORE: Final = 90
"""The time before a change that is read in full: AWS gives a peer up 30 s after the first unanswered DPD request."""
_AFTER_FALL: Final = 600
_AFTER_RISE: Final = 90
_LIFE: Final = LONGEST_LIFE // 1000
"""A tunnel that is up logs a rekey at least this often; if not, it has fallen silent, and it matters when."""
HELD: Final = _LIFE + _BEFORE
"""How long after a line it may still turn out that earlier lines matter."""
_APART: Final = 300
"""The maximum gap between closeups that are read as one."""
_MOST: Final = 40
"""The maximum number of closeups per window; beyond it, the nearest are merged."""

TunnelKey = tuple[str, str]
"""A connection's id and a tunnel's outside address."""


@dataclass(frozen=True, slots=True)
class Closeup:
    """A window in which these streams, each with its group, are read in full."""

    window: Window
    streams: frozenset[tuple[str, str]]

    def covers(self, row: Row) -> bool:
        """Whether a row is among those read in full."""
        is_within = self.window.start * 1000 <= row.at < self.window.end * 1000
        return is_within and (row.group, row.line.stream) in self.streams

    @property
    def streams_by_group(self) -> dict[str, list[str]]:
        """The streams by group name."""
        by_group: dict[str, list[str]] = {}
        for group, stream in sorted(self.streams):
            by_group.setdefault(group, []).append(stream)
        return by_group


@dataclass(slots=True)
class _Tunnel:
    state: State = UNHEARD
    last: int = 0
    is_silent: bool = False
    streams: set[tuple[str, str]] = field(default_factory=set)
    spans: list[Window] = field(default_factory=list)
    """The spans to read in full."""


class Closeups:
    """Follows tunnels through their telling lines, and determines what to read in full."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._tunnels: dict[TunnelKey, _Tunnel] = {}

    def note(self, rows: Iterable[Row]) -> None:
        """Process telling lines, in order of time."""
        for row in rows:
            tunnel = self._tunnels.setdefault(read_stream_name(row.line.stream)[:2], _Tunnel())
            tunnel.streams.add((row.group, row.line.stream))
            tunnel.last, tunnel.is_silent = row.at // 1000, False
            before = tunnel.state.health.value
            tunnel.state = self._advanced(tunnel.state, row)
            after = tunnel.state.health.value
            if after is not before:
                span = _AFTER_RISE if after is Health.UP else _AFTER_FALL
                tunnel.spans.append(Window(tunnel.last - _BEFORE, tunnel.last + span))

    def note_silence(self, until: int, *, is_end: bool = False) -> None:
        """Note that all lines until a time are known: tunnels may have fallen silent, and at the end all have."""
        for tunnel in self._tunnels.values():
            if not tunnel.is_silent and (is_end or tunnel.last < until - _LIFE):
                tunnel.is_silent = True
                tunnel.spans.append(Window(tunnel.last - _BEFORE, tunnel.last + _LIFE))

    def within(self, window: Window) -> list[Closeup]:
        """Return the closeups of a window, in order; spans that end before the window's end are dropped."""
        wanted = sorted(
            (_overlap(span, window), number)
            for number, tunnel in enumerate(self._tunnels.values())
            for span in tunnel.spans
            if _overlap(span, window).length > 0
        )
        tunnels = list(self._tunnels.values())
        for tunnel in tunnels:
            tunnel.spans = [span for span in tunnel.spans if span.end > window.end]
        gap = _gap_between([span for span, _ in wanted])
        closeups: list[Closeup] = []
        for span, number in wanted:
            streams = frozenset(tunnels[number].streams)
            if closeups and span.start - closeups[-1].window.end <= gap:
                last = closeups.pop()
                span = Window(last.window.start, max(last.window.end, span.end))
                streams |= last.streams
            closeups.append(Closeup(span, streams))
        return closeups

    def _advanced(self, state: State, row: Row) -> State:
        event = parse(row.line.message)
        log = Log.BGP if isinstance(event, BgpEvent | RouteEvent) else read_stream_name(row.line.stream).log or Log.IKE
        return advance(state, event, self._catalogue.match(event.message, log=log), at=row.at)


def _overlap(span: Window, window: Window) -> Window:
    return Window(max(span.start, window.start), min(span.end, window.end))


def _gap_between(spans: list[Window]) -> int:
    """Return the gap up to which neighbours are merged, so that at most `_MOST` are left."""
    gaps = sorted(_gaps(spans), reverse=True)
    return max(_APART, gaps[_MOST - 1]) if len(gaps) >= _MOST else _APART


def _gaps(spans: list[Window]) -> Iterator[int]:
    end = spans[0].end if spans else 0
    for before, after in pairwise(spans):
        end = max(end, before.end)
        yield after.start - end
