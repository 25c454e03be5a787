"""The board reduced to what the user wants to see: connections in trouble, or matches of a text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tui.content.board.board import Board
from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.content.board.verdicts import state_words, verdict_words
from tui.content.layout.symbols import STANDING
from tui.domain.judgement.verdict import Verdict


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What the user wants to see: only connections in trouble, only those of one standing, or matches of a text."""

    text: str = ""
    problems_only: bool = False
    standing: Verdict | None = None

    def __bool__(self) -> bool:
        return self != BoardFilter()

    def __str__(self) -> str:
        """The filter in words, for titles."""
        if self.text:
            return f"filter {self.text}"
        return f"those {STANDING[self.standing][1]}" if self.standing else "those in trouble"


def narrowed(board: Board, wanted: BoardFilter) -> Board:
    """Return the board with the matching connections only (case-insensitive); the same board if all match."""
    if not wanted:
        return board
    shown = [row for row in board.connections if row.is_troubled or not wanted.problems_only]
    if wanted.standing is not None:
        shown = [row for row in shown if row.standing is wanted.standing]
    if wanted.text:
        shown = [kept for row in shown if (kept := _matching(row, wanted.text.casefold()))]
    hidden = board.tunnel_count - sum(len(row.tunnels) for row in shown)
    return replace(board, connections=tuple(shown), hidden=hidden)


def _matching(connection: ConnectionRow, text: str) -> ConnectionRow | None:
    """Return the connection with all its tunnels if its own line contains `text`, else with the matching tunnels."""
    if any(text in shown.casefold() for shown in _words_of_connection(connection)):
        return connection
    kept = tuple(row for row in connection.tunnels if any(text in shown.casefold() for shown in _words_of_tunnel(row)))
    return replace(connection, tunnels=kept) if kept else None


def _words_of_connection(row: ConnectionRow) -> Iterator[str]:
    _, verdict, _ = verdict_words(row)
    yield from (row.name, row.id, verdict, row.remark)


def _words_of_tunnel(row: TunnelRow) -> Iterator[str]:
    """Yield the words of a tunnel's line, without those found on most lines: the phases, and BGP that is up."""
    _, state, _ = state_words(row)
    yield from (row.key[1], state, row.health.value, row.cause or "")
    if row.bgp_is_up is False:
        yield row.bgp
