"""`tunnelwatch history`: outages, flaps and causes per day and tunnel, as a table or as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from tui.content.cells import cell_len, clip, fill, harmless, wrap
from tui.content.history_days import Cause, TunnelDay, days_of
from tui.content.insights import scanned_sentence
from tui.content.lines import Line, line
from tui.content.report_summary import summary
from tui.content.report_values import Report
from tui.domain.times import SECOND, iso, length
from tui.feed.insights.scope import Scope
from tui.headless.colour import Render, plain
from tui.headless.json_documents import Json

_COLUMNS: Final = ("day (UTC)", "connection", "tunnel", "outages", "flaps", "BGP", "no traffic", "longest", "causes")
_NAMES: Final = 24
"""Cells of a connection's name at most."""
_NO_CAUSE: Final = "not known"


class Cost(NamedTuple):
    """What the queries of a history have scanned, and what that costs in US dollars at list prices."""

    queries: int
    bytes: int
    records: int
    matched: int
    usd: float


def render_json(report: Report, cost: Cost) -> str:
    """Return one JSON object; days without an outage are left out of `days`."""
    document: Json = {
        "generated_at": iso(report.made_at),
        "from": iso(report.since),
        "to": iso(report.until),
        "summary": list(summary(report)),
        "notices": list(report.notices),
        "insights": {
            "queries": cost.queries,
            "bytes_scanned": cost.bytes,
            "records_scanned": cost.records,
            "records_matched": cost.matched,
            "usd": round(cost.usd, 6),
        },
        "days": [_day(day) for day in days_of(report)],
    }
    return json.dumps(document, indent=1)


def _day(day: TunnelDay) -> Json:
    return {
        "date": day.date,
        "connection": day.connection.id or None,
        "name": day.connection.name or None,
        "outside_ip": day.tunnel.outside_ip,
        "outages": day.outages,
        "flaps": day.flaps,
        "bgp_losses": day.bgp_losses,
        "seconds": day.down // SECOND,
        "seconds_exact": day.is_exact,
        "longest_seconds": day.longest // SECOND,
        "causes": [
            {
                "code": cause.code,
                "title": cause.title or None,
                "outages": cause.outages,
                "seconds": cause.length // SECOND,
            }
            for cause in day.causes
        ],
    }


def render_table(report: Report, cost: Cost, *, columns: int = 80, render: Render = plain) -> str:
    """Return a summary, a row for each tunnel and day with outages, and what it cost."""
    rows = [_cells(day) for day in days_of(report)]
    sentences = [*summary(report), *report.notices, scanned_sentence(cost.queries, cost.bytes, cost.usd)]
    above, below = sentences[:3], sentences[3:]
    lines = [
        *_wrapped(above, columns),
        *(["", *_table(rows, columns), ""] if rows else []),
        *_wrapped(below, columns),
    ]
    return "\n".join(render(each if isinstance(each, Line) else line(each)) for each in lines)


def _wrapped(sentences: Sequence[str], columns: int) -> Iterator[str]:
    for sentence in sentences:
        yield from wrap(harmless(sentence), columns)


def _cells(day: TunnelDay) -> tuple[str, ...]:
    return (
        day.date,
        clip(harmless(day.connection.label), _NAMES),
        day.tunnel.outside_ip,
        str(day.outages),
        str(day.flaps or "–"),
        str(day.bgp_losses or "–"),
        ("" if day.is_exact else "≥") + length(day.down),
        length(day.longest),
        "; ".join(map(_cause, day.causes)),
    )


def _cause(cause: Cause) -> str:
    title = harmless(cause.title).rstrip(".") or _NO_CAUSE
    return f"{title} (×{cause.outages})" if cause.outages > 1 else title


def _table(rows: Sequence[tuple[str, ...]], columns: int) -> Iterator[str]:
    """Yield the table; the causes take what is left of the width, and go on below where that is too little."""
    widths = [max(cell_len(row[index]) for row in (_COLUMNS, *rows)) for index in range(len(_COLUMNS) - 1)]
    indent = sum(widths) + 2 * len(widths)
    room = columns - indent
    yield _row(_COLUMNS, widths) if room >= len(_COLUMNS[-1]) else _row(_COLUMNS[:-1], widths)
    for row in rows:
        if room >= _LEAST_ROOM:
            first, *others = wrap(row[-1], room)
            yield _row((*row[:-1], first), widths)
            yield from (" " * indent + other for other in others)
        else:
            yield _row(row[:-1], widths)
            yield from (f"    {part}" for part in wrap(row[-1], columns - 4))


_LEAST_ROOM: Final = 24


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [fill(cell, width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join((*aligned, *cells[len(widths) :])).rstrip()


def render_queries(scopes: Mapping[str, Scope]) -> str:
    """Return the query of each site as text to be pasted into the console, with what to choose there beside it."""
    return "\n\n".join(_query(site, scope) for site, scope in scopes.items())


def _query(site: str, scope: Scope) -> str:
    head = [
        *([f"# Site {harmless(site)}"] if site else []),
        f"# Region {scope.region}, log groups {', '.join(map(harmless, scope.groups)) or 'none'}",
        f"# From {iso(scope.since)} to {iso(scope.until)}",
    ]
    return "\n".join((*head, scope.query))
