"""`tunnelwatch report`: what happened, as Markdown, HTML, JSON or CSV."""

import asyncio
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tui.content.board.common_falls import common_fall_brief
from tui.content.layout.cells import harmless
from tui.content.report.html import html
from tui.content.report.markdown import markdown
from tui.content.report.report import report_of
from tui.content.report.summary import summary
from tui.content.report.values import ConnectionReport, Report, TunnelReport
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.past.outages import Outage
from tui.domain.state.fleet import Fleet
from tui.domain.times import SECOND, iso
from tui.feed.intake import Intake, parts
from tui.feed.recording.format import Header
from tui.feed.recording.reader import Reader, Run
from tui.feed.source import Batch
from tui.headless.json_documents import Json, change_document, common_fall_document, outage_document, site_of

_MOST_RUNS: Final = 5
"""Maximum number of runs listed with their times."""
_FORMULA: Final = tuple("=+-@\t\r＝＋－＠")
"""Characters that a spreadsheet takes for the start of a formula. Source: OWASP, "CSV Injection"."""
_COLUMNS: Final = (
    "connection",
    "name",
    "outside_ip",
    "kind",
    "start",
    "start_exact",
    "end",
    "seconds",
    "code",
    "title",
    "closed_by",
    "evidence",
    "site",
    "common_fall",
)


async def recorded(reader: Reader, catalogue: Catalogue, runs: Sequence[Run], *, chosen: int, since: int) -> Report:
    """Return the report on one run of a recording, chosen by index; it mentions other runs, if any. Times in ms."""
    intake, index = Intake(Fleet(catalogue)), -1
    while index <= chosen and (read := reader.next()) is not None:
        if isinstance(read, Header):
            index += 1
        elif index == chosen:
            for part in parts(read.batch or Batch()):
                intake.take(part)
                await asyncio.sleep(0)  # so that a signal can end it between two batches
    made = report_of(intake, since=since, now=runs[chosen].end)
    notice = other_runs(runs, chosen)
    return replace(made, notices=(*made.notices, notice)) if notice else made


def other_runs(runs: Sequence[Run], chosen: int) -> str:
    """Return one line on the other runs of a recording; empty if there are none."""
    spans = [f"{number} ({iso(run.header.started)} to {iso(run.end)})" for number, run in enumerate(runs, start=1)]
    this = spans.pop(chosen)
    if not spans:
        return ""
    shown = spans if len(spans) <= _MOST_RUNS else [*spans[:_MOST_RUNS], f"{len(spans) - _MOST_RUNS} more"]
    return (
        f"The recording has {len(runs)} runs; this report is on run {this}. --run chooses another: {', '.join(shown)}."
    )


def render_json(made: Report) -> str:
    """Return the report as one JSON object; unknown values are null, and no list is truncated."""
    return json.dumps(report_document(made), indent=1) + "\n"


def report_document(made: Report) -> Json:
    """Return the object of `report --format json`."""
    return {
        "generated_at": iso(made.made_at),
        "from": iso(made.since),
        "to": iso(made.until),
        "summary": list(summary(made)),
        "notices": list(made.notices),
        "common_falls": [common_fall_document(fall) for fall in made.common_falls],
        "connections": [_connection(connection, made) for connection in made.connections],
        "changes": [{"connection": change.connection or None, **change_document(change)} for change in made.changes],
        "marks": [{"at": iso(mark.at), "text": mark.text} for mark in made.marks],
    }


def _connection(connection: ConnectionReport, made: Report) -> Json:
    return site_of(connection.site) | {
        "id": connection.id or None,
        "name": connection.name_at_its_site or None,
        "verdict": connection.verdict.value,
        "interruptions": [
            {
                "start": iso(time.start),
                "start_exact": not connection.may_have_begun_earlier(time),
                "end": iso(time.end),
                "seconds": time.length // SECOND,
            }
            for time in connection.interruptions
        ],
        "tunnels": [_tunnel(tunnel, made) for tunnel in connection.tunnels],
    }


def _tunnel(tunnel: TunnelReport, made: Report) -> Json:
    return {
        "outside_ip": tunnel.outside_ip,
        "carries": tunnel.judgement.carries,
        "seconds": tunnel.availability.seconds,
        "outages": [outage_document(outage, now=made.until) for outage in tunnel.outages],
        "flaps": len(tunnel.flaps),
        "bgp_losses": len(tunnel.bgp_losses),
    }


def render_csv(made: Report) -> str:
    """Return a header line and one line per outage; no text in it is a formula for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for connection, tunnel in made.tunnels:
        writer.writerows(_row(connection, tunnel, outage, made) for outage in tunnel.outages)
    return text.getvalue()


def _row(connection: ConnectionReport, tunnel: TunnelReport, outage: Outage, made: Report) -> list[str]:
    document = outage_document(outage, now=made.until)
    evidence = (
        " | ".join(f"{iso(fact.at)} {fact.text}" for fact in outage.diagnosis.evidence) if outage.diagnosis else ""
    )
    whose = {"connection": connection.id, "name": connection.name_at_its_site, "site": connection.site}
    common = made.common_fall_of(connection, outage)
    shared = {"common_fall": common_fall_brief(common) if common else ""}
    values = whose | {"outside_ip": tunnel.outside_ip} | document | shared
    return [_cell(evidence if name == "evidence" else values[name]) for name in _COLUMNS]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else harmless(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


RENDERERS: Final[Mapping[str, Callable[[Report], str]]] = {
    "md": markdown,
    "html": html,
    "json": render_json,
    "csv": render_csv,
}
"""The writers of the formats; every text has a final newline."""
