"""A report as one HTML file: light and dark, printable, without scripts or external resources.

Every text is escaped and free of controls, whatever its origin.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Final

from tui.content.layout.cells import harmless
from tui.content.report.evidence import evidence_of
from tui.content.report.strip import axis, legend, strip
from tui.content.report.summary import summary
from tui.content.report.values import ConnectionReport, Report
from tui.content.report.words import (
    CHANGE_COLUMNS,
    OUTAGE_COLUMNS,
    TUNNEL_COLUMNS,
    calm_text,
    change_rows,
    common_fall_texts,
    notes,
    outage_rows,
    redundancy_text,
    report_moment,
    tunnel_row,
)
from tui.content.wording import Moment
from tui.domain.times import iso

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Tells the browser to fetch and run nothing, whatever the page contains."""


def html(report: Report) -> str:
    """Return the report as an HTML document with a final newline."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    moment = report_moment(report)
    title = f"VPN report {iso(report.since)} to {iso(report.until)}"
    yield from (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{_text(title)}</title>",
        f"<style>\n{_style()}</style>",
        "</head>",
        "<body>",
        "<h1>VPN report</h1>",
        '<div class="summary">',
        *(f"<p>{_text(sentence)}</p>" for sentence in summary(report)),
        *(f"<p><strong>{_text(text)}</strong></p>" for text in common_fall_texts(report)),
        "</div>",
        *(f'<p class="notice">Not complete: {_text(notice)}</p>' for notice in report.notices),
    )
    for connection in report.detailed:
        yield from _connection(connection, report, moment)
    if calm := calm_text(report):
        yield f"<h2>Nothing to tell</h2>\n<p>{_text(calm)}</p>"
    if report.changes:
        yield "<h2>Changes on AWS’s side</h2>"
        yield from _table(CHANGE_COLUMNS, change_rows(report, moment))
    if report.marks:
        yield "<h2>Notes</h2>"
        yield from _table(("time", "note"), [(moment(mark.at), mark.text) for mark in report.marks])
    yield '<footer class="notes">'
    yield legend()
    yield from (f"<p>{_text(note)}</p>" for note in notes(report))
    yield from ("</footer>", "</body>", "</html>")


def _connection(connection: ConnectionReport, report: Report, moment: Moment) -> Iterator[str]:
    identity = f" <small>{_text(connection.id)}</small>" if connection.name and connection.id else ""
    yield f"<h2>{_text(connection.label or 'no connection named')}{identity}</h2>"
    yield f"<p>Traffic was carried by: {_text(redundancy_text(connection))}.</p>"
    yield "<figure>"
    for tunnel in connection.tunnels:
        yield f'<div class="strip"><span>{_text(tunnel.outside_ip)}</span>{strip(tunnel, report, moment)}</div>'
    yield f'<div class="strip"><span></span>{axis(report)}</div>'
    yield "</figure>"
    yield from _table(TUNNEL_COLUMNS, [tunnel_row(tunnel, moment) for tunnel in connection.tunnels])
    if rows := outage_rows(connection, report, moment):
        yield "<h3>Outages</h3>"
        yield from _table(OUTAGE_COLUMNS, rows)
    if causes := evidence_of(connection):
        yield from ("<h3>Evidence</h3>", "<ul>")
        for cause in causes:
            facts = "".join(f"<li><code>{_text(f'{moment(fact.at)} {fact.text}')}</code></li>" for fact in cause.facts)
            yield f"<li>{_text(cause.title)}<ul>{facts}</ul></li>"
        yield "</ul>"


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield '<div class="wide"><table>'
    heads = "".join(f'<th scope="col">{_text(name)}</th>' for name in names)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    yield from (f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    yield "</tbody>"
    yield "</table></div>"


def _text(text: str) -> str:
    return escape(harmless(text))


@cache
def _style() -> str:
    return (resources.files(__package__) / "report.css").read_text(encoding="utf-8")
