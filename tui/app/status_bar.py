"""The top of the screen: where we look, how the tunnels stand, and the truth about the feed at all times."""

from collections.abc import Iterator

from rich.cells import cell_len

from tui.content.board import Board
from tui.content.cells import count, harmless, wrap
from tui.content.lines import Line, Span, justified
from tui.content.snapshot import Status
from tui.content.symbols import HEALTH, VERDICT
from tui.content.tones import Background, Tone
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.fleet import Verdict
from tui.domain.times import clock_time, zone
from tui.domain.tunnel import Health

_MODES = {
    FeedMode.STARTING: ("◌", "starting", Tone.QUIET),
    FeedMode.LIVE: ("●", "live", Tone.GOOD),
    FeedMode.POLLING: ("◌", "polling", Tone.WARNING),
    FeedMode.OFFLINE: ("✖", "offline", Tone.ERROR),
}
_BEHIND = 15_000
"""Milliseconds from which being behind is worth a word: a Live Tail frame comes each second, a sweep each few."""


def status_line(status: Status, width: int) -> Line:
    """Return the status bar at this width; what tells least goes first where room is short."""
    right = [
        *_feed(status),
        Span(f"  {clock_time(status.now, utc=status.utc)} {zone(status.now, utc=status.utc)} ", Tone.QUIET),
    ]
    places = [harmless(each) for each in (status.region, status.scope, status.feed.account) if each]
    left = [Span(" tunnelwatch", Tone.STRONG)]
    tally = list(_tally(status.board))
    room = width - sum(cell_len(span.text) for span in (*left, *tally, *right)) - 1
    while places and cell_len(where := "  " + " · ".join(places)) > room:
        places.pop()
    if places:
        left.append(Span(where, Tone.QUIET))
    elif room < 0:
        left = []
    return justified([*left, *tally], right, width, ground=Background.BAR)


def _tally(board: Board) -> Iterator[Span]:
    """Say how many tunnels are in each state, and how many of those that are up are none the better for it."""
    for health, number in board.tally:
        symbol, word, tone = HEALTH[health]
        yield Span(f"  {symbol} {number} {word}", Tone.QUIET if health is Health.UP else tone)
        if health is Health.UP:
            of_these = (
                (board.up_without_bgp, f"{HEALTH[Health.DOWN][0]} {board.up_without_bgp} BGP down", Tone.ERROR),
                (board.unsteady, f"{VERDICT[Verdict.AT_RISK][0]} {board.unsteady} unsteady", Tone.WARNING),
            )
            told = [Span(text, tone) for count, text, tone in of_these if count]
            for place, span in enumerate(told):
                yield Span(", " if place else " (", Tone.QUIET)
                yield span
            if told:
                yield Span(")", Tone.QUIET)


def _feed(status: Status) -> list[Span]:
    if status.is_paused:
        return [Span(f"‖ paused, {status.new:,} new", Tone.WARNING)]
    symbol, word, tone = _MODES[status.feed.mode]
    if status.feed.mode is FeedMode.LIVE and status.feed.unread:
        symbol, word, tone = "▲", "live alone, no record", Tone.WARNING
    spans = [Span(f"{symbol} ", tone), Span(word, Tone.QUIET if tone is Tone.GOOD else tone)]
    if status.behind is not None and status.behind > _BEHIND:
        seconds = status.behind // 1000
        told = f"{seconds // 10 * 10} s" if seconds < 120 else f"{seconds // 60} min"
        spans.append(Span(f", {told} behind", Tone.WARNING))
    elif status.feed.mode is FeedMode.LIVE and not status.caught_up:
        spans.append(Span(", reading back", Tone.QUIET))
    return spans


def banner_lines(feed: FeedState, width: int) -> tuple[Line, ...]:
    """Return what the feed has to say, under the status bar: why it is not live, and standing remarks."""
    lines: list[Line] = []
    if feed.reason:
        symbol, _, tone = _MODES[feed.mode]
        parts = wrap(harmless(feed.reason), width - 4)[: 4 if feed.mode is FeedMode.OFFLINE else 2]
        lines += [
            Line((Span(f" {symbol if number == 0 else ' '} ", tone), Span(part, tone)))
            for number, part in enumerate(parts)
        ]
    if feed.notices:
        more = f"  (+{count(len(feed.notices) - 1, 'remark')}: i)" if len(feed.notices) > 1 else ""
        room = width - 4 - len(more)
        parts = wrap(harmless(feed.notices[0]), room)
        told = parts[0] + (" …" if len(parts) > 1 else "")
        lines.append(Line((Span(" ▲ ", Tone.WARNING), Span(told, Tone.QUIET), Span(more, Tone.FAINT))))
    return tuple(lines)
