"""The number of connections of each standing, as a clickable line: `412 redundant · 3 at risk`."""

from collections.abc import Iterator, Mapping
from typing import Final

from tui.content.layout.cells import cell_len
from tui.content.layout.lines import Line, Span, fitted
from tui.content.layout.symbols import STANDING
from tui.content.layout.tones import Tone
from tui.domain.judgement.verdict import Verdict

_GAP: Final = 3
_ORDER: Final = (Verdict.REDUNDANT, Verdict.AT_RISK, Verdict.DOWN, Verdict.UNKNOWN)


def standing_spans(
    numbers: Mapping[Verdict, int], *, only: Verdict | None = None
) -> Iterator[tuple[Span, Verdict | None]]:
    """Yield the counts with their symbols and standings, and separators without a standing.

    If the board shows `only` one standing, the others are faint.
    """
    for index, standing in enumerate(standing for standing in _ORDER if standing in numbers):
        symbol, word, tone = STANDING[standing]
        is_faint = only not in (None, standing)
        if index:
            yield Span(" · ", Tone.FAINT), None
        yield Span(f"{symbol} ", Tone.FAINT if is_faint else tone), standing
        calm = Tone.QUIET if tone is Tone.GOOD else tone
        yield Span(f"{numbers[standing]:,} {word}", Tone.FAINT if is_faint else calm), standing


def summary_line(numbers: Mapping[Verdict, int], width: int, *, only: Verdict | None = None, hint: str = "") -> Line:
    """Return the line above a board that does not fit; with enough room, a hint at its end."""
    spans = [Span(" "), *(span for span, _ in standing_spans(numbers, only=only))]
    if only is not None:
        spans.append(Span("   esc shows all", Tone.FAINT))
    gap = width - sum(cell_len(span.text) for span in spans) - cell_len(hint)
    if hint and gap >= _GAP:
        spans += [Span(" " * gap), Span(hint, Tone.FAINT)]
    return Line(tuple(fitted(spans, width)))


def standing_at(numbers: Mapping[Verdict, int], x: int) -> Verdict | None:
    """Return the standing at column `x` of the summary; None beside the counts."""
    end = 1
    for span, standing in standing_spans(numbers):
        end += cell_len(span.text)
        if x < end:
            return standing if x else None
    return None
