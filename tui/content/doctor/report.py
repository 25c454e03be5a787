"""The page of the findings as text."""

from collections.abc import Iterator, Sequence

from tui.content.doctor.page import closing_text, finding_blocks, summary
from tui.content.layout.blocks import printed_lines
from tui.content.layout.cells import harmless, wrap
from tui.content.layout.lines import EMPTY, Line, line
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding


def report_lines(examined: Examination, findings: Sequence[Finding], columns: int) -> Iterator[Line]:
    """Yield the page, `columns` cells wide. Commands are not wrapped, so that they can be pasted."""
    yield from map(line, wrap(harmless(summary(examined, findings)), columns))
    yield from printed_lines(finding_blocks(examined, findings), columns)
    yield EMPTY
    yield from map(line, wrap(harmless(closing_text(examined, findings)), columns))
