"""The timeline: a strip of cells for each tunnel under one time axis, and a list of what happened."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tui.content.layout.blocks import Block, drawing
from tui.content.layout.cells import cell_len, clip, clip_start, count, fill, harmless
from tui.content.layout.lines import EMPTY, Line, Span, fitted
from tui.content.layout.symbols import CHANGE, MARK
from tui.content.layout.tones import Background, Tone
from tui.content.past.option_changes import change_text
from tui.content.past.outages import outage_text
from tui.content.wording import ANYWHERE
from tui.domain.calls import changes_of
from tui.domain.past.conditions import Condition
from tui.domain.past.outages import Outage
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Key, Tunnel
from tui.domain.times import DAY, HOUR, MINUTE, SECOND, clock_time, length, short_day, zone

CONDITION: Final = {
    Condition.CARRYING: ("▂", "carrying", Tone.GOOD),
    Condition.WITHOUT_BGP: ("▓", "no BGP", Tone.ERROR),
    Condition.NEGOTIATING: ("▅", "negotiating", Tone.WARNING),
    Condition.DOWN: ("█", "down", Tone.ERROR),
    Condition.QUIET: ("░", "quiet", Tone.WARNING),
    Condition.UNKNOWN: ("·", "unknown", Tone.FAINT),
}
"""Symbol, word and tone: the fuller the block, the worse, so that symbols alone distinguish the conditions."""
_TROUBLED: Final = frozenset(Condition) - {Condition.CARRYING, Condition.UNKNOWN}
_CALM: Final = 3
_MOST_CALM: Final = 12
"""Number of connections up to which each has its strips, even if it carried traffic all the time."""
_OUTAGE: Final = {True: ("▼", Tone.WARNING), False: ("▼", Tone.ERROR)}
"""The symbol of an outage, by whether it is over."""
LABEL: Final = 18
"""Cells before a strip: an address."""
_WORD: Final = 13
"""Cells after a strip for the condition at the cursor, if an hour in minutes still fits."""
_WITH_WORDS: Final = LABEL + 61 + _WORD
_TICKS: Final = (
    *(seconds * SECOND for seconds in (30,)),
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * DAY for days in (1, 2, 7, 28, 364)),
)
_TICK: Final = 9
"""Minimum distance between two times on the axis, in cells."""

COPIED: Final = 120
"""Width of a copied line, in cells."""

OutagesOf = Callable[[Tunnel], Sequence[Outage]]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened at a moment, ms, and the tunnel concerned; `until` is when an outage was over."""

    at: int
    sign: str
    tone: Tone
    place: str
    text: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """One tunnel's cells, under its connection's name."""

    key: Key
    name: str
    cells: tuple[Condition, ...]
    latest: Condition
    """The condition at the end, which the newest cell may be worse than."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The strips of some tunnels over one grid, trouble first, and what happened within it, oldest first.

    `cursor` is the cell that the user points at; the newest one follows the present. `calm` is the number of
    connections that carried traffic all the time and have no strip. `shown` is the earlier moment that the screen
    shows, ms; anything later is faint. `goes_on_until` is the end of the recording that is played.
    """

    grid: Grid
    until: int
    strips: tuple[Strip, ...] = ()
    happenings: tuple[Happening, ...] = ()
    cursor: int = 0
    calm: int = 0
    shown: int | None = None
    goes_on_until: int | None = None

    @property
    def moment(self) -> int:
        """The moment under the cursor, ms: the one that is shown, the beginning of the cell, or the present."""
        if self.shown is not None and self._is_at(self.shown):
            return self.shown
        return self.until if self.is_at_the_end else self.grid.begin_of(self.cursor)

    @property
    def is_at_the_end(self) -> bool:
        """Whether the cursor is at the present."""
        return self.cursor >= self.grid.count - 1 and (self.shown is None or not self._is_at(self.shown))

    def _is_at(self, at: int) -> bool:
        return self.grid.index_of(at) == self.cursor

    def beside(self, direction: int) -> int | None:
        """Return the moment of the next (1) or the previous (-1) happening; None if there is none."""
        begins = [max(happening.at, self.grid.start) for happening in self.happenings]
        if direction < 0:
            return max((at for at in begins if at < self.grid.begin_of(self.cursor)), default=None)
        return min((at for at in begins if at >= self.grid.begin_of(self.cursor + 1)), default=None)


def strip_width(width: int) -> int:
    """Return the number of cells of a strip on a page of this width."""
    return max(2, width - LABEL - (_WORD if width >= _WITH_WORDS else 0))


def timeline(
    fleet: Fleet,
    timelines: Timelines,
    *,
    grid: Grid,
    until: int,
    outages: OutagesOf,
    keys: frozenset[Key] | None = None,
    cursor: int | None = None,
    shown: int | None = None,
    goes_on_until: int | None = None,
) -> Timeline:
    """Return the timeline of the tunnels with these keys (all if empty), as of `until`, how far the feed has read.

    In a large fleet, connections that carried traffic all the time are counted and have no strip.
    """
    happened = [Happening(mark.at, *MARK, "", mark.text) for mark in fleet.marks]
    troubles: dict[tuple[Strip, ...], int] = {}
    for connection in fleet.connections:
        tunnels = [tunnel for tunnel in connection.tunnels if keys is None or _key(tunnel) in keys]
        strips = tuple(_strip(connection, tunnel, timelines, grid, until) for tunnel in tunnels)
        of_tunnels = [
            # Most tunnels carried traffic all the time, and computing their outages costs ten times as much as a strip.
            list(_of_tunnel(connection, tunnel, _no_outages if _is_calm(strip) else outages, until))
            for tunnel, strip in zip(tunnels, strips, strict=True)
        ]
        if strips:
            has_fallen = any(
                happening.until and happening.until >= grid.start for listed in of_tunnels for happening in listed
            )
            troubles[strips] = _trouble(strips, has_fallen=has_fallen)
        happened += (happening for listed in of_tunnels for happening in listed)
    shows_calm = len(troubles) <= _MOST_CALM
    ordered = [
        strips for strips in sorted(troubles, key=troubles.__getitem__) if shows_calm or troubles[strips] < _CALM
    ]
    within = (
        happening
        for happening in dict.fromkeys(happened)
        if happening.at <= until and (happening.until or happening.at) >= grid.start
    )
    last = grid.count - 1
    return Timeline(
        grid,
        until,
        tuple(strip for strips in ordered for strip in strips),
        tuple(sorted(within, key=lambda happening: happening.at)),
        last if cursor is None else max(0, min(cursor, last)),
        len(troubles) - len(ordered),
        shown,
        goes_on_until,
    )


def _key(tunnel: Tunnel) -> Key:
    return tunnel.connection, tunnel.outside_ip


def _strip(connection: Connection, tunnel: Tunnel, timelines: Timelines, grid: Grid, until: int) -> Strip:
    cells = timelines.cells(tunnel, grid, now=until)
    return Strip(_key(tunnel), connection.label, *cells)


def _trouble(strips: Sequence[Strip], *, has_fallen: bool) -> int:
    """Sort key: first what is in trouble at the end, then what was at any time, then what is partly unknown."""
    if any(strip.latest in _TROUBLED for strip in strips):
        return 0
    if has_fallen or any(not _TROUBLED.isdisjoint(strip.cells) for strip in strips):
        return 1
    return _CALM if all(map(_is_calm, strips)) else 2


def _is_calm(strip: Strip) -> bool:
    """Whether the tunnel carried traffic all the time."""
    return strip.cells.count(Condition.CARRYING) == len(strip.cells)


def _no_outages(tunnel: Tunnel) -> tuple[Outage, ...]:
    return ()


def _of_tunnel(connection: Connection, tunnel: Tunnel, outages: OutagesOf, now: int) -> Iterator[Happening]:
    name = connection.label
    label = f"{name} {tunnel.outside_ip}"
    for outage in outages(tunnel):
        sign, tone = _OUTAGE[outage.has_ended]
        end = outage.end if outage.end is not None else now
        yield Happening(outage.start, sign, tone, label, outage_text(outage), end)
    for change in changes_of(tunnel.facts):
        where = label if change.outside_ip else name
        yield Happening(change.at, *CHANGE, where, change_text(change, tunnel.facts, ANYWHERE))


def timeline_blocks(view: Timeline, *, utc: bool) -> tuple[Block, ...]:
    """Return the page as blocks, for the copy."""
    return tuple(drawing(line.text) for line in timeline_lines(view, COPIED, utc=utc))


def timeline_lines(view: Timeline, width: int, *, utc: bool) -> tuple[Line, ...]:
    """Return the page as lines of at most `width` cells."""
    return (
        _title(view, width, utc=utc),
        _axis(view.grid, utc=utc),
        _cursor_line(view, width, utc=utc),
        _signs(view),
        *_strips(view, width),
        *_calm(view),
        EMPTY,
        *_legend(width),
        EMPTY,
        *_happenings(view, width, utc=utc),
    )


def _title(view: Timeline, width: int, *, utc: bool) -> Line:
    grid = view.grid
    span = f"{length(grid.cell * (grid.count - 1))}, {length(grid.cell)} a cell, {zone(view.until, utc=utc)}"
    spans = [Span(" Timeline", Tone.STRONG), Span(f"  {span}", Tone.QUIET)]
    if view.shown is not None:
        spans.append(Span(f"  as of {clock_time(view.shown, utc=utc)}; what came later is faint", Tone.WARNING))
    elif view.goes_on_until is not None and view.goes_on_until >= grid.end:
        spans.append(Span(f"  the recording goes on until {clock_time(view.goes_on_until, utc=utc)}", Tone.WARNING))
    return Line(tuple(fitted(spans, width)))


def _calm(view: Timeline) -> Iterator[Line]:
    if view.calm:
        yield Line((Span(f" {count(view.calm, 'connection')} carried traffic all the time", Tone.QUIET),))


def _axis(grid: Grid, *, utc: bool) -> Line:
    """Return the times above the cells, each with a tick at the cell that begins then."""
    step = next((step for step in _TICKS if step >= _TICK * grid.cell and step % grid.cell == 0), _TICKS[-1])
    text = ""
    for index in range(grid.count):
        at = grid.begin_of(index)
        if at % step == 0 and len(text) <= index:
            written = _time(at, step, utc=utc)
            if index + 1 + len(written) <= grid.count:
                text = f"{text.ljust(index)}╷{written}"
    return Line((Span(" " * LABEL), Span(text, Tone.FAINT)))


def _time(at: int, step: int, *, utc: bool) -> str:
    if step >= DAY:
        return short_day(at, utc=utc).strip()
    return clock_time(at, utc=utc) if step < MINUTE else clock_time(at, utc=utc)[:5]


def _cursor_line(view: Timeline, width: int, *, utc: bool) -> Line:
    """Return the mark above the cursor's cell, and its time on the side with room."""
    # At the newest cell a word, because a time would be sent again each second.
    at = "now" if view.is_at_the_end else clock_time(view.moment, utc=utc)
    room = strip_width(width)
    before = " " * view.cursor
    if view.cursor + 2 + len(at) <= room:
        text = f"{before}▼ {at}"
    else:
        text = f"{before[: view.cursor - len(at) - 1]}{at} ▼" if view.cursor > len(at) else f"{before}▼"
    return Line((Span(" " * LABEL), Span(text, Tone.ACCENT)))


def _signs(view: Timeline) -> Line:
    """Return the symbols of notes and changes, each above its cell."""
    cells = [Span(" ")] * view.grid.count
    for happening in view.happenings:
        index = view.grid.index_of(happening.at)
        if index is not None and happening.sign in (MARK[0], CHANGE[0]):
            cells[index] = Span(happening.sign, happening.tone)
    return Line((Span(" " * LABEL), *cells))


def _strips(view: Timeline, width: int) -> Iterator[Line]:
    name = None
    for strip in view.strips:
        if (strip.key[0], strip.name) != name:
            name = (strip.key[0], strip.name)
            yield Line((Span(f" {clip(harmless(strip.name), width - 2)}", Tone.STRONG),))
        spans = [Span(f"  {fill(clip_start(harmless(strip.key[1]), LABEL - 3), LABEL - 3)} ")]
        # The line above says "now" at the end; a cell in the colour of a warning would look like one.
        later = None if view.shown is None else (view.shown - view.grid.start) // view.grid.cell + 1
        spans += strip_spans(strip.cells, cursor=None if view.is_at_the_end else view.cursor, faint_from=later)
        if width >= _WITH_WORDS:
            _, word, tone = CONDITION[strip.latest if view.is_at_the_end else strip.cells[view.cursor]]
            spans.append(Span(f"  {word}", Tone.TEXT if tone is Tone.GOOD else tone))
        yield Line(tuple(spans))


def strip_spans(
    cells: Sequence[Condition], *, cursor: int | None = None, faint_from: int | None = None
) -> Iterator[Span]:
    """Yield the cells of a strip, adjacent ones of one tone joined; the one under the cursor is highlighted."""
    text, tone = "", Tone.TEXT
    for index, condition in enumerate(cells):
        symbol, _, own = CONDITION[condition]
        own = Tone.FAINT if faint_from is not None and index >= faint_from else own
        own = Tone.MATCH if index == cursor else own
        if text and own is not tone:
            yield Span(text, tone)
            text = ""
        text, tone = text + symbol, own
    if text:
        yield Span(text, tone)


def _legend(width: int) -> Iterator[Line]:
    """Yield the meanings of the symbols, in as many lines as needed."""
    words = [
        *CONDITION.values(),
        *((symbol, word, tone) for (symbol, tone), word in ((MARK, "note"), (CHANGE, "option"))),
    ]
    spans, room = [Span(" ")], width - 1
    for symbol, word, tone in words:
        size = cell_len(symbol) + cell_len(word) + 3
        if size > room and len(spans) > 1:
            yield Line(tuple(spans))
            spans, room = [Span(" ")], width - 1
        spans += [Span(f" {symbol}", tone), Span(f" {word} ", Tone.FAINT)]
        room -= size
    yield Line(tuple(fitted(spans, width)))


def _happenings(view: Timeline, width: int, *, utc: bool) -> Iterator[Line]:
    """Yield what happened, the newest first; what began in the cursor's cell is highlighted."""
    if not view.happenings:
        yield Line((Span(" Nothing went down, was changed or noted in this time.", Tone.QUIET),))
    is_dated = any(happening.at < view.until - DAY for happening in view.happenings)
    places = {place: cell_len(harmless(place)) for place in {happening.place for happening in view.happenings}}
    column = max((cells for cells in places.values() if cells <= width // 2), default=0)
    for happening in reversed(view.happenings):
        is_pointed_at = view.grid.index_of(happening.at) == view.cursor
        is_later = view.shown is not None and happening.at > view.shown
        date = f"{short_day(happening.at, utc=utc)} " if is_dated else ""
        gap = " " * max(0, column - places[happening.place])
        label = f"{harmless(happening.place)}{gap}  " if happening.place else ""
        spans = [
            Span(f" {date}{clock_time(happening.at, utc=utc)} ", Tone.FAINT),
            Span(f"{happening.sign} ", happening.tone),
            Span(label, Tone.QUIET),
            Span(harmless(happening.text), Tone.STRONG if is_pointed_at or happening.sign == MARK[0] else Tone.TEXT),
        ]
        spans = [Span(span.text, Tone.FAINT) for span in spans] if is_later else spans
        yield Line(tuple(fitted(spans, width)), Background.SELECTED_BLURRED if is_pointed_at else Background.PLAIN)
