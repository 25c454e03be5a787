"""The board with only what the user wants to see: connections in trouble, or what contains a text."""

from collections.abc import Iterator
from dataclasses import replace

from tui.content.board import Board, ConnectionRow, TunnelRow
from tui.content.verdicts import state_words, verdict_words


def narrowed(board: Board, *, problems_only: bool = False, text: str = "") -> Board:
    """Return the board with only the connections in trouble, or only those that contain `text`, case-blind."""
    shown = [row for row in board.connections if row.is_troubled or not problems_only]
    if text:
        shown = [kept for row in shown if (kept := _matching(row, text.casefold()))]
    hidden = len(board.keys) - sum(len(row.tunnels) for row in shown)
    return replace(board, connections=tuple(shown), hidden=hidden)


def _matching(connection: ConnectionRow, text: str) -> ConnectionRow | None:
    """Return the connection with all its tunnels if its own line contains `text`, else with those whose lines do."""
    if any(text in shown.casefold() for shown in _words_of_connection(connection)):
        return connection
    kept = tuple(row for row in connection.tunnels if any(text in shown.casefold() for shown in _words_of_tunnel(row)))
    return replace(connection, tunnels=kept) if kept else None


def _words_of_connection(row: ConnectionRow) -> Iterator[str]:
    _, verdict, _ = verdict_words(row)
    yield from (row.name, row.id, verdict, row.remark)


def _words_of_tunnel(row: TunnelRow) -> Iterator[str]:
    """Yield what a tunnel's line says, without what would match on most lines: the phases, and BGP that is up."""
    _, state, _ = state_words(row)
    yield from (row.key[1], state, row.health.value, row.cause or "")
    if row.bgp_is_up is False:
        yield row.bgp
