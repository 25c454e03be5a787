"""`tunnelwatch report`: what happened, as Markdown, HTML, JSON or CSV."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Final

from tui.content.assessment import diagnosing, judging
from tui.content.cells import harmless
from tui.content.option_changes import option_change_text
from tui.content.report import report
from tui.content.report_html import html
from tui.content.report_markdown import markdown
from tui.content.report_summary import summary
from tui.content.report_values import ConnectionReport, Report, TunnelReport
from tui.content.wording import ANYWHERE
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.feed_state import FeedState
from tui.domain.fleet import Fleet
from tui.domain.outages import Outage, OutageKind, Outages
from tui.domain.times import SECOND, iso
from tui.headless.json_documents import Json, outage_document

_DIAGNOSED: Final = 500
"""Outages of a tunnel that get a cause: nobody waits for the next key here, and a tunnel that flaps has hundreds."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the start of a formula. Source: OWASP, "CSV Injection"."""
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
)


def report_of(fleet: Fleet, feed: FeedState, *, since: int, now: int, caught_up: bool = True) -> Report:
    """Return the report on a fleet from `since` until as far as the feed has read at `now`; times in ms."""
    return report(
        fleet,
        feed,
        since=since,
        now=now,
        diagnose=diagnosing(Diagnoser(fleet), now=now, feed=feed, caught_up=caught_up),
        judge=judging(fleet, now=now),
        outages=Outages(fleet, diagnosed=_DIAGNOSED),
        caught_up=caught_up,
    )


def render_json(made: Report) -> str:
    """Return the report as one JSON object; what is not known is null, and no list is cut."""
    return json.dumps(report_document(made), indent=1) + "\n"


def report_document(made: Report) -> Json:
    """Return the object of `report --format json`."""
    return {
        "generated_at": iso(made.made_at),
        "from": iso(made.since),
        "to": iso(made.until),
        "summary": list(summary(made)),
        "notices": list(made.notices),
        "connections": [_connection(connection, made) for connection in made.connections],
        "changes": [
            {
                "at": iso(each.at),
                "connection": each.connection or None,
                "outside_ip": each.change.outside_ip or None,
                "what": option_change_text(each.change, ANYWHERE),
                "who": each.who,
            }
            for each in made.changes
        ],
        "marks": [{"at": iso(mark.at), "text": mark.text} for mark in made.marks],
    }


def _connection(connection: ConnectionReport, made: Report) -> Json:
    return {
        "id": connection.id or None,
        "name": connection.name or None,
        "verdict": connection.verdict.value,
        "interruptions": [
            {"start": iso(time.start), "end": iso(time.end), "seconds": time.length // SECOND}
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
        "flaps": tunnel.begun(OutageKind.IPSEC),
        "bgp_losses": tunnel.begun(OutageKind.BGP),
    }


def render_csv(made: Report) -> str:
    """Return one line for each outage, under a line of names; no text in it is a formula for a spreadsheet."""
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
    values = {"connection": connection.id, "name": connection.name, "outside_ip": tunnel.outside_ip} | document
    return [_cell(evidence if name == "evidence" else values[name]) for name in _COLUMNS]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else harmless(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


RENDERERS: Final[Mapping[str, Callable[[Report], str]]] = {
    "md": markdown,
    "html": html,
    "json": render_json,
    "csv": render_csv,
}
"""How each format is written; every text ends with a line end."""
