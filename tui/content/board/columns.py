"""The columns of the board: which ones fit a width, the text of a tunnel in each, and the headings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from tui.content.board.groups import Arrangement, Layout
from tui.content.board.order import Order
from tui.content.board.rows import TunnelRow
from tui.content.layout.lines import Line, Span, cell, fitted
from tui.content.layout.tones import Tone
from tui.domain.events import Phase
from tui.domain.state.tunnel_state import Health
from tui.domain.times import age, clock_time

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
        # Nothing carries BGP any more; it notices only when the hold timer expires.
        return cell(f"{row.bgp}?", width, Tone.FAINT)
    return cell(_SHORT_SESSION.get(row.bgp, row.bgp) if width < len(row.bgp) else row.bgp, width, tone)


def _flaps(row: TunnelRow, width: int) -> Span:
    figure = f"≥{row.flaps}" if row.flaps_are_partial else f"{row.flaps}"
    return Span(figure.rjust(width), Tone.WARNING if row.flaps else Tone.FAINT)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its heading, its possible widths, and the text of a tunnel in it.

    `widths` go from the widest to the narrowest, each with the rank at which it is given up for a narrower screen: rank
    1 first, and those of one rank together. After the narrowest the column is left out.
    """

    heading: str
    widths: tuple[tuple[int, int], ...]
    cell: Callable[[TunnelRow, int], Span]
    order: Order
    short_heading: str = ""
    is_number: bool = False

    def title(self, width: int) -> str:
        """Return the heading, abbreviated if it does not fit so many cells."""
        return self.heading if len(self.heading) <= width else self.short_heading

    def width_at(self, rank: int) -> int:
        """Return the width that is left once all ranks up to `rank` are given up; 0 if the column is left out."""
        return next((width for width, given_up in self.widths if given_up > rank), 0)


_COLUMNS: Final = (
    Column("PHASE 1", ((11, 4), (5, 8)), lambda row, width: _phase(row.phase1, width), Order.PHASE_1, "PH 1"),
    Column("PHASE 2", ((11, 4), (5, 8)), lambda row, width: _phase(row.phase2, width), Order.PHASE_2, "PH 2"),
    Column("BGP", ((8, 3), (6, 6), (5, 7)), _bgp, Order.BGP),
    Column("DPD", ((3, 2),), lambda row, width: cell(_SWITCH[row.dpd], width, Tone.FAINT), Order.DPD),
    Column("NAT-T", ((5, 1),), lambda row, width: cell(_YES[row.nat_t], width, Tone.FAINT), Order.NAT_T),
    Column("FLAPS", ((5, 5),), _flaps, Order.FLAPS, is_number=True),
)
_LAST_RANK: Final = max(rank for column in _COLUMNS for _, rank in column.widths)
AGE: Final = 5
STATE: Final = 13
_ADDRESS: Final = 15
_LONGEST_ADDRESS: Final = 39
_SHORTEST_STRIP: Final = 15
_FOR_A_STRIP: Final = 2
"""The rank up to which columns are given up for the last hour: DPD and NAT-T, which the details show, too."""
_LONGEST_STRIP: Final = 60
_BESIDE: Final = 34
"""Minimum number of cells beside the columns for the cause to be in the tunnel's own line."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The layout of the board in a width: the columns with their widths, and the room for addresses and causes."""

    columns: tuple[tuple[Column, int], ...]
    address: int
    beside: int
    strip: int = 0
    """Cells for the last minutes, one each."""

    @classmethod
    def of(cls, width: int, longest_address: int, *, has_recent: bool = False) -> "Shape":
        """Return the shape for a width and the longest address on the board."""
        room = width - (1 + AGE + 2 + STATE + 2)
        columns = _columns_within(room - _ADDRESS)
        left = room - sum(2 + cells for _, cells in columns)
        address = max(1, min(max(_ADDRESS, min(longest_address, _LONGEST_ADDRESS)), left))
        beside = left - address - 2
        beside = beside if beside >= _BESIDE else 0
        if not has_recent:
            return cls(columns, address, beside)
        # The strip takes the room of rarely changing columns only; the cause may then have to go below the tunnel.
        for spare, is_beside in ((beside - _BESIDE - 2, True), (left - address - 2, False)):
            if spare >= _SHORTEST_STRIP:
                strip = min(_LONGEST_STRIP, spare)
                return cls(columns, address, beside - strip - 2 if is_beside else 0, strip)
        fewer = _columns_within(room - _ADDRESS, given_up=_FOR_A_STRIP)
        spare = room - sum(2 + cells for _, cells in fewer) - address - 2
        return cls(fewer, address, 0, spare) if spare >= _SHORTEST_STRIP else cls(columns, address, beside)


def _columns_within(room: int, *, given_up: int = 0) -> tuple[tuple[Column, int], ...]:
    """Return the columns that fit so many cells, each as wide as possible, with ranks given up as needed."""
    columns: tuple[tuple[Column, int], ...] = ()
    for rank in range(given_up, _LAST_RANK + 1):
        columns = tuple((column, width) for column in _COLUMNS if (width := column.width_at(rank)))
        if sum(2 + width for _, width in columns) <= room:
            break
    return columns


class _Heading(NamedTuple):
    """A heading, the cells from `start` to `end` of its column, and the order that a click on it selects."""

    text: str
    start: int
    end: int
    order: Order | None
    is_number: bool = False

    @property
    def at(self) -> int:
        """The column of the first character."""
        return self.end - len(self.text) if self.is_number else self.start

    @property
    def text_end(self) -> int:
        """The column after the last character."""
        return self.at + len(self.text)


def heading_line(shown: Arrangement, width: int, *, now: int = 0, utc: bool = True, has_recent: bool = False) -> Line:
    """Return the column headings, with an arrow at the order of the board.

    If the board is not of the present, the line also shows its time.
    """
    board, headings = shown.board, _headings(_shape(shown, width, has_recent=has_recent))
    if board.flaps_since is not None:
        headings = _with_window(headings, age(now - board.flaps_since))
    is_ordered = shown.is_folded or (shown.layout.order, shown.layout.is_reversed) != (Order.WORST, False)
    spans = list(_placed(headings, shown.layout if is_ordered else None))
    if board.as_of is not None:
        text = f" frozen at {clock_time(board.as_of, utc=utc)}, not live"
        spans = [Span(text, Tone.WARNING)] if width < 100 else [*spans, Span("  " + text, Tone.WARNING)]
    return Line(tuple(fitted(spans, width)))


def order_at(shown: Arrangement, width: int, x: int, *, has_recent: bool = False) -> Order | None:
    """Return the order that a click at column `x` of the headings selects; None beside them."""
    headings = _headings(_shape(shown, width, has_recent=has_recent))
    return next((heading.order for heading in headings if heading.start <= x < heading.end), None)


def _shape(shown: Arrangement, width: int, *, has_recent: bool) -> Shape:
    return Shape.of(width, shown.board.longest_address, has_recent=has_recent and bool(shown.board.connections))


def _headings(shape: Shape) -> list[_Heading]:
    headings = [_Heading("AGE", 1, 1 + AGE, Order.CHANGE, is_number=True)]

    def add(text: str, width: int, order: Order | None, *, is_number: bool = False) -> None:
        start = headings[-1].end + 2
        headings.append(_Heading(text, start, start + width, order, is_number))

    add("STATE", STATE, Order.WORST)
    add("TUNNEL", shape.address, Order.NAME)
    for column, width in shape.columns:
        add(column.title(width), width, column.order, is_number=column.is_number)
    if shape.strip:
        add(f"LAST {shape.strip} MIN", shape.strip, None)
    if shape.beside:
        add("CAUSE", shape.beside, Order.CAUSE)
    return headings


def _with_window(headings: list[_Heading], within: str) -> list[_Heading]:
    """Return the headings with the time over which FLAPS counts, if that is not the hour: `FLAPS/10m`.

    That extends to the left over the blank end of the previous heading; the columns do not move.
    """
    after = list(headings)
    for index, heading in enumerate(headings):
        longer = heading._replace(text=f"{heading.text}/{within}")
        if heading.order is Order.FLAPS and longer.at > headings[index - 1].text_end:
            after[index] = longer
    return after


def _placed(headings: list[_Heading], layout: Layout | None) -> Iterator[Span]:
    """Yield the headings at their columns, with an arrow in the gap beside the one of the layout's order."""
    x = 0
    for heading in headings:
        text, start, tone = heading.text, heading.at, Tone.FAINT
        if layout is not None and heading.order is layout.order:
            arrow, tone = "▴" if layout.is_reversed else "▾", Tone.QUIET
            start, text = (start - 1, arrow + text) if heading.is_number else (start, text + arrow)
        yield Span(" " * (start - x), Tone.FAINT)
        yield Span(text, tone)
        x = start + len(text)
    yield Span(" " * max(0, headings[-1].end - x), Tone.FAINT)
