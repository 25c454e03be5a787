"""The board: each connection with its verdict, each tunnel with its state, and the cause under one in trouble."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tui.content.board import Board, ConnectionRow, Key, TunnelRow
from tui.content.cells import clip, clip_start, count, harmless
from tui.content.lines import Line, Span, cell, fitted, line
from tui.content.symbols import SEVERITY
from tui.content.timeline import strip_spans
from tui.content.tones import Background, Tone
from tui.content.verdicts import state_words, verdict_words
from tui.domain.catalogue import Severity
from tui.domain.events import Phase
from tui.domain.times import age, clock_time
from tui.domain.tunnel import Health

_PHASE_TONE: Final = {
    Phase.ESTABLISHED: Tone.QUIET,
    Phase.REKEYING: Tone.TEXT,
    Phase.NEGOTIATING: Tone.WARNING,
    Phase.DOWN: Tone.ERROR,
    Phase.UNKNOWN: Tone.FAINT,
}
_SHORT: Final = {"established": "estab", "negotiating": "negot", "rekeying": "rekey", "unknown": "–"}
_SHORT_SESSION: Final = {"connect": "conn", "active": "actv", "opensent": "open", "openconfirm": "openc"}
_SWITCH: Final = {True: "on", False: "off", None: "–"}
_YES: Final = {True: "yes", False: "no", None: "–"}


def _phase(phase: Phase, width: int) -> Span:
    word = "–" if phase is Phase.UNKNOWN else phase.value
    return cell(_SHORT.get(word, word) if width < len(word) else word, width, _PHASE_TONE[phase])


def _bgp(row: TunnelRow, width: int) -> Span:
    tone = {True: Tone.QUIET, False: Tone.ERROR, None: Tone.FAINT}[row.bgp_is_up]
    if row.bgp_is_up and row.health is Health.DOWN:
        # Nothing carries it any more; BGP itself notices when the hold timer runs out.
        return cell(f"{row.bgp}?", width, Tone.FAINT)
    return cell(_SHORT_SESSION.get(row.bgp, row.bgp) if width < len(row.bgp) else row.bgp, width, tone)


def _flaps(row: TunnelRow, width: int) -> Span:
    figure = f"{row.flaps}" if row.flaps_within is None else f"≥{row.flaps}"
    return Span(figure.rjust(width), Tone.WARNING if row.flaps else Tone.FAINT)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its heading, in which widths it may be drawn, and what a tunnel shows in it.

    `widths` go from the widest to the narrowest, each with the rank at which it is given up for a narrower screen: rank
    1 first, and those of one rank together. After the narrowest the column is left out.
    """

    heading: str
    widths: tuple[tuple[int, int], ...]
    cell: Callable[[TunnelRow, int], Span]
    short_heading: str = ""
    is_number: bool = False

    def title(self, width: int) -> str:
        """Return the heading in so many cells."""
        text = self.heading if len(self.heading) <= width else self.short_heading
        return text.rjust(width) if self.is_number else text.ljust(width)

    def width_at(self, rank: int) -> int:
        """Return the width that is left once all up to `rank` are given up; 0 where the column is left out."""
        return next((width for width, given_up in self.widths if given_up > rank), 0)


_COLUMNS: Final = (
    Column("PHASE 1", ((11, 4), (5, 8)), lambda row, width: _phase(row.phase1, width), "PH 1"),
    Column("PHASE 2", ((11, 4), (5, 8)), lambda row, width: _phase(row.phase2, width), "PH 2"),
    Column("BGP", ((8, 3), (6, 6), (5, 7)), _bgp),
    Column("DPD", ((3, 2),), lambda row, width: cell(_SWITCH[row.dpd], width, Tone.FAINT)),
    Column("NAT-T", ((5, 1),), lambda row, width: cell(_YES[row.nat_t], width, Tone.FAINT)),
    Column("FLAPS", ((5, 5),), _flaps, is_number=True),
)
_LAST_RANK: Final = max(rank for column in _COLUMNS for _, rank in column.widths)
_AGE: Final = 5
_STATE: Final = 13
_ADDRESS: Final = 15
_LONGEST_ADDRESS: Final = 39
_SHORTEST_STRIP: Final = 15
_LONGEST_STRIP: Final = 60
_BESIDE: Final = 34
"""Cells that must be left beside the columns for the cause to stand in the tunnel's own line."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the board is laid out in a width: the columns, each with its width, and the room for addresses and causes."""

    columns: tuple[tuple[Column, int], ...]
    address: int
    beside: int
    strip: int = 0
    """Cells for the last minutes, one each."""

    @classmethod
    def of(cls, width: int, longest_address: int, *, has_recent: bool = False) -> "Shape":
        """Return the shape for a width and the longest address on the board."""
        room = width - (1 + _AGE + 2 + _STATE + 2)
        columns = _columns_within(room - _ADDRESS)
        left = room - sum(2 + cells for _, cells in columns)
        address = max(1, min(max(_ADDRESS, min(longest_address, _LONGEST_ADDRESS)), left))
        beside = left - address - 2
        beside = beside if beside >= _BESIDE else 0
        if not has_recent:
            return cls(columns, address, beside)
        # The strip takes the room of no column; the cause may then have to stand under the tunnel.
        for spare, is_beside in ((beside - _BESIDE - 2, True), (left - address - 2, False)):
            if spare >= _SHORTEST_STRIP:
                strip = min(_LONGEST_STRIP, spare)
                return cls(columns, address, beside - strip - 2 if is_beside else 0, strip)
        return cls(columns, address, beside)


def _columns_within(room: int) -> tuple[tuple[Column, int], ...]:
    """Return the columns that fit in so many cells, each as wide as it can be."""
    columns: tuple[tuple[Column, int], ...] = ()
    for rank in range(_LAST_RANK + 1):
        columns = tuple((column, width) for column in _COLUMNS if (width := column.width_at(rank)))
        if sum(2 + width for _, width in columns) <= room:
            break
    return columns


def board_lines(
    board: Board, width: int, *, selected: Key | None = None, focused: bool = False
) -> tuple[tuple[Line, ...], tuple[Key | None, ...]]:
    """Return the board's lines, and for each the tunnel that it belongs to."""
    addresses = [len(key[1]) for key in board.keys]
    shape = Shape.of(width, max(addresses, default=0), has_recent=board.has_recent)
    background = Background.SELECTED if focused else Background.SELECTED_BLURRED
    lines: list[Line] = []
    keys: list[Key | None] = []
    for connection in board.connections:
        lines.append(_connection_line(connection, shape, width))
        keys.append(connection.tunnels[0].key if connection.tunnels else None)
        for tunnel in connection.tunnels:
            for drawn in _tunnel_lines(tunnel, shape, width, is_selected=tunnel.key == selected):
                lines.append(drawn.on(background) if tunnel.key == selected else drawn)
                keys.append(tunnel.key)
    if board.as_of is not None:
        lines = [_without_green(each) for each in lines]
    if board.hidden and lines:
        lines.append(line(Span(f" {count(board.hidden, 'tunnel')} hidden; esc shows all", Tone.FAINT)))
        keys.append(None)
    return tuple(lines), tuple(keys)


def heading_line(board: Board, width: int, *, utc: bool = True) -> Line:
    """Return the headings of the columns; a board that is not of the present says of when it is."""
    shape = Shape.of(width, max((len(key[1]) for key in board.keys), default=0), has_recent=board.has_recent)
    spans = [
        Span(" " + "AGE".rjust(_AGE) + "  " + "STATE".ljust(_STATE) + "  " + "TUNNEL".ljust(shape.address), Tone.FAINT)
    ]
    titles = "".join("  " + column.title(cells) for column, cells in shape.columns)
    spans.append(Span(_with_window(titles, board.flaps_within), Tone.FAINT))
    if shape.strip:
        spans.append(Span(f"  {f'LAST {shape.strip} MIN':<{shape.strip}}", Tone.FAINT))
    if shape.beside:
        spans.append(Span("  CAUSE", Tone.FAINT))
    if board.as_of is not None:
        text = f" frozen at {clock_time(board.as_of, utc=utc)}, not live"
        spans = [Span(text, Tone.WARNING)] if width < 100 else [*spans, Span("  " + text, Tone.WARNING)]
    return Line(tuple(fitted(spans, width)))


def _with_window(titles: str, within: int | None) -> str:
    """Return the headings, where FLAPS says over which time it counts if that is not the hour: `FLAPS/10m`.

    It extends to the left over the blank end of the heading before it; the columns stay where they are.
    """
    before, flaps, after = titles.rpartition("FLAPS")
    if within is None or not flaps:
        return titles
    window = f" FLAPS/{age(within)}"
    kept, covered = before[: len(before) + len(flaps) - len(window)], before[len(before) + len(flaps) - len(window) :]
    return titles if covered.strip() else kept + window + after


def _without_green(drawn: Line) -> Line:
    """Return a line that promises nothing: what was well then may not be now."""
    return Line(
        tuple(Span(text, Tone.QUIET if tone is Tone.GOOD else tone) for text, tone in drawn.spans), drawn.background
    )


def _connection_line(row: ConnectionRow, shape: Shape, width: int) -> Line:
    # The verdict stands in the column of the addresses where the name leaves room for that.
    name = harmless(row.name) or row.id
    before = 1 + _AGE + 2 + _STATE + 2
    room = max(before - 3, width - 26)
    name = clip(name, room)
    symbol, word, tone = verdict_words(row)
    is_well = tone is Tone.GOOD
    spans = [
        Span(" "),
        cell(name, max(before - 3, min(len(name), room)), Tone.STRONG),
        Span("  "),
        Span(symbol, tone),
        Span(f" {word}", Tone.QUIET if is_well else tone),
    ]
    if row.name:
        spans.append(Span(f"  {row.id}", Tone.FAINT))
    if row.remark:
        spans.append(Span(f"  {harmless(row.remark)}", Tone.WARNING))
    return Line(tuple(fitted(spans, width)))


def _tunnel_lines(row: TunnelRow, shape: Shape, width: int, *, is_selected: bool) -> Iterator[Line]:
    symbol, word, tone = state_words(row)
    is_up = tone is Tone.GOOD
    spans = [
        Span(f"{'▌' if is_selected else ' '}", Tone.ACCENT),
        cell(row.age.rjust(_AGE), _AGE, Tone.QUIET if is_up else Tone.TEXT),
        Span("  "),
        Span(symbol, tone),
        cell(f" {word}", _STATE - 1, Tone.TEXT if is_up else tone),
        Span("  "),
        cell(clip_start(harmless(row.key[1]), shape.address), shape.address, Tone.TEXT),
    ]
    for column, cells in shape.columns:
        spans += [Span("  "), column.cell(row, cells)]
    if shape.strip:
        spans += [Span("  "), *strip_spans(row.recent[-shape.strip :])]
    if row.cause and shape.beside:
        spans += [Span("  "), _cause(row, shape.beside)]
    yield Line(tuple(fitted(spans, width)))
    if row.cause and not shape.beside:
        indent = 1 + _AGE + 2  # symbol under symbol, word under word
        yield line(
            Span("▌" if is_selected else " ", Tone.ACCENT),
            Span(" " * (indent - 1)),
            _cause(row, max(0, width - indent)),
        )


def _cause(row: TunnelRow, width: int) -> Span:
    """Return the cause with its symbol, which is left out where the tunnel's state has just shown the same."""
    symbol, tone = SEVERITY[row.severity]
    is_said = symbol == state_words(row)[0]
    # What is routine or good to know stays as quiet as the board around it.
    is_loud = row.severity in (Severity.WARNING, Severity.ERROR)
    return Span(
        clip(f"{' ' if is_said else symbol} {harmless(row.cause or '')}", width), tone if is_loud else Tone.QUIET
    )
