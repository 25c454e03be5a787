"""The lines of the board: connections with their verdicts, tunnels with their states, and causes of trouble."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from tui.content.board.columns import AGE, STATE, Shape
from tui.content.board.groups import Arrangement, Fold, Group, RowKey
from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.content.board.standings import standing_spans
from tui.content.board.verdicts import state_words, verdict_words
from tui.content.layout.cells import cell_len, clip, clip_start, count, harmless
from tui.content.layout.lines import Line, Span, cell, fitted, line
from tui.content.layout.symbols import SEVERITY, STANDING
from tui.content.layout.tones import Background, Tone
from tui.content.past.timeline import strip_spans
from tui.domain.knowledge.rule import Severity
from tui.domain.past.conditions import Condition
from tui.domain.state.tunnel import Key

Recent = Callable[[Key], Sequence[Condition]]
"""Returns a tunnel's worst condition in each minute of the last hour, the newest last."""


class _Kind(Enum):
    """The kind of a line of the board."""

    GROUP = auto()
    CONNECTION = auto()
    TUNNEL = auto()
    CAUSE = auto()
    FOLD = auto()
    HIDDEN = auto()


@dataclass(frozen=True, slots=True)
class Look:
    """How the lines are drawn: at which instant (ms), with which selection, and whether the board has the focus."""

    now: int
    selected: RowKey | None = None
    is_focused: bool = False
    recent: Recent | None = None


class BoardLines:
    """The lines of a board in some width, each made only when it is drawn: of a large fleet few are in view.

    `keys` holds the cursor's key for each line. `heads` are the lines that make sense without those above them.
    """

    def __init__(self, shown: Arrangement, width: int, *, has_recent: bool = False) -> None:
        board = shown.board
        self._width = width
        self._is_live = board.as_of is None
        self._without_site = shown.has_site_headings
        self._shape = Shape.of(width, board.longest_address, has_recent=has_recent and bool(board.connections))
        self._rows: list[tuple[_Kind, Any]] = []
        self.keys: list[RowKey | None] = []
        self.heads: list[int] = []
        for group in shown.groups:
            self._add_group(group)
        if board.hidden and self.keys:
            self._add(_Kind.HIDDEN, board.hidden, None)

    def __len__(self) -> int:
        return len(self.keys)

    def _add(self, kind: _Kind, row: Any, key: RowKey | None) -> None:
        if kind not in (_Kind.TUNNEL, _Kind.CAUSE):
            self.heads.append(len(self.keys))
        self._rows.append((kind, row))
        self.keys.append(key)

    def _add_group(self, group: Group) -> None:
        if group.has_heading:
            self._add(_Kind.GROUP, group, None)
        self._add_connections(group.connections)
        for fold in group.folds:
            self._add(_Kind.FOLD, fold, fold.key)
            if fold.is_open:
                self._add_connections(fold.connections)

    def _add_connections(self, connections: Sequence[ConnectionRow]) -> None:
        for connection in connections:
            self._add(_Kind.CONNECTION, connection, connection.tunnels[0].key if connection.tunnels else None)
            for tunnel in connection.tunnels:
                self._add(_Kind.TUNNEL, tunnel, tunnel.key)
                if tunnel.cause and not self._shape.beside:
                    self._add(_Kind.CAUSE, tunnel, tunnel.key)

    def line(self, index: int, look: Look) -> Line:
        """Return one line as drawn."""
        kind, row = self._rows[index]
        drawn = self._drawn(kind, row, look)
        if look.selected is not None and self.keys[index] == look.selected and kind in _SELECTABLE:
            drawn = drawn.on(Background.SELECTED if look.is_focused else Background.SELECTED_BLURRED)
        return drawn if self._is_live else _without_green(drawn)

    def _drawn(self, kind: _Kind, row: Any, look: Look) -> Line:
        match kind:
            case _Kind.GROUP:
                return _group_line(row, self._width)
            case _Kind.CONNECTION:
                return _connection_line(row, self._width, without_site=self._without_site)
            case _Kind.TUNNEL:
                return _tunnel_line(row, self._shape, self._width, look)
            case _Kind.CAUSE:
                return _cause_line(row, self._width, look)
            case _Kind.FOLD:
                return _fold_line(row, self._width, look)
            case _:
                return line(Span(f" {count(row, 'tunnel')} hidden; esc shows all", Tone.FAINT))


_SELECTABLE: Final = frozenset((_Kind.TUNNEL, _Kind.CAUSE, _Kind.FOLD))


@dataclass(frozen=True, slots=True)
class DrawnLines(Sequence[Line]):
    """The lines of a board as drawn at one instant."""

    lines: BoardLines
    look: Look

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        return self.lines.line(index, self.look)


def _without_green(drawn: Line) -> Line:
    """Return a line without colours of health: what was well then may not be now."""
    return Line(
        tuple(Span(text, Tone.QUIET if tone is Tone.GOOD else tone) for text, tone in drawn.spans), drawn.background
    )


def _group_line(group: Group, width: int) -> Line:
    title = [Span(f"{harmless(group.title) or 'no site'}  ", Tone.STRONG)] if group.has_title else []
    spans = [Span("── ", Tone.FAINT), *title, *(span for span, _ in standing_spans(group.standings)), Span(" ")]
    room = width - sum(cell_len(span.text) for span in spans)
    return Line(tuple(fitted([*spans, Span("─" * max(0, room), Tone.FAINT)], width)))


def _fold_line(fold: Fold, width: int, look: Look) -> Line:
    is_selected = look.selected == fold.key
    where = f" in {harmless(fold.place)}" if fold.place else ""
    key = "enter folds them" if fold.is_open else "enter shows them"
    spans = [
        Span("▌" if is_selected else " ", Tone.ACCENT),
        Span("▾ " if fold.is_open else "▸ ", Tone.FAINT),
        Span(f"{len(fold.connections):,} {STANDING[fold.key.standing][1]}{where}", Tone.QUIET),
        Span(f"   {key}" if is_selected else "", Tone.FAINT),
    ]
    return Line(tuple(fitted(spans, width)))


def _connection_line(row: ConnectionRow, width: int, *, without_site: bool) -> Line:
    # The verdict is in the column of the addresses if the name leaves room for that.
    name = harmless(row.name.removeprefix(f"{row.site}/") if without_site else row.name) or row.id
    before = 1 + AGE + 2 + STATE + 2
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
    if row.remark:
        spans.append(Span(f"  {harmless(row.remark)}", Tone.WARNING))
    if row.name:  # last, because the end is what is cut: the details show the id, too
        spans.append(Span(f"  {row.id}", Tone.FAINT))
    return Line(tuple(fitted(spans, width)))


def _tunnel_line(row: TunnelRow, shape: Shape, width: int, look: Look) -> Line:
    symbol, word, tone = state_words(row, look.now)
    is_up = tone is Tone.GOOD
    spans = [
        Span("▌" if row.key == look.selected else " ", Tone.ACCENT),
        cell(row.age(look.now).rjust(AGE), AGE, Tone.QUIET if is_up else Tone.TEXT),
        Span("  "),
        Span(symbol, tone),
        cell(f" {word}", STATE - 1, Tone.TEXT if is_up else tone),
        Span("  "),
        cell(clip_start(harmless(row.key[1]), shape.address), shape.address, Tone.TEXT),
    ]
    for column, cells in shape.columns:
        spans += [Span("  "), column.cell(row, cells)]
    if shape.strip and look.recent is not None:
        spans += [Span("  "), *strip_spans(look.recent(row.key)[-shape.strip :])]
    if row.cause and shape.beside:
        spans += [Span("  "), _cause(row, shape.beside)]
    return Line(tuple(fitted(spans, width)))


def _cause_line(row: TunnelRow, width: int, look: Look) -> Line:
    indent = 1 + AGE + 2  # symbol below symbol, word below word
    return line(
        Span("▌" if row.key == look.selected else " ", Tone.ACCENT),
        Span(" " * (indent - 1)),
        _cause(row, max(0, width - indent)),
    )


def _cause(row: TunnelRow, width: int) -> Span:
    """Return the cause with its symbol, unless the tunnel's state has just shown the same symbol."""
    symbol, tone = SEVERITY[row.severity]
    is_said = symbol == state_words(row)[0]
    # Routine or good news stays as quiet as the board around it.
    is_loud = row.severity in (Severity.WARNING, Severity.ERROR)
    return Span(
        clip(f"{' ' if is_said else symbol} {harmless(row.cause or '')}", width), tone if is_loud else Tone.QUIET
    )
