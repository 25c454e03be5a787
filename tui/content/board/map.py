"""The map of all tunnels: one cell each, always at the same place, so that changes catch the eye."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tui.content.board.board import Board
from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.content.board.verdicts import state_words, verdict_words
from tui.content.layout.cells import cell_len, fill, harmless
from tui.content.layout.lines import EMPTY, Line, Span, fitted
from tui.content.layout.tones import Tone
from tui.domain.state.tunnel import Key

_UP: Final = ("●", "up", Tone.GOOD)
_AT_RISK: Final = ("◐", "up, in trouble", Tone.WARNING)
_AWAY: Final = ("▼", "not carrying", Tone.ERROR)
_UNKNOWN: Final = ("?", "unknown", Tone.QUIET)
_SIGNS: Final = (_AWAY, _AT_RISK, _UNKNOWN, _UP)
_LONGEST_LABEL: Final = 16
_NO_SITE: Final = "no site"
_WIDE: Final = ((1, 3), (0, 2), (0, 1), (0, 0))
"""Blanks between the tunnels of a connection, and between connections: from the widest map to the densest."""


def sign_of(row: TunnelRow) -> tuple[str, str, Tone]:
    """Return a tunnel's symbol on the map, its meaning, and its tone."""
    if row.carries:
        return _AT_RISK if row.is_troubled else _UP
    return _UNKNOWN if row.carries is None and not row.is_troubled else _AWAY


@dataclass(frozen=True, slots=True)
class _MapLine:
    """A line of the map: the site, and the columns of its tunnels, in order."""

    site: str
    columns: tuple[int, ...]
    keys: tuple[Key, ...]


class MapLayout:
    """The position of each tunnel on a map of some size, which depends only on its site and name.

    The gaps are as wide as the height allows. With 5,000 tunnels the densest map takes 26 lines of 200 columns; if the
    height is not enough, the map is scrolled.
    """

    def __init__(self, board: Board, width: int, height: int) -> None:
        # Sorted by name alone if there are no sites; a site's connections are adjacent anyway.
        sites = [(site, list(rows)) for site, rows in groupby(sorted(board.connections, key=_site), key=_site)]
        has_sites = len(sites) > 1
        longest = max((cell_len(harmless(site or _NO_SITE)) for site, _ in sites), default=0)
        self._label = min(_LONGEST_LABEL, longest) if has_sites else 0
        self._lines: list[_MapLine] = []
        for gaps in _WIDE:
            self._lines = [
                line
                for site, rows in sites
                for line in _block(site or _NO_SITE if has_sites else "", rows, self._first, width, gaps)
            ]
            if len(self._lines) <= height:
                break
        self.places = {
            key: (line.columns[index], y) for y, line in enumerate(self._lines) for index, key in enumerate(line.keys)
        }

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def _first(self) -> int:
        """The column of the first cell."""
        return 1 + (self._label + 2 if self._label else 0)

    def at(self, x: int, y: int) -> Key | None:
        """Return the tunnel at a column of a line, or just beside it; None if there is none."""
        if not 0 <= y < len(self._lines) or not self._lines[y].columns:
            return None
        key = self._nearest(x, y)
        return key if abs(self.places[key][0] - x) <= 1 else None

    def beside(self, key: Key, steps: int) -> Key:
        """Return the tunnel so many cells further on, at most the last one."""
        keys = tuple(self.places)
        return keys[max(0, min(len(keys) - 1, keys.index(key) + steps))]

    def below(self, key: Key, lines: int) -> Key:
        """Return the tunnel so many lines further down, at most on the last line."""
        x, y = self.places[key]
        return self._nearest(x, max(0, min(len(self._lines) - 1, y + lines)))

    def _nearest(self, x: int, y: int) -> Key:
        line = self._lines[y]
        return min(zip(line.columns, line.keys, strict=True), key=lambda cell: abs(cell[0] - x))[1]

    def line(self, y: int, board: Board, cursor: Key | None, *, is_first: bool = False) -> Line:
        """Return one line of the map, with the tunnel under the cursor highlighted.

        The first one in view has its site's label even if the site begins above it.
        """
        if y >= len(self._lines):
            return EMPTY
        line = self._lines[y]
        label = line.site if is_first or y == 0 or self._lines[y - 1].site != line.site else ""
        label = fill(f" {harmless(label)}", self._first - 1) + " "
        return Line((Span(label, Tone.QUIET), *_cells(line, self._first, board, cursor)))


def _cells(line: _MapLine, first: int, board: Board, cursor: Key | None) -> Iterator[Span]:
    """Yield the cells of a line, with adjacent cells of one tone joined."""
    text, tone, end = "", Tone.TEXT, first
    for x, key in zip(line.columns, line.keys, strict=True):
        row = board.rows.get(key)
        symbol, _, own = sign_of(row) if row else _UNKNOWN
        own = Tone.MATCH if key == cursor else own
        blank = " " * (x - end)
        if own is not tone:
            if own is Tone.MATCH:  # the blank before it is not part of the cursor
                text, blank = text + blank, ""
            if text:
                yield Span(text, tone)
            text = ""
        text, tone, end = text + blank + symbol, own, x + 1
    yield Span(text, tone)


def _site(row: ConnectionRow) -> str:
    return row.site


def _block(
    site: str, rows: Sequence[ConnectionRow], first: int, width: int, gaps: tuple[int, int]
) -> Iterator[_MapLine]:
    """Yield the lines of a site. A connection is not split between lines, unless it is longer than one."""
    within, between = gaps
    columns, keys, x = list[int](), list[Key](), first
    for row in rows:
        length = len(row.tunnels) + within * (len(row.tunnels) - 1)
        for index, tunnel in enumerate(row.tunnels):
            needed = length if index == 0 else 1
            if keys and x + needed > width:
                yield _MapLine(site, tuple(columns), tuple(keys))
                columns, keys, x = [], [], first
            columns.append(x)
            keys.append(tunnel.key)
            x += 1 + within
        x += between - within
    if keys:
        yield _MapLine(site, tuple(columns), tuple(keys))


def legend_line(board: Board, width: int) -> Line:
    """Return the number of tunnels with each symbol, the worst first."""
    signs = [sign_of(row) for row in board.tunnels]
    spans = [Span(" ")]
    for sign in _SIGNS:
        number = signs.count(sign)
        symbol, word, tone = sign
        if number:
            spans += [Span(f"{symbol} ", tone), Span(f"{number:,} {word}   ", Tone.QUIET)]
    return Line(tuple(fitted(spans, width)))


def cursor_line(board: Board, cursor: Key | None, width: int, *, now: int) -> Line:
    """Return the line about the cursor's tunnel: connection, address, state, cause and, with enough room, verdict."""
    row = board.rows.get(cursor) if cursor else None
    connection = board.by_id.get(cursor[0]) if cursor else None
    if row is None or connection is None:
        return EMPTY
    symbol, word, tone = state_words(row, now)
    verdict = verdict_words(connection)
    spans = [
        Span(f" {harmless(connection.name) or connection.id}", Tone.STRONG),
        Span(f" · {harmless(row.key[1])}  ", Tone.TEXT),
        Span(f"{symbol} {word}", tone),
        Span(f" {row.age(now)}" if row.age(now) else "", Tone.QUIET),
        Span(f" · {harmless(row.cause)}" if row.cause else "", Tone.TEXT),
    ]
    last = Span(f"  {verdict[0]} {verdict[1]}", verdict[2])
    if sum(cell_len(span.text) for span in (*spans, last)) <= width:
        spans.append(last)
    return Line(tuple(fitted((span for span in spans if span.text), width)))
