"""The protocol of an acceptance for the ticket: what was seen before the call could end, with times."""

from collections.abc import Iterator
from dataclasses import dataclass

from tui.content.acceptance.conditions import RESOLUTION, STATES, TITLES, chapter_notes, evidence_text
from tui.content.report.markdown import escaped, table
from tui.content.wording import ANYWHERE
from tui.domain.acceptance.acceptance import Chapter, Progress
from tui.domain.times import iso, length

_COLUMNS = ("condition", "tunnel", "result", "evidence")


@dataclass(frozen=True, slots=True)
class Protocol:
    """How an acceptance ended; times in ms.

    `reason` is empty if everything was seen. `progress` is None if nothing has been looked at yet.
    """

    began: int
    ended: int
    drill: bool
    reason: str
    progress: Progress | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether everything was seen."""
        return not self.reason and self.progress is not None

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """The conditions by connection."""
        return self.progress.chapters if self.progress is not None else ()


def protocol_markdown(protocol: Protocol) -> str:
    """Return the protocol as Markdown without a final newline; one plain line if nothing was looked at."""
    if protocol.progress is None:
        return f"Not accepted: {protocol.reason}"
    return "\n".join(_lines(protocol))


def _lines(protocol: Protocol) -> Iterator[str]:
    yield "# Acceptance of VPN connections"
    verdict = "**Accepted.**" if protocol.is_accepted else f"**Not accepted:** {escaped(protocol.reason)}."
    yield from ("", verdict)
    watched = length(protocol.ended - protocol.began)
    drill = ", with a drill" if protocol.drill else ""
    yield from ("", f"Watched from {iso(protocol.began)} to {iso(protocol.ended)} ({watched}){drill}.")
    for chapter in protocol.chapters:
        connection = chapter.connection
        yield from ("", f"## {escaped(f'{connection.name} {connection.id}'.strip())}", "")
        yield from table(_COLUMNS, [_row(chapter, index) for index in range(len(chapter.conditions))])
        for note in chapter_notes(chapter):
            yield from ("", escaped(note))
    yield from ("", f"_{RESOLUTION}_")


def _row(chapter: Chapter, index: int) -> tuple[str, str, str, str]:
    condition = chapter.conditions[index]
    symbol, word, _ = STATES[condition.state]
    return (
        TITLES[type(condition.evidence)],
        condition.outside_ip,
        f"{symbol} {word}",
        evidence_text(condition, ANYWHERE),
    )
