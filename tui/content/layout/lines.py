"""Lines of text as values: spans of one tone each, fitted to a number of cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tui.content.layout.cells import cell_len, clip, fill, harmless
from tui.content.layout.tones import Background, Tone


class Span(NamedTuple):
    """A piece of text of one tone."""

    text: str
    tone: Tone = Tone.TEXT


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the screen."""

    spans: tuple[Span, ...] = ()
    background: Background = Background.PLAIN

    @property
    def text(self) -> str:
        """The text without tones."""
        return "".join(span.text for span in self.spans)

    def on(self, background: Background) -> "Line":
        """Return the same line on another background."""
        return Line(self.spans, background)


EMPTY: Final = Line()


def line(*spans: Span | str, background: Background = Background.PLAIN) -> Line:
    """Return a line of these spans; a plain str gets the tone of text."""
    return Line(tuple(Span(span) if isinstance(span, str) else span for span in spans), background)


def justified(
    left: Sequence[Span], right: Sequence[Span], width: int, *, background: Background = Background.PLAIN
) -> Line:
    """Return a line with two ends; if they do not both fit, the left one is cut."""
    room = max(0, width - sum(cell_len(span.text) for span in right) - 1)
    kept = list(fitted(left, room))
    gap = width - sum(cell_len(span.text) for span in (*kept, *right))
    return Line((*kept, Span(" " * max(gap, 0)), *right), background)


def fitted(spans: Iterable[Span], width: int) -> Iterable[Span]:
    """Yield the spans that fit in `width` cells, the last one clipped."""
    for span in spans:
        size = cell_len(span.text)
        if size > width:
            if width > 0:
                yield Span(clip(span.text, width), span.tone)
            return
        width -= size
        yield span


def marked(spans: Iterable[Span], needle: str) -> tuple[Span, ...]:
    """Return the spans with every occurrence of `needle` (case-blind) marked as a match."""
    if not needle:
        return tuple(spans)
    needle = needle.lower()
    parts: list[Span] = []
    for span in spans:
        folded = span.text.lower()
        if len(folded) != len(span.text):  # some capital letters expand, which would shift the positions
            parts.append(span)
            continue
        start = 0
        while (index := folded.find(needle, start)) >= 0:
            end = index + len(needle)
            parts += [Span(span.text[start:index], span.tone), Span(span.text[index:end], Tone.MATCH)]
            start = end
        parts.append(Span(span.text[start:], span.tone))
    return tuple(span for span in parts if span.text)


def cell(text: str, width: int, tone: Tone = Tone.TEXT) -> Span:
    """Return text from outside in exactly `width` cells."""
    return Span(fill(harmless(text), width), tone)
