"""`tunnelwatch history`: outages, flaps and causes per day and tunnel, as a table or as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from tui.content.insights import scanned_sentence
from tui.content.layout.cells import harmless, wrap
from tui.content.layout.lines import line
from tui.content.report.history_days import Cause, TunnelDay, days_of
from tui.content.report.summary import summary
from tui.content.report.values import Report
from tui.content.report.words import common_fall_texts
from tui.domain.times import SECOND, iso, length
from tui.feed.insights.scope import Scope
from tui.headless.colour import Render, plain
from tui.headless.json_documents import Json, common_fall_document, site_of

_COLUMNS: Final = ("day (UTC)", "outages", "flaps", "BGP", "down", "longest", "causes")
_MARGIN: Final = "  "
"""Before the rows of a tunnel, so that its name stands out."""
_LEAST_ROOM: Final = 24
"""Minimum width for the causes, in cells, however narrow the terminal."""
_NO_CAUSE: Final = "not known"


class Cost(NamedTuple):
    """The bytes that the queries of a history have scanned, and their price in US dollars at list prices."""

    queries: int
    bytes: int
    records: int
    matched: int
    usd: float


def render_json(report: Report, cost: Cost) -> str:
    """Return one JSON object; `days` leaves out days without an outage."""
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
        "common_falls": [common_fall_document(fall) for fall in report.common_falls],
        "days": [_day(day) for day in days_of(report)],
    }
    return json.dumps(document, indent=1)


def _day(day: TunnelDay) -> Json:
    return site_of(day.connection.site) | {
        "date": day.date,
        "connection": day.connection.id or None,
        "name": day.connection.name_at_its_site or None,
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
    """Return a summary, under each tunnel a row for each day with outages, and the cost."""
    lines = [*_wrapped((*summary(report), *common_fall_texts(report)), columns)]
    if days := days_of(report):
        lines += ["", *_table(days, columns)]
    paid = scanned_sentence(cost.queries, cost.bytes, cost.usd)
    return "\n".join(render(line(text)) for text in [*lines, "", *_wrapped([*report.notices, paid], columns)])


def _wrapped(sentences: Sequence[str], columns: int) -> Iterator[str]:
    for sentence in sentences:
        yield from wrap(harmless(sentence), columns)


def _table(days: Sequence[TunnelDay], columns: int) -> Iterator[str]:
    """Yield one heading, then the name of each tunnel and its rows; the tunnel with the first outage comes first."""
    by_tunnel: dict[str, list[tuple[str, ...]]] = {}
    for day in days:
        by_tunnel.setdefault(f"{harmless(day.connection.label)}  {day.tunnel.outside_ip}", []).append(_cells(day))
    rows = chain([_COLUMNS], *by_tunnel.values())
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)][:-1]
    yield from _row(_COLUMNS, widths, columns)
    for name, rows_of_tunnel in by_tunnel.items():
        yield name
        for row in rows_of_tunnel:
            yield from _row(row, widths, columns)


def _row(cells: Sequence[str], widths: Sequence[int], columns: int) -> Iterator[str]:
    """Yield a row; the causes, its last cell, take the rest of the width and continue on the next lines."""
    indent = len(_MARGIN) + sum(widths) + 2 * len(widths)
    first, *others = wrap(cells[-1], max(_LEAST_ROOM, columns - indent)) or [""]
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
    yield _MARGIN + "  ".join((*padded, first)).rstrip()
    yield from (" " * indent + other for other in others)


def _cells(day: TunnelDay) -> tuple[str, ...]:
    return (
        day.date,
        str(day.outages),
        str(day.flaps or "–"),
        str(day.bgp_losses or "–"),
        ("" if day.is_exact else "≥") + length(day.down),
        length(day.longest),
        "; ".join(map(_cause, day.causes)),
    )


def _cause(cause: Cause) -> str:
    brief = harmless(cause.brief) or _NO_CAUSE
    return f"{brief} (×{cause.outages})" if cause.outages > 1 else brief


def render_queries(scopes: Mapping[str, Scope]) -> str:
    """Return the query of each site as text to paste into the console, with what to select there."""
    return "\n\n".join(_query(site, scope) for site, scope in scopes.items())


def _query(site: str, scope: Scope) -> str:
    head = [
        *([f"# Site {harmless(site)}"] if site else []),
        f"# Region {scope.region}, log groups {', '.join(map(harmless, scope.groups)) or 'none'}",
        f"# From {iso(scope.since)} to {iso(scope.until)}",
    ]
    return "\n".join((*head, scope.query if scope.groups else f"# {harmless(scope.notice)}"))
