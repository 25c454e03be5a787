"""`tunnelwatch status`: every tunnel once, as a table or as JSON, with a monitoring plugin's exit code."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from tui.content.assessment import diagnosing, judging
from tui.content.board.board import Board
from tui.content.board.columns import heading_line
from tui.content.board.common_falls import common_fall_text, falls_at_present, falls_on
from tui.content.board.fleet_board import board
from tui.content.board.groups import in_order
from tui.content.board.lines import BoardLines, Look
from tui.content.board.rows import TunnelRow
from tui.content.doubts import doubt_sentence
from tui.content.exit_codes import ExitCode
from tui.content.layout.cells import count, harmless, wrap
from tui.content.layout.lines import Line, line
from tui.content.wording import ANYWHERE, delivery_note
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.verdict import Verdict, verdict_of
from tui.domain.past.outages import DIAGNOSED, Outages
from tui.domain.state.fleet import Fleet
from tui.headless.colour import Render, plain
from tui.headless.json_documents import common_fall_document, status_document

_DIAGNOSED_IN_ALL: Final = 1_000
"""The number of outages, of all tunnels together, up to which every one gets a cause, as in a report."""
_INDENT: Final = 8
"""Cells before a remark on a tunnel, such as its cause."""


def exit_code(fleet: Fleet, *, now: int, states: Mapping[str, FeedState] | None = None) -> ExitCode:
    """Return the exit code: a connection that carries nothing is worse than one, or a site, with an unknown state."""
    judge = judging(fleet, now=now)
    connections = [[judge(tunnel) for tunnel in connection.tunnels] for connection in fleet.connections]
    verdicts = {verdict_of(judgements) for judgements in connections}
    if Verdict.DOWN in verdicts:
        return ExitCode.CRITICAL
    is_unread = any(state.mode is FeedMode.OFFLINE for state in (states or {}).values())
    if not verdicts or Verdict.UNKNOWN in verdicts or is_unread:
        return ExitCode.UNKNOWN
    carries_all = all(judgement.carries for judgements in connections for judgement in judgements)
    return ExitCode.OK if carries_all else ExitCode.WARNING


def render_json(
    fleet: Fleet,
    feed: FeedState,
    *,
    now: int,
    caught_up: bool = True,
    sites: Mapping[str, FeedState] | None = None,
) -> str:
    """Return the one JSON object of `status --json`; `caught_up` says whether the look-back was read to its end."""
    diagnose = diagnosing(Diagnoser(fleet), now=now, feed=feed, caught_up=caught_up)
    judge = cache(judging(fleet, now=now))
    outages = Outages(fleet, diagnosed=max(DIAGNOSED, _DIAGNOSED_IN_ALL // max(1, len(fleet.tunnels))))
    document = status_document(fleet, feed, now=now, diagnose=diagnose, judge=judge, outages=outages, sites=sites)
    document["common_falls"] = [common_fall_document(fall) for fall in falls_at_present(fleet.connections, judge)]
    return json.dumps(document)


def render_table(
    fleet: Fleet, feed: FeedState, *, now: int, caught_up: bool = True, columns: int = 80, render: Render = plain
) -> str:
    """Return the board as text, `columns` cells wide: a summary with the time, then the worst connections first."""
    diagnose = diagnosing(Diagnoser(fleet), now=now, feed=feed, caught_up=caught_up)
    shown = board(fleet, now=now, feed=feed, diagnose=diagnose).worst_first()
    late = delivery_note(fleet.delivery.longest(now=now))
    notices = [
        part for notice in (late, feed.reason, *feed.notices) if notice for part in wrap(harmless(notice), columns)
    ]
    common = (common_fall_text(fall, ANYWHERE) for fall in falls_on(shown, fleet.connections))
    lines = [
        *map(line, wrap(_summary(shown, feed, now), columns)),
        *(line(part) for text in common for part in wrap(harmless(text), columns)),
        *_table(shown, columns, now),
        *map(line, notices),
    ]
    return "\n".join(map(render, lines))


def _summary(shown: Board, feed: FeedState, now: int) -> str:
    states = [state.text + (f" ({state.risk_text})" if state.risk_text else "") for state in shown.tally]
    tunnels = f"{count(len(shown.keys), 'tunnel')}{': ' if states else ''}{', '.join(states)}"
    where = f" in {feed.region}" if feed.region else ""
    return f"{ANYWHERE(now)}: {count(len(shown.connections), 'connection')}{where}, {tunnels}"


def _table(shown: Board, columns: int, now: int) -> Iterator[Line]:
    if not shown.connections:
        return
    # The board is already sorted, and printed output folds nothing.
    page = in_order(shown)
    yield heading_line(page, columns, now=now)
    lines, look = BoardLines(page, columns), Look(now if shown.as_of is None else shown.as_of)
    for index, key in enumerate(lines.keys):
        yield lines.line(index, look)
        is_last_of_tunnel = key is not None and key != (*lines.keys, None)[index + 1]
        if isinstance(key, tuple) and is_last_of_tunnel:
            yield from _doubt(shown.rows[key], columns)


def _doubt(row: TunnelRow, columns: int) -> Iterator[Line]:
    if row.doubt is not None:
        sentence = harmless(doubt_sentence(row.doubt, moment=ANYWHERE))
        yield from (line(" " * _INDENT + part) for part in wrap(sentence, columns - _INDENT))
