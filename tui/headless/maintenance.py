"""`tunnelwatch maintenance`: the tunnels that AWS will interrupt, as a table, as JSON or as a calendar file."""

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tui.content.calendar import calendar
from tui.content.exit_codes import ExitCode, worst
from tui.content.layout.cells import wrap
from tui.content.layout.lines import Line, Span, line
from tui.content.layout.tones import Tone
from tui.content.maintenance import advice, all_pending, maintenance_lines
from tui.content.wording import ANYWHERE
from tui.domain.maintenance import Forecast
from tui.domain.times import iso
from tui.feed.aws.errors import FeedError
from tui.headless.colour import Render, plain
from tui.headless.each_site import each_site
from tui.headless.json_documents import Json, site_of

Look = Callable[[], Coroutine[Any, Any, Forecast]]
"""Looks at one site; raises FeedError if that fails."""


async def look_at(looks: Mapping[str, Look]) -> tuple[dict[str, Forecast], dict[str, str]]:
    """Return the forecasts by site, and the errors of the sites that failed. Without sites, raises the FeedError."""
    results = await each_site(looks)
    failures = {site: result for site, result in results.items() if isinstance(result, FeedError)}
    if "" in failures:  # there is no site name to put beside it
        raise failures[""]
    forecasts = {site: result for site, result in results.items() if isinstance(result, Forecast)}
    return forecasts, {site: error.message for site, error in failures.items()}


def exit_code(forecasts: Mapping[str, Forecast], failures: Mapping[str, str]) -> ExitCode:
    """Return 2 if a connection will be down, else 3 if a site could not be asked, else 1 if maintenance is pending,
    else 0.
    """
    return worst([*map(_code, forecasts.values()), *(ExitCode.UNKNOWN for _ in failures)])


def _code(forecast: Forecast) -> ExitCode:
    if any(pending.other_is_up is False for pending in forecast.pending):
        return ExitCode.CRITICAL
    if forecast.unasked:
        return ExitCode.UNKNOWN
    return ExitCode.WARNING if forecast.pending else ExitCode.OK


def render_table(
    forecasts: Mapping[str, Forecast],
    failures: Mapping[str, str],
    *,
    now: int,
    columns: int = 80,
    render: Render = plain,
) -> str:
    """Return the forecast as text, `columns` cells wide; `now` in ms."""
    lines: list[Line] = list(maintenance_lines(forecasts, failures, now=now, moment=ANYWHERE, width=columns))
    for sentence in advice(all_pending(forecasts)):
        lines += [line(Span(part, Tone.QUIET)) for part in wrap(sentence, columns)]
    return "\n".join(map(render, lines))


def render_json(forecasts: Mapping[str, Forecast], failures: Mapping[str, str], *, now: int) -> str:
    """Return the one JSON object of `maintenance --json`."""
    document: Json = {
        "checked_at": iso(now),
        "looked_at": sum(forecast.looked_at for forecast in forecasts.values()),
        "unasked": sum(forecast.unasked for forecast in forecasts.values()),
        "pending": [
            site_of(pending.site)
            | {
                "connection": pending.connection.id,
                "name": pending.connection.name or None,
                "outside_ip": pending.outside_ip,
                "deadline": iso(pending.deadline) if pending.deadline is not None else None,
                "comeback": pending.comeback.value,
                "other_tunnel_up": pending.other_is_up,
            }
            for pending in all_pending(forecasts)
        ],
        "reasons": [forecast.reason for forecast in forecasts.values() if forecast.reason],
    }
    if failures:
        document["failures"] = dict(failures)
    return json.dumps(document)


def render_calendar(forecasts: Mapping[str, Forecast], *, now: int) -> str:
    """Return the deadlines as a calendar file."""
    return calendar(all_pending(forecasts), now=now)
