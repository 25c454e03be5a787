"""A report as Markdown, for a ticket or a chat. Text from outside is escaped, so it is never markup, table or link."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tui.content.layout.cells import harmless
from tui.content.report.evidence import evidence_of
from tui.content.report.summary import summary
from tui.content.report.values import ConnectionReport, Report
from tui.content.report.words import (
    CHANGE_COLUMNS,
    OUTAGE_COLUMNS,
    TUNNEL_COLUMNS,
    calm_text,
    change_rows,
    common_fall_texts,
    connection_title,
    notes,
    outage_rows,
    redundancy_text,
    report_moment,
    tunnel_row,
)
from tui.content.wording import Moment

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>|~#&$@!^])")
_LINK: Final = re.compile(r"(?<=\w):(?=//)|(?<=www)\.", re.IGNORECASE)
"""Text that GitHub and others turn into a link without any markup."""


def escaped(text: str) -> str:
    """Return text from outside escaped so that Markdown shows it as it is, in a table and within a line."""
    text = _MARKUP.sub(r"\\\1", harmless(text))
    return _LINK.sub(lambda match: f"\\{match[0]}", text)


def markdown(report: Report) -> str:
    """Return the report as a Markdown document with a final newline."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    moment = report_moment(report)
    yield "# VPN report"
    for sentence in summary(report):
        yield from ("", escaped(sentence))
    for text in common_fall_texts(report):
        yield from ("", f"**{escaped(text)}**")
    for notice in report.notices:
        yield from ("", f"> Not complete: {escaped(notice)}")
    for connection in report.detailed:
        yield from _connection(connection, report, moment)
    if calm := calm_text(report):
        yield from ("", "## Nothing to tell", "", escaped(calm))
    if report.changes:
        yield from ("", "## Changes on AWS's side", "")
        yield from table(CHANGE_COLUMNS, change_rows(report, moment))
    if report.marks:
        yield from ("", "## Notes", "")
        yield from table(("time", "note"), [(moment(mark.at), mark.text) for mark in report.marks])
    for note in notes(report):
        yield from ("", f"_{note}_")


def _connection(connection: ConnectionReport, report: Report, moment: Moment) -> Iterator[str]:
    title, redundancy = connection_title(connection), redundancy_text(connection)
    yield from ("", f"## {escaped(title)}", "", f"Traffic was carried by: {escaped(redundancy)}.", "")
    yield from table(TUNNEL_COLUMNS, [tunnel_row(tunnel, moment) for tunnel in connection.tunnels])
    if rows := outage_rows(connection, report, moment):
        yield from ("", "### Outages", "")
        yield from table(OUTAGE_COLUMNS, rows)
    if causes := evidence_of(connection):
        yield from ("", "### Evidence", "")
        for cause in causes:
            yield f"- {escaped(cause.title)}"
            yield from (f"  - {moment(fact.at)} {escaped(fact.text)}" for fact in cause.facts)


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; the text of its cells is escaped."""
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)
