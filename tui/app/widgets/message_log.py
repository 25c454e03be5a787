"""The list of messages, which follows the newest or holds its position while lines come and go around it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.message import Message as Posted

from tui.app.widgets.lines_view import Lines
from tui.content.layout.blocks import Block, block_lines
from tui.content.layout.cells import clip, clip_middle, clip_start, fill, harmless
from tui.content.layout.lines import EMPTY, Line, Span, cell, fitted, line, marked
from tui.content.layout.symbols import MARK, SEVERITY
from tui.content.layout.tones import Background, Tone
from tui.content.messages.messages import Kind, Message
from tui.content.snapshot import Title
from tui.domain.times import age, clock_time, day, short_day

_CHANGE: Final = {True: ("●", Tone.GOOD), False: ("▼", Tone.ERROR), None: ("↻", Tone.QUIET)}
_NARROWEST_PLACE: Final = 15
"""Minimum width for a message's tunnel, in cells, if the messages are of all tunnels."""
_TWO_COLUMNS: Final = 72
"""Minimum width for a message and its explanation side by side; more if the tunnel is shown, too."""
_TWO_COLUMNS_AND_PLACE: Final = 100


def message_line(
    message: Message,
    width: int,
    *,
    now: int,
    utc: bool,
    needle: str = "",
    is_last: bool = False,
    place: int = 0,
    dated: bool = False,
) -> Line:
    """Return a message as one line: time, symbol, text, and the explanation if there is one.

    `place` is the width in cells for the tunnel's name, which the news of all tunnels show. `is_last` marks the newest.
    With `dated` each line has its date.
    """
    date = f" {short_day(message.at, utc=utc)}" if dated else ""
    head = [Span(f"{date} {clock_time(message.at, utc=utc)} ", Tone.FAINT)]
    width -= len(date)
    if message.place:
        place = max(_NARROWEST_PLACE, min(place, width * 3 // 8))
        head.append(Span(fill(_tunnel_name(harmless(message.place), place), place) + "  ", Tone.QUIET))
        width -= place + 2
    room = max(0, width - 12)
    count = "" if message.last_at is None else f"  ×{message.times}, last {clock_time(message.last_at, utc=utc)}"
    if message.kind is Kind.CHANGE:
        symbol, tone = _CHANGE[message.is_better]
        if message.outage is not None and message.outage.has_ended:
            symbol, tone = "▼", Tone.WARNING
        spans = _in_columns(message, message.text, count, tone, width)
        return line(*head, Span(f"{symbol} ", tone), *marked(spans, needle))
    symbol, tone = SEVERITY[message.severity]
    if message.kind is Kind.COMMON:
        text = clip(harmless(message.text), room)
        return line(*head, Span("▼ ", tone), *marked([Span(text, tone)], needle))
    if message.kind is Kind.MARK:
        symbol, tone = MARK
        text = clip(harmless(message.text), room)
        return line(*head, Span(f"{symbol} ", tone), *marked([Span(text, Tone.STRONG)], needle))
    if message.kind is Kind.FOLD:
        # Only the newest run still grows; for the others, the time of the last line is enough.
        since = f", {age(now - message.at)} ago" if is_last else ""
        text = message.text + (since if cell_len(message.text + since) <= room else "")
        if message.telling is not None:
            return line(*head, Span(f"{symbol} ", tone), *marked([Span(clip(text, room), tone)], needle))
        return line(*head, Span("· ", Tone.FAINT), *marked([Span(clip(text, room), Tone.FAINT)], needle))
    text = _shortened(harmless(message.text))
    spans = _in_columns(message, text, count, Tone.QUIET if message.brief else Tone.TEXT, width)
    return Line((*head, Span(f"{symbol} ", tone), *marked(fitted(spans, room), needle)))


def _tunnel_name(text: str, width: int) -> str:
    """Return a connection's name and an address in so many cells; the name is shortened first."""
    name, _, address = text.rpartition(" ")
    room = width - cell_len(address) - 1
    if room < 2 or cell_len(text) <= width:
        return clip_start(text, width)
    return f"{_connection_name(name, room)} {address}"


def _connection_name(name: str, width: int) -> str:
    """Return a connection's name in so many cells; its site is shortened first, since the board shows that, too."""
    site, slash, at_site = name.rpartition("/")
    room = width - cell_len(at_site) - 1
    return f"{clip(site, room)}/{at_site}" if slash and room >= 2 else clip_middle(name, width)


def _in_columns(message: Message, text: str, count: str, tone: Tone, width: int) -> list[Span]:
    """Return a message's text with its count and, if it is known and both fit, its meaning beside it."""
    room, brief = max(0, width - 12), message.brief
    _, brief_tone = SEVERITY[message.severity]
    if not brief:
        return [Span(clip(text, room - cell_len(count)) + count, tone)]
    if width < (_TWO_COLUMNS_AND_PLACE if message.place else _TWO_COLUMNS):
        # Only one of the two fits: the meaning. Enter shows the original words.
        only, only_tone = (text, tone) if message.kind is Kind.CHANGE else (brief, brief_tone)
        return [Span(clip(only, room - cell_len(count)) + count, only_tone)]
    right = min(40, max(34, room * 2 // 5))  # of a hundred meanings, two take more than 34 cells
    return [cell(text + count, max(room - right - 2, 0), tone), Span("  "), Span(clip(brief, right), brief_tone)]


def _shortened(text: str) -> str:
    """Return a message without the words that nearly all begin with; the details show it whole."""
    for start in ("AWS tunnel is ", "AWS tunnel ", "AWS-side peer "):
        if text.startswith(start) and len(text) > len(start):
            return text[len(start) :]
    return text


def title_line(title: Title, width: int, *, has_focus: bool = False) -> Line:
    """Return the line above the messages, in bold if they have the focus; empty if no tunnel is selected."""
    if not title.address:
        return EMPTY
    rule, rule_tone = ("━", Tone.ACCENT) if has_focus else ("─", Tone.FAINT)
    left = [Span(rule * 3 + " ", rule_tone)]
    if title.name:
        left += [Span(harmless(title.name), Tone.STRONG), Span(" · ", Tone.FAINT)]
    left += [Span(harmless(title.address), Tone.STRONG)]
    right = [
        Span(f" {note} ", Tone.ACCENT)
        for note in (
            title.wanted and f"filter: {harmless(title.wanted)}",
            title.search and f"/{harmless(title.search)}",
            title.below and f"▼ {title.below} newer",
        )
        if note
    ]
    room = max(0, width - sum(cell_len(span.text) for span in right) - 2)
    if title.name:
        left[1] = Span(clip(harmless(title.name), max(8, room - cell_len(title.address) - 10)), Tone.STRONG)
    for first in range(len(title.facts)):  # the last part, EC2's status with its time, is given up last
        facts = [Span(f" {rule * 2} ", rule_tone), Span(" · ".join(title.facts[first:]), Tone.QUIET)]
        if sum(cell_len(span.text) for span in (*left, *facts)) <= room:
            left += facts
            break
    kept = list(fitted(left, room))
    gap = width - sum(cell_len(span.text) for span in (*kept, *right)) - 1
    return Line((*kept, Span(" "), Span(rule * max(0, gap - 1), rule_tone), *right))


class MessageLog(Lines):
    """Draws messages and moves through them. It follows the newest until the user moves up."""

    class Moved(Posted):
        """The cursor is on another message."""

    class Opened(Posted):
        """The user clicked twice on the message under the cursor."""

    def __init__(self, *, utc: bool) -> None:
        super().__init__(name="messages", can_focus=True)
        self._utc = utc
        self._messages: Sequence[Message] = ()
        self._now = 0
        self._empty: Sequence[Line] = ()
        self._place_width = 0
        self._is_dated = False
        self.cursor = 0
        self.is_following = True
        self.needle = ""

    @property
    def chosen(self) -> Message | None:
        """The message under the cursor."""
        return self._messages[self.cursor] if self.cursor < len(self._messages) else None

    @property
    def below(self) -> int:
        """The number of messages below the view."""
        return max(0, self.count - self.top - self.size.height) if self._messages else 0

    @property
    def matches(self) -> tuple[int, ...]:
        """The indices of the messages that contain the search text."""
        return tuple(i for i, message in enumerate(self._messages) if self.needle and message.holds(self.needle))

    def show_messages(self, messages: Sequence[Message], *, now: int, empty: Sequence[Block] = ()) -> None:
        """Draw messages. If the user has moved up, the message under the cursor keeps its place on the screen."""
        held, distance = self.chosen, self.cursor - self.top
        self._now, self._empty = now, block_lines(empty, self.room)
        if messages is not self._messages:
            self._messages = messages
            first = messages[0].at if messages else now
            self._is_dated = day(first, utc=self._utc) != day(now, utc=self._utc)
            self._place_width = max((cell_len(message.place) for message in messages), default=0)
            if self.is_following or held is None:
                self.cursor = max(0, len(messages) - 1)
            else:
                self.cursor = _index_of(held, messages)
            self.top = self.count if self.is_following else self.cursor - distance
        self.redraw()

    def forget(self) -> None:
        """Follow the newest message again, because the next messages are another tunnel's."""
        self.is_following = True

    def titled(self, title: Title) -> Title:
        """Return the title with the search, and with the number of messages below the view."""
        return replace(title, search=self.needle, below=self.below)

    def move(self, steps: int) -> None:
        """Move the cursor; at the last message, follow new ones again."""
        self._move_to(self.cursor + steps)

    def seek(self, direction: int) -> tuple[int, int] | None:
        """Move to the next (1) or previous (-1) match, wrapping around; return its number and the number of matches.

        With 0, stay on a match or go to the last one. None if nothing matches.
        """
        matches = self.matches
        if not matches:
            return None
        if direction > 0:
            target = next((index for index in matches if index > self.cursor), matches[0])
        elif direction < 0:
            target = next((index for index in reversed(matches) if index < self.cursor), matches[-1])
        else:
            target = self.cursor if self.cursor in matches else matches[-1]
        self._move_to(target)
        return matches.index(target) + 1, len(matches)

    def scroll_by(self, lines: int) -> None:
        """Scroll, and move the cursor along; at the last message, follow new ones again."""
        super().scroll_by(lines)
        last = min(self.top + self.size.height, len(self._messages)) - 1
        self._move_to(max(self.top, min(self.cursor, last)) if lines < 0 else max(self.cursor, min(last, self.top)))

    def on_resize(self) -> None:
        if self.is_following:
            self.top = self.count

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.top
        if index < len(self._messages):
            self._move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened())

    @property
    def count(self) -> int:
        return len(self._messages) or len(self._empty)

    def line_at(self, index: int) -> Line:
        if not self._messages:
            return self._empty[index]
        drawn = message_line(
            self._messages[index],
            self.room,
            now=self._now,
            utc=self._utc,
            needle=self.needle,
            is_last=index == len(self._messages) - 1,
            place=self._place_width,
            dated=self._is_dated,
        )
        return drawn.on(Background.SELECTED) if index == self.cursor and self.has_focus else drawn

    def _move_to(self, index: int) -> None:
        last = max(0, len(self._messages) - 1)
        self.cursor = max(0, min(index, last))
        self.is_following = self.cursor == last
        self.reveal(self.cursor)
        self.post_message(self.Moved())


def _index_of(held: Message, messages: Sequence[Message]) -> int:
    """Return the index of a message; if it was folded, filtered or dropped, that of the nearest in time."""
    for index, message in enumerate(messages):
        if message.key == held.key:
            return index
    return next((index for index, message in enumerate(messages) if message.at >= held.at), max(0, len(messages) - 1))
