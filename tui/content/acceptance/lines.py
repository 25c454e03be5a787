"""The conditions of an acceptance as a list for a terminal, with what is expected next."""

from collections.abc import Iterator, Sequence

from tui.content.acceptance.conditions import STATES, chapter_notes, condition_text
from tui.content.layout.cells import harmless
from tui.content.layout.lines import Line, Span, line
from tui.content.layout.tones import Tone
from tui.content.wording import Moment
from tui.domain.acceptance.acceptance import Chapter, Condition, Progress, State
from tui.domain.feed_state import FeedMode, FeedState


def acceptance_lines(
    progress: Progress, feed: FeedState, *, now: int, moment: Moment, rows: int | None = None
) -> list[Line]:
    """Return a heading with the number of conditions met, the feed's trouble, and each condition by connection.

    If that is more than `rows`, the conditions that are met are only counted, so that the open ones can be seen.
    """
    states = [condition.state for chapter in progress.chapters for condition in chapter.conditions]
    met = sum(1 for state in states if state is State.MET)
    lines = [line(Span(f"{moment(now)}  {met} of {len(states)} seen", Tone.STRONG))]
    if feed.mode is FeedMode.OFFLINE:
        lines.append(line(Span(harmless(f"feed offline: {feed.reason}"), Tone.ERROR)))
    whole = [*lines, *(part for chapter in progress.chapters for part in _chapter(chapter, chapter.conditions, moment))]
    if rows is None or len(whole) <= rows:
        return whole
    for chapter in progress.chapters:
        open_ones = [condition for condition in chapter.conditions if condition.state is not State.MET]
        if open_ones:
            lines.extend(_chapter(chapter, open_ones, moment))
    return lines


def _chapter(chapter: Chapter, conditions: Sequence[Condition], moment: Moment) -> Iterator[Line]:
    yield line(Span(harmless(chapter.connection.label), Tone.STRONG))
    for condition in conditions:
        symbol, _, tone = STATES[condition.state]
        text = harmless(condition_text(condition, moment))
        yield line(Span(f" {symbol} ", tone), Span(f"{condition.outside_ip:<15}  ", Tone.QUIET), text)
    for note in chapter_notes(chapter):
        yield line(Span(f"   {harmless(note)}", Tone.QUIET))
