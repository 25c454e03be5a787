"""The top of the screen: what is watched, how many tunnels are in each state, and how current the data is."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from tui.app import keys
from tui.content.board.board import Board
from tui.content.board.common_falls import common_fall_text
from tui.content.layout.cells import clip, count, harmless, wrap
from tui.content.layout.lines import Line, Span, justified
from tui.content.layout.symbols import VERDICT
from tui.content.layout.tones import Background, Tone
from tui.content.snapshot import Status
from tui.content.wording import clock_notation, delivery_note
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.domain.judgement.verdict import Verdict
from tui.domain.past.playing import Playing
from tui.domain.times import age, clock_elsewhere, clock_time, when, zone

_MODES: Final = {
    FeedMode.STARTING: ("◌", "starting", Tone.QUIET),
    FeedMode.LIVE: ("●", "live", Tone.GOOD),
    FeedMode.POLLING: ("◌", "polling", Tone.WARNING),
    FeedMode.OFFLINE: ("✖", "offline", Tone.ERROR),
}
_OFFLINE: Final = {
    ErrorKind.CREDENTIALS: "not signed in",
    ErrorKind.EXPIRED: "expired",
    ErrorKind.SETTINGS: "bad settings",
    ErrorKind.SELECTOR: "nothing to watch",
    ErrorKind.DENIED: "no access",
    ErrorKind.REFUSED: "refused",
    ErrorKind.MISSING: "no log group",
    ErrorKind.THROTTLED: "throttled",
}
"""The reason why the feed is offline, if that is neither the network nor AWS itself."""
_MOST_NAMED: Final = 2
"""Maximum number of regions or accounts named in the bar."""
_ROOMY: Final = 80
"""Width of a screen with lines to spare, in cells."""
_NORMAL_DELAY: Final = 15_000
"""Normal delay, ms: Live Tail sends a frame each second, polling reads every few seconds."""


def status_line(status: Status, width: int) -> Line:
    """Return the status bar in so many cells.

    If room is short, the account, the scope and the region are left out first, then the customer's clock.
    """
    clock = f"  {clock_time(status.now, utc=status.utc)} {zone(status.now, utc=status.utc)} "
    theirs = ""
    if status.their_zone is not None:
        theirs = f"· {clock_elsewhere(status.now, status.their_zone, utc=status.utc)} "
    regions, accounts = _in_short(status.region, "region"), _in_short(status.feed.account, "account")
    targets = [harmless(text) for text in (regions, status.scope, accounts) if text]
    left = [Span(" tunnelwatch", Tone.STRONG)]
    counts = list(_tally(status.board))
    for text, in_short in ((clock + theirs, False), (clock, False), (clock, True)):
        right = _right(status, Span(text, Tone.QUIET), in_short=in_short)
        if (room := _room(width, left, counts, right)) >= 0:
            break
    while targets and cell_len(target := "  " + " · ".join(targets)) > room:
        targets.pop()
    if targets:
        left.append(Span(target, Tone.QUIET))
    elif room < 0:
        left = []
    return justified([*left, *counts], right, width, background=Background.BAR)


def _in_short(names: str, noun: str) -> str:
    """Return the names of some regions or accounts; if there are many, only their number."""
    number = names.count(", ") + 1
    return names if number <= _MOST_NAMED else count(number, noun)


def _right(status: Status, clock: Span, *, in_short: bool = False) -> list[Span]:
    """Return how current the data is, and the time."""
    if status.playing is not None:
        return [*_playing(status.playing, status, in_short=in_short), Span(" ")]
    return [*_feed(status, in_short=in_short), clock]


def _tally(board: Board) -> Iterator[Span]:
    """Yield how many tunnels are in each state, and how many of those are at risk."""
    for state in board.tally:
        yield Span(f"  {state.symbol} {state.text}", Tone.QUIET if state.tone is Tone.GOOD else state.tone)
        if state.at_risk:
            yield Span(" (", Tone.QUIET)
            yield Span(f"{VERDICT[Verdict.AT_RISK][0]} {state.risk_text}", Tone.WARNING)
            yield Span(")", Tone.QUIET)


def _room(width: int, *parts: Sequence[Span]) -> int:
    """Return how many cells are left for the middle of a line; negative if the parts do not fit."""
    return width - sum(cell_len(span.text) for part in parts for span in part) - 1


def _playing(playing: Playing, status: Status, *, in_short: bool) -> Iterator[Span]:
    """Yield which earlier moment is shown, and at which speed it plays."""
    moment = when(status.now, now=playing.today, utc=status.utc)
    if playing.is_live:
        yield Span(f"◀ {moment}, {age(playing.today - status.now)} ago · live goes on", Tone.WARNING)
    else:
        symbol = "■" if playing.has_ended else "▶" if playing.is_playing else "‖"
        yield Span(f"{symbol} {moment} {zone(status.now, utc=status.utc)}", Tone.ACCENT)
    if playing.has_ended:
        yield Span(", the end", Tone.QUIET)
    elif playing.is_playing or playing.speed != 1:
        yield Span(f" ×{playing.speed:g}", Tone.QUIET)
    if playing.changes and not in_short:
        yield Span(f"  {playing.change} of {count(playing.changes, 'change')}", Tone.QUIET)
    if playing.share_read is not None:
        yield Span(f"  {playing.share_read:.0%} read", Tone.WARNING if playing.is_waiting else Tone.QUIET)


def _feed(status: Status, *, in_short: bool = False) -> list[Span]:
    if status.is_paused:
        return [Span(f"‖ paused, {status.new:,} new", Tone.WARNING)]
    symbol, word, tone = _MODES[status.feed.mode]
    concerned = [site.feed for site in status.sites if site.feed.mode is status.feed.mode]
    is_one_trouble = len({feed.trouble for feed in concerned}) <= 1
    if status.feed.mode is FeedMode.OFFLINE and status.feed.trouble is not None and is_one_trouble:
        word = _OFFLINE.get(status.feed.trouble, word)
    if (status.feed.mode is FeedMode.OFFLINE and concerned) or len(concerned) < len(status.sites):
        word = f"{len(concerned)}/{len(status.sites)} sites {word}"
    if status.feed.mode is FeedMode.LIVE and status.feed.unread:
        symbol, word, tone = "▲", "live only" if in_short else "live only, history not readable", Tone.WARNING
    spans = [Span(f"{symbol} ", tone), Span(word, Tone.QUIET if tone is Tone.GOOD else tone)]
    if status.behind is not None and status.behind > _NORMAL_DELAY:
        seconds = status.behind // 1000
        delay = f"{seconds // 10 * 10} s" if seconds < 120 else f"{seconds // 60} min"
        spans.append(Span(f", {delay} behind", Tone.WARNING))
    elif status.feed.mode is FeedMode.LIVE and not status.caught_up:
        spans.append(Span(", loading" if in_short else ", loading history", Tone.QUIET))
    return spans


def banner_lines(status: Status, width: int) -> tuple[Line, ...]:
    """Return the lines under the status bar: why the feed is not live, when it tries again, and the first warning.

    The warning that CloudWatch delivers late comes before all others, because the board may then be out of date.
    """
    feed, lines = status.feed, list[Line]()
    notices = [notice for notice in (delivery_note(status.delivery), *feed.notices) if notice]
    if feed.reason:
        symbol, _, tone = _MODES[feed.mode]
        is_offline = feed.mode is FeedMode.OFFLINE and all(site.feed.mode is feed.mode for site in status.sites)
        parts = _fitted(harmless(feed.reason), width - 4, 4 if is_offline else 2, site=_site_in_trouble(status))
        lines += [
            Line((Span(f" {' ' if index else symbol} ", tone), Span(part, tone))) for index, part in enumerate(parts)
        ]
        if is_offline:
            lines.append(Line((Span("   "), Span(_next_try(feed, status.now), Tone.QUIET))))
    if status.common_falls:
        text = common_fall_text(status.common_falls[0], clock_notation(now=status.now, utc=status.utc))
        parts = _cut(wrap(harmless(text), width - 4), width - 4, 3 if width >= _ROOMY else 2)
        lines += [
            Line((Span(f" {' ' if index else '▼'} ", Tone.ERROR), Span(part, Tone.ERROR)))
            for index, part in enumerate(parts)
        ]
    if notices:
        more = f"  (+{count(len(notices) - 1, 'warning')}: i)" if len(notices) > 1 else ""
        room = width - 4 - len(more)
        (notice,) = _fitted(harmless(notices[0]), room, 1)
        lines.append(Line((Span(" ▲ ", Tone.WARNING), Span(notice, Tone.QUIET), Span(more, Tone.FAINT))))
    return tuple(lines)


_MORE: Final = " …  i: more"


def _site_in_trouble(status: Status) -> str:
    """Return the site whose name the reason of the feed begins with, if any."""
    begins = (f"{harmless(site.name)}: " for site in status.sites)
    return next((name for name in begins if harmless(status.feed.reason).startswith(name)), "")


def _fitted(text: str, width: int, most: int, *, site: str = "") -> list[str]:
    """Return a message in at most so many lines; of a longer one, the advice comes first and the end is cut.

    A message says what happened in its first sentence and what to do in the following ones; a `site` stays in front.
    """
    parts = wrap(text, width)
    if len(parts) <= most:
        return parts
    happened, _, remedy = text.removeprefix(site).partition(". ")
    return _cut(wrap(f"{site}{remedy} {happened}." if remedy else text, width), width, most)


def _cut(parts: list[str], width: int, most: int) -> list[str]:
    """Return at most so many of the lines; if there are more, the last one says where to find the rest."""
    if len(parts) <= most:
        return parts
    last = " ".join(parts[most - 1 :])
    return [*parts[: most - 1], clip(last, width - cell_len(_MORE)).removesuffix("…") + _MORE]


def _next_try(feed: FeedState, now: int) -> str:
    """Return when access is tried again, if that is known, and the key that retries at once."""
    if feed.retry_at is None or feed.retry_at <= now:
        return f"{keys.key_names().retry} tries again now"
    return f"next try in {-(-(feed.retry_at - now) // 1000)} s; {keys.key_names().retry} tries now"
