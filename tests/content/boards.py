"""Boards of a pump, and their lines as drawn."""

from tests.scenes import (
    NOW,
    board_lines,
    diagnosing,
)
from tui.content.board.board import Board
from tui.content.board.columns import heading_line as heading_of
from tui.content.board.filter import BoardFilter, narrowed
from tui.content.board.fleet_board import board
from tui.content.board.groups import arranged
from tui.content.board.lines import Look, Recent
from tui.content.layout.lines import Line
from tui.content.layout.tones import Tone
from tui.feed.pump import Pump


def seen(held: Pump, *, now: int = NOW, problems_only: bool = False, text: str = "") -> Board:
    whole = board(held.fleet, now=now, feed=held.state, diagnose=diagnosing(held))
    return narrowed(whole, BoardFilter(text, problems_only))


def tones(lines: list[Line]) -> set[Tone]:
    return {span.tone for line in lines for span in line.spans}


def drawn(shown: Board, width: int = 80, *, now: int = NOW, recent: Recent | None = None) -> list[Line]:
    return board_lines(arranged(shown), width, Look(now, recent=recent))


def heading_line(shown: Board, width: int, *, has_recent: bool = False) -> Line:
    return heading_of(arranged(shown), width, now=NOW, has_recent=has_recent)
